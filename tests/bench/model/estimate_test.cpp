#include "bench/model/estimate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "bench/model/estimate_text.hpp"
#include "kernels/error.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

TEST(ModelConfig, PublishedSizes) {
  const ModelConfig llama = find_model("llama-3-8b");
  EXPECT_EQ(llama.head_dim, 128);
  const double all =
      static_cast<double>(llama.layers) * llama.layer_weights() + llama.embedding_weights();
  EXPECT_NEAR(all, 8.03e9, 0.01e9);
  const ModelConfig gpt2 = find_model("gpt-2");
  EXPECT_NEAR(12 * gpt2.layer_weights() + gpt2.embedding_weights(), 124e6, 1e6);
  EXPECT_TRUE(gpt2.tied);
  EXPECT_FALSE(gpt2.gated);
  EXPECT_TRUE(find_model("bert-base").encoder);
  // 128 KiB a token in bf16.
  EXPECT_EQ(llama.kv_elements() * 2, 131072);
}

std::string refusal(const std::string& text) {
  try {
    (void)parse_model_config("m/config.json", text);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ModelConfig, Refuses) {
  EXPECT_THAT(refusal("{"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal("{}"), HasSubstr("'hidden_size' is missing"));
  EXPECT_THAT(refusal(R"({"hidden_size": -4})"), HasSubstr("'hidden_size' must be"));
  EXPECT_THAT(refusal(R"({"num_local_experts": 8})"), HasSubstr("mixture of experts"));
  EXPECT_THAT(refusal(R"({"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4,
                          "num_key_value_heads": 3, "vocab_size": 10})"),
              HasSubstr("isn't a multiple"));
  EXPECT_THROW((void)find_model("llama-3-9b"), Error);
}

// A device of 100 GFLOP/s and 10 GB/s, seen through one large case of each kind.
Synthetic roofline() {
  Synthetic records;
  const auto add = [&](const std::string& problem) {
    Record& r = records.add(problem, cpu_onednn, 1, 0.0);
    const double compute = r.work.flops / 100e9;
    const double move = (r.work.bytes_read + r.work.bytes_written) / 10e9;
    for (Launch& launch : r.launches) launch.samples_ns.assign(5, std::max(compute, move) * 1e9);
  };
  add("matmul/dtype:bf16/m:4096/n:4096/k:4096");
  add("matmul/dtype:bf16/m:1/n:8192/k:8192");
  add("attention/dtype:bf16/heads:32/kv_heads:8/q:2048/d:128/causal:1");
  add("attention/dtype:bf16/heads:32/kv_heads:8/q:1/kv:8192/d:128");
  return records;
}

TEST(ModelEstimate, FollowsTheRoofline) {
  const Synthetic records = roofline();
  const Evidence evidence = records.evidence(test_facts());
  const ModelConfig llama = find_model("llama-3-8b");
  const ModelEstimate e = estimate_model(llama, evidence.models().front(), {});
  ASSERT_TRUE(e.decode.known) << e.decode.why;
  // Decoding reads all weights but the embedding, and the cache.
  const double head = 128256.0 * 4096;
  const double bytes = 2 * (32 * llama.layer_weights() + head) + e.kv_bytes;
  EXPECT_NEAR(e.decode.seconds.value, bytes / 10e9, 0.01 * bytes / 10e9);
  EXPECT_THAT(e.decode.binds, HasSubstr("bandwidth"));
  ASSERT_TRUE(e.prefill.known);
  EXPECT_THAT(e.prefill.binds, HasSubstr("arithmetic"));
  const double flops = 2 * 512 * 32 * llama.layer_weights();
  EXPECT_NEAR(e.prefill.seconds.value, flops / 100e9, 0.05 * flops / 100e9);
  EXPECT_EQ(e.decode.measured_share, 0);
  EXPECT_TRUE(e.fits());
  EXPECT_FALSE(estimate_model(find_model("llama-3-70b"), evidence.models().front(), {}).fits());
}

TEST(ModelEstimate, AnExactCaseIsUsedAndUnknownIsSaid) {
  Synthetic records = roofline();
  records.add("matmul/dtype:bf16/m:1/n:28672/k:4096", cpu_onednn, 77e6, 0.0);
  const Evidence evidence = records.evidence(test_facts());
  const DeviceModel& device = evidence.models().front();
  const ModelKernel exact = kernel_time("matmul/dtype:bf16/m:1/n:28672/k:4096", device);
  EXPECT_EQ(exact.source, "measured");
  EXPECT_NEAR(exact.seconds.value, 77e-3, 1e-9);
  EXPECT_EQ(kernel_time("matmul/dtype:f16/m:1/n:28672/k:4096", device).source, "unknown");
  const ModelEstimate s4 = estimate_model(find_model("llama-3-8b"), device, {.weights = "s4"});
  EXPECT_FALSE(s4.decode.known);
  EXPECT_THAT(s4.decode.why, HasSubstr("nothing measured like matmul"));
  EXPECT_LT(s4.weight_bytes, 6.5e9);
  EXPECT_THROW((void)estimate_model(find_model("gpt-2"), device, {.weights = "s3"}), Error);
}

TEST(ModelEstimate, TextSaysThatItIsABound) {
  const Synthetic records = roofline();
  const Evidence evidence = records.evidence(test_facts());
  const ModelEstimate bert = estimate_model(find_model("bert-base"), evidence.models().front(), {});
  std::ostringstream out;
  print_estimate(bert, out);
  EXPECT_THAT(out.str(), HasSubstr("an encoder doesn't decode"));
  EXPECT_THAT(out.str(), HasSubstr("Upper bounds on speed"));
}

}  // namespace
}  // namespace assay
