#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <set>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/cli/run_options.hpp"
#include "bench/environment.hpp"
#include "bench/progress.hpp"
#include "bench/reporters/text.hpp"
#include "bench/run_document.hpp"
#include "bench/runner.hpp"
#include "bench/select.hpp"
#include "bench/terminal.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

// Passes everything on, and stops the run once nobody reads the rows any more.
class LiveRows final : public Observer {
 public:
  LiveRows(Observer& next, Output& out, Interrupt& interrupt)
      : next_(next), out_(out), interrupt_(interrupt) {}

  void progress(std::size_t done, std::size_t total, const Case& next, double eta_s) override {
    next_.progress(done, total, next, eta_s);
  }
  void finished(const Record& record) override {
    next_.finished(record);
    out_.flush();
    if (out_.closed()) interrupt_.set();
  }

 private:
  Observer& next_;
  Output& out_;
  Interrupt& interrupt_;
};

void add_context(const RunOptions& options, nlohmann::json& context) {
  for (const auto& [key, value] : options.context) {
    if (context.contains(key)) {
      throw usage_error("--benchmark_context: '" + key + "' is a key of every result");
    }
    context[key] = value;
  }
}

std::vector<std::string> backends_to_ask(const RunOptions& options) {
  std::vector<std::string> backends = backends_for(options.request);
  if (options.required_devices.empty()) return backends;
  for (std::string& name : backends_for(options.required_devices)) {
    if (std::ranges::find(backends, name) == backends.end()) backends.push_back(std::move(name));
  }
  return backends;
}

// False, with a line on stderr, where a required device is missing.
bool has_required(const RunOptions& options, const Inventory& inventory) {
  if (options.required_devices.empty()) return true;
  const Selection required = select_devices(options.required_devices, inventory);
  for (const MissingDevice& each : required.missing) {
    std::cerr << "assay: refused: --require-device " << each.selector << ": " << each.reason
              << "\n";
  }
  return required.missing.empty();
}

std::string results_of(const RunDocument& document) {
  const std::size_t count = document.records.size();
  return "the results of " + std::to_string(count) + (count == 1 ? " case" : " cases");
}

// What can't be written where it was wanted goes to a temporary folder: measuring is expensive.
void rescue(const RunDocument& document) {
  const char* folder = std::getenv("TMPDIR");
  const std::string path = std::string(folder == nullptr ? "/tmp" : folder) + "/assay-" +
                           std::to_string(::getpid()) + ".json";
  try {
    std::ostringstream json;
    report(Format::json, document, {}, json);
    write_file(path, json.str(), results_of(document));
    std::cerr << "assay: wrote " << results_of(document) << " to " << path << " instead\n";
  } catch (const Error& error) {
    std::cerr << "assay: " << error.what() << "\n";
  }
}

// False if it had to be rescued.
bool write_result(const OutFile& file, const RunDocument& document) {
  std::ostringstream text;
  report(file.format, document, {}, text);
  try {
    write_file(file.path, text.str(), "");
    return true;
  } catch (const Error& error) {
    std::cerr << "assay: " << error.what() << "\n";
  }
  rescue(document);
  return false;
}

// They have been read; Google Benchmark inside the workers would take them for its own.
void forget_benchmark_variables() {
  std::vector<std::string> names;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (text.starts_with("BENCHMARK_")) names.emplace_back(text.substr(0, text.find('=')));
  }
  for (const std::string& name : names) ::unsetenv(name.c_str());
}

// Once for each device that counts no energy.
void note_missing_energy(const std::vector<Record>& records) {
  std::set<std::string> noted;
  for (const Record& record : records) {
    for (const Launch& launch : record.launches) {
      if (!launch.energy || launch.energy->missing.empty()) continue;
      if (!noted.insert(record.device).second) continue;
      std::cerr << "note: " << record.device << ": no energy: " << printable(launch.energy->missing)
                << "\n";
    }
  }
}

Exit measure(const RunOptions& options, const Inventory& inventory, Plan plan, Interrupt& interrupt,
             Output& out) {
  const bool console = options.format == Format::console;
  const ReportStyle style = terminal_style(STDOUT_FILENO);
  RunDocument document;
  document.context = environment(inventory);
  add_context(options, document.context);

  ConsoleTable table(out, style);
  Progress progress(std::cerr, has_live_line(STDERR_FILENO), terminal_style(STDERR_FILENO),
                    console ? &table : nullptr);
  LiveRows observer(progress, out, interrupt);
  if (console) table.header(document.context);
  out.flush();
  const auto settled = std::ranges::count_if(
      plan.cases, [](const PlannedCase& each) { return each.settled.has_value(); });
  document.records = run(plan, observer, interrupt.flag());
  progress.clear();
  note_missing_energy(document.records);

  Exit code = exit_code(document.records);
  const bool interrupted = interrupt.flag().load();
  // Rows that were settled before the run are worth no earlier file.
  const bool nothing = interrupted && document.records.size() == static_cast<std::size_t>(settled);
  if (interrupted && !out.closed()) {
    std::cerr << "assay: interrupted; "
              << (nothing ? "nothing was measured" : "kept " + results_of(document)) << "\n";
    code = worse(code, Exit::interrupted);
  }
  for (const OutFile& file : options.out_files) {
    if (nothing) {
      std::cerr << "assay: " << printable(file.path) << " is left as it was\n";
    } else if (!write_result(file, document)) {
      code = worse(code, Exit::internal);
    }
  }
  if (console) {
    table.footer(document.records);
  } else {
    report(options.format, document, style, out);
  }
  try {
    out.finish();
  } catch (const OutputFailed&) {
    if (options.out_files.empty()) rescue(document);
    throw;
  }
  return code;
}

}  // namespace

Exit run_verb(Arguments arguments, Output& out) {
  const std::optional<RunOptions> options = parse_run_options(arguments, out);
  if (!options) return Exit::pass;
  forget_benchmark_variables();
  for (const OutFile& file : options->out_files) check_writable(file.path);
  note_bad_tuning(options->tuning, std::cerr);

  Interrupt interrupt;
  const Inventory inventory =
      discover(backends_to_ask(*options), options->measure.worker, &interrupt.flag());
  note_rejected_plugins(inventory, std::cerr);
  Plan plan = {plan_cases(options->request, inventory), options->measure, inventory};
  if (options->list) {
    for (const PlannedCase& each : plan.cases) out << case_name(each.c) << "\n";
    return Exit::pass;
  }
  if (!has_required(*options, inventory)) return Exit::refused;
  if (options->request.devices.empty()) note_unavailable_built_in(inventory, std::cerr);
  return measure(*options, inventory, std::move(plan), interrupt, out);
}

}  // namespace assay
