#include "bench/ab/selftest.hpp"

#include <unistd.h>

#include <iostream>

#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/json_text.hpp"
#include "bench/plugin_files.hpp"
#include "bench/progress.hpp"
#include "bench/quantity.hpp"
#include "bench/select.hpp"
#include "bench/suite.hpp"
#include "bench/terminal.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Compares this program with itself, and with itself slowed down by 1, 3 and 10 %, as `assay ab` does,
and says how often that was right: false alarms, power, and the smallest slowdown that can be seen here
in a given time. Bounds are Clopper and Pearson's, one-sided at 95 %.
Exit codes: 0 as promised, 1 more false alarms than 1 %, 3 the machine is too disturbed.

Example:
  assay selftest --budget 5m --device onednn)";

}  // namespace

Exit selftest_verb(Arguments arguments, Output& out) {
  std::string budget;
  std::string format = "console";
  std::string seed;
  std::vector<std::string> suites;
  std::vector<std::string> devices;
  Command command("selftest", "How far comparisons can be trusted on this machine.", footer);
  command.text("--budget", budget, "of all comparisons together [5min]", "TIME");
  command.texts("--suite,-s", suites, "cases to compare [smoke]", "NAME|FILE");
  command.texts("--device,-d", devices, "where to run: commas or repeated", "DEVICE");
  WorkerSettings worker;
  add_plugin_option(command, worker.plugins);
  command.text("--seed", seed, "of inputs, order and coins [0]", "N");
  command.text("--format", format, "console or json [console]", "WORD");
  if (!command.parse(arguments, out)) return Exit::pass;
  const bool json = wants_json(format);
  AbOptions options;
  options.budget_s = budget.empty() ? 300 : parse_duration_s("--budget", budget);
  if (!seed.empty()) {
    options.seed = static_cast<std::uint64_t>(parse_integer("--seed", seed, 0, 9007199254740991));
  }
  PlanRequest request;
  if (suites.empty()) suites.emplace_back("smoke");
  for (const std::string& name : suites) {
    for (Case& c : load_suite(name).cases) request.suite_cases.push_back(std::move(c));
  }
  request.devices = split_selectors(devices);
  worker.plugins = plugin_files(worker.plugins);
  check_selectors(request.devices, !worker.plugins.empty());
  const Interrupt interrupt;
  const auto planned =
      plan_cases(request, discover(backends_for(request), worker, &interrupt.flag()));
  const CommonCases cases = common_cases(planned, planned);
  Progress progress(std::cerr, has_live_line(STDERR_FILENO), terminal_style(STDERR_FILENO),
                    nullptr);
  const Selftest result = run_selftest(worker, cases, options, progress, interrupt.flag());
  progress.clear();
  if (json) {
    out << pretty(writable(selftest_json(result)));
  } else {
    report_selftest(result, out);
  }
  return result.interrupted ? Exit::interrupted : exit_code(result);
}

}  // namespace assay
