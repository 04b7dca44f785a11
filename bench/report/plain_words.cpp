#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "bench/claims/verdict_text.hpp"
#include "bench/report/report.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

struct Best {
  double rate = 0;
  std::string where;
  std::string problem;
};

void take(Best& best, double rate, const DeviceModel& device, const Measured& m) {
  if (rate > best.rate) best = {rate, device.name + " (" + m.backend + ")", m.name};
}

std::string counts(const Report& report) {
  std::size_t rows = 0;
  std::size_t ok = 0;
  std::size_t wrong = 0;
  std::size_t failed = 0;
  std::set<std::string> devices;
  for (const ReportRun& run : report.runs) {
    for (const Record& record : run.document.records) {
      ++rows;
      ok += record.has_numbers() ? 1U : 0U;
      wrong += record.status == Status::wrong ? 1U : 0U;
      failed += record.status == Status::failed ? 1U : 0U;
      if (record.has_numbers()) devices.insert(record.backend + record.device_name);
    }
  }
  std::string text = fmt::format(
      "{} of {} cases have numbers, on {} {}; every number passed a check "
      "of its answers before and after timing.",
      ok, rows, devices.size(), devices.size() == 1 ? "device" : "devices");
  if (wrong > 0) text += fmt::format(" {} gave a WRONG answer and have no number.", wrong);
  if (failed > 0) text += fmt::format(" {} failed.", failed);
  return text;
}

std::string noise(const Report& report) {
  std::size_t noisy = 0;
  std::size_t few = 0;
  for (const ReportRun& run : report.runs) {
    for (const Record& record : run.document.records) {
      if (!record.has_numbers()) continue;
      noisy += std::ranges::find(record.labels, "noisy") != record.labels.end() ? 1U : 0U;
      few += record.launches.size() < 3 ? 1U : 0U;
    }
  }
  if (noisy == 0 && few == 0) return {};
  std::string text;
  if (noisy > 0) {
    text =
        fmt::format("{} cases are labelled noisy: their interval is wider than asked for. ", noisy);
  }
  if (few > 0) text += fmt::format("{} cases have fewer than 3 launches, hence no interval.", few);
  return text;
}

}  // namespace

std::vector<std::string> plain_words(const Report& report) {
  std::vector<std::string> lines = {counts(report)};
  Best prefill;
  Best decode;
  Best attention;
  for (const DeviceModel& device : report.evidence->models()) {
    for (const Measured& m : device.cases) {
      if (!m.has_times()) continue;
      const double seconds = median(m.launches_ns) * 1e-9;
      const double flops = m.work.flops / seconds;
      const double bytes = (m.work.bytes_read + m.work.bytes_written) / seconds;
      const bool cold = key_text(m.problem, "cache") != "hot";
      if (m.problem.kernel == "matmul") take(prefill, flops, device, m);
      if (m.problem.kernel == "attention") take(attention, flops, device, m);
      const bool token = key_text(m.problem, "m") == "1" || key_text(m.problem, "q") == "1";
      if (token && cold) take(decode, bytes, device, m);
    }
  }
  const auto add = [&](const Best& best, const char* what, const char* unit, double scale) {
    if (best.rate > 0) {
      lines.push_back(fmt::format("{}: {:.4g} {} on {}, {}.", what, best.rate * scale, unit,
                                  best.where, best.problem));
    }
  };
  add(prefill, "Fastest matrix multiplication", "GFLOP/s", 1e-9);
  add(attention, "Fastest attention", "GFLOP/s", 1e-9);
  add(decode, "Most bytes a second while decoding from cold caches", "GB/s", 1e-9);
  for (const PortabilityGroup& g : report.by_backend) {
    if (!g.of_best || report.by_backend.size() < 2) continue;
    lines.push_back(fmt::format(
        "{} runs {} of {} problems right and reaches {:.0f} % of the best known on the same device "
        "(harmonic mean), {:.0f} % where it is worst.",
        g.platform, g.right, g.tried, 100 * g.of_best->harmonic.value, 100 * g.of_best->minimum));
  }
  if (!report.verdicts.empty()) lines.push_back(verdict_counts(report.verdicts) + ".");
  const std::string caution = noise(report);
  if (!caution.empty()) lines.push_back(caution);
  return lines;
}

}  // namespace assay
