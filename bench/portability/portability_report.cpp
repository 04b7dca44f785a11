#include "bench/portability/portability_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/reporters/escape.hpp"
#include "bench/reporters/text.hpp"

namespace assay {
namespace {

using nlohmann::json;

std::string coverage_text(const PortabilityGroup& g) {
  return fmt::format("{} of {} problems run and verify ({:.0f} %){}", g.right, g.tried,
                     100 * g.coverage(),
                     g.absent > 0 ? fmt::format("; {} weren't tried on it", g.absent) : "");
}

// At most ten of the cascade, evenly spread, first and last among them.
std::string cascade_text(const std::vector<double>& cascade) {
  constexpr std::size_t most = 10;
  std::string text;
  const std::size_t shown = std::min(most, cascade.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t at = shown == 1 ? 0 : i * (cascade.size() - 1) / (shown - 1);
    text += (text.empty() ? "" : " ") + share_text(cascade[at]);
  }
  return text;
}

void print_summary(const char* title, const std::optional<EfficiencySummary>& s,
                   std::ostream& out) {
  if (!s) return;
  out << fmt::format("  {:<22} harmonic mean {}, minimum {} ({}), {} case{}\n", title,
                     mean_text(*s), share_text(s->minimum), s->worst, s->cases,
                     s->cases == 1 ? "" : "s");
  out << "  " << std::string(22, ' ') << " cascade " << cascade_text(s->cascade) << "\n";
}

json summary_json(const std::optional<EfficiencySummary>& s) {
  if (!s) return {};
  return {{"cases", s->cases},
          {"harmonic_mean", s->harmonic.value},
          {"interval", s->has_interval() ? json{s->harmonic.low, s->harmonic.high} : json()},
          {"minimum", s->minimum},
          {"worst", s->worst},
          {"cascade", s->cascade}};
}

}  // namespace

std::string share_text(double share) {
  return share >= 0.095 || share == 0 ? fmt::format("{:.2f}", share) : fmt::format("{:.2g}", share);
}

std::string mean_text(const EfficiencySummary& s) {
  const Estimate& e = s.harmonic;
  const std::string mean = share_text(e.value);
  if (!s.has_interval() || e.low == e.high) return mean;
  return mean + " [" + share_text(e.low) + ", " + share_text(e.high) + "]";
}

void print_portability(std::span<const PortabilityGroup> groups, std::ostream& out) {
  for (const PortabilityGroup& g : groups) {
    out << printable(g.platform) << "\n";
    out << fmt::format("  {:<22} {}\n", "measured on",
                       printable(joined({g.chips.begin(), g.chips.end()}, ", ")));
    out << fmt::format("  {:<22} {}\n", "coverage", coverage_text(g));
    print_summary("of the best known", g.of_best, out);
    if (g.of_ceiling) {
      print_summary("of its own ceilings", g.of_ceiling, out);
    } else {
      out << fmt::format("  {:<22} no case whose ceiling is known\n", "of its own ceilings");
    }
    if (g.of_best) {
      const double value = g.portability();
      out << fmt::format(
          "  {:<22} {}{}\n\n", "portability",
          value > 0 && value < 0.1 ? fmt::format("{:.2g}", value) : fmt::format("{:.2f}", value),
          g.right < g.tried ? " (0 while a problem isn't run)" : "");
    } else {
      out << fmt::format("  {:<22} there is nothing to hold it against\n\n", "portability");
    }
    // What was tried and has no time says more than what wasn't tried.
    std::vector<const PortableCase*> without;
    for (const bool tried : {true, false}) {
      for (const PortableCase& c : g.cases) {
        if (!c.reason.empty() && c.backend.empty() != tried) without.push_back(&c);
      }
    }
    constexpr std::size_t most = 5;
    for (std::size_t i = 0; i < std::min(most, without.size()); ++i) {
      const PortableCase& c = *without[i];
      out << "  without a time: " << printable(c.problem)
          << (c.device.empty() ? "" : " on " + printable(c.device)) << ": " << printable(c.reason)
          << "\n";
    }
    if (without.size() > most) out << "  and " << without.size() - most << " more\n";
    if (!without.empty()) out << "\n";
  }
}

void print_portability_markdown(std::span<const PortabilityGroup> groups, std::ostream& out) {
  out << "| platform | measured on | coverage | of best known: harmonic mean | minimum | of own "
         "ceilings: "
         "harmonic "
         "mean | minimum |\n|:--|:--|--:|--:|--:|--:|--:|\n";
  const auto cells = [](const std::optional<EfficiencySummary>& s) {
    return s ? mean_text(*s) + " | " + share_text(s->minimum) : std::string("- | -");
  };
  for (const PortabilityGroup& g : groups) {
    out << "| " << markdown_cell(g.platform) << " | "
        << markdown_cell(joined({g.chips.begin(), g.chips.end()}, ", ")) << " | " << g.right
        << " of " << g.tried << (g.absent > 0 ? fmt::format(" ({} not tried)", g.absent) : "")
        << " | " << cells(g.of_best) << " | " << cells(g.of_ceiling) << " |\n";
  }
}

json portability_json(std::span<const PortabilityGroup> groups) {
  json list = json::array();
  for (const PortabilityGroup& g : groups) {
    json cases = json::array();
    for (const PortableCase& c : g.cases) {
      json row = {{"problem", c.problem}, {"device", c.device}, {"backend", c.backend}};
      if (c.reason.empty()) {
        row["seconds"] = c.seconds;
        row["of_best"] = c.of_best;
        if (c.of_ceiling) row["of_ceiling"] = *c.of_ceiling;
      } else {
        row["reason"] = c.reason;
      }
      cases.push_back(std::move(row));
    }
    list.push_back({{"platform", g.platform},
                    {"measured_on", g.chips},
                    {"tried", g.tried},
                    {"absent", g.absent},
                    {"right", g.right},
                    {"portability", g.portability()},
                    {"of_best", summary_json(g.of_best)},
                    {"of_ceiling", summary_json(g.of_ceiling)},
                    {"cases", std::move(cases)}});
  }
  return {{"portability_schema", 1}, {"platforms", std::move(list)}};
}

}  // namespace assay
