#include "backends/onednn/stream.hpp"

#include <algorithm>
#include <array>

#include "backends/host.hpp"
#include "backends/onednn/attention.hpp"
#include "backends/onednn/stream_code.hpp"
#include "backends/onednn/threads.hpp"
#include "kernels/stream.hpp"

namespace assay::onednn {
namespace {

// How `read` is laid out where that is asked for; without code where it isn't, or can't be.
struct ReadLayout {
  std::int64_t places = 0, width = 0;
  StreamRead code = nullptr;
};

ReadLayout read_layout(const StreamShape& shape) {
  ReadLayout layout;
  if (shape.accumulators == 0 && shape.width == 0) return layout;
  layout.places = shape.accumulators == 0 ? stream_places : shape.accumulators;
  layout.width = shape.width == 0 ? stream_width() : shape.width;
  layout.code = find_stream_read(layout.places, layout.width);
  return layout;
}

class StreamBound final : public HostBound {
 public:
  StreamBound(const Problem& problem, int threads, std::span<Buffer* const> buffers)
      : shape_(stream_shape(problem)),
        layout_(read_layout(shape_)),
        threads_(threads),
        touched_(problem.bytes()),
        sums_(sizeof(float) * static_cast<std::size_t>(sums_of(blocks(), threads_))) {
    const auto data = [&](std::string_view tensor) {
      return reinterpret_cast<float*>(host_data(*buffers[problem.index(tensor)]));
    };
    in_ = data("in");
    if (problem.find("in2") != nullptr) in2_ = data("in2");
    out_ = data("out");
  }

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_; }

  void call() override {
    const std::int64_t parts = std::min<std::int64_t>(threads_, blocks());
#pragma omp parallel for num_threads(static_cast<int>(parts)) schedule(static)
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t first = blocks() * part / parts;
      const std::int64_t last = blocks() * (part + 1) / parts;
      if (shape_.op == StreamShape::Op::read) {
        read_all(first, last, reinterpret_cast<float*>(sums_.data()) + sums_of(first, part));
        continue;
      }
      for (std::int64_t pass = 0; pass < shape_.passes; ++pass) write(first, last);
    }
  }

 private:
  static constexpr std::int64_t line = 64 / sizeof(float);

  [[nodiscard]] std::int64_t blocks() const { return (shape_.n + stream_block - 1) / stream_block; }
  // Where the sums of a thread's blocks begin, `first` blocks and `part` threads being before: lines
  // of their own, since threads that add to neighbouring elements wait for each other's caches.
  static std::int64_t sums_of(std::int64_t first, std::int64_t part) {
    return (first + line - 1) / line * line + part * line;
  }

  void read_all(std::int64_t first, std::int64_t last, float* sums) {
    for (std::int64_t pass = 0; pass < shape_.passes; ++pass) read(first, last, pass, sums);
    std::copy(sums, sums + (last - first), out_ + first);
  }

  void write(std::int64_t first, std::int64_t last) {
    const std::int64_t from = first * stream_block;
    const std::int64_t n = std::min(last * stream_block, shape_.n) - from;
    switch (shape_.op) {
      case StreamShape::Op::read:
        return;
      case StreamShape::Op::copy:
        return stream_copy(in_ + from, out_ + from, n);
      case StreamShape::Op::triad:
      case StreamShape::Op::triad_nt:
        return stream_triad(in_ + from, in2_ + from, out_ + from, n,
                            shape_.op == StreamShape::Op::triad_nt);
    }
  }

  void read(std::int64_t first, std::int64_t last, std::int64_t pass, float* sums) {
    const auto put = [&](std::int64_t block, float sum) {
      float& total = sums[block - first];
      total = pass == 0 ? sum : total + sum;
    };
    if (layout_.code != nullptr) return read_as_asked(first, last, put);
    // From memory whole blocks of several places, then the rest one by one.
    const std::int64_t size = (last - first) * stream_block;
    const std::int64_t each =
        size < beyond_caches || last * stream_block > shape_.n ? 0 : (last - first) / stream_places;
    for (std::int64_t j = 0; j < each; ++j) {
      std::array<float, stream_places> places{};
      stream_sums(in_ + (first + j) * stream_block, each * stream_block, stream_block,
                  places.data());
      for (std::int64_t k = 0; k < stream_places; ++k) {
        put(first + k * each + j, places[static_cast<std::size_t>(k)]);
      }
    }
    const std::int64_t next = first + stream_places * each;
    for (std::int64_t j = next; j < last; ++j) {
      const std::int64_t start = j * stream_block;
      put(j, stream_sum(in_ + start, std::min(stream_block, shape_.n - start)));
    }
  }

  // Blocks of every place; fewer places for the last few, and for a block that isn't whole.
  template <class Put>
  void read_as_asked(std::int64_t first, std::int64_t last, const Put& put) {
    constexpr std::int64_t most_places = 32;
    const std::int64_t whole = std::min(last, shape_.n / stream_block);
    const std::int64_t each = std::max<std::int64_t>(whole - first, 0) / layout_.places;
    std::array<float, most_places> sums{};
    for (std::int64_t j = 0; j < each; ++j) {
      layout_.code(in_ + (first + j) * stream_block, each * stream_block, stream_block,
                   sums.data());
      for (std::int64_t k = 0; k < layout_.places; ++k) {
        put(first + k * each + j, sums[static_cast<std::size_t>(k)]);
      }
    }
    for (std::int64_t j = first + layout_.places * each; j < last; ++j) {
      const std::int64_t start = j * stream_block;
      put(j, stream_sum(in_ + start, std::min(stream_block, shape_.n - start)));
    }
  }

  // Floats of a thread that caches of its own don't hold.
  static constexpr std::int64_t beyond_caches = 1 << 20;

  StreamShape shape_;
  ReadLayout layout_;
  int threads_;
  std::size_t touched_;
  const float* in_ = nullptr;
  const float* in2_ = nullptr;
  float* out_ = nullptr;
  HostBuffer sums_;  // of `read`
};

class StreamPrepared final : public Prepared {
 public:
  explicit StreamPrepared(Problem problem) : problem_(std::move(problem)) {}
  [[nodiscard]] std::string implementation() const override {
    const ReadLayout layout = read_layout(stream_shape(problem_));
    if (layout.code == nullptr) return "stream:" + attention_target();
    return "stream_" + std::to_string(layout.places) + "x" + std::to_string(layout.width) + ":" +
           attention_target();
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const std::int64_t units = stream_shape(problem_).units;
    const int threads = units == 0 ? count_threads() : static_cast<int>(units);
    return std::make_unique<StreamBound>(problem_, threads, tensors);
  }

 private:
  Problem problem_;
};

}  // namespace

Support supports_stream(const Problem& problem, std::string_view, const dnnl::engine&) {
  if (stream_shape(problem).items > 1) {
    return Support::no("a thread of a processor has no work-items");
  }
  if (stream_shape(problem).units > 1024) return Support::no("more than 1024 threads");
  const ReadLayout layout = read_layout(stream_shape(problem));
  if (layout.places > 0 && layout.code == nullptr) {
    return Support::no("no code for accumulators:" + std::to_string(layout.places) +
                       " with width:" + std::to_string(layout.width) + " on " + attention_target());
  }
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_stream(const Problem& problem, std::string_view,
                                         const dnnl::engine&) {
  return std::make_unique<StreamPrepared>(problem);
}

}  // namespace assay::onednn
