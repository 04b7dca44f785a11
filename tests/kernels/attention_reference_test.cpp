#include "kernels/attention_reference.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "kernels/attention.hpp"
#include "kernels/selection.hpp"
#include "tests/support/faulty.hpp"

namespace assay {
namespace {

using testing::DoubleNear;

void set(const Problem& problem, const HostTensors& tensors, std::string_view name,
         const std::vector<double>& values) {
  const std::size_t t = problem.index(name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    store(problem.tensors[t].dtype, tensors.data()[t].data(), static_cast<std::int64_t>(i),
          values[i]);
  }
}

std::vector<double> reference(const Problem& problem, const HostTensors& tensors,
                              const std::vector<std::int64_t>& selection = {}) {
  const auto chosen = selection.empty() ? every_index(problem.output().elements()) : selection;
  std::vector<Expected> expected(chosen.size());
  kernel_of(problem).reference(problem, tensors.inputs(), chosen, expected);
  std::vector<double> values;
  for (const Expected& each : expected) values.push_back(each.value);
  return values;
}

TEST(AttentionReference, WeighsByTheSoftmaxOfScaledProducts) {
  const Problem problem = parse_problem("attention/dtype:f32/heads:1/q:1/kv:2/d:4");
  const HostTensors tensors(problem);
  set(problem, tensors, "q", {2, 0, 0, 0});
  set(problem, tensors, "k", {0, 5, 5, 5, 1, 7, 7, 7});  // logits 0 and 1
  set(problem, tensors, "v", {0, 0, 1, 3, 1, 10, 1, 3});
  const double p = 1 / (1 + std::exp(-1.0));
  const auto out = reference(problem, tensors);
  EXPECT_THAT(out[0], DoubleNear(p, 1e-15));
  EXPECT_THAT(out[1], DoubleNear(10 * p, 1e-14));
  EXPECT_THAT(out[2], DoubleNear(1, 1e-15));
  EXPECT_THAT(out[3], DoubleNear(3, 1e-15));
}

// Equal logits: row i is the mean of the values it may see.
TEST(AttentionReference, MasksBottomRightAndGivesZeroToRowsThatSeeNothing) {
  const Problem wide = parse_problem("attention/dtype:f32/heads:1/q:2/kv:4/d:1/causal:1");
  const HostTensors wide_tensors(wide);
  set(wide, wide_tensors, "v", {1, 3, 8, 4});
  EXPECT_THAT(reference(wide, wide_tensors), testing::ElementsAre(4, 4));
  const Problem tall = parse_problem("attention/dtype:f32/heads:1/q:4/kv:2/d:1/causal:1");
  const HostTensors tall_tensors(tall);
  set(tall, tall_tensors, "v", {1, 3});
  EXPECT_THAT(reference(tall, tall_tensors), testing::ElementsAre(0, 0, 1, 2));
}

TEST(AttentionReference, QueryHeadsShareConsecutively) {
  const Problem problem =
      parse_problem("attention/dtype:f32/batch:2/heads:4/kv_heads:2/q:1/kv:1/d:1");
  const HostTensors tensors(problem);
  set(problem, tensors, "v", {1, 2, 3, 4});
  EXPECT_THAT(reference(problem, tensors), testing::ElementsAre(1, 1, 2, 2, 3, 3, 4, 4));
}

TEST(AttentionReference, ScalesQuantisedTokens) {
  const Problem problem = parse_problem("attention/dtype:f32/heads:1/q:1/kv:2/d:1/kv_dtype:s8");
  const HostTensors tensors(problem);
  set(problem, tensors, "q", {1});
  set(problem, tensors, "k", {10, 20});
  set(problem, tensors, "k_scale", {0.2, 0.1});  // equal logits
  set(problem, tensors, "v", {100, -50});
  set(problem, tensors, "v_scale", {0.5, 2});
  EXPECT_THAT(reference(problem, tensors)[0], DoubleNear(-25, 1e-5));
}

TEST(AttentionReference, ASelectionIsTheSameAsEverything) {
  const Problem problem =
      parse_problem("attention/dtype:bf16/batch:2/heads:6/kv_heads:2/q:70/kv:300/d:8/causal:1");
  const HostTensors tensors(problem, 4);
  const auto all = reference(problem, tensors);
  const std::vector<std::int64_t> selection = {0, 7, 8, 555, 560, 561, 3359, 3360, 6719};
  const auto some = reference(problem, tensors, selection);
  for (std::size_t e = 0; e < selection.size(); ++e) {
    EXPECT_EQ(some[e], all[static_cast<std::size_t>(selection[e])]);
  }
}

// The reason for planting dominant keys: the softmax is neither uniform nor always one key.
TEST(AttentionInputs, LogitsSpreadAndDominantKeysShare) {
  const Problem problem = parse_problem("attention/dtype:f32/heads:1/q:64/kv:512/d:64/causal:1");
  const AttentionShape s = attention_shape(problem);
  const HostTensors tensors(problem, 4);
  double squares = 0;
  std::int64_t last_matters = 0;
  for (std::int64_t i = 0; i < s.q; ++i) {
    std::vector<double> logits;
    double sum = 0;
    for (std::int64_t j = 0; j < s.visible(i); ++j) {
      double logit = 0;
      for (std::int64_t c = 0; c < s.d; ++c) {
        logit += load(DType::f32, tensors.inputs()[0].data(), i * s.d + c) *
                 load(DType::f32, tensors.inputs()[1].data(), j * s.d + c) / 8;
      }
      logits.push_back(logit);
      squares += logit * logit / static_cast<double>(s.q * s.visible(i));
      sum += std::exp(logit);
    }
    last_matters += std::exp(logits.back()) / sum > 0.01 ? 1 : 0;
  }
  EXPECT_GT(std::sqrt(squares), 3.0);
  EXPECT_LT(std::sqrt(squares), 5.0);
  EXPECT_GT(last_matters, s.q / 2);
}

}  // namespace
}  // namespace assay
