#include "bench/conformance/suite.hpp"

#include <algorithm>
#include <iostream>

#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/conformance/lifecycle.hpp"
#include "bench/conformance/shapes.hpp"
#include "bench/plugin_files.hpp"
#include "bench/quantity.hpp"
#include "bench/select.hpp"
#include "bench/worker_client.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Every problem that a device says it supports must be computed right: awkward sizes, every dtype,
layout and quantisation, inputs that show the usual mistakes, outputs poisoned before each call, host
memory between guard pages, inputs and neighbouring memory unchanged. Then what backends must stand
besides: objects made twice and released in any order, two devices at work, refused requests, memory
that runs out, an honest clock. What is unsupported needs a reason and is no fault. Everything runs
in worker processes: a crash or a hang costs the check that it happened in.
PROBLEMs (or CASEs, whose device doesn't matter) are checked in place of the suite's own: for a device
that has only fixed shapes.
Exit code 4 where an answer or a demand is wrong, 6 where a check failed, a plugin was rejected, or
nothing could be checked. Where --plugin is given, ASSAY_PLUGIN_PATH isn't searched.

Examples:
  assay conformance --plugin ./mychip.so
  assay conformance --plugin ./mychip.so 'matmul/dtype:s8/m:128/n:128/k:128'
  assay conformance --device opencl:0.0)";

struct Options {
  std::vector<std::string> problems, devices;
  WorkerSettings worker;
  bool named = false;  // plugins were: only these are judged
};

// What is to be checked, and whether all of it could be loaded.
struct Choice {
  std::vector<KnownDevice> devices;
  bool complete = true;
};

// Rows of one group in the order in which groups began.
struct Group {
  std::string name;
  std::vector<const ConformanceRow*> rows;
};

std::vector<Group> grouped(std::span<const ConformanceRow> rows) {
  std::vector<Group> groups;
  for (const ConformanceRow& row : rows) {
    auto group = std::ranges::find(groups, row.group, &Group::name);
    if (group == groups.end()) group = groups.insert(group, {row.group, {}});
    group->rows.push_back(&row);
  }
  return groups;
}

std::string summary_of(const Group& group) {
  using Outcome = ConformanceRow::Outcome;
  std::string unsupported;
  const auto count = [&](auto... outcomes) {
    return std::ranges::count_if(
        group.rows, [&](const ConformanceRow* row) { return ((row->outcome == outcomes) || ...); });
  };
  for (const ConformanceRow* row : group.rows) {
    if (row->outcome == Outcome::unsupported && unsupported.empty()) unsupported = row->reason;
  }
  const auto refused = count(Outcome::unsupported);
  const auto bad = count(Outcome::wrong, Outcome::failed);
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (const auto right = count(Outcome::passed); right > 0) add(std::to_string(right) + " right");
  if (bad > 0) add(std::to_string(bad) + " TO FIX");
  for (const ConformanceRow* row : group.rows) {
    if (row->outcome == Outcome::left_out) add(row->reason);
  }
  if (refused > 0) add(std::to_string(refused) + " unsupported: " + unsupported);
  return text;
}

// The check in a vendor's words, with what shows it again.
void print_to_fix(const ConformanceRow& row, std::ostream& out) {
  const LifecycleCheck* const lifecycle = find_lifecycle_check(row.check);
  if (lifecycle != nullptr) out << "  " << row.check << " (" << lifecycle->demand << ")\n  with";
  out << "  " << row.case_name << "\n    " << row.reason << "\n";
}

void print_device(const KnownDevice& device, std::span<const ConformanceRow> rows,
                  std::ostream& out) {
  out << device.id() << "  " << device.info.name << "\n";
  std::vector<std::vector<std::string>> table;
  for (const Group& group : grouped(rows)) table.push_back({" ", group.name, summary_of(group)});
  print_columns(table, out);
  for (const ConformanceRow& row : rows) {
    if (row.outcome == ConformanceRow::Outcome::unsupported && row.reason.empty()) {
      out << "  note: unsupported without a reason: " << row.case_name << "\n";
      break;
    }
  }
  out << "\n";
}

std::optional<Options> parse(Arguments arguments, Output& out) {
  Options options;
  std::string timeout = "30";
  std::vector<std::string> plugins;
  Command command("conformance", "Checks that a backend does all that its interface asks for.",
                  footer);
  command.positionals("problems", options.problems, "what to check [the suite]", "PROBLEM");
  add_plugin_option(command, plugins);
  command.texts("--device,-d", options.devices, "which devices [all of the plugins]", "DEVICE");
  command.text("--timeout", timeout, "for one check [30s]", "TIME");
  if (!command.parse(arguments, out)) return std::nullopt;
  options.named = !plugins.empty();
  options.worker.plugins = options.named ? plugin_files(plugins, "") : plugin_files({});
  options.worker.answer_timeout_s = parse_duration_s("--timeout", timeout);
  options.devices = split_selectors(options.devices);
  check_selectors(options.devices, !options.worker.plugins.empty());
  for (std::string& name : options.problems) name = problem_name(parse_case(name).problem);
  if (options.problems.empty()) {
    for (const auto& shapes : {conformance_shapes(), large_shapes(), probe_shapes()}) {
      options.problems.insert(options.problems.end(), shapes.begin(), shapes.end());
    }
  }
  if (options.worker.plugins.empty() && options.devices.empty()) {
    throw usage_error("assay conformance needs --plugin FILE or --device DEVICE");
  }
  return options;
}

Choice choose_devices(const Options& options, const Interrupt& interrupt) {
  const std::atomic<bool>* flag = &interrupt.flag();
  Inventory inventory = options.devices.empty()
                            ? discover_plugins(options.worker, flag)
                            : discover(backends_for(options.devices), options.worker, flag);
  note_rejected_plugins(inventory, std::cerr);
  Choice choice;
  if (options.named || options.devices.empty()) {
    choice.complete = std::ranges::none_of(inventory.unavailable, [](const Unavailable& each) {
      return !each.plugin.empty() && each.failed;
    });
  }
  if (options.devices.empty()) {
    choice.devices = std::move(inventory.devices);
    return choice;
  }
  Selection selection = select_devices(options.devices, inventory);
  for (const auto* list : {&selection.missing, &selection.lost}) {
    for (const MissingDevice& each : *list) {
      std::cerr << "note: " << each.reason << "\n";
      choice.complete = false;
    }
  }
  choice.devices = std::move(selection.devices);
  return choice;
}

Exit code_of(std::span<const ConformanceRow> rows) {
  using Outcome = ConformanceRow::Outcome;
  const auto any = [&](Outcome outcome) {
    return std::ranges::find(rows, outcome, &ConformanceRow::outcome) != rows.end();
  };
  if (any(Outcome::wrong)) return Exit::wrong;
  return any(Outcome::failed) || !any(Outcome::passed) ? Exit::failed : Exit::pass;
}

}  // namespace

Exit conformance_verb(Arguments arguments, Output& out) {
  const std::optional<Options> options = parse(arguments, out);
  if (!options) return Exit::pass;
  note_bad_tuning({}, std::cerr);
  const Interrupt interrupt;
  const Choice choice = choose_devices(*options, interrupt);
  if (choice.devices.empty()) {
    std::cerr << "assay: no device to check\n";
    return Exit::failed;
  }
  Exit code = choice.complete ? Exit::pass : Exit::failed;
  std::vector<ConformanceRow> to_fix;
  bool checked = true;
  for (const KnownDevice& device : choice.devices) {
    const auto rows = run_conformance(device, options->problems, options->worker, interrupt.flag(),
                                      [](const ConformanceRow&) {});
    print_device(device, rows, out);
    out.flush();
    code = worse(code, code_of(rows));
    checked = checked && std::ranges::find(rows, ConformanceRow::Outcome::passed,
                                           &ConformanceRow::outcome) != rows.end();
    std::ranges::copy_if(rows, std::back_inserter(to_fix), &ConformanceRow::to_fix);
  }
  if (!to_fix.empty()) {
    out << "to fix: " << to_fix.size() << "\n";
  } else if (!checked) {
    out << "nothing is supported: nothing was checked\n";
  } else {
    out << (choice.complete ? "conforms\n"
                            : "what was checked conforms; not all could be loaded\n");
  }
  for (const ConformanceRow& row : to_fix) print_to_fix(row, out);
  return code;
}

}  // namespace assay
