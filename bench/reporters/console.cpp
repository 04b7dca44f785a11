#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/reporters/formats.hpp"
#include "bench/reporters/text.hpp"
#include "bench/run_document.hpp"

namespace assay {
namespace {

// Widths of the columns; one space between them.
struct Layout {
  std::size_t width;
  std::size_t device = 15;
  std::size_t implementation = 16;  // 0: not shown
  std::size_t time = 8;
  std::size_t precision = 6;
  std::size_t flops = 8;
  std::size_t bytes = 7;
  std::size_t best = 7;   // 0: not shown
  std::size_t roof = 13;  // brief_roof: without the roof's name
  static constexpr std::size_t brief_roof = 8;

  explicit Layout(int terminal) : width(static_cast<std::size_t>(std::max(terminal, 60))) {
    if (width < 100) {
      device = 12;
      implementation = 0;
      roof = brief_roof;
      if (width < 80) best = 0;
      if (width < 66) {
        device = 11;
        flops = 7;
        bytes = 6;
        precision = 5;
      }
    }
    if (width > 100) {
      const std::size_t more = std::min<std::size_t>(width - 100, 34);
      device += more / 3;
      implementation += more - more / 3;
    }
  }
};

constexpr std::size_t indent = 2;

class Paint {
 public:
  explicit Paint(bool colour) : colour_(colour) {}
  [[nodiscard]] std::string bold(const std::string& text) const { return wrap("1", text); }
  [[nodiscard]] std::string dim(const std::string& text) const { return wrap("2", text); }
  [[nodiscard]] std::string good(const std::string& text) const { return wrap("32", text); }
  [[nodiscard]] std::string bad(const std::string& text) const { return wrap("31", text); }
  [[nodiscard]] std::string warn(const std::string& text) const { return wrap("33", text); }

 private:
  [[nodiscard]] std::string wrap(const char* code, const std::string& text) const {
    return colour_ && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  bool colour_;
};

std::string spaces(std::size_t used, std::size_t width) {
  return std::string(used < width ? width - used : 0, ' ');
}
std::string left(const std::string& text, std::size_t width) {
  return text + spaces(columns(text), width);
}
std::string right(const std::string& text, std::size_t width) {
  return spaces(columns(text), width) + text;
}

// Words in lines of at most `width` columns; every line but the first starts at `margin`.
std::string wrapped(const std::string& text, std::size_t used, std::size_t margin,
                    std::size_t width) {
  std::string result;
  std::size_t column = used;
  bool first = true;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string word = text.substr(start, end - start);
    start = end + 1;
    if (!first && column + 1 + columns(word) > width) {
      result += "\n" + std::string(margin, ' ');
      column = margin;
    } else if (!first) {
      result += " ";
      ++column;
    }
    result += word;
    column += columns(word);
    first = false;
  }
  return result;
}

// The device and, where there is room, the implementation. A device's name is never cut: it is
// half of the case's name.
std::string names_cell(const Record& record, const Layout& layout) {
  const std::string device = printable(device_half(record));
  const std::size_t both = layout.device + 1 + layout.implementation;
  if (layout.implementation == 0) return left(device, layout.device);
  const std::string head = left(device, layout.device) + " ";
  const std::size_t room = columns(head) < both ? both - columns(head) : 0;
  return left(head + shortened(printable(record.implementation), room), both);
}

std::string numbers_cell(const Record& record, const Layout& layout, bool unicode, double best_ns) {
  const Summary summary = summarise(record);
  const double ratio = best_ns / summary.median_ns;
  const std::string roof = layout.roof == Layout::brief_roof
                               ? brief_roof_text(summary)
                               : shortened(printable(roof_text(summary, record)), layout.roof);
  return right(time_text(summary.median_ns), layout.time) + " " +
         right(precision_text(summary.precision(), unicode), layout.precision) + " " +
         right(four_digits(summary.flops_per_second / 1e9), layout.flops) + " " +
         right(four_digits(summary.bytes_per_second / 1e9), layout.bytes) + " " +
         (layout.best > 0
              ? right(best_ns > 0 ? fmt::format("{:.2f}x", ratio) : "", layout.best) + " "
              : "") +
         left(roof, layout.roof);
}

std::string row_text(const Record& record, const Layout& layout, const ReportStyle& style,
                     double best_ns) {
  const Paint paint(style.colour);
  const std::string names = std::string(indent, ' ') + names_cell(record, layout);
  const std::string labels = printable(joined(record.labels, ", "));
  const std::size_t margin = indent + layout.device + 1;
  if (!has_summary(record)) {
    // Without numbers the implementation is no news, and the reason needs the room.
    const std::string device =
        std::string(indent, ' ') + left(printable(device_half(record)), layout.device) + " ";
    const std::string text = outcome(record) + (labels.empty() ? "" : " [" + labels + "]");
    const std::string reason = wrapped(printable(text), columns(device), margin, layout.width);
    const bool bad = record.status == Status::wrong || record.status == Status::failed;
    return device + (bad ? paint.bad(reason) : paint.dim(reason)) + "\n";
  }
  std::string line = names + " " + numbers_cell(record, layout, style.unicode, best_ns);
  const std::string check = std::string(style.unicode ? "\u2713 " : "ok ") + check_word(record);
  const std::size_t used = columns(line) + 1 + columns(check);
  line += " " + paint.good(check);
  const std::string below = "\n" + std::string(margin, ' ');
  if (!labels.empty()) {
    const bool fits = used + 1 + columns(labels) <= layout.width;
    line += (fits ? " " : below) +
            paint.warn(fits ? labels : wrapped(labels, margin, margin, layout.width));
  }
  const std::string energy = printable(energy_text(record));
  return line + (energy.empty() ? "" : below + energy) + "\n";
}

// What people call the problem, what the command line calls it, and its arithmetic intensity, which
// all its rows share.
std::string group_text(const Record& record, const Layout& layout, const Paint& paint) {
  const std::string brief = printable(short_problem(record));
  const std::string name = printable(problem_half(record));
  std::string intensity = intensity_text(record);
  if (!intensity.empty()) intensity = "  " + intensity + " FLOP/byte";
  if (brief == name) return "\n" + paint.bold(name) + paint.dim(intensity) + "\n";
  const bool one_line = columns(brief) + columns(intensity) + 2 + columns(name) <= layout.width;
  return "\n" + paint.bold(brief) + paint.dim(intensity) + (one_line ? "  " : "\n") +
         paint.dim(name) + "\n";
}

std::string column_titles(const Layout& layout) {
  return std::string(indent, ' ') + left("@device", layout.device) + " " +
         (layout.implementation > 0 ? left("implementation", layout.implementation) + " " : "") +
         right("time", layout.time) + " " + right("95 %", layout.precision) + " " +
         right("GFLOP/s", layout.flops) + " " + right("GB/s", layout.bytes) + " " +
         (layout.best > 0 ? right("vs best", layout.best) + " " : "") +
         left("of roof", layout.roof) + " checked";
}

// The shortest of a problem's times; 0 where fewer than two have one, so that there is nothing to
// compare.
double best_of(const std::vector<Record>& group) {
  double best = 0;
  int compared = 0;
  for (const Record& record : group) {
    if (!has_summary(record)) continue;
    const double ns = summarise(record).median_ns;
    best = compared == 0 ? ns : std::min(best, ns);
    ++compared;
  }
  return compared > 1 ? best : 0;
}

std::string device_line(const nlohmann::json& device) {
  const auto text = [&](const char* key) {
    return device.is_object() && device.contains(key) && device[key].is_string()
               ? printable(device[key].get<std::string>())
               : std::string();
  };
  std::string line = "  " + left(text("device"), 14) + " " + text("name");
  for (const char* key : {"platform", "driver"}) {
    const std::string value = text(key);
    if (!value.empty() && value != "not measurable here") line += ", " + value;
  }
  return line;
}

}  // namespace

void ConsoleTable::header(const nlohmann::json& context) {
  const Paint paint(style_.colour);
  const Layout layout(style_.width);
  if (const std::string machine = machine_line(context); !machine.empty()) {
    out_ << wrapped(machine, 0, 2, layout.width) << "\n";
  }
  const nlohmann::json::json_pointer path("/assay/devices");
  if (context.is_object() && context.contains(path) && context.at(path).is_array()) {
    for (const nlohmann::json& device : context.at(path)) {
      out_ << shortened(device_line(device), layout.width) << "\n";
    }
  }
  out_ << "\n" << paint.dim(column_titles(layout)) << std::endl;
}

void ConsoleTable::row(const Record& record) {
  if (!group_.empty() && problem_half(group_.front()) != problem_half(record)) flush();
  group_.push_back(record);
}

void ConsoleTable::flush() {
  if (group_.empty()) return;
  const Layout layout(style_.width);
  out_ << group_text(group_.front(), layout, Paint(style_.colour));
  const double best = best_of(group_);
  for (const Record& record : group_) out_ << row_text(record, layout, style_, best);
  out_.flush();
  group_.clear();
}

void ConsoleTable::footer(const std::vector<Record>& records) {
  flush();
  out_ << "\n" << counts_line(records) << std::endl;
}

void report_console(const RunDocument& document, const ReportStyle& style, std::ostream& out) {
  ConsoleTable table(out, style);
  table.header(document.context);
  // The devices of a problem beneath each other, problems in the order of their first case.
  std::vector<std::string> order;
  std::map<std::string, std::vector<const Record*>> groups;
  for (const Record& record : document.records) {
    std::vector<const Record*>& group = groups[problem_half(record)];
    if (group.empty()) order.push_back(problem_half(record));
    group.push_back(&record);
  }
  for (const std::string& problem : order) {
    for (const Record* record : groups[problem]) table.row(*record);
  }
  table.footer(document.records);
}

}  // namespace assay
