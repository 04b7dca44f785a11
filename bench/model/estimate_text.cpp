#include "bench/model/estimate_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "bench/reporters/text.hpp"

namespace assay {
namespace {

using nlohmann::json;

std::string span(const Estimate& e, const char* format) {
  const auto one = [&](double v) {
    return v >= 10000 ? fmt::format("{:.0f}", v) : fmt::format(fmt::runtime(format), v);
  };
  return e.low == e.high ? one(e.value)
                         : one(e.value) + " [" + one(e.low) + ", " + one(e.high) + "]";
}

void print_cost(const Cost& cost, bool bound, std::ostream& out) {
  std::vector<std::string> parts;
  if (cost.kwh) {
    parts.push_back(
        fmt::format("{:.4g} kWh ({:.3g} J each)", *cost.kwh, cost.joule_a_token.value_or(0)));
  }
  if (cost.device) parts.push_back(fmt::format("{:.3g} for the device", *cost.device));
  if (cost.energy) parts.push_back(fmt::format("{:.3g} for energy", *cost.energy));
  if (parts.empty()) return;
  out << "  a million tokens cost " << (bound ? "at least " : "about ") << joined(parts, ", ")
      << (cost.device || cost.energy ? " (in the currency of the prices)" : "") << "\n";
}

json cost_json(const Cost& cost) {
  json j = json::object();
  if (cost.kwh) j["kwh"] = *cost.kwh;
  if (cost.joule_a_token) j["joule_a_token"] = *cost.joule_a_token;
  if (cost.device) j["device"] = *cost.device;
  if (cost.energy) j["energy"] = *cost.energy;
  return j;
}

void print_phase(const char* title, const PhaseEstimate& phase, const ModelEstimate& e,
                 std::ostream& out) {
  out << "\n" << title << "\n";
  if (!phase.known) {
    out << "  unknown: " << phase.why << "\n";
    return;
  }
  const bool decode = &phase == &e.decode;
  const bool bound = !phase.estimated;
  out << (bound ? "  at most " : "  about ") << span(phase.tokens_per_second, "{:.4g}")
      << " tokens/s; " << (decode ? "a token" : "the prompt")
      << (bound ? " takes at least " : " takes about ") << time_text(phase.seconds.value * 1e9)
      << ", a layer " << time_text(phase.layer_seconds.value * 1e9) << "\n";
  out << "  bound by " << phase.binds << "\n";
  out << fmt::format("  elasticity of speed: {:.2f} to bandwidth, {:.2f} to arithmetic\n",
                     phase.bandwidth_share, 1 - phase.bandwidth_share);
  print_cost(cost_of_million(phase.tokens_per_second.value, e.options.cost), bound, out);
  out << fmt::format(
      "  {:.0f} % of the time was measured at these very sizes, the rest follows from {}\n",
      100 * phase.measured_share,
      bound ? "the ceilings measured" : "the best rates measured at others: an estimate, no bound");
  for (const ModelKernel& k : phase.kernels) {
    out << fmt::format("    {:<26} {:>4} x {:<10} {:<18} {:<8} {}\n", k.what, k.times,
                       time_text(k.seconds.value * 1e9), k.source, k.backend, k.problem);
  }
}

json seconds_json(const Estimate& e) {
  return {{"value", e.value}, {"low", e.low}, {"high", e.high}};
}

json phase_json(const PhaseEstimate& phase, const CostOptions& cost) {
  if (!phase.known) return {{"known", false}, {"why", phase.why}};
  json kernels = json::array();
  for (const ModelKernel& k : phase.kernels) {
    kernels.push_back({{"what", k.what},
                       {"case", k.problem},
                       {"times", k.times},
                       {"source", k.source},
                       {"backend", k.backend},
                       {"seconds", k.seconds.value}});
  }
  return {{"known", true},
          {phase.estimated ? "tokens_per_second_about" : "tokens_per_second_at_most",
           seconds_json(phase.tokens_per_second)},
          {"seconds", seconds_json(phase.seconds)},
          {"layer_seconds", phase.layer_seconds.value},
          {"binds", phase.binds},
          {"measured_share", phase.measured_share},
          {"bandwidth_share", phase.bandwidth_share},
          {"elasticity_to_bandwidth", phase.bandwidth_share},
          {"elasticity_to_arithmetic", 1 - phase.bandwidth_share},
          {phase.estimated ? "million_tokens_cost_about" : "million_tokens_cost_at_least",
           cost_json(cost_of_million(phase.tokens_per_second.value, cost))},
          {"kernels", std::move(kernels)}};
}

}  // namespace

std::string gigabytes(double bytes) { return fmt::format("{:.3g} GB", bytes * 1e-9); }

void print_estimate(const ModelEstimate& e, std::ostream& out) {
  const EstimateOptions& o = e.options;
  out << printable(e.model) << " on " << printable(e.device) << ", " << o.dtype;
  if (o.weights != o.dtype) out << " with " << o.weights << " weights (groups of 128)";
  if (!o.kv.empty() && o.kv != o.dtype) out << ", KV cache in " << o.kv;
  out << ", " << o.batch << (o.batch == 1 ? " sequence" : " sequences") << "\n";
  out << "  weights " << gigabytes(e.weight_bytes);
  if (e.kv_bytes > 0) {
    out << ", KV cache " << gigabytes(e.kv_bytes) << " at " << o.context << " tokens";
  } else {
    out << ", no KV cache";
  }
  if (e.memory_bytes > 0) {
    out << ": " << (e.fits() ? "fits" : "does NOT fit") << " the device's "
        << gigabytes(e.memory_bytes);
  } else {
    out << "; the device's memory is unknown";
  }
  out << "\n";
  print_phase(fmt::format("Prefill of {} tokens", o.prompt).c_str(), e.prefill, e, out);
  print_phase(fmt::format("Decode at {} tokens of context", o.context).c_str(), e.decode, e, out);
  const bool bounds = !e.prefill.estimated && !e.decode.estimated;
  out << (bounds ? "\nUpper bounds on speed: n" : "\nN")
      << "orms, rotations, sampling and gaps between kernels are left out.\n";
}

json estimate_json(const ModelEstimate& e) {
  return {{"estimate_schema", 1},
          {"model", e.model},
          {"device", e.device},
          {"dtype", e.options.dtype},
          {"weights", e.options.weights},
          {"kv_dtype", e.options.kv.empty() ? e.options.dtype : e.options.kv},
          {"prompt", e.options.prompt},
          {"context", e.options.context},
          {"batch", e.options.batch},
          {"weight_bytes", e.weight_bytes},
          {"kv_bytes", e.kv_bytes},
          {"memory_bytes", e.memory_bytes > 0 ? json(e.memory_bytes) : json()},
          {"fits", e.memory_bytes > 0 ? json(e.fits()) : json()},
          {"prefill", phase_json(e.prefill, e.options.cost)},
          {"decode", phase_json(e.decode, e.options.cost)}};
}

}  // namespace assay
