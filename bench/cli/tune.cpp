#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "backends/list.hpp"
#include "bench/atomic_file.hpp"
#include "bench/cli/absent.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/plugin_files.hpp"
#include "bench/quantity.hpp"
#include "bench/select.hpp"
#include "bench/tune/tune.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Kernels come in shapes (tiles, blocks) of which a device likes some more than others.
tune tries them, each checked before it is timed, and writes the best to a file that
later runs read: --tuning FILE, else $XDG_CACHE_HOME/assay/tuning.tsv (~/.cache).
The most important problems come first; one whose list wasn't finished in the time is
not kept, and time that is left goes to what is near the best.
Entries hold for one device, driver and kernel source; others are ignored, so the file
may be shared. Rows of a device that nobody tuned are labelled 'untuned'.

Examples:
  assay tune
  assay tune --device opencl:0.0 --budget 3min --tuning mine.tsv
  assay run --tuning mine.tsv --suite default)";

std::vector<std::string> row_of(const KnownDevice& device, const Problem& problem,
                                const Tuned& tuned) {
  const std::string name = problem_name(problem);
  if (tuned.entry.variant.empty()) {
    return {device.id(), name, "-", "", "", tuned.reason.empty() ? "no candidate" : tuned.reason};
  }
  const std::string failed =
      tuned.failed == 0 ? "" : fmt::format(", {} wrong or broken", tuned.failed);
  return {device.id(),
          name,
          tuned.entry.variant,
          fmt::format("{:.1f} us", tuned.entry.ns / 1e3),
          std::isfinite(tuned.default_ns)
              ? fmt::format("{:.2f}x the default", tuned.default_ns / tuned.entry.ns)
              : "the default fails",
          fmt::format("{} tried{}", tuned.tried, failed)};
}

}  // namespace

Exit tune_verb(Arguments arguments, Output& out) {
  std::vector<std::string> devices;
  std::vector<std::string> plugins;
  std::string budget_text = "60s";
  std::string file;
  Command command("tune", "The fastest shapes of a device's kernels, for later runs.", footer);
  command.texts("--device,-d", devices, "which devices: commas or repeated", "DEVICE");
  command.text("--budget", budget_text, "time for each device [60s]", "TIME");
  command.text("--tuning", file, "the file to write to, and to keep other entries of", "FILE");
  add_plugin_option(command, plugins);
  if (!command.parse(arguments, out)) return Exit::pass;
  const double budget_s = parse_duration_s("--budget", budget_text);
  WorkerSettings settings;
  settings.plugins = plugin_files(plugins);
  const std::vector<std::string> selectors = split_selectors(devices);
  check_selectors(selectors, !settings.plugins.empty());

  const bool by_default = file.empty();
  if (by_default) file = user_tuning_file().string();
  if (file.empty())
    throw usage_error("there is no HOME to keep a tuning file in: name one by --tuning");
  refuse_tuning_folder(by_default ? "tune" : "--tuning", file);
  if (by_default) create_folder_of(file);
  check_writable(file);
  TuningFile kept = read_tuning(file);
  if (!kept.fault.empty()) {
    const std::string aside = file + ".damaged";
    std::filesystem::rename(file, aside);
    std::cerr << "note: " << file << ": " << kept.fault << "; it is kept as " << aside << "\n";
  }

  std::erase_if(kept.entries, [&](const TuningEntry& entry) {
    const std::string fault = tuning_fault(entry);
    if (!fault.empty()) std::cerr << "note: " << file << ": " << fault << "; it is left out\n";
    return !fault.empty();
  });

  const Inventory inventory = discover(backends_for(selectors), settings);
  const Selection selection = select_devices(selectors, inventory);
  note_unavailable(inventory, std::cerr);
  for (const MissingDevice& each : selection.missing) std::cerr << "note: " << each.reason << "\n";
  const Exit code = exit_code_of(absent_of(selection));
  const bool live = isatty(STDERR_FILENO) != 0;
  bool written = false;
  std::vector<std::vector<std::string>> rows;
  for (const KnownDevice& device : selection.devices) {
    TuneListener listener;
    listener.trying = [&](const Problem& problem, const std::string& what) {
      if (!live) return;
      std::cerr << "\r\x1b[K" << device.id() << " " << problem_name(problem) << ": " << what
                << std::flush;
    };
    listener.decided = [&](const Tuned& tuned) {
      kept.entries = with_entry(std::move(kept.entries), tuned.entry);
      write_file(file, to_text(kept.entries), "what was tuned");
      written = true;
    };
    const std::vector<TuningProblem> problems = tuning_problems(device.info);
    const std::vector<Tuned> found = tune(device, problems, budget_s, settings, listener);
    if (live) std::cerr << "\r\x1b[K";
    for (std::size_t i = 0; i < problems.size(); ++i) {
      if (found[i].choice) rows.push_back(row_of(device, problems[i].search, found[i]));
    }
  }
  if (rows.empty()) {
    out << "no device here has anything to tune\n";
    return code;
  }
  print_columns(rows, out);
  if (written) {
    out << "\nwritten to " << file << "\n";
  } else {
    out << "\nnothing to write to " << file << "\n";
  }
  return code;
}

}  // namespace assay
