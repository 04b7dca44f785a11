#include "bench/worker/capacity.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "backends/host.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20U;

// A device of so much memory that may keep less than it takes.
class SmallDevice final : public HostDevice {
 public:
  explicit SmallDevice(std::int64_t bytes, bool aliases = false)
      : HostDevice(host_device_info()), left_(bytes), aliases_(aliases) {}
  [[nodiscard]] Support supports(const Problem&, std::string_view) const override {
    return Support::no("nothing to be computed");
  }
  std::unique_ptr<Prepared> prepare(const Problem&, std::string_view) override { return nullptr; }
  std::unique_ptr<Buffer> allocate(std::size_t bytes) override {
    if (static_cast<std::int64_t>(bytes) > left_) {
      throw Error(Error::Kind::memory, "out of device memory");
    }
    left_ -= static_cast<std::int64_t>(bytes);
    return HostDevice::allocate(bytes);
  }
  void copy_in(Buffer& buffer, std::span<const std::byte> data) override {
    // What is written beyond the first buffers lands in the first.
    if (first_ == nullptr) first_ = &buffer;
    HostDevice::copy_in(buffer, data);
    if (aliases_ && first_->size() == data.size()) HostDevice::copy_in(*first_, data);
  }

 private:
  std::int64_t left_;
  bool aliases_;
  Buffer* first_ = nullptr;
};

protocol::Capacity asked(std::int64_t bytes, std::int64_t block) { return {"", bytes, block, 7}; }

TEST(Capacity, AllThatIsAskedFor) {
  SmallDevice device(200 * mebibyte);
  const auto reply = fill_memory(device, asked(100 * mebibyte + 5, 32 * mebibyte));
  EXPECT_TRUE(reply.passed) << reply.reason;
  EXPECT_EQ(reply.verified_bytes, 100 * mebibyte + 5);
  EXPECT_EQ(reply.buffers, 4);
  EXPECT_EQ(reply.stopped, "");
}

// Smaller buffers fill what is left, and the device's own words say why there is no more.
TEST(Capacity, AllThatThereIs) {
  SmallDevice device(90 * mebibyte);
  const auto reply = fill_memory(device, asked(1000 * mebibyte, 64 * mebibyte));
  EXPECT_TRUE(reply.passed) << reply.reason;
  EXPECT_EQ(reply.verified_bytes, 80 * mebibyte);
  EXPECT_EQ(reply.stopped, "out of device memory");
}

TEST(Capacity, MemoryThatIsThereTwiceIsFound) {
  SmallDevice device(200 * mebibyte, true);
  const auto reply = fill_memory(device, asked(64 * mebibyte, 32 * mebibyte));
  EXPECT_FALSE(reply.passed);
  EXPECT_EQ(reply.reason, "buffer 1 of 2 came back with other contents");
  EXPECT_EQ(reply.verified_bytes, 0);
}

TEST(Capacity, NothingAtAll) {
  SmallDevice device(mebibyte);
  const auto reply = fill_memory(device, asked(64 * mebibyte, 32 * mebibyte));
  EXPECT_TRUE(reply.passed);
  EXPECT_EQ(reply.verified_bytes, 0);
  EXPECT_EQ(reply.stopped, "out of device memory");
}

}  // namespace
}  // namespace assay
