#include "bench/ab/selftest.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "bench/ab/planted.hpp"
#include "bench/atomic_file.hpp"
#include "bench/case.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/cli/verdict_output.hpp"
#include "bench/filter.hpp"
#include "bench/json_text.hpp"
#include "bench/plugin_files.hpp"
#include "bench/progress.hpp"
#include "bench/quantity.hpp"
#include "bench/select.hpp"
#include "bench/suite.hpp"
#include "bench/terminal.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Compares this program with itself, and with itself slowed down by 1, 3 and 10 %, as `assay ab` does,
and says how often that was right: false alarms, power, and the smallest slowdown that can be seen here
in a given time. Bounds are Clopper and Pearson's, one-sided at 95 %.
With --plant it is one comparison in which the cases named are slowed down by that share, and it says
by name which of them were found, and which others were called slower.
Exit codes: 0 as promised, 1 more false alarms than 1 % (with --plant: any, or fewer than nine tenths
found), 3 the machine is too disturbed or the budget too short, 4 a wrong result, 6 a case failed.

Examples:
  assay selftest --budget 5m --device onednn
  assay selftest --budget 10m --plant '5% m:64/' --plant '10% attention.*q:1/')";

nlohmann::json document_of(const Selftest& result) { return selftest_json(result); }
nlohmann::json document_of(const Planted& result) { return planted_json(result); }
void report(const Selftest& result, std::ostream& out) { report_selftest(result, out); }
void report(const Planted& result, std::ostream& out) { report_planted(result, out); }

// False where a file could not be written.
template <class Result>
bool write(const Result& result, bool json, const std::vector<std::string>& files, Output& out) {
  const std::string document = pretty(writable(document_of(result)));
  const bool written = write_files(
      files, [&](const std::string& file) { write_file(file, document, "the selftest"); });
  if (json) {
    out << document;
  } else {
    report(result, out);
  }
  return written;
}

}  // namespace

Exit selftest_verb(Arguments arguments, Output& out) {
  std::string budget;
  std::string format = "console";
  std::string seed;
  std::vector<std::string> suites;
  std::vector<std::string> devices;
  std::vector<std::string> plant_words;
  std::vector<std::string> files;
  Command command("selftest", "How far comparisons can be trusted on this machine.", footer);
  command.text("--budget", budget, "of all comparisons together [5min]", "TIME");
  command.texts("--suite,-s", suites, "cases to compare [smoke]", "NAME|FILE");
  command.texts("--device,-d", devices, "where to run: commas or repeated", "DEVICE");
  WorkerSettings worker;
  add_plugin_option(command, worker.plugins);
  std::string threads;
  command.text("--threads", threads, "of CPU devices; 0: the libraries' default [0]", "N");
  command.text("--seed", seed, "of inputs, order and coins [0]", "N");
  command.texts("--plant", plant_words, "a share and the cases slowed down by it; repeatable",
                "'SHARE REGEX'");
  command.text("--format", format, "console or json [console]", "WORD");
  command.texts("--out,-o", files, "also to a file, as JSON", "FILE");
  if (!command.parse(arguments, out)) return Exit::pass;
  const bool json = wants_json(format);
  AbOptions options;
  options.budget_s = budget.empty() ? 300 : parse_duration_s("--budget", budget);
  if (!seed.empty()) {
    options.seed = static_cast<std::uint64_t>(parse_integer("--seed", seed, 0, 9007199254740991));
  }
  for (const std::string& file : files) check_writable(file);
  std::vector<Plant> plants;
  for (const std::string& word : plant_words) plants.push_back(parse_plant(word));
  if (!threads.empty()) {
    worker.threads = static_cast<int>(parse_integer("--threads", threads, 0, 4096));
  }
  PlanRequest request;
  if (suites.empty()) suites.emplace_back("smoke");
  worker.plugins = plugin_files(worker.plugins);
  const bool plugins = !worker.plugins.empty();
  for (const std::string& name : suites) {
    for (Case& c : load_suite(name, selector_check(plugins)).cases) {
      request.suite_cases.push_back(std::move(c));
    }
  }
  request.devices = split_selectors(devices);
  check_selectors(request.devices, plugins);
  note_bad_tuning({}, std::cerr);
  const Interrupt interrupt;
  const auto planned =
      plan_cases(request, discover(backends_for(request), worker, &interrupt.flag()));
  const CommonCases cases = common_cases(planned, planned);
  if (!cases.any()) throw usage_error(nothing_to_compare(planned));
  Progress progress(std::cerr, has_live_line(STDERR_FILENO), terminal_style(STDERR_FILENO),
                    nullptr);
  for (std::size_t i = 0; i < plants.size(); ++i) {
    const NameFilter filter(plants[i].pattern);
    if (std::ranges::none_of(cases.cases, [&](const PlannedCase& each) {
          const std::string name = case_name(each.c);
          return filter.keeps(name.substr(0, name.find('@')));
        })) {
      throw usage_error("--plant '" + plant_words[i] + "' matches none of " +
                        std::to_string(cases.cases.size()) + " cases");
    }
  }
  if (!plants.empty()) {
    const Planted result = run_planted(worker, cases, plants, options, progress, interrupt.flag());
    progress.clear();
    const Exit code = write(result, json, files, out) ? exit_code(result) : Exit::internal;
    return result.ab.interrupted ? worse(code, Exit::interrupted) : code;
  }
  const Selftest result = run_selftest(worker, cases, options, progress, interrupt.flag());
  progress.clear();
  const Exit code = write(result, json, files, out) ? exit_code(result) : Exit::internal;
  return result.interrupted ? worse(code, Exit::interrupted) : code;
}

}  // namespace assay
