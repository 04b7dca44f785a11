#include "bench/conformance/shapes.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

#include "kernels/random.hpp"

namespace assay {
namespace {

constexpr std::array float_dtypes = {"f32", "f16", "bf16"};

std::string matmul(const std::string& dtype, std::int64_t m, std::int64_t n, std::int64_t k,
                   const std::string& more = {}) {
  return "matmul/dtype:" + dtype + "/m:" + std::to_string(m) + "/n:" + std::to_string(n) +
         "/k:" + std::to_string(k) + (more.empty() ? "" : "/" + more);
}

struct Heads {
  std::int64_t batch, heads, kv_heads, q, kv, d;
};

std::string attention(const std::string& dtype, Heads h, const std::string& more = {}) {
  return "attention/dtype:" + dtype + "/batch:" + std::to_string(h.batch) +
         "/heads:" + std::to_string(h.heads) + "/kv_heads:" + std::to_string(h.kv_heads) +
         "/q:" + std::to_string(h.q) + "/kv:" + std::to_string(h.kv) + "/d:" + std::to_string(h.d) +
         (more.empty() ? "" : "/" + more);
}

void add_matmul(std::vector<std::string>& names) {
  for (const std::string dtype : {"f32", "f16", "bf16", "s8", "u8"}) {
    names.push_back(matmul(dtype, 1, 1, 1));
    names.push_back(matmul(dtype, 1, 129, 257));
    names.push_back(matmul(dtype, 2, 3, 5, "layout:nn"));
    names.push_back(matmul(dtype, 9, 17, 33));
    names.push_back(matmul(dtype, 33, 65, 129, "layout:tn"));
    names.push_back(matmul(dtype, 65, 33, 17, "layout:nn"));
    names.push_back(matmul(dtype, 129, 65, 67));
    names.push_back(matmul(dtype, 17, 257, 31, "layout:tn"));
    names.push_back(matmul(dtype, 64, 64, 64));
    names.push_back(matmul(dtype, 13, 7, 1009, "layout:nn"));
    names.push_back(matmul(dtype, 11, 19, 23, "batch:3"));
    names.push_back(matmul(dtype, 5, 37, 64, "batch:3/layout:tn/constant:0"));
  }
  for (const std::string dtype : float_dtypes) {
    for (const char* epilogue : {"bias", "gelu", "silu", "bias_gelu", "bias_silu"}) {
      names.push_back(matmul(dtype, 7, 41, 53, "epilogue:" + std::string(epilogue)));
    }
    names.push_back(matmul(dtype, 9, 33, 128, "batch:2/epilogue:bias"));
    if (dtype != "f32") names.push_back(matmul(dtype, 15, 31, 63, "out:f32"));
  }
  for (const std::string dtype : {"s8", "u8"}) {
    names.push_back(matmul(dtype, 31, 47, 65, "out:s32"));
    names.push_back(matmul(dtype, 3, 33, 128, "batch:3/out:s32/layout:nn"));
    names.push_back(matmul(dtype, 17, 29, 70, "out:bf16"));
    names.push_back(matmul(dtype, 17, 29, 70, "out:bf16/epilogue:bias_gelu"));
    names.push_back(matmul(dtype, 8, 33, 66, "epilogue:bias/batch:2"));
  }
}

void add_quantised(std::vector<std::string>& names) {
  for (const std::string dtype : float_dtypes) {
    for (const std::string weights : {"s8", "s4", "u4"}) {
      const std::string key = "weights:" + weights;
      names.push_back(matmul(dtype, 1, 67, 256, key + "/group:32"));
      names.push_back(matmul(dtype, 9, 33, 62, key));
      names.push_back(matmul(dtype, 5, 17, 192, key + "/group:64/zero_points:u8"));
      if (weights != "s8") {
        names.push_back(matmul(dtype, 3, 19, 128, key + "/group:128/zero_points:u4"));
      }
    }
    names.push_back(
        matmul(dtype, 3, 16, 64, "batch:2/weights:s4/group:16/zero_points:u4/epilogue:bias"));
  }
}

void add_attention(std::vector<std::string>& names) {
  for (const std::string dtype : float_dtypes) {
    names.push_back(attention(dtype, {1, 1, 1, 1, 1, 64}));
    names.push_back(attention(dtype, {1, 8, 1, 1, 129, 64}, "causal:1"));
    names.push_back(attention(dtype, {2, 4, 1, 17, 1, 80}));
    names.push_back(attention(dtype, {1, 7, 1, 5, 67, 96}));
    names.push_back(attention(dtype, {3, 2, 2, 2, 31, 128}, "causal:1"));
    names.push_back(attention(dtype, {1, 1, 1, 33, 33, 256}, "causal:1"));
    names.push_back(attention(dtype, {1, 2, 1, 65, 65, 64}, "causal:1"));
    names.push_back(attention(dtype, {1, 1, 1, 17, 257, 64}, "causal:1"));
    names.push_back(attention(dtype, {1, 14, 2, 3, 65, 80}, "causal:1"));
    names.push_back(attention(dtype, {1, 4, 2, 37, 11, 64}, "causal:1"));
    names.push_back(attention(dtype, {1, 1, 1, 129, 17, 64}, "causal:1"));
    names.push_back(attention(dtype, {1, 32, 8, 1, 65, 128}));
    names.push_back(attention(dtype, {2, 2, 1, 13, 47, 8}, "causal:1"));
    names.push_back(attention(dtype, {1, 2, 1, 16, 128, 64}, "kv_dtype:s8"));
    names.push_back(attention(dtype, {2, 7, 1, 1, 131, 128}, "causal:1/kv_dtype:s8"));
    names.push_back(attention(dtype, {1, 4, 4, 9, 33, 96}, "causal:1/kv_dtype:s8"));
  }
  for (std::int64_t q = 2; q < 17; ++q) {
    const std::string dtype = float_dtypes[static_cast<std::size_t>(q % 3)];
    names.push_back(attention(dtype, {1, 4, 1, q, 16 * (q % 4) + q, 64}, "causal:1"));
  }
}

// Draws from the seed, one after another.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : seed_(seed) {}
  std::int64_t size(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(uniform(random_bits(seed_, 0, next_++)) *
                                           static_cast<double>(high - low + 1));
  }
  std::string of(std::initializer_list<const char*> words) {
    return words.begin()[size(0, static_cast<std::int64_t>(words.size()) - 1)];
  }
  bool chance(int percent) { return size(1, 100) <= percent; }

 private:
  std::uint64_t seed_;
  std::uint64_t next_ = 0;
};

std::string random_matmul(Draw& draw) {
  const std::string dtype = draw.of({"f32", "f16", "bf16", "s8", "u8"});
  const bool integer = dtype == "s8" || dtype == "u8";
  std::string more;
  const auto add = [&](const std::string& text) { more += (more.empty() ? "" : "/") + text; };
  std::int64_t k = draw.size(1, 150);
  const bool quantised = !integer && draw.chance(30);
  if (quantised) {
    const std::int64_t group = 2 * draw.size(1, 32);
    k = group * draw.size(1, 4);
    add("weights:" + draw.of({"s8", "s4", "u4"}));
    if (draw.chance(70)) add("group:" + std::to_string(group));
    if (draw.chance(50)) add("zero_points:" + draw.of({"u8", "u4"}));
  } else {
    add("layout:" + draw.of({"nt", "nn", "tn"}));
  }
  if (draw.chance(25)) add("batch:" + std::to_string(draw.size(2, 4)));
  const bool exact = integer && draw.chance(30);
  if (exact) {
    add("out:s32");
  } else if (draw.chance(25)) {
    add(integer ? "out:bf16" : "out:f32");
  }
  if (!exact && draw.chance(30)) {
    add("epilogue:" + draw.of({"bias", "gelu", "silu", "bias_gelu", "bias_silu"}));
  }
  if (draw.chance(20)) add("constant:0");
  return matmul(dtype, draw.size(1, 40), draw.size(1, 40), k, more);
}

std::string random_attention(Draw& draw) {
  const std::string dtype = draw.of({"f32", "f16", "bf16"});
  const std::int64_t kv_heads = draw.size(1, 3);
  const std::int64_t d = draw.chance(50) ? 64 : 8 * draw.size(1, 20);
  std::string more = draw.chance(60) ? "causal:1" : "causal:0";
  if (draw.chance(25)) more += "/kv_dtype:s8";
  return attention(dtype,
                   {draw.size(1, 2), kv_heads * draw.size(1, 3), kv_heads,
                    draw.chance(30) ? 1 : draw.size(1, 24), draw.size(1, 64), d},
                   more);
}

}  // namespace

std::vector<std::string> conformance_shapes() {
  std::vector<std::string> names;
  add_matmul(names);
  add_quantised(names);
  add_attention(names);
  return names;
}

std::vector<std::string> large_shapes() {
  std::vector<std::string> names;
  for (const std::string dtype : {"f32", "f16", "bf16", "s8", "u8"}) {
    names.push_back(matmul(dtype, 161, 131, 97));
    names.push_back(matmul(dtype, 1, 1027, 2050));
    names.push_back(matmul(dtype, 33, 66, 4099, "layout:nn"));
  }
  for (const std::string dtype : float_dtypes) {
    names.push_back(matmul(dtype, 5, 515, 1024, "weights:s4/group:32/zero_points:u8"));
    names.push_back(attention(dtype, {1, 6, 2, 131, 259, 64}, "causal:1"));
    names.push_back(attention(dtype, {1, 8, 2, 1, 2051, 128}));
  }
  return names;
}

std::vector<std::string> probe_shapes() {
  std::vector<std::string> names;
  for (const char* path :
       {"f32/path:fma", "f16/path:fma", "f16/path:dot", "bf16/path:dot", "s8/path:dot",
        "f16/path:matrix", "bf16/path:matrix", "s8/path:matrix"}) {
    names.push_back("alu/dtype:" + std::string(path) + "/chains:3072/steps:64");
  }
  names.emplace_back("alu/dtype:f32/path:fma/chains:3072/steps:64/loads:1");
  names.emplace_back("alu/dtype:s32/path:add/chains:8/steps:64/units:1");
  for (const char* op : {"read", "copy", "triad", "triad_nt"}) {
    for (const char* bytes : {"65536", "1000012"}) {
      names.push_back("stream/op:" + std::string(op) + "/bytes:" + bytes);
    }
  }
  names.emplace_back("stream/op:read/bytes:262144/passes:3");
  return names;
}

std::vector<std::string> sanitize_shapes() {
  std::vector<std::string> names;
  for (const std::string dtype : {"f32", "f16", "bf16", "s8", "u8"}) {
    names.push_back(matmul(dtype, 9, 33, 65));
  }
  for (const std::string dtype : float_dtypes) {
    names.push_back(matmul(dtype, 3, 17, 64, "weights:s4/group:32/zero_points:u8"));
    names.push_back(attention(dtype, {1, 2, 1, 9, 33, 64}, "causal:1"));
    names.push_back(attention(dtype, {1, 2, 1, 2, 33, 64}, "causal:1/kv_dtype:s8"));
  }
  return names;
}

std::vector<std::string> random_shapes(std::uint64_t seed, std::int64_t count) {
  Draw draw(seed);
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) {
    names.push_back(draw.chance(60) ? random_matmul(draw) : random_attention(draw));
  }
  return names;
}

}  // namespace assay
