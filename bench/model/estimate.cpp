#include "bench/model/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/statistics/bootstrap.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr std::int64_t group = 128;

bool quantised(const EstimateOptions& o) { return o.weights != o.dtype; }

double element_bytes(const std::string& dtype) {
  const std::optional<DType> known = parse_dtype(dtype);
  return known ? bits(*known) / 8.0 : 0;
}

const std::string& kv_dtype(const EstimateOptions& o) { return o.kv.empty() ? o.dtype : o.kv; }

std::string matmul(const EstimateOptions& o, std::int64_t m, std::int64_t n, std::int64_t k) {
  std::string name = fmt::format("matmul/dtype:{}/m:{}/n:{}/k:{}", o.dtype, m, n, k);
  if (quantised(o) && k % group != 0) {
    throw usage_error(
        fmt::format("weights are quantised in groups of {}, which don't divide this "
                    "model's {} inputs of a projection",
                    group, k));
  }
  if (quantised(o)) name += fmt::format("/weights:{}/group:{}", o.weights, group);
  return problem_name(parse_problem(name));
}

std::string attention(const ModelConfig& c, const EstimateOptions& o, std::int64_t q,
                      std::int64_t kv, bool causal) {
  const std::string name =
      fmt::format("attention/dtype:{}/batch:{}/heads:{}/kv_heads:{}/q:{}/kv:{}/d:{}/causal:{}",
                  o.dtype, o.batch, c.heads, c.kv_heads, q, kv, c.head_dim, causal ? 1 : 0) +
      (kv_dtype(o) == o.dtype ? "" : "/kv_dtype:" + o.kv);
  return problem_name(parse_problem(name));
}

struct Step {
  std::string what;
  std::string problem;
  std::int64_t times;
  bool in_layer = true;
};

// `rows`: tokens that go through a layer at once; `heads`: tokens that need the head.
std::vector<Step> steps(const ModelConfig& c, const EstimateOptions& o, std::int64_t rows,
                        const std::string& attention_problem) {
  const std::int64_t inner = c.gated ? 2 * c.intermediate : c.intermediate;
  const std::int64_t heads = c.heads * c.head_dim;
  // Quantising leaves the embedding as it was, and with it the head.
  EstimateOptions whole = o;
  whole.weights = o.dtype;
  return {
      {"q, k, v projections", matmul(o, rows, heads + 2 * c.kv_heads * c.head_dim, c.hidden),
       c.layers},
      {"attention", attention_problem, c.layers},
      {"output projection", matmul(o, rows, c.hidden, heads), c.layers},
      {c.gated ? "gate and up projections" : "first feed-forward layer",
       matmul(o, rows, inner, c.hidden), c.layers},
      {c.gated ? "down projection" : "second feed-forward layer",
       matmul(o, rows, c.hidden, c.intermediate), c.layers},
      {"head", matmul(whole, o.batch, c.vocabulary, c.hidden), 1, false},
  };
}

Estimate scaled(const Estimate& e, double factor) {
  return {e.value * factor, e.low * factor, e.high * factor};
}

void add(Estimate& sum, const Estimate& e) {
  sum.value += e.value;
  sum.low += e.low;
  sum.high += e.high;
}

void note_evidence(const ModelKernel& kernel, PhaseEstimate& into) {
  if (kernel.exact == nullptr) {
    into.estimated = into.estimated || kernel.source.starts_with("estimate");
    into.bound = true;
    return;
  }
  const int runs = static_cast<int>(kernel.exact->runs_ns.size());
  const int boards = static_cast<int>(kernel.exact->boards.size());
  const bool first = into.records.empty();
  into.least_runs = first ? runs : std::min(into.least_runs, runs);
  into.few_runs = into.few_runs || kernel.exact->few_runs();
  into.boards = first ? boards : std::min(into.boards, boards);
  into.records.insert(kernel.exact->files.begin(), kernel.exact->files.end());
}

PhaseEstimate phase(const std::vector<Step>& list, double tokens, const DeviceModel& device) {
  PhaseEstimate result;
  result.known = true;
  double measured = 0;
  double bandwidth = 0;
  double most = 0;
  std::string most_what;
  for (const Step& step : list) {
    ModelKernel kernel = kernel_time(step.problem, device);
    kernel.what = step.what;
    kernel.times = step.times;
    if (kernel.source == "unknown") {
      result.known = false;
      result.why += (result.why.empty() ? "nothing measured like " : ", ") + step.problem;
    } else {
      const Estimate all = scaled(kernel.seconds, static_cast<double>(step.times));
      add(result.seconds, all);
      if (step.in_layer) add(result.layer_seconds, kernel.seconds);
      note_evidence(kernel, result);
      if (kernel.exact != nullptr) measured += all.value;
      if (kernel.moves_more) bandwidth += all.value;
      if (all.value > most) {
        most = all.value;
        most_what = step.what;
      }
    }
    result.kernels.push_back(std::move(kernel));
  }
  if (!result.known) return result;
  result.bound = result.bound && !result.estimated;
  const Estimate& s = result.seconds;
  result.tokens_per_second = {tokens / s.value, tokens / s.high, tokens / s.low};
  result.measured_share = measured / s.value;
  result.bandwidth_share = bandwidth / s.value;
  const bool memory = result.bandwidth_share >= 0.5;
  result.binds = fmt::format("{}: {:.0f} % of the time, most of it {} ({:.0f} %)",
                             memory ? "bandwidth" : "arithmetic",
                             100 * (memory ? result.bandwidth_share : 1 - result.bandwidth_share),
                             most_what, 100 * most / s.value);
  return result;
}

void check_words(const EstimateOptions& o) {
  constexpr std::array<std::string_view, 3> dtypes = {"f32", "f16", "bf16"};
  if (std::ranges::find(dtypes, o.dtype) == dtypes.end()) {
    throw usage_error(unknown_word("dtype", o.dtype, dtypes));
  }
  const std::array<std::string_view, 4> weights = {o.dtype, "s8", "s4", "u4"};
  if (std::ranges::find(weights, o.weights) == weights.end()) {
    throw usage_error(unknown_word("dtype of weights", o.weights, weights));
  }
  const std::array<std::string_view, 2> caches = {o.dtype, "s8"};
  if (std::ranges::find(caches, kv_dtype(o)) == caches.end()) {
    throw usage_error(unknown_word("dtype of the KV cache", o.kv, caches));
  }
}

void check_positions(const ModelConfig& model, const EstimateOptions& o) {
  const std::int64_t most = model.encoder ? o.prompt : std::max(o.prompt, o.context);
  if (model.positions > 0 && most > model.positions) {
    throw usage_error(
        fmt::format("{} has {} positions, not {}", model.name, model.positions, most));
  }
  if (model.window == 0) return;
  const auto refuse_above = [&](std::int64_t tokens, const char* flag, const char* why) {
    if (tokens <= model.window) return;
    throw usage_error(
        fmt::format("{} {}: attention of {} sees {} tokens back{}: {} of at most that many", flag,
                    tokens, model.name, model.window, why, flag));
  };
  refuse_above(o.prompt, "--prompt", ", which no kernel here does over a longer prompt");
  if (!model.window_in_all) refuse_above(o.context, "--context", " in some layers only");
}

// Of one layer: what its keys and values take, with their scales where they are quantised.
double cache_bytes(const std::string& attention_problem) {
  double bytes = 0;
  for (const TensorSpec& tensor : parse_problem(attention_problem).tensors) {
    if (tensor.role == Role::kv_cache) bytes += static_cast<double>(tensor.bytes());
  }
  return bytes;
}

// Whether a case of the dtype, of whatever kernel, was faster than what is on record as the ceiling:
// then that is none.
struct Beaten {
  bool alu = false;
  bool memory = false;
};

Beaten beaten_ceilings(const DeviceModel& device, const std::string& dtype, double alu) {
  Beaten beaten;
  for (const Measured& m : device.cases) {
    const bool probe = m.problem.kernel == "alu" || m.problem.kernel == "stream";
    if (!m.has_times() || probe || key_text(m.problem, "cache") == "hot") continue;
    const double seconds = median(m.launches_ns) * 1e-9;
    const double bytes = m.work.bytes_read + m.work.bytes_written;
    beaten.memory = beaten.memory || bytes / seconds > device.memory_ceiling;
    if (key_text(m.problem, "dtype") != dtype) continue;
    beaten.alu = beaten.alu || m.work.flops / seconds > alu;
  }
  return beaten;
}

}  // namespace

ModelKernel kernel_time(const std::string& name, const DeviceModel& device) {
  ModelKernel result;
  result.problem = name;
  const Problem problem = parse_problem(name);
  const Work work = kernel_of(problem).work(problem);
  const double moved = work.bytes_read + work.bytes_written;
  double flops = 0;
  double bytes = 0;
  // Of a quantised cache only cases of one are alike.
  const std::string cache = key_text(problem, "kv_dtype");
  for (const Measured& m : device.cases) {
    const bool alike = m.has_times() && key_text(m.problem, "kv_dtype") == cache &&
                       m.problem.kernel == problem.kernel && m.backend != "reference" &&
                       key_text(m.problem, "cache") != "hot" &&
                       key_text(m.problem, "dtype") == key_text(problem, "dtype") &&
                       key_text(m.problem, "weights") == key_text(problem, "weights");
    if (!alike) continue;
    const double ns = median(m.launches_ns);
    const bool faster = result.exact == nullptr || ns < median(result.exact->launches_ns);
    if (m.name == name && faster) result.exact = &m;
    flops = std::max(flops, m.work.flops / ns * 1e9);
    bytes = std::max(bytes, (m.work.bytes_read + m.work.bytes_written) / ns * 1e9);
  }
  const auto alu = device.alu_ceilings.find(key_text(problem, "dtype"));
  const bool roofs = alu != device.alu_ceilings.end() && device.memory_ceiling > 0;
  // What was reached can't be above the roof.
  if (alu != device.alu_ceilings.end()) flops = std::max(flops, alu->second);
  bytes = std::max(bytes, device.memory_ceiling);
  if (!(flops > 0) || !(bytes > 0)) {
    result.source = "unknown";
    return result;
  }
  const double compute = work.flops / flops;
  const double move = moved / bytes;
  result.moves_more = move > compute;
  if (result.exact != nullptr) {
    const std::vector<std::vector<double>> one = {result.exact->launches_ns};
    result.seconds =
        scaled(bootstrap_of_medians(one, [](std::span<const double> m) { return m[0]; }), 1e-9);
    result.source = "measured";
    result.backend = result.exact->backend;
    return result;
  }
  const double seconds = std::max(compute, move);
  result.seconds = {seconds, seconds, seconds};
  bool bound = roofs;
  if (roofs) {
    const Beaten beaten = beaten_ceilings(device, key_text(problem, "dtype"), alu->second);
    bound = result.moves_more ? !beaten.memory : !beaten.alu;
  }
  result.source = std::string(bound ? "bound" : "estimate") +
                  (result.moves_more ? ": bandwidth" : ": arithmetic");
  return result;
}

ModelEstimate estimate_model(const ModelConfig& model, const DeviceModel& device,
                             const EstimateOptions& options) {
  check_words(options);
  check_positions(model, options);
  ModelEstimate result;
  result.model = model.name;
  result.device = device.name;
  result.options = options;
  result.memory_bytes = device.memory_bytes;
  // A scale of f16 for each group of weights; the embedding stays as it was.
  const double scales = quantised(options) ? 2.0 / static_cast<double>(group) : 0.0;
  result.weight_bytes = static_cast<double>(model.layers) * model.layer_weights() *
                            (element_bytes(options.weights) + scales) +
                        model.embedding_weights() * element_bytes(options.dtype);
  const auto batch = static_cast<double>(options.batch);
  const bool causal = !model.encoder;
  const std::string over_prompt = attention(model, options, options.prompt, options.prompt, causal);
  result.prefill = phase(steps(model, options, options.prompt * options.batch, over_prompt),
                         static_cast<double>(options.prompt) * batch, device);
  if (model.encoder) {
    result.decode.why = "an encoder doesn't decode";
    return result;
  }
  const std::int64_t seen =
      model.window > 0 ? std::min(options.context, model.window) : options.context;
  const std::string one = attention(model, options, 1, seen, false);
  result.kv_bytes = static_cast<double>(model.layers) * cache_bytes(one);
  result.decode = phase(steps(model, options, options.batch, one), batch, device);
  return result;
}

}  // namespace assay
