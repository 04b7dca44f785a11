#include "bench/worker/capacity.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "kernels/error.hpp"
#include "kernels/parallel.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

constexpr std::int64_t least_block = std::int64_t{16} << 20U;
// The contents of one buffer are those of the one before, this much further on: random numbers all.
constexpr std::size_t shift = 64;

std::vector<std::byte> random_bytes(std::size_t size, std::uint64_t seed) {
  std::vector<std::byte> data((size + 7) / 8 * 8);
  parallel_for(static_cast<std::int64_t>(data.size() / 8), 1 << 16,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::uint64_t drawn = random_bits(seed, 0, static_cast<std::uint64_t>(i));
                   std::memcpy(data.data() + 8 * i, &drawn, 8);
                 }
               });
  return data;
}

class Filling {
 public:
  Filling(Device& device, const protocol::Capacity& request)
      : device_(device),
        left_(request.bytes),
        block_(std::max<std::int64_t>(request.block, 1)),
        data_(random_bytes(static_cast<std::size_t>(block_) +
                               shift * static_cast<std::size_t>(most_buffers(request)),
                           request.seed)) {}

  void fill() {
    while (left_ > 0) {
      const std::int64_t size = std::min(block_, left_);
      if (add(static_cast<std::size_t>(size))) {
        left_ -= size;
      } else if (block_ / 2 >= least_block) {
        block_ /= 2;
      } else {
        return;
      }
    }
    refusal_.clear();
  }

  protocol::Capacity::Reply check() {
    protocol::Capacity::Reply reply;
    reply.stopped = refusal_;
    reply.buffers = static_cast<std::int64_t>(buffers_.size());
    std::vector<std::byte> back;
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
      back.resize(buffers_[i]->size());
      device_.copy_out(*buffers_[i], back);
      if (std::memcmp(back.data(), contents(i, back.size()).data(), back.size()) != 0) {
        reply.reason = "buffer " + std::to_string(i + 1) + " of " +
                       std::to_string(buffers_.size()) + " came back with other contents";
        return reply;
      }
      reply.verified_bytes += static_cast<std::int64_t>(back.size());
    }
    reply.passed = true;
    return reply;
  }

 private:
  static std::int64_t most_buffers(const protocol::Capacity& request) {
    return request.bytes / std::min(least_block, request.block) + 64;
  }

  [[nodiscard]] std::span<const std::byte> contents(std::size_t buffer, std::size_t size) const {
    return std::span(data_).subspan(shift * buffer, size);
  }

  // Many drivers give memory only once it is written to.
  bool add(std::size_t size) {
    try {
      std::unique_ptr<Buffer> buffer = device_.allocate(size);
      device_.copy_in(*buffer, contents(buffers_.size(), size));
      buffers_.push_back(std::move(buffer));
      return true;
    } catch (const Error& error) {
      refusal_ = error.what();
    } catch (const std::bad_alloc&) {
      refusal_ = "out of memory";
    }
    return false;
  }

  Device& device_;
  std::int64_t left_;
  std::int64_t block_;
  std::vector<std::byte> data_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::string refusal_;
};

}  // namespace

protocol::Capacity::Reply fill_memory(Device& device, const protocol::Capacity& request) {
  Filling filling(device, request);
  filling.fill();
  return filling.check();
}

}  // namespace assay
