#include "bench/reporters/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "bench/json_text.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Keys that the short form shows by their place.
bool has_place(const std::string& kernel, std::string_view key) {
  if (key == "dtype") return true;
  if (kernel == "matmul") return key == "m" || key == "n" || key == "k";
  return key == "batch" || key == "heads" || key == "q" || key == "d";
}

std::string context_text(const nlohmann::json& context, std::string_view pointer) {
  const nlohmann::json::json_pointer path{std::string(pointer)};
  if (!context.is_object() || !context.contains(path)) return {};
  const nlohmann::json& value = context.at(path);
  return value.is_string() ? printable(value.get<std::string>()) : value.dump();
}

// Bytes of a character that turns the direction of what follows: marks, embeddings, overrides, isolates.
std::size_t bidirectional(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  if (at(0) == 0xD8 && at(1) == 0x9C) return 2;  // U+061C
  if (at(0) != 0xE2) return 0;
  const bool marks = at(1) == 0x80 && (at(2) == 0x8E || at(2) == 0x8F);
  const bool embeddings = at(1) == 0x80 && at(2) >= 0xAA && at(2) <= 0xAE;
  const bool isolates = at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9;
  return marks || embeddings || isolates ? 3 : 0;
}

}  // namespace

std::string four_digits(double value) {
  if (!std::isfinite(value)) return "-";
  if (value == 0) return "0";
  const double size = std::abs(value);
  // Half a unit of the last digit: 9.9996 is shown as 10.00.
  int decimals = 3;
  for (double limit = 9.9995; size >= limit && decimals > 0; limit *= 10) --decimals;
  for (double limit = 0.99995; size < limit && decimals < 9; limit /= 10) ++decimals;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string time_text(double ns) {
  if (!std::isfinite(ns)) return "-";
  constexpr std::array<std::pair<double, const char*>, 3> units = {
      {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}}};
  for (const auto& [size, unit] : units) {
    // 999.96 us would be shown as "1000.0 us".
    if (ns >= size * 0.99995) return four_digits(ns / size) + " " + unit;
  }
  return four_digits(ns) + " ns";
}

std::string precision_text(const std::optional<double>& precision, bool unicode) {
  if (!precision || !std::isfinite(*precision)) return {};
  const double percent = *precision * 100;
  return (unicode ? "\u00b1" : "+-") + fmt::format("{:.{}f}%", percent, percent < 9.95 ? 1 : 0);
}

std::string percent_text(double fraction) {
  const double percent = 100 * fraction;
  return fmt::format("{:.{}f}%", percent, percent < 9.95 ? 1 : 0);
}

std::string energy_text(const Record& record) {
  if (!has_summary(record)) return {};
  const std::optional<Energy> energy = summarise(record).energy;
  if (!energy) return {};
  constexpr std::array<std::pair<double, const char*>, 3> units = {
      {{1, "J"}, {1e-3, "mJ"}, {1e-6, "uJ"}}};
  const auto unit = std::ranges::find_if(
      units, [&](const auto& each) { return energy->joules >= each.first * 0.99995; });
  const auto& [size, name] = unit == units.end() ? units.back() : *unit;
  std::string text = four_digits(energy->joules / size) + " " + name + "/call, " +
                     four_digits(energy->watts) + " W (" + energy->source + ")";
  if (record.work.flops > 0) {
    text += ", " + four_digits(record.work.flops / energy->joules / 1e9) + " GFLOP/J";
  }
  return text;
}

std::string intensity_text(const Record& record) {
  const double bytes = record.work.bytes_read + record.work.bytes_written;
  return record.work.flops > 0 && bytes > 0 ? four_digits(record.work.flops / bytes) : "";
}

std::string roof_text(const Summary& summary, const Record& record) {
  const auto& alu = summary.alu_efficiency;
  const auto& memory = summary.bandwidth_efficiency;
  if (!summary.roof.empty()) {
    return percent_text(std::max(alu->median, memory->median)) + " " + summary.roof;
  }
  for (const Launch& launch : record.launches) {
    if (alu && launch.ceilings.alu) {
      return percent_text(alu->median) + " " + launch.ceilings.alu->name + "?";
    }
    if (memory && launch.ceilings.memory) {
      return percent_text(memory->median) + " " + launch.ceilings.memory->name + "?";
    }
  }
  return {};
}

std::string brief_roof_text(const Summary& summary) {
  const auto& alu = summary.alu_efficiency;
  const auto& memory = summary.bandwidth_efficiency;
  if (!alu && !memory) return {};
  const char* const unsure = alu && memory ? "" : "?";
  return alu && (!memory || alu->median >= memory->median)
             ? percent_text(alu->median) + " alu" + unsure
             : percent_text(memory->median) + " mem" + unsure;
}

std::string problem_half(const Record& record) {
  return record.name.substr(0, record.name.find('@'));
}

std::string device_half(const Record& record) {
  const std::size_t at = record.name.find('@');
  return at == std::string::npos ? "" : record.name.substr(at);
}

std::string short_problem(const Record& record) {
  const Problem& problem = record.problem;
  const bool matmul = problem.kernel == "matmul";
  if ((!matmul && problem.kernel != "attention") || problem.tensors.empty()) {
    return problem_half(record);
  }
  std::string text = problem.kernel + " " + problem.word("dtype") + " ";
  if (matmul) {
    text +=
        fmt::format("{}x{}x{}", problem.integer("m"), problem.integer("n"), problem.integer("k"));
  } else {
    text += fmt::format("{}x{}x{}x{}", problem.integer("batch"), problem.integer("heads"),
                        problem.integer("q"), problem.integer("d"));
  }
  const std::string name = problem_name(problem);
  for (std::size_t start = name.find('/'); start != std::string::npos;) {
    const std::size_t end = name.find('/', start + 1);
    const std::string part = name.substr(start + 1, end - start - 1);
    if (!has_place(problem.kernel, part.substr(0, part.find(':')))) text += " " + part;
    start = end;
  }
  return text;
}

bool has_summary(const Record& record) {
  const auto empty = [](const Launch& launch) { return launch.samples_ns.empty(); };
  return record.has_numbers() && std::ranges::none_of(record.launches, empty);
}

std::string outcome(const Record& record) {
  const std::string status(record.status == Status::ok ? "unmeasured" : name(record.status));
  if (!record.reason.empty()) return status + ": " + record.reason;
  double worst = 0;
  for (const Launch& launch : record.launches) worst = std::max(worst, launch.error);
  if (record.status == Status::wrong && !std::isfinite(worst)) return status + ": not finite";
  if (record.status == Status::wrong && worst > 1) {
    return status + fmt::format(": error {:.{}f}x tolerance", worst, worst < 9.95 ? 1 : 0);
  }
  return status;
}

std::string check_word(const Record& record) {
  std::string weakest;
  for (const Launch& launch : record.launches) {
    const std::string word = launch.checked.substr(0, launch.checked.find('('));
    if (weakest.empty() || weakest == "full") weakest = word;
  }
  return weakest;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::string machine_line(const nlohmann::json& context) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view pointer, std::string_view after = {}) {
    if (std::string text = context_text(context, pointer); !text.empty()) {
      parts.push_back(text.append(after));
    }
  };
  add("/library_version");
  add("/host_name");
  add("/assay/processor/model");
  add("/num_cpus", " processors");
  if (const std::string release = context_text(context, "/assay/kernel/release");
      !release.empty()) {
    parts.push_back(context_text(context, "/assay/kernel/system") + " " + release);
  }
  add("/date");
  return joined(parts, ", ");
}

std::string counts_line(const std::vector<Record>& records) {
  constexpr std::array all = {Status::ok, Status::unsupported, Status::skipped, Status::wrong,
                              Status::failed};
  std::vector<std::string> parts;
  for (const Status status : all) {
    const auto count = std::ranges::count(records, status, &Record::status);
    if (count > 0) parts.push_back(fmt::format("{} {}", count, name(status)));
  }
  const std::string total =
      fmt::format("{} case{}", records.size(), records.size() == 1 ? "" : "s");
  return parts.empty() ? total : total + ": " + joined(parts, ", ");
}

std::string printable(std::string_view raw) {
  const std::string text = valid_utf8(std::string(raw));
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls (U+0080 to U+009F) are two bytes in UTF-8.
    const bool c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) ++i;
    if (const std::size_t turning = c1 ? 0 : bidirectional(std::string_view(text).substr(i))) {
      i += turning - 1;
      continue;
    }
    result += c1 || byte < 0x20 || byte == 0x7F ? ' ' : text[i];
  }
  return result;
}

std::size_t columns(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues));
}

std::string shortened(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  const std::string_view mark = width >= 3 ? ".." : "";
  std::size_t end = 0;
  for (std::size_t taken = 0; end < text.size(); ++end) {
    if (!continues(text[end]) && ++taken > width - mark.size()) break;
  }
  return std::string(text.substr(0, end)).append(mark);
}

}  // namespace assay
