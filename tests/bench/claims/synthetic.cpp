#include "synthetic.hpp"

#include <algorithm>

#include "bench/model/estimate.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "kernels/random.hpp"

namespace assay {

Record& Synthetic::row(const std::string& problem, const SyntheticDevice& device) {
  nlohmann::json& context = document_.context;
  context["host_name"] = "synthetic";
  nlohmann::json& devices = context["assay"]["devices"];
  // A selector for each device, as a run would give it.
  std::size_t index = 0;
  while (index < devices.size() && devices[index]["name"] != device.name) ++index;
  const std::string id = device.backend + ":" + std::to_string(index);
  if (index == devices.size()) {
    devices.push_back({{"device", id},
                       {"name", device.name},
                       {"memory_bytes", device.memory_bytes},
                       {"compute_units", device.compute_units},
                       {"notes", {{"clock MHz", device.clock_mhz}}},
                       {"software", false}});
  }
  Record record;
  record.problem = parse_problem(problem);
  record.name = problem_name(record.problem) + "@" + id;
  record.backend = device.backend;
  record.device = id;
  record.device_name = device.name;
  record.vendor = device.vendor;
  record.hardware = device.hardware;
  record.implementation = "synthetic";
  record.work = kernel_of(record.problem).work(record.problem);
  record.repro = "assay run '" + record.name + "'";
  document_.records.push_back(std::move(record));
  return document_.records.back();
}

Record& Synthetic::add(const std::string& problem, const SyntheticDevice& device, double ns,
                       double noise, int runs) {
  Record& record = row(problem, device);
  record.status = Status::ok;
  for (int i = 0; i < runs; ++i) {
    Launch launch;
    launch.index = i;
    launch.calls_per_sample = static_cast<std::int64_t>(std::max(8.0, 10e6 / ns));
    launch.checked = "full";
    launch.error = 0.1;
    const double z = near_normal(random_bits(seed_, 7, drawn_++));
    launch.samples_ns.assign(20, ns * std::max(0.05, 1 + noise * z));
    record.launches.push_back(std::move(launch));
  }
  return record;
}

Record& Synthetic::add_flops(const std::string& problem, const SyntheticDevice& device, double rate,
                             double noise, int runs) {
  const Problem p = parse_problem(problem);
  return add(problem, device, kernel_of(p).work(p).flops / rate * 1e9, noise, runs);
}

Record& Synthetic::add_bytes(const std::string& problem, const SyntheticDevice& device, double rate,
                             double noise, int runs) {
  const Problem p = parse_problem(problem);
  const Work work = kernel_of(p).work(p);
  return add(problem, device, (work.bytes_read + work.bytes_written) / rate * 1e9, noise, runs);
}

Record& Synthetic::add_status(const std::string& problem, const SyntheticDevice& device,
                              Status status, const std::string& reason) {
  Record& record = row(problem, device);
  record.status = status;
  record.reason = reason;
  return record;
}

Evidence Synthetic::evidence(const FactTable& facts) const {
  Evidence evidence(facts);
  evidence.add("synthetic.json", document_);
  return evidence;
}

Synthetic two_vendors(double matmul, double one_token, double attention_factor, double noise,
                      int runs) {
  Synthetic records;
  records.add(prefill, h100, 1e6, noise, runs);
  records.add(decode, h100, 2e5, noise, runs);
  records.add(attention, h100, 4e5, noise, runs);
  records.add(prefill, mi300x, 1e6 * matmul, noise, runs);
  records.add(decode, mi300x, 2e5 * one_token, noise, runs);
  records.add(attention, mi300x, 4e5 * attention_factor, noise, runs);
  return records;
}

void add_decoding(Synthetic& records, const SyntheticDevice& device, const std::string& weights,
                  double tokens_per_second, int runs, const std::string& model, double noise) {
  EstimateOptions options;
  options.weights = weights;
  const ModelEstimate plan = estimate_model(find_model(model), DeviceModel(), options);
  double calls = 0;
  for (const ModelKernel& k : plan.decode.kernels) calls += static_cast<double>(k.times);
  for (const ModelKernel& k : plan.decode.kernels) {
    records.add(k.problem, device, 1e9 / tokens_per_second / calls, noise, runs);
  }
}

const FactTable& test_facts() {
  static const FactTable facts = built_in_facts();
  return facts;
}

const Claim& built_in(std::string_view id) {
  static const std::vector<Claim> claims = built_in_claims(test_facts());
  const auto found = std::ranges::find(claims, id, &Claim::id);
  if (found == claims.end()) throw usage_error("no claim " + std::string(id));
  return *found;
}

ClaimVerdict judged(const std::string& id, const Synthetic& records) {
  const Evidence evidence = records.evidence(test_facts());
  return judge(built_in(id), evidence);
}

std::string word(const std::string& id, const Synthetic& records) {
  return text(judged(id, records).word);
}

std::string text(VerdictWord value) { return std::string(name(value)); }

}  // namespace assay
