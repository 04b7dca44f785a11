#include "backends/onednn/attention_mask.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace assay::onednn {
namespace {

// What the system could give without swapping; without limit where it doesn't tell.
std::size_t free_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    std::size_t kib = 0;
    if (words >> key >> kib && key == "MemAvailable:") return kib * 1024;
  }
  return SIZE_MAX;
}

}  // namespace

std::vector<float> causal_mask(const AttentionShape& shape, std::int64_t rows) {
  constexpr float hidden = -1e30F;
  std::vector<float> mask(static_cast<std::size_t>(rows * shape.kv), hidden);
  for (std::int64_t i = 0; i < rows; ++i) {
    std::fill_n(mask.begin() + i * shape.kv, shape.visible(i % shape.q), 0.0F);
  }
  return mask;
}

Support supports_whole_scores(const AttentionShape& shape) {
  if (shape.kv_dtype != shape.dtype) {
    return Support::no("oneDNN's softmax and matmul don't dequantise kv_dtype:" +
                       std::string(name(shape.kv_dtype)) + " token by token");
  }
  if (shape.causal && shape.kv < shape.q) {
    return Support::no("oneDNN's softmax is undefined for rows that see no key");
  }
  return Support::yes();
}

Support fits_memory(std::size_t bytes) {
  const std::size_t there = free_memory();
  if (bytes <= there) return Support::yes();
  const auto gib = [](std::size_t size) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f GiB", static_cast<double>(size) / (1U << 30U));
    return std::string(text);
  };
  return Support::no("oneDNN keeps whole score matrices here, " + gib(bytes) + " of them, and " +
                     gib(there) + " of memory are free");
}

}  // namespace assay::onednn
