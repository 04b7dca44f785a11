#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bench/claims/units.hpp"
#include "bench/claims/verdict_text.hpp"
#include "bench/report/report.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

struct Best {
  double rate = 0;
  std::string backend;
  std::string problem;
  bool integers = false;
};

void take(Best& best, double rate, const Measured& m) {
  if (rate > best.rate) {
    const std::string dtype = key_text(m.problem, "dtype");
    best = {rate, m.backend, m.name, dtype == "s8" || dtype == "u8"};
  }
}

// What one chip reached at best, through whatever backend.
std::string best_of(const DeviceModel& device) {
  Best product;
  Best attention;
  Best decode;
  for (const Measured& m : device.cases) {
    if (!m.has_times()) continue;
    const double seconds = median(m.launches_ns) * 1e-9;
    const double flops = m.work.flops / seconds;
    const double bytes = (m.work.bytes_read + m.work.bytes_written) / seconds;
    const bool cold = key_text(m.problem, "cache") != "hot";
    if (m.problem.kernel == "matmul") take(product, flops, m);
    if (m.problem.kernel == "attention") take(attention, flops, m);
    const bool token = key_text(m.problem, "m") == "1" || key_text(m.problem, "q") == "1";
    if (token && cold) take(decode, bytes, m);
  }
  std::vector<std::string> parts;
  const auto add = [&](const Best& best, const char* what, const char* unit) {
    if (!(best.rate > 0)) return;
    parts.push_back(fmt::format("{} {} ({}: {})", what, value_text(best.rate, unit), best.backend,
                                best.problem));
  };
  const auto work = [](const Best& best) { return best.integers ? "OP/s" : "FLOP/s"; };
  add(product, "matrix multiplication up to", work(product));
  add(attention, "attention up to", work(attention));
  add(decode, "decoding from cold caches moves up to", "B/s");
  return parts.empty() ? std::string() : described(device) + ": " + joined(parts, "; ") + ".";
}

std::string counts(const Report& report) {
  std::size_t rows = 0;
  std::size_t ok = 0;
  std::size_t wrong = 0;
  std::size_t failed = 0;
  for (const ReportRun& run : report.runs) {
    for (const Record& record : run.document.records) {
      ++rows;
      ok += record.has_numbers() ? 1U : 0U;
      wrong += record.status == Status::wrong ? 1U : 0U;
      failed += record.status == Status::failed ? 1U : 0U;
    }
  }
  std::string text = fmt::format(
      "{} of {} cases have numbers; every number passed a check of its answers before and after "
      "timing.",
      ok, rows);
  if (wrong > 0) text += fmt::format(" {} gave a WRONG answer and have no number.", wrong);
  if (failed > 0) text += fmt::format(" {} failed.", failed);
  return text;
}

// Chips, not devices: a processor through three backends is one chip, and no GPU.
std::string chips(const Report& report) {
  std::vector<std::string> list;
  for (const DeviceModel& device : report.evidence->models()) {
    std::set<std::string> backends;
    for (const Measured& m : device.cases) {
      if (m.has_times()) backends.insert(m.backend);
    }
    if (backends.empty()) continue;
    list.push_back(described(device) + " through " +
                   joined({backends.begin(), backends.end()}, ", "));
  }
  if (list.empty()) return {};
  return fmt::format("Measured: {}{}.",
                     list.size() == 1 ? "" : fmt::format("{} chips: ", list.size()),
                     joined(list, "; "));
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
  const auto add = [&](const std::string& line) {
    if (!line.empty()) lines.push_back(line);
  };
  add(chips(report));
  for (const DeviceModel& device : report.evidence->models()) add(best_of(device));
  for (const PortabilityGroup& g : report.by_backend) {
    if (!g.of_best || report.by_backend.size() < 2) continue;
    lines.push_back(fmt::format(
        "{} runs {} of {} problems right and reaches {:.0f} % of the best known on the same chip "
        "(harmonic mean), {:.0f} % where it is worst{}.",
        g.platform, g.right, g.tried - g.absent, 100 * g.of_best->harmonic.value,
        100 * g.of_best->minimum,
        g.absent > 0 ? fmt::format("; {} more weren't tried with it", g.absent) : ""));
  }
  if (!report.verdicts.empty()) lines.push_back(verdict_counts(report.verdicts) + ".");
  add(noise(report));
  return lines;
}

}  // namespace assay
