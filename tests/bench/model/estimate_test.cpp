#include "bench/model/estimate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
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
}

std::string refusal(const std::string& text) {
  try {
    (void)parse_model_config("m/config.json", text);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

std::string config(const std::string& type, const std::string& more) {
  return R"({"model_type": ")" + type + R"(", "hidden_size": 4544, "num_hidden_layers": 32,
    "num_attention_heads": 71, "vocab_size": 65024)" +
         more + "}";
}

// What Hugging Face's code assumes where the file says nothing.
TEST(ModelConfig, DefaultsFollowTheType) {
  const auto parsed = [](const std::string& type, const std::string& more) {
    return parse_model_config("m/config.json", config(type, more));
  };
  EXPECT_TRUE(parsed("gemma", "").tied);
  EXPECT_FALSE(parsed("llama", "").tied);
  EXPECT_TRUE(parsed("llama", R"(, "tie_word_embeddings": true)").tied);
  EXPECT_FALSE(parsed("starcoder2", "").gated);
  EXPECT_TRUE(parsed("mistral", "").gated);
  // Falcon-7B: one head of keys and values for 71 of queries.
  EXPECT_EQ(parsed("falcon", R"(, "multi_query": true)").kv_heads, 1);
  EXPECT_EQ(parsed("llama", "").kv_heads, 71);
  EXPECT_EQ(parsed("llama", R"(, "num_local_experts": null)").kv_heads, 71);
}

TEST(ModelConfig, IsNamedAfterItsFolder) {
  const auto named = [](const std::string& path) {
    return parse_model_config(path, config("llama", "")).name;
  };
  EXPECT_EQ(named("models/falcon-7b/config.json"), "falcon-7b");
  const std::string here = std::filesystem::current_path().filename().string();
  EXPECT_EQ(named("config.json"), here);
  EXPECT_EQ(named("./config.json"), here);
  EXPECT_EQ(named("models/../config.json"), here);
}

TEST(ModelConfig, Refuses) {
  EXPECT_THAT(refusal("{"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal("{}"), HasSubstr("'hidden_size' is missing"));
  EXPECT_THAT(refusal(R"({"hidden_size": -4})"), HasSubstr("'hidden_size' must be"));
  EXPECT_THAT(refusal(R"({"num_local_experts": 8})"), HasSubstr("mixture of experts"));
  EXPECT_THAT(refusal(config("zamba", "")), HasSubstr("unknown model_type 'zamba'"));
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
  EXPECT_EQ(e.kv_bytes, 131072.0 * 1024) << "128 KiB a token in bf16";
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
  std::ostringstream printed;
  print_estimate(e, printed);
  EXPECT_THAT(printed.str(), HasSubstr("elasticity of speed: 1.00 to bandwidth"));
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

// Ceilings measured beside a case bound every other of its dtype; a slow case of one row doesn't.
TEST(ModelEstimate, OnlyCeilingsBound) {
  Synthetic records;
  const std::string slow = "matmul/dtype:bf16/m:1/n:4096/k:4096/weights:s4/group:128";
  const std::string wanted = "matmul/dtype:bf16/m:512/n:4096/k:4096/weights:s4/group:128";
  records.add(slow, cpu_onednn, 1e6, 0.0);
  {
    const Evidence evidence = records.evidence(test_facts());
    EXPECT_EQ(kernel_time(wanted, evidence.models().front()).source, "estimate: arithmetic");
  }
  for (Launch& launch : records.document().records.back().launches) {
    launch.ceilings.alu = PairedCeiling{"bf16.dot", "onednn:0", {1e12}};
    launch.ceilings.memory = PairedCeiling{"dram", "onednn:0", {40e9}};
  }
  const Evidence evidence = records.evidence(test_facts());
  const ModelKernel bound = kernel_time(wanted, evidence.models().front());
  EXPECT_EQ(bound.source, "bound: arithmetic");
  EXPECT_FALSE(bound.moves_more);
  EXPECT_NEAR(bound.seconds.value, 2.0 * 512 * 4096 * 4096 / 1e12, 1e-6);
}

// A library that is faster than the probe: what follows from the probe's rate is no bound.
TEST(ModelEstimate, ABeatenCeilingBoundsNothing) {
  Synthetic records;
  const auto beside = [&](Record& record) {
    for (Launch& launch : record.launches) {
      launch.ceilings.alu = PairedCeiling{"bf16.matrix", "opencl:0", {6.4e14}};
      launch.ceilings.memory = PairedCeiling{"dram", "opencl:0", {4e12}};
    }
  };
  beside(records.add_flops("matmul/dtype:bf16/m:4096/n:4096/k:4096", h100, 3e14));
  beside(records.add("attention/dtype:bf16/heads:32/kv_heads:8/q:1/kv:1024/d:128", h100, 1e5));
  const ModelConfig llama = find_model("llama-3-8b");
  const auto prefill_text = [&] {
    const Evidence evidence = records.evidence(test_facts());
    const ModelEstimate e = estimate_model(llama, evidence.models().front(), {});
    EXPECT_FALSE(e.decode.estimated) << "bandwidth binds, of which nothing was seen above its roof";
    std::ostringstream out;
    print_estimate(e, out);
    return std::pair(e.prefill.estimated, out.str());
  };
  EXPECT_FALSE(prefill_text().first);
  SyntheticDevice cublas = h100;
  cublas.backend = "cublas";
  records.add_flops("matmul/dtype:bf16/m:8192/n:8192/k:8192", cublas, 7.8e14);
  const auto [estimated, text] = prefill_text();
  EXPECT_TRUE(estimated);
  EXPECT_THAT(text, HasSubstr("  about "));
}

TEST(ModelEstimate, AQuantisedCacheTakesHalf) {
  Synthetic records = roofline();
  const Evidence evidence = records.evidence(test_facts());
  const DeviceModel& device = evidence.models().front();
  const ModelConfig llama = find_model("llama-3-8b");
  const ModelEstimate whole = estimate_model(llama, device, {});
  const ModelEstimate half = estimate_model(llama, device, {.kv = "s8"});
  EXPECT_EQ(half.kv_bytes, whole.kv_bytes / 2 * (1 + 4.0 / 128)) << "a scale for each row";
  EXPECT_FALSE(half.decode.known) << "no attention over such a cache was measured";
  EXPECT_THROW((void)estimate_model(llama, device, {.kv = "s4"}), Error);
}

TEST(ModelEstimate, AWindowBoundsTheCache) {
  const Synthetic records = roofline();
  const Evidence evidence = records.evidence(test_facts());
  const DeviceModel& device = evidence.models().front();
  ModelConfig model = find_model("llama-3-8b");
  model.positions = 0;
  const ModelEstimate whole = estimate_model(model, device, {.context = 8192});
  model.window = 4096;
  model.window_in_all = true;
  const ModelEstimate seen = estimate_model(model, device, {.context = 8192});
  EXPECT_EQ(2 * seen.kv_bytes, whole.kv_bytes);
  EXPECT_LT(seen.decode.seconds.value, whole.decode.seconds.value);
  EXPECT_THROW((void)estimate_model(model, device, {.prompt = 8192}), Error);
  model.window_in_all = false;
  EXPECT_THROW((void)estimate_model(model, device, {.context = 8192}), Error);
  const std::string sizes =
      R"("hidden_size": 4096, "num_hidden_layers": 2, "num_attention_heads": 32, "vocab_size": 9,
         "sliding_window": 4096)";
  const auto parsed = [&](const std::string& type) {
    return parse_model_config("m/config.json", R"({"model_type": ")" + type + "\", " + sizes + "}");
  };
  EXPECT_EQ(parsed("mistral").window, 4096);
  EXPECT_TRUE(parsed("mistral").window_in_all);
  EXPECT_FALSE(parsed("gemma2").window_in_all);
  EXPECT_EQ(parsed("qwen2").window, 0) << "there, but not used";
}

TEST(ModelEstimate, AnEncoderKeepsNoCache) {
  const Synthetic records = roofline();
  const Evidence evidence = records.evidence(test_facts());
  const ModelEstimate e =
      estimate_model(find_model("bert-base"), evidence.models().front(), {.prompt = 512});
  EXPECT_EQ(e.kv_bytes, 0);
  std::ostringstream printed;
  print_estimate(e, printed);
  EXPECT_THAT(printed.str(), HasSubstr("no KV cache"));
}

TEST(ModelEstimate, RefusesWhatAModelCanNot) {
  const Synthetic records = roofline();
  const Evidence evidence = records.evidence(test_facts());
  const DeviceModel& device = evidence.models().front();
  EXPECT_THROW((void)estimate_model(find_model("llama-3-8b"), device, {.context = 4000000}), Error);
  const ModelConfig falcon = parse_model_config("m/config.json", config("falcon", ""));
  EXPECT_THROW((void)estimate_model(falcon, device, {.weights = "s4"}), Error);
}

TEST(ModelEstimate, TextSaysThatItIsABound) {
  const Synthetic records = roofline();
  const Evidence evidence = records.evidence(test_facts());
  const ModelEstimate bert = estimate_model(find_model("bert-base"), evidence.models().front(), {});
  std::ostringstream out;
  print_estimate(bert, out);
  EXPECT_THAT(out.str(), HasSubstr("an encoder doesn't decode"));
  // Nothing but other sizes was measured: an estimate.
  EXPECT_THAT(out.str(), HasSubstr("  about "));
  EXPECT_THAT(out.str(), HasSubstr("an estimate, no bound"));
}

}  // namespace
}  // namespace assay
