#include "bench/cli/run_options.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <tuple>

#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/filter.hpp"
#include "bench/plugin_files.hpp"
#include "bench/quantity.hpp"
#include "bench/select.hpp"
#include "bench/suite.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr const char* summary =
    "Measures cases, every answer checked. Without a case or a suite: the suite 'default'.";

constexpr const char* footer = R"(Units:
  times    15s, 20ms, 500us, 2min, 1h; plain numbers are seconds
  launches N, or MIN..MAX: more up to MAX while the interval is wider than --precision
  CASE     kernel/key:value/…[@device][+variant], as printed in the first column of a result
  DEVICE   onednn:0, opencl:0.1, opencl:0 (all of platform 0), onednn, cpu, gpu, gpu:1, all, or a
           part of one device's name; commas separate several. Without it: every device but those
           of reference, null and the comparators clblast, cublas and openblas, and simulated GPUs;
           those run where they are named: --device opencl:0.0,clblast:0.0,onednn:0
The command line wins over BENCHMARK_* variables, these over the suite's own settings; of two suites
the first one's settings count. --benchmark_* flags are those of Google Benchmark.

Examples:
  assay run --suite smoke
  assay run 'matmul/dtype:bf16/m:512/n:4096/k:4096@onednn:0' --launches 3
  assay run --suite llm-decode --filter=-attention --device gpu --out decode.json --out decode.md)";

// As typed; empty where not given.
struct Words {
  std::vector<std::string> cases, suites, devices, required, out_files, out_formats;
  std::string filter, format, launches, min_time, max_time, precision, threads, fill, seed;
  std::string gb_filter, gb_format, gb_out, gb_out_format, gb_repetitions, gb_min_time, gb_context;
  std::vector<std::string> plugins;
  std::string tuning;
  std::string energy;
  bool list = false, gb_list = false, no_ceilings = false;
};

void add_selection(Command& command, Words& words) {
  command.positionals("cases", words.cases, "cases by name: what to run", "CASE");
  command.texts("--suite,-s", words.suites, "a built-in suite or a file; repeatable", "NAME|FILE");
  command.texts("--device,-d", words.devices, "where to run: commas or repeated", "DEVICE");
  command.texts("--require-device", words.required,
                "exit 3 without measuring where this device is missing", "DEVICE");
  add_plugin_option(command, words.plugins);
  command.text("--filter,-f", words.filter,
               "only cases whose name contains a match; -REGEX: all others", "REGEX");
  command.flag("--list,-l", words.list, "print the names of the cases, run nothing");
}

void add_measuring(Command& command, Words& words) {
  command.group("Measuring");
  command.text("--launches", words.launches, "processes per case, or MIN..MAX [5..30]", "N");
  command.text("--min-time", words.min_time, "measured per case and launch, at least [100ms]",
               "TIME");
  command.text("--max-time", words.max_time, "budget of the whole run [180s]", "TIME");
  command.text("--precision", words.precision, "half width of the 95 % interval to reach [5%]",
               "FRACTION");
  command.text("--threads", words.threads, "of CPU devices; 0: the libraries' default [0]", "N");
  command.text("--tuning", words.tuning, "what `assay tune` wrote; before the user's own file",
               "FILE");
  command.text("--fill", words.fill,
               "inputs: random, or zeros to show how much less they cost [random]", "WORD");
  command.text("--seed", words.seed, "of inputs and order [0]", "N");
  command.text("--energy", words.energy,
               "also measure the energy of so much time of calls, per case and launch; 1s suffices",
               "TIME");
  command.flag("--no-ceilings", words.no_ceilings,
               "don't measure what the hardware can do beside each case");
}

void add_output(Command& command, Words& words) {
  command.group("Output");
  command.text("--format", words.format, "on stdout: console, json, csv, markdown, junit [console]",
               "WORD");
  command.texts("--out,-o", words.out_files,
                "also to a file; .csv .md .xml .txt, else JSON; repeatable", "FILE");
  command.texts("--out-format", words.out_formats, "of the --out in the same place", "WORD");
}

void add_google_benchmark(Command& command, Words& words) {
  command.group("Google Benchmark's names");
  const auto add = [&](const char* flag, std::string& into, const char* help,
                       const char* variable) { command.text(flag, into, help, "", variable); };
  add("--benchmark_filter", words.gb_filter, "--filter", "BENCHMARK_FILTER");
  add("--benchmark_format", words.gb_format, "--format", "BENCHMARK_FORMAT");
  add("--benchmark_out", words.gb_out, "--out", "BENCHMARK_OUT");
  add("--benchmark_out_format", words.gb_out_format, "--out-format [json]", "BENCHMARK_OUT_FORMAT");
  add("--benchmark_repetitions", words.gb_repetitions, "--launches", "BENCHMARK_REPETITIONS");
  add("--benchmark_min_time", words.gb_min_time, "--min-time, or 100x: so many calls",
      "BENCHMARK_MIN_TIME");
  add("--benchmark_context", words.gb_context, "key=value,… for the result's context",
      "BENCHMARK_CONTEXT");
  command.flag("--benchmark_list_tests", words.gb_list, "--list", "BENCHMARK_LIST_TESTS");
}

const std::string& first_of(const std::string& ours, const std::string& theirs) {
  return ours.empty() ? theirs : ours;
}

Case parse_argument(const std::string& name) {
  for (const BuiltInSuite& suite : built_in_suites()) {
    if (suite.name == name) throw usage_error("'" + name + "' is a suite: --suite " + name);
  }
  return parse_case(name);
}

void resolve_cases(const Words& words, RunOptions& options, MeasureSettings& settings) {
  PlanRequest& request = options.request;
  options.measure.worker.plugins = plugin_files(words.plugins);
  const bool plugins = !options.measure.worker.plugins.empty();
  for (const std::string& name : words.cases) {
    const Case& c = request.argument_cases.emplace_back(parse_argument(name));
    if (!c.device.empty()) check_selectors(std::vector<std::string>{c.device}, plugins);
  }
  std::vector<std::string> suites = words.suites;
  if (suites.empty() && words.cases.empty()) suites.emplace_back("default");
  for (const std::string& name : suites) {
    Suite suite = load_suite(name, selector_check(plugins));
    settings.fill_in(suite.settings);
    std::ranges::move(suite.cases, std::back_inserter(request.suite_cases));
  }
  request.filter = first_of(words.filter, words.gb_filter);
  (void)NameFilter(request.filter);
  request.devices = split_selectors(words.devices);
  options.required_devices = split_selectors(words.required);
  options.tuning = words.tuning;
  if (!words.tuning.empty()) {
    options.measure.worker.environment.emplace_back("ASSAY_TUNING", words.tuning);
  }
  check_selectors(request.devices, plugins);
  check_selectors(options.required_devices, plugins);
}

void resolve_min_time(const Words& words, MeasureSettings& settings, Measure& measure) {
  if (!words.min_time.empty()) {
    settings.min_time_s = parse_duration_s("--min-time", words.min_time);
  } else if (words.gb_min_time.ends_with('x')) {
    const std::string calls = words.gb_min_time.substr(0, words.gb_min_time.size() - 1);
    measure.min_calls = parse_integer("--benchmark_min_time", calls, 1, 1000000000);
    settings.min_time_s = 1e-9;
  } else if (!words.gb_min_time.empty()) {
    settings.min_time_s = parse_duration_s("--benchmark_min_time", words.gb_min_time);
  }
}

void resolve_measure(const Words& words, const MeasureSettings& suites, Measure& measure) {
  MeasureSettings settings;
  if (const std::string& text = first_of(words.launches, words.gb_repetitions); !text.empty()) {
    const Launches launches = parse_launches("--launches", text);
    settings.launches = launches.least;
    settings.max_launches = launches.most;
  }
  resolve_min_time(words, settings, measure);
  if (!words.max_time.empty()) settings.budget_s = parse_duration_s("--max-time", words.max_time);
  if (!words.precision.empty()) settings.precision = parse_fraction("--precision", words.precision);
  settings.fill_in(suites);
  settings.apply(measure);
  measure.ceilings = !words.no_ceilings;
  if (!words.energy.empty()) measure.energy_s = parse_duration_s("--energy", words.energy);
  if (!words.threads.empty()) {
    measure.worker.threads = static_cast<int>(parse_integer("--threads", words.threads, 0, 4096));
  }
  if (!words.seed.empty()) {
    measure.seed =
        static_cast<std::uint64_t>(parse_integer("--seed", words.seed, 0, 9007199254740991));
  }
  if (!words.fill.empty()) {
    constexpr std::array<std::string_view, 2> known = {"random", "zeros"};
    if (std::ranges::find(known, words.fill) == known.end()) {
      throw usage_error(unknown_word("fill", words.fill, known));
    }
    measure.fill = words.fill == "zeros" ? Fill::zeros : Fill::random;
  }
}

void resolve_output(const Words& words, RunOptions& options) {
  if (const std::string& text = first_of(words.format, words.gb_format); !text.empty()) {
    options.format = parse_format(text);
  }
  if (words.out_formats.size() > words.out_files.size()) {
    throw usage_error("--out-format without an --out");
  }
  for (std::size_t i = 0; i < words.out_files.size(); ++i) {
    const std::string& path = words.out_files[i];
    if (path == "-") throw usage_error("--out takes a file; --format chooses what stdout gets");
    options.out_files.push_back({path, i < words.out_formats.size()
                                           ? parse_format(words.out_formats[i])
                                           : format_of_path(path)});
  }
  if (!words.gb_out.empty()) {
    options.out_files.push_back({words.gb_out, words.gb_out_format.empty()
                                                   ? format_of_path(words.gb_out)
                                                   : parse_format(words.gb_out_format)});
  }
  options.list = words.list || words.gb_list;
}

void resolve_context(const std::string& text, RunOptions& options) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string pair = text.substr(begin, end - begin);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw usage_error("--benchmark_context '" + pair + "' must be key=value");
    }
    options.context.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    begin = end + 1;
  }
}

// Whether a flag stands on the command line, not in a variable.
bool is_typed(Arguments arguments, std::string_view flag) {
  for (const std::string& argument : arguments) {
    if (argument == "--") return false;
    if (argument == flag || (argument.starts_with(flag) && argument[flag.size()] == '='))
      return true;
  }
  return false;
}

// What was typed and would count for nothing.
void reject_ignored(const Words& words, Arguments arguments) {
  const std::array<std::tuple<const std::string&, std::string_view, std::string_view>, 4> same = {{
      {words.filter, "--filter", "--benchmark_filter"},
      {words.format, "--format", "--benchmark_format"},
      {words.launches, "--launches", "--benchmark_repetitions"},
      {words.min_time, "--min-time", "--benchmark_min_time"},
  }};
  for (const auto& [ours, name, theirs] : same) {
    if (ours.empty() || !is_typed(arguments, theirs)) continue;
    throw usage_error(std::string(theirs) + " is another name of " + std::string(name) +
                      ": give one of them");
  }
  if (words.gb_out.empty() && is_typed(arguments, "--benchmark_out_format")) {
    throw usage_error("--benchmark_out_format without a --benchmark_out");
  }
}

// Whether a selector is for this device, as far as its words tell.
bool covers(const std::string& selector, const std::string& device) {
  return selector == device || selector == "all" || device.starts_with(selector + ":") ||
         device.starts_with(selector + ".");
}

// A case's own device stands, so a selection beside nothing but such cases would be for none.
void reject_idle_devices(const RunOptions& options) {
  const PlanRequest& request = options.request;
  if (request.devices.empty() || !request.suite_cases.empty()) return;
  for (const Case& c : request.argument_cases) {
    const auto is_for = [&](const std::string& selector) { return covers(selector, c.device); };
    if (c.device.empty() || std::ranges::any_of(request.devices, is_for)) return;
  }
  throw usage_error("--device " + request.devices.front() + ": no case is for it; " +
                    case_name(request.argument_cases.front()) + " names its own device");
}

}  // namespace

std::optional<RunOptions> parse_run_options(Arguments arguments, std::ostream& out) {
  Words words;
  Command command("run", summary, footer);
  add_selection(command, words);
  add_measuring(command, words);
  add_output(command, words);
  add_google_benchmark(command, words);
  if (!command.parse(arguments, out)) return std::nullopt;

  RunOptions options;
  MeasureSettings suites;
  reject_ignored(words, arguments);
  resolve_output(words, options);
  resolve_cases(words, options, suites);
  reject_idle_devices(options);
  resolve_measure(words, suites, options.measure);
  resolve_context(words.gb_context, options);
  return options;
}

Format format_of_path(const std::string& path) {
  if (path.ends_with(".csv")) return Format::csv;
  if (path.ends_with(".md")) return Format::markdown;
  if (path.ends_with(".xml")) return Format::junit;
  if (path.ends_with(".txt")) return Format::console;
  return Format::json;
}

}  // namespace assay
