// Attention on onednn: every implementation of it, on every instruction set that the tests are run
// with.
#include "backends/onednn/attention.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <string>
#include <vector>

#include "backends/onednn/attention_block.hpp"
#include "backends/onednn/device.hpp"
#include "kernels/attention.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"

namespace assay {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsNan;
using testing::StartsWith;

class OnednnAttention : public testing::Test {
 protected:
  // Checks what is supported; the rest must have a reason. Says whether it is supported.
  bool conforms(const std::string& name, const std::string& variant) {
    const Problem problem = parse_problem(name);
    const Conformance conformance = conform(*device_, problem, variant);
    if (!conformance.supported) {
      EXPECT_THAT(conformance.reason, AnyOf(HasSubstr("oneDNN"), HasSubstr("without conversion")));
      return false;
    }
    EXPECT_TRUE(conformance.passed) << name << "+" << variant << ": " << conformance.reason;
    return true;
  }
  void must_conform(const std::string& name) {
    EXPECT_TRUE(conforms(name, "")) << name << " is not supported";
  }

  std::unique_ptr<Device> device_ = onednn::make_backend()->open("0");
};

// Groups of 1, 4, 7 and 8, tails of every tile, rows that see nothing, q != kv.
const std::vector<std::string>& shapes() {
  static const std::vector<std::string> names = {
      "heads:1/q:1/kv:1/d:1",
      "heads:2/q:1/kv:200/d:64",
      "heads:1/q:63/kv:65/d:80",
      "batch:2/heads:14/kv_heads:2/q:17/kv:129/d:96",
      "heads:8/kv_heads:1/q:5/kv:70/d:33",
      "heads:4/kv_heads:4/q:130/kv:130/d:128",
      "heads:2/kv_heads:1/q:3/kv:1/d:256",
      "heads:2/q:49/kv:31/d:7",
      "heads:2/q:150/kv:70/d:16",
      "heads:28/kv_heads:4/q:1/kv:77/d:128",
      "heads:3/q:4/kv:66/d:20",
      "heads:24/kv_heads:8/q:1/kv:1101/d:40",
      "heads:4/kv_heads:1/q:70/kv:333/d:64",
  };
  return names;
}

TEST_F(OnednnAttention, EveryTypeAndShape) {
  for (const char* dtype : {"f32", "bf16", "f16"}) {
    for (const char* kv_dtype : {"", "/kv_dtype:s8"}) {
      for (const std::string& shape : shapes()) {
        for (const char* causal : {"", "/causal:1"}) {
          must_conform("attention/dtype:" + std::string(dtype) + "/" + shape + kv_dtype + causal);
        }
      }
    }
  }
}

TEST_F(OnednnAttention, EveryNumberOfRows) {
  for (int q = 1; q <= 66; ++q) {
    const std::string rows = std::to_string(q);
    must_conform("attention/dtype:f32/heads:1/q:" + rows + "/kv:40/d:24/causal:1");
    must_conform("attention/dtype:bf16/heads:2/kv_heads:1/q:" + rows + "/kv:70/d:16");
  }
}

// Few rows and many keys: parts of the keys are done apart and put together.
TEST_F(OnednnAttention, SplitKeys) {
  for (const char* dtype : {"f32", "bf16", "f16"}) {
    for (const char* shape :
         {"heads:1/q:1/kv:512/d:64", "heads:8/kv_heads:1/q:1/kv:1031/d:128",
          "heads:7/kv_heads:1/q:2/kv:777/d:80/causal:1", "heads:1/q:17/kv:900/d:64/causal:1",
          "heads:2/kv_heads:1/q:1/kv:1500/d:96/kv_dtype:s8", "heads:1/q:600/kv:513/d:8/causal:1"}) {
      const std::string name = "attention/dtype:" + std::string(dtype) + "/" + shape;
      must_conform(name);
      EXPECT_THAT(device_->prepare(parse_problem(name), "")->implementation(),
                  AnyOf(StartsWith("flash_split:"), StartsWith("flash_tiled:")));
    }
  }
  EXPECT_THAT(device_->prepare(parse_problem("attention/dtype:f32/heads:1/q:1/kv:1024/d:64"), "")
                  ->implementation(),
              StartsWith("flash_split:"));
}

TEST_F(OnednnAttention, VariantsConformWhereSupported) {
  for (const char* variant : {"highway", "brgemm", "graph-sdpa", "primitives"}) {
    int supported = 0;
    for (const char* dtype : {"f32", "bf16"}) {
      for (const std::string& shape : shapes()) {
        for (const char* causal : {"", "/causal:1"}) {
          const std::string name = "attention/dtype:" + std::string(dtype) + "/" + shape + causal;
          // Its bf16 rounds scores, which our tolerance calls an error.
          if (std::string(variant) == "graph-sdpa" && std::string(dtype) == "bf16") continue;
          supported += conforms(name, variant) ? 1 : 0;
        }
      }
    }
    // oneDNN has micro-kernels for x86 alone, from AVX2 on.
    const bool none =
        std::string(variant) == "brgemm" && !onednn::attention_target().starts_with("avx");
    EXPECT_EQ(supported == 0, none) << variant;
  }
}

TEST_F(OnednnAttention, VariantsAreNamed) {
  const Problem problem = parse_problem("attention/dtype:f32/heads:4/kv_heads:2/q:64/d:64");
  const auto implementation = [&](const char* variant) {
    return device_->prepare(problem, variant)->implementation();
  };
  EXPECT_EQ(implementation("highway"), "flash_tiled:" + onednn::attention_target());
  EXPECT_THAT(implementation("primitives"), HasSubstr("primitives:"));
  EXPECT_THAT(implementation("graph-sdpa"), EndsWith(device_->info().isa));
  if (device_->supports(problem, "brgemm")) {
    EXPECT_THAT(implementation("brgemm"), StartsWith("flash_brgemm:"));
  }
}

TEST_F(OnednnAttention, VariantsRefuseWithTheReason) {
  const auto reason = [&](const char* name, const char* variant) {
    return device_->supports(parse_problem(name), variant).reason;
  };
  for (const char* variant : {"graph-sdpa", "primitives"}) {
    EXPECT_THAT(reason("attention/dtype:f32/heads:1/q:4/kv:4/d:16/kv_dtype:s8", variant),
                HasSubstr("don't dequantise kv_dtype:s8"));
    EXPECT_THAT(reason("attention/dtype:f32/heads:1/q:5/kv:4/d:16/causal:1", variant),
                HasSubstr("rows that see no key"));
  }
}

// One key whose logit is far above all others': rounding may cost it nothing, and the others' values,
// however large, add nothing.
class HugeLogits : public OnednnAttention {
 protected:
  // What the device makes of a logit of that size; nothing where it doesn't support the problem.
  std::vector<double> answer(const std::string& name, const std::string& variant, double logit) {
    const Problem problem = parse_problem(name);
    if (!device_->supports(problem, variant)) return {};
    const AttentionShape shape = attention_shape(problem);
    const std::int64_t best = shape.kv * 2 / 3;
    const double size = std::sqrt(std::abs(logit) / std::sqrt(static_cast<double>(shape.d)));
    std::vector<std::unique_ptr<Buffer>> buffers;
    std::vector<Buffer*> arguments;
    const auto add = [&](std::int64_t rows, const auto& value) {
      std::vector<std::byte> bytes(bytes_for(shape.dtype, rows * shape.d));
      for (std::int64_t i = 0; i < rows * shape.d; ++i) {
        store(shape.dtype, bytes.data(), i, value(i / shape.d, i % shape.d));
      }
      buffers.push_back(device_->allocate(bytes.size()));
      device_->copy_in(*buffers.back(), bytes);
      arguments.push_back(buffers.back().get());
    };
    const double sign = logit < 0 ? -1 : 1;
    const double others = logit < 0 ? 1.5 : 0.5;
    add(shape.q,
        [&](std::int64_t i, auto) { return size * (1 + 0.0137 * static_cast<double>(i)); });
    add(shape.kv, [&](std::int64_t j, auto) { return sign * size * (j == best ? 1 : others); });
    add(shape.kv,
        [&](std::int64_t j, std::int64_t c) { return j == best ? static_cast<double>(c) : 1e30; });
    add(shape.q, [](auto, auto) { return std::nan(""); });
    const auto prepared = device_->prepare(problem, variant);
    const auto bound = prepared->bind(arguments);
    Bound* const ring[] = {bound.get()};
    const auto queue = device_->queue();
    queue->submit(ring, 1);
    queue->wait();
    std::vector<std::byte> out(buffers.back()->size());
    device_->copy_out(*buffers.back(), out);
    std::vector<double> values;
    for (std::int64_t i = 0; i < shape.q * shape.d; ++i) {
      values.push_back(load(shape.dtype, out.data(), i));
    }
    return values;
  }
  void takes_the_best_key(const std::string& name, const std::string& variant, double logit) {
    const std::int64_t d = attention_shape(parse_problem(name)).d;
    std::int64_t i = 0;
    std::int64_t wrong = 0;
    const std::vector<double> values = answer(name, variant, logit);
    EXPECT_TRUE(!variant.empty() || !values.empty()) << name << " isn't supported";
    for (const double value : values) {
      if (value != static_cast<double>(i++ % d)) ++wrong;
    }
    EXPECT_EQ(wrong, 0) << name << "+" << variant << ", logits of " << logit;
  }
};

TEST_F(HugeLogits, OfOnednnAttentionTakeTheBestKey) {
  for (const char* variant : {"", "brgemm"}) {
    for (const char* dtype : {"f32", "bf16"}) {
      for (const char* shape : {"q:1/kv:40/d:16", "q:1/kv:1200/d:32", "q:20/kv:40/d:16",
                                "q:40/kv:1200/d:32", "q:150/kv:200/d:64"}) {
        for (const double logit : {1e3, 1e8, 1e10, 1e12, -1e3, -1e8, -1e10, -1e12}) {
          takes_the_best_key("attention/dtype:" + std::string(dtype) + "/heads:1/" + shape, variant,
                             logit);
        }
      }
    }
  }
}

// No float holds such logits; 0 would look like an answer.
TEST_F(HugeLogits, BeyondFloatsGiveNoNumber) {
  for (const char* variant : {"", "brgemm"}) {
    for (const char* dtype : {"f32", "bf16"}) {
      for (const char* shape : {"q:1/kv:40/d:16", "q:1/kv:1200/d:32", "q:40/kv:40/d:16",
                                "q:40/kv:1200/d:32", "q:150/kv:200/d:64"}) {
        const std::string name = "attention/dtype:" + std::string(dtype) + "/heads:1/" + shape;
        for (const double logit : {1e40, -1e40}) {
          const std::vector<double> values = answer(name, variant, logit);
          EXPECT_THAT(values, Each(IsNan())) << name << "+" << variant << ", logits of " << logit;
          EXPECT_TRUE(*variant != '\0' || !values.empty()) << name << " isn't supported";
        }
      }
    }
  }
}

TEST_F(OnednnAttention, PathsAreOfTheInstructionsThatMultiply) {
  const bool pairs = onednn::has_bf16_pairs();
  const auto runs = [&](const std::string& rest) {
    const auto prepared = device_->prepare(parse_problem("attention/dtype:" + rest), "");
    return prepared->implementation() + " " + prepared->path();
  };
  const std::string target = onednn::attention_target();
  const std::string of_pairs = target + (pairs ? "_bf16 bf16.dot" : " f32.fma");
  EXPECT_EQ(runs("f32/heads:4/q:64/kv:64/d:64"), "flash_tiled:" + target + " f32.fma");
  EXPECT_EQ(runs("f16/heads:4/q:64/kv:64/d:64"), "flash_tiled:" + target + " f32.fma");
  EXPECT_EQ(runs("bf16/heads:8/kv_heads:2/q:1/kv:64/d:64"), "flash_tiled:" + of_pairs);
  EXPECT_EQ(runs("bf16/heads:8/kv_heads:2/q:64/kv:64/d:64/kv_dtype:s8"), "flash_tiled:" + of_pairs);
  // Few rows multiply bytes as f32.
  EXPECT_EQ(runs("bf16/heads:8/kv_heads:2/q:1/kv:64/d:64/kv_dtype:s8"),
            "flash_tiled:" + target + " f32.fma");
  EXPECT_EQ(runs("bf16/heads:8/kv_heads:2/q:1/kv:4096/d:64/kv_dtype:s8"),
            "flash_split:" + target + " f32.fma");
}

TEST_F(OnednnAttention, VariantsOfWholeScoresRefuseWhatDoesNotFitMemory) {
  for (const char* variant : {"graph-sdpa", "primitives"}) {
    const Support support = device_->supports(
        parse_problem("attention/dtype:f32/heads:1/q:4194304/d:64/causal:1"), variant);
    EXPECT_FALSE(support) << variant;
    EXPECT_THAT(support.reason, testing::ContainsRegex("[0-9.]+ GiB of them.*GiB of memory"));
  }
  // 4 GiB a head: the graph holds all heads' scores at the same time, the primitives those of one group.
  EXPECT_FALSE(device_->supports(parse_problem("attention/dtype:f32/heads:4096/q:32768/d:64"),
                                 "graph-sdpa"));
}

}  // namespace
}  // namespace assay
