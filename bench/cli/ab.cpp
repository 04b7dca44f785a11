#include "bench/ab/ab.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "bench/case.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/cli/verdict_output.hpp"
#include "bench/filter.hpp"
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
    R"(BUILD is an assay program, or a folder that contains one; without it this program. Both sides hold
each case at the same time and are sampled in turns, A B B A or B A A B by a coin; fresh processes in
every block. All cases are screened with 6 or more blocks, those that look slower are confirmed with
fresh ones: the chance of any false alarm over all cases is 1 %.
  pass          shown to be less than the margin slower
  regression    shown to be slower, and by at least 1 %
  inconclusive  neither; what could have been seen is said
A slowdown of exactly the margin passes in 1 of 20 runs: to catch 3 %, ask for --margin 2%.
Exit codes: 0 pass, 1 regression, 2 inconclusive (--strict), 3 machine too disturbed or nothing judged,
4 wrong result, 6 a case failed.

Examples:
  assay ab --base ../main/build/release --head build/release --suite smoke --budget 10m
  assay ab --head-env OMP_NUM_THREADS=1 --suite smoke --format markdown)";

struct Words {
  std::string base, head, budget, filter, seed, screen_blocks, confirm_blocks, block_time, threads;
  bool keep_disturbed = false;
  std::vector<std::string> base_variables, head_variables, suites, cases, devices, plugins;
};

void add_flags(Command& command, Words& words) {
  command.positionals("cases", words.cases, "cases by name", "CASE");
  command.text("--base", words.base, "what is held against [this program]", "BUILD");
  command.text("--head", words.head, "what is judged [this program]", "BUILD");
  command.texts("--base-env", words.base_variables, "environment of the base's workers; repeatable",
                "K=V");
  command.texts("--head-env", words.head_variables, "environment of the head's workers; repeatable",
                "K=V");
  command.texts("--suite,-s", words.suites, "a built-in suite or a file; repeatable", "NAME|FILE");
  command.texts("--device,-d", words.devices, "where to run: commas or repeated", "DEVICE");
  add_plugin_option(command, words.plugins);
  command.text("--filter,-f", words.filter,
               "only cases whose name contains a match; -REGEX: others", "REGEX");
  command.text("--budget", words.budget, "of the whole comparison [10min]", "TIME");
  command.text("--screen-blocks", words.screen_blocks,
               "blocks of the screen; more is more power [6, up to 20 as the budget allows]", "N");
  command.text(
      "--confirm-blocks", words.confirm_blocks,
      "blocks of a confirmation, at most; an inconclusive case says how many it needs [50]", "N");
  command.text("--block-time", words.block_time, "measured per block and side, at least [40ms]",
               "TIME");
  command.flag("--keep-disturbed", words.keep_disturbed,
               "drop no block, however busy the machine was: as few false alarms, less power");
  command.text("--threads", words.threads, "of CPU devices; 0: the libraries' default [0]", "N");
  command.text("--seed", words.seed, "of inputs, order and coins [0]", "N");
}

PlanRequest plan_request(const Words& words, bool plugins) {
  PlanRequest request;
  for (const std::string& name : words.cases) request.argument_cases.push_back(parse_case(name));
  std::vector<std::string> suites = words.suites;
  if (suites.empty() && words.cases.empty()) suites.emplace_back("smoke");
  for (const std::string& name : suites) {
    for (Case& c : load_suite(name, selector_check(plugins)).cases)
      request.suite_cases.push_back(std::move(c));
  }
  request.filter = words.filter;
  (void)NameFilter(request.filter);
  request.devices = split_selectors(words.devices);
  check_selectors(request.devices, plugins);
  return request;
}

AbOptions ab_options(const Words& words, const VerdictOutput& output) {
  AbOptions options;
  options.procedure.rule.margin = output.margin();
  if (!words.budget.empty()) options.budget_s = parse_duration_s("--budget", words.budget);
  if (words.keep_disturbed) options.gates = GateLimits::none();
  if (!words.block_time.empty()) {
    options.block_time_s = parse_duration_s("--block-time", words.block_time);
  }
  if (!words.screen_blocks.empty()) {
    const auto blocks = parse_integer("--screen-blocks", words.screen_blocks, 3, 1000);
    options.procedure.screen_blocks = static_cast<std::size_t>(blocks);
    options.most_screen_blocks = static_cast<std::size_t>(blocks);
  }
  if (!words.confirm_blocks.empty()) {
    options.procedure.most_blocks =
        static_cast<std::size_t>(parse_integer("--confirm-blocks", words.confirm_blocks, 10, 1000));
  }
  if (!words.seed.empty()) {
    options.seed =
        static_cast<std::uint64_t>(parse_integer("--seed", words.seed, 0, 9007199254740991));
  }
  return options;
}

std::vector<PlannedCase> plan_side(const Side& side, const PlanRequest& request, bool notes,
                                   const Interrupt& interrupt) {
  const Inventory inventory = discover(backends_for(request), side.worker, &interrupt.flag());
  if (notes) note_unavailable(inventory, std::cerr);
  return plan_cases(request, inventory);
}

// Empty: as in our own environment.
std::string tuning_of(const Side& side) {
  std::string value;
  for (const auto& [name, each] : side.worker.environment) {
    if (name == "ASSAY_TUNING") value = each;
  }
  return value;
}

}  // namespace

Exit ab_verb(Arguments arguments, Output& out) {
  Words words;
  VerdictOutput output;
  Command command("ab", "Whether one build or setting is slower than another, case by case.",
                  footer);
  add_flags(command, words);
  output.add_flags(command);
  if (!command.parse(arguments, out)) return Exit::pass;
  output.check();
  const AbOptions options = ab_options(words, output);
  WorkerSettings worker;
  worker.plugins = plugin_files(words.plugins);
  const PlanRequest request = plan_request(words, !worker.plugins.empty());
  if (!words.threads.empty()) {
    worker.threads = static_cast<int>(parse_integer("--threads", words.threads, 0, 4096));
  }
  const Side base = make_side("base", words.base, words.base_variables, worker);
  const Side head = make_side("head", words.head, words.head_variables, worker);

  note_bad_tuning(tuning_of(base), std::cerr, "--base-env ASSAY_TUNING");
  if (tuning_of(head) != tuning_of(base)) {
    note_bad_tuning(tuning_of(head), std::cerr, "--head-env ASSAY_TUNING");
  }
  const Interrupt interrupt;
  const std::vector<PlannedCase> of_base =
      plan_side(base, request, request.devices.empty(), interrupt);
  const std::vector<PlannedCase> of_head = plan_side(head, request, false, interrupt);
  const CommonCases common = common_cases(of_base, of_head);
  if (!common.any()) {
    if (common.only_base.empty() && common.only_head.empty()) {
      throw usage_error(nothing_to_compare(of_base));
    }
    throw usage_error("base and head have no case in common (" +
                      std::to_string(common.only_base.size()) + " only in base, " +
                      std::to_string(common.only_head.size()) + " only in head)");
  }
  Progress progress(std::cerr, has_live_line(STDERR_FILENO), terminal_style(STDERR_FILENO),
                    nullptr);
  AbResult result = run_ab(base, head, common, options, progress, interrupt.flag());
  progress.clear();
  const auto disturbed = [](const std::string& reason) {
    return reason.find("disturbed") != std::string::npos;
  };
  if (std::ranges::any_of(result.table.refused, disturbed)) {
    result.table.notes.emplace_back(
        "where a machine is never quiet, --keep-disturbed drops no block: as few false alarms, "
        "less power");
  }
  const Exit code = output.write(result.table, out);
  return result.interrupted ? worse(code, Exit::interrupted) : code;
}

}  // namespace assay
