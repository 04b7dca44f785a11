#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <iostream>

#include <nlohmann/json.hpp>

#include "backends/host.hpp"
#include "bench/check.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/cli/verify_child.hpp"
#include "bench/npy.hpp"
#include "bench/plugin_files.hpp"
#include "bench/quantity.hpp"
#include "bench/select.hpp"
#include "bench/worker/memory.hpp"
#include "bench/worker/protocol.hpp"
#include "bench/worker/workload.hpp"
#include "bench/worker_client.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr const char* footer =
    R"(Tensors are named as the kernel names them: a, b, out; q, k, v, out; scales where there are any.
Those that --inputs has as <tensor>.npy are read, all others are made from the seed. All inputs and
the output are written to --outputs, which is created where missing.
  f32 '<f4', f16 '<f2', bf16 '<u2' (the upper half of an f32), s8 '|i1', u8 '|u1', s32 '<i4',
  s4 and u4 '|u1' with half the last dimension, even elements in the low nibble (one dimension of bytes
  where the last one is odd); C order
Exit code 4 where the output is wrong.

Examples:
  assay verify 'matmul/dtype:f32/m:64/n:64/k:128@onednn:0' --outputs out
  assay verify 'attention/dtype:bf16/heads:8/q:16/d:64@opencl:0.0' --inputs mine --outputs out)";

struct Options {
  std::string case_name, inputs, outputs, device;
  std::vector<std::string> plugins;
  std::uint64_t seed = 0;
};

// The problem's tensors on the host; the output is left alone.
struct Tensors {
  std::vector<HostBuffer> buffers;
  std::vector<std::span<std::byte>> data;
};

Tensors make_tensors(const Problem& problem, std::uint64_t seed) {
  Tensors tensors;
  for (const TensorSpec& spec : problem.tensors) {
    HostBuffer& buffer = tensors.buffers.emplace_back(spec.bytes());
    tensors.data.emplace_back(buffer.data(), buffer.size());
  }
  kernel_of(problem).fill(problem, input_seed(problem, seed), tensors.data);
  return tensors;
}

std::vector<std::string> input_names(const Problem& problem) {
  std::vector<std::string> names;
  for (const TensorSpec& spec : problem.tensors) {
    if (spec.role != Role::output) names.push_back(spec.name);
  }
  return names;
}

std::string joined(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Answers are defined, and can be checked, for numbers only.
void check_finite(const fs::path& path, const TensorSpec& spec, std::span<const std::byte> data) {
  if (!is_float(spec.dtype)) return;
  for (std::int64_t i = 0; i < spec.elements(); ++i) {
    if (std::isfinite(load(spec.dtype, data.data(), i))) continue;
    throw Error(Error::Kind::file,
                path.string() + ": element " + std::to_string(i) + " is not a finite number");
  }
}

// Names of the tensors that were read. A .npy of another name is most likely a mistake: noted.
std::vector<std::string> read_inputs(const Problem& problem, const std::string& folder,
                                     Tensors& tensors) {
  std::error_code code;
  if (!fs::is_directory(folder, code)) {
    throw Error(Error::Kind::file, "--inputs " + folder + " is no folder");
  }
  std::vector<std::string> read;
  for (std::size_t i = 0; i < problem.tensors.size(); ++i) {
    const TensorSpec& spec = problem.tensors[i];
    const fs::path path = fs::path(folder) / (spec.name + ".npy");
    if (spec.role == Role::output || !fs::exists(path, code)) continue;
    read_npy(path, spec, tensors.data[i]);
    check_finite(path, spec, tensors.data[i]);
    read.push_back(spec.name);
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".npy" && problem.find(name) == nullptr) {
      std::cerr << "note: " << entry.path().string() << " is not used; the inputs of "
                << problem.kernel << " here are " << joined(input_names(problem)) << "\n";
    }
  }
  return read;
}

void write_inputs(const Problem& problem, const std::string& folder, const Tensors& tensors) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) {
    throw Error(Error::Kind::file, "can't create " + folder + ": " + code.message());
  }
  for (std::size_t i = 0; i < problem.tensors.size(); ++i) {
    const TensorSpec& spec = problem.tensors[i];
    if (spec.role == Role::output) continue;
    write_npy(fs::path(folder) / (spec.name + ".npy"), spec, tensors.data[i]);
  }
  // What an earlier run left must not pass for this one's.
  const fs::path output = fs::path(folder) / (problem.output().name + ".npy");
  if (fs::is_directory(output, code)) {
    throw Error(Error::Kind::file, "can't write " + output.string() + ": it is a folder");
  }
  fs::remove(output, code);
}

nlohmann::json run_child(const Case& c, const std::string& folder, const KnownDevice& device,
                         const std::atomic<bool>& interrupted) {
  ProcessOptions program;
  program.executable = fs::read_symlink("/proc/self/exe").string();
  program.arguments = {"verify-worker", case_name(c), folder};
  if (!device.plugin.empty()) program.arguments.push_back(device.plugin);
  return ask_verify_child(program, verify_child_patience_s({c, device, std::nullopt}), interrupted);
}

KnownDevice choose_device(const Case& c, const std::string& flag,
                          const std::vector<std::string>& plugins) {
  const std::string& word = c.device.empty() ? flag : c.device;
  if (word.empty()) throw usage_error("assay verify needs a device: CASE@onednn:0 or --device");
  const std::vector<std::string> selectors = {word};
  check_selectors(selectors, !plugins.empty());
  WorkerSettings settings;
  settings.plugins = plugins;
  const Interrupt interrupt;
  const Inventory inventory = discover(backends_for(selectors), settings, &interrupt.flag());
  note_rejected_plugins(inventory, std::cerr);
  const Selection selection = select_devices(selectors, inventory);
  if (selection.devices.empty()) {
    const MissingDevice& missing = selection.missing.front();
    if (missing.failed) throw Error(Error::Kind::device, missing.reason);
    throw usage_error(missing.reason);
  }
  if (selection.devices.size() > 1) {
    std::vector<std::string> ids;
    for (const KnownDevice& device : selection.devices) ids.push_back(device.id());
    throw usage_error("'" + word + "' are several devices: " + joined(ids));
  }
  return selection.devices.front();
}

// Checking can't be stopped half-way: whoever interrupts it ends the program, which has nothing else to
// finish.
CheckResult check_or_exit(const std::function<CheckResult()>& check,
                          const std::atomic<bool>& interrupted) {
  std::future<CheckResult> checked = std::async(std::launch::async, check);
  while (checked.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
    if (!interrupted.load()) continue;
    std::cerr << interrupted_line << std::flush;
    std::_Exit(static_cast<int>(Exit::interrupted));
  }
  return checked.get();
}

Exit check_output(const Case& c, const Options& options, const Tensors& tensors,
                  const std::string& implementation, const std::atomic<bool>& interrupted,
                  Output& out) {
  const Problem& problem = c.problem;
  HostBuffer result(problem.output().bytes());
  const std::span<std::byte> output(result.data(), result.size());
  read_npy(fs::path(options.outputs) / (problem.output().name + ".npy"), problem.output(), output);
  const std::vector<std::span<const std::byte>> inputs(tensors.data.begin(), tensors.data.end());
  const CheckResult checked = check_or_exit(
      [&] { return Checker(problem, inputs, options.seed).check(output); }, interrupted);
  if (interrupted.load()) throw Interrupted();
  out << case_name(c) << "  " << implementation << "\n"
      << (checked.passed ? "ok" : "wrong: " + checked.reason) << "; checked " << checked.checked
      << ", largest deviation " << checked.max_abs_error << ", " << checked.error
      << " of what is allowed\n";
  return checked.passed ? Exit::pass : Exit::wrong;
}

Exit verify(const Options& options, Output& out) {
  Case c = parse_case(options.case_name);
  note_bad_tuning({}, std::cerr);
  const KnownDevice device = choose_device(c, options.device, plugin_files(options.plugins));
  c.device = device.id();
  if (const std::string shortage =
          memory_shortage(c.problem, 1, device.info, available_host_memory());
      !shortage.empty()) {
    out << case_name(c) << "\nskipped: " << shortage << "\n";
    return Exit::pass;
  }
  Tensors tensors = make_tensors(c.problem, options.seed);
  std::vector<std::string> read;
  if (!options.inputs.empty()) read = read_inputs(c.problem, options.inputs, tensors);
  write_inputs(c.problem, options.outputs, tensors);
  std::cerr << "inputs: " << (read.empty() ? "none" : joined(read))
            << " read, the others made from "
            << "seed " << options.seed << "; all written to " << options.outputs << "\n";

  Interrupt interrupt;
  const nlohmann::json reply = run_child(c, options.outputs, device, interrupt.flag());
  if (const std::string reason = reply.value("unsupported", ""); !reason.empty()) {
    out << case_name(c) << "\nunsupported: " << reason << "\n";
    return Exit::pass;
  }
  return check_output(c, options, tensors, reply.value("implementation", ""), interrupt.flag(),
                      out);
}

}  // namespace

Exit verify_verb(Arguments arguments, Output& out) {
  Options options;
  std::string seed = "0";
  Command command("verify", "Runs a case once, on tensors that you give or get as .npy files.",
                  footer);
  command.positional("case", options.case_name, "what to run, and where", "CASE");
  command.text("--inputs", options.inputs, "folder with some or all inputs", "DIR");
  command.text("--outputs", options.outputs, "folder for all inputs and the output", "DIR");
  command.text("--device,-d", options.device, "where the CASE names no device", "DEVICE");
  add_plugin_option(command, options.plugins);
  command.text("--seed", seed, "of the inputs that are made [0]", "N");
  if (!command.parse(arguments, out)) return Exit::pass;
  if (options.case_name.empty()) throw usage_error("assay verify needs a CASE");
  if (options.outputs.empty()) throw usage_error("assay verify needs --outputs DIR");
  options.seed = static_cast<std::uint64_t>(parse_integer("--seed", seed, 0, 9007199254740991));
  try {
    return verify(options, out);
  } catch (const Error& error) {
    // A driver's log says more than one line can.
    if (!error.detail().empty()) std::cerr << error.detail() << "\n";
    throw;
  }
}

}  // namespace assay
