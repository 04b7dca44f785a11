#include "backends/opencl/probe.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <vector>

#include "backends/opencl/probe_store.hpp"
#include "backends/opencl/probe_trial.hpp"
#include "backends/opencl/program_cache.hpp"
#include "backends/opencl/queue.hpp"
#include "kernels/error.hpp"

namespace assay::opencl {
namespace {

using Kind = InstructionPath::Kind;
using Maker = InstructionPath::Maker;
using Verdict = ProbeAnswer::Verdict;

constexpr std::array words = {"works", "wrong", "not_compiled", "not_run", "crashed", "elsewhere"};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The flags of the host's processor.
std::string cpu_flags() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("flags") || line.starts_with("Features")) return line;
  }
  return {};
}

bool has_flag(const std::string& flags, std::string_view wanted) {
  std::istringstream stream(flags);
  for (std::string word; stream >> word;) {
    if (word == wanted) return true;
  }
  return false;
}

// Why the device can't have the instruction; empty if it may. Executing a CPU's missing instruction
// would end the process, and foreign inline assembly ends some compilers.
std::string why_elsewhere(const Session& session, const InstructionPath& path) {
  const DeviceInfo& info = session.info;
  switch (path.maker) {
    case Maker::any:
      return {};
    case Maker::x86: {
      if (!info.cpu || !contains(info.isa, "x86_64")) return "an instruction of x86 processors";
      if (session.limits.vector_width != 16) return "the device's vectors are not 512 bits wide";
      if (!has_flag(cpu_flags(), path.cpu_flag)) {
        return "the processor has no " + std::string(path.cpu_flag);
      }
      return {};
    }
    case Maker::nvidia:
      return contains(info.vendor, "NVIDIA") && !info.cpu ? "" : "an instruction of NVIDIA's GPUs";
    case Maker::intel:
      return contains(info.vendor, "Intel") && !info.cpu ? "" : "an instruction of Intel's GPUs";
    case Maker::amd:
      return (contains(info.vendor, "AMD") || contains(info.vendor, "Advanced Micro Devices")) &&
                     !info.cpu && !info.software
                 ? ""
                 : "an instruction of AMD's GPUs";
  }
  return {};
}

std::unique_ptr<Memory> on_device(const Session& session, std::span<const std::byte> bytes) {
  auto memory = std::make_unique<Memory>(session, bytes.size());
  check(session.api.clEnqueueWriteBuffer(session.copies.get(), memory->get(), CL_TRUE, 0,
                                         bytes.size(), bytes.data(), 0, nullptr, nullptr),
        "clEnqueueWriteBuffer");
  return memory;
}

ProbeAnswer run_trial(const Session& session, const ProbeTrial& trial, cl_program program) {
  const auto a = on_device(session, trial.a_bytes);
  const auto b = on_device(session, trial.b_bytes);
  const auto outputs =
      static_cast<std::size_t>(trial.a.rows) * static_cast<std::size_t>(trial.b.rows);
  std::vector<std::byte> sums(outputs * static_cast<std::size_t>(bits(trial.sums)) / 8,
                              std::byte{0xff});
  const auto c = on_device(session, sums);
  std::vector<Launch> launches(1);
  Launch& launch = launches.front();
  launch.kernel = make_kernel(session, program, trial.kernel);
  set_arguments(session, launch.kernel.get(), a->get(), b->get(), c->get(),
                static_cast<cl_int>(trial.argument));
  launch.global = launch.local = {trial.work_items, 1, 1};
  run_now(session, launches);
  check(session.api.clEnqueueReadBuffer(session.copies.get(), c->get(), CL_TRUE, 0, sums.size(),
                                        sums.data(), 0, nullptr, nullptr),
        "clEnqueueReadBuffer");
  return answer_of(trial, sums);
}

// The line of a compiler's log that says what is wrong.
std::string telling_line(const std::string& log) {
  std::istringstream stream(log);
  std::string first;
  for (std::string line; std::getline(stream, line);) {
    const bool definitions = line.starts_with("-cl-std");
    if (contains(line, "error") && !definitions) return line.substr(0, 200);
    if (first.empty() && !definitions) first = line.substr(0, 200);
  }
  return first;
}

ProbeAnswer try_path(const Session& session, const InstructionPath& path) {
  ProbeTrial trial = make_trial(path);
  choose_path(trial.options, path);
  Handle<cl_program> program;
  try {
    // Its answer is kept, not its binary: PoCL 6 fails to make one of some of these kernels.
    program = compile_program(session, *trial.source, trial.options);
  } catch (const Error& error) {
    const std::string line = telling_line(error.detail());
    return {Verdict::not_compiled, line.empty() ? std::string(error.what()) : line};
  }
  try {
    return run_trial(session, trial, program.get());
  } catch (const Error& error) {
    return {Verdict::not_run, error.what()};
  }
}

std::string single_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

// Named by everything that decides the answer.
std::filesystem::path answer_file(const Session& session, const InstructionPath& path) {
  const auto folder = program_cache_folder();
  if (folder.empty()) return {};
  Options options;
  choose_path(options, path);
  const std::string text = options.text();
  const std::string flags = session.info.cpu || session.info.software ? cpu_flags() : "";
  const Source& source = path.kind == Kind::tile ? probe_tile_cl : probe_fragment_cl;
  std::string key = "probe\n";
  for (const std::string_view part :
       {std::string_view(session.info.platform), std::string_view(session.info.name),
        std::string_view(session.info.driver), std::string_view(session.info.isa),
        std::string_view(flags), std::string_view(text), source.text}) {
    key.append(part).push_back('\n');
  }
  auto file = program_cache_file(folder, key);
  file += ".probe";
  return file;
}

ProbeAnswer ask(const Session& session, const InstructionPath& path) {
  if (std::string reason = why_elsewhere(session, path); !reason.empty()) {
    return {Verdict::elsewhere, std::move(reason)};
  }
  const StoredAnswer stored = stored_answer(answer_file(session, path), [&] {
    const ProbeAnswer tried = try_path(session, path);
    return StoredAnswer{words[static_cast<std::size_t>(tried.verdict)], single_line(tried.reason)};
  });
  const auto* const word = std::ranges::find(words, stored.word);
  if (word == words.end()) return {Verdict::not_run, "its stored answer is '" + stored.word + "'"};
  return {static_cast<Verdict>(word - words.begin()), stored.reason};
}

}  // namespace

std::string to_text(const ProbeAnswer& answer) {
  const auto with = [&](const char* what) { return std::string(what) + ": " + answer.reason; };
  switch (answer.verdict) {
    case Verdict::works:
      return "works";
    case Verdict::wrong:
      return with("wrong answer");
    case Verdict::not_compiled:
      return with("does not compile");
    case Verdict::not_run:
      return with("does not run");
    case Verdict::crashed:
      return with("crashes the driver");
    case Verdict::elsewhere:
      return with("not tried");
  }
  return {};
}

void choose_path(Options& options, const InstructionPath& path) {
  options.define(path.definition, 1);
  if (!path.second_definition.empty()) options.define(path.second_definition, 1);
  if (path.kind == Kind::fragment) {
    options.define("FRAGMENT_TYPE", name(path.dtype));
    return;
  }
  options.define("VW", path.lanes);
  if (path.k_unit == 4) options.define("A_SIGNED", path.dtype == DType::s8 ? 1 : 0);
}

const ProbeAnswer& Probes::answer(const Session& session, const InstructionPath& path) {
  const auto known = answers_.find(&path);
  if (known != answers_.end()) return known->second;
  return answers_.emplace(&path, ask(session, path)).first->second;
}

const InstructionPath* Probes::find(const Session& session, std::string_view name, DType dtype) {
  for (const InstructionPath& path : instruction_paths()) {
    if (path.name != name || path.dtype != dtype) continue;
    if (answer(session, path).verdict == Verdict::works) return &path;
  }
  return nullptr;
}

const InstructionPath* Probes::best(const Session& session, InstructionPath::Kind kind, DType dtype,
                                    int lanes) {
  for (const InstructionPath& path : instruction_paths()) {
    const bool suits = path.kind == kind && path.dtype == dtype && path.k_unit != 1 &&
                       (kind == Kind::fragment || path.lanes == lanes);
    if (suits && answer(session, path).verdict == Verdict::works) return &path;
  }
  return nullptr;
}

}  // namespace assay::opencl
