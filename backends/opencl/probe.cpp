#include "backends/opencl/probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "backends/opencl/probe_store.hpp"
#include "backends/opencl/program_cache.hpp"
#include "backends/opencl/queue.hpp"
#include "kernels/error.hpp"

namespace assay::opencl {
namespace {

using Kind = InstructionPath::Kind;
using Maker = InstructionPath::Maker;
using Verdict = ProbeAnswer::Verdict;

constexpr std::array words = {"works", "wrong", "not_compiled", "not_run", "crashed", "elsewhere"};

constexpr int tile_rows = 4;    // as in probe_tile.cl
constexpr int tile_bytes = 64;  // of a fragment tile's row, as in fragment.cl

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

// Small whole numbers, so that every sum is exact, with both ends of a byte's range among them.
struct Matrix {
  int rows = 0;
  int columns = 0;
  std::vector<int> values;
  [[nodiscard]] int at(int row, int column) const {
    const auto width = static_cast<std::size_t>(columns);
    return values[static_cast<std::size_t>(row) * width + static_cast<std::size_t>(column)];
  }
};

Matrix make_matrix(DType dtype, int rows, int columns, unsigned seed) {
  Matrix matrix{rows, columns, {}};
  unsigned state = seed;
  for (int i = 0; i < rows * columns; ++i) {
    state = state * 1664525U + 1013904223U;
    const int random = static_cast<int>(state >> 24U);
    const bool extreme = (state >> 8U & 3U) == 0;
    int value = 0;
    if (dtype == DType::u8) {
      value = extreme ? 255 : random;
    } else if (dtype == DType::s8) {
      value = extreme ? (random % 2 == 0 ? 127 : -127) : random % 128 - random % 2 * 127;
    } else {
      value = random % 17 - 8;
    }
    matrix.values.push_back(value);
  }
  return matrix;
}

// |value| <= 255, which every float format here holds exactly.
void append(std::vector<std::byte>& bytes, DType dtype, int value) {
  const auto put = [&](auto bits) {
    const auto view = std::as_bytes(std::span(&bits, 1));
    bytes.insert(bytes.end(), view.begin(), view.end());
  };
  const auto real = static_cast<float>(value);
  std::uint32_t bits = 0;
  std::memcpy(&bits, &real, sizeof bits);
  if (dtype == DType::f32) {
    put(bits);
  } else if (dtype == DType::bf16) {
    put(static_cast<std::uint16_t>(bits >> 16U));
  } else if (dtype == DType::f16) {
    const std::uint32_t exponent = bits >> 23U & 0xffU;
    const std::uint32_t half =
        exponent == 0 ? 0 : (exponent - 112U) << 10U | (bits >> 13U & 0x3ffU);
    put(static_cast<std::uint16_t>((bits >> 16U & 0x8000U) | half));
  } else {
    put(static_cast<std::uint8_t>(value));
  }
}

// Rows side by side in units of k: [columns / unit][rows][unit].
std::vector<std::byte> panels(DType dtype, const Matrix& matrix, int unit) {
  std::vector<std::byte> bytes;
  for (int k = 0; k < matrix.columns; k += unit) {
    for (int row = 0; row < matrix.rows; ++row) {
      for (int i = 0; i < unit; ++i) append(bytes, dtype, matrix.at(row, k + i));
    }
  }
  return bytes;
}

float half_value(std::uint16_t half) {
  const int exponent = half >> 10U & 0x1f;
  const int mantissa = exponent == 0 ? half & 0x3ff : (half & 0x3ff) | 0x400;
  const float size = std::ldexp(static_cast<float>(mantissa), std::max(exponent, 1) - 25);
  return (half & 0x8000U) != 0 ? -size : size;
}

// What the probe's kernel is given and gives back.
struct Trial {
  const Source* source = nullptr;
  const char* kernel = nullptr;
  Options options;
  Matrix a, b;  // c = a b^T
  std::vector<std::byte> a_bytes, b_bytes;
  int argument = 0;
  std::size_t work_items = 1;
  DType sums = DType::f32;  // f32, f16 or s32
};

Trial tile_trial(const InstructionPath& path) {
  Trial trial;
  trial.source = &probe_tile_cl;
  trial.kernel = "probe_tile";
  const DType b_type = path.dtype == DType::u8 ? DType::s8 : path.dtype;
  const int k = 16 * path.k_unit;
  trial.a = make_matrix(path.dtype, tile_rows, k, 1);
  trial.b = make_matrix(b_type, 2 * path.lanes, k, 2);
  trial.a_bytes = panels(path.dtype, trial.a, path.k_unit);
  trial.b_bytes = panels(b_type, trial.b, path.k_unit);
  trial.argument = k / path.k_unit;
  trial.sums = path.k_unit == 4 ? DType::s32 : path.dtype == DType::f16 ? DType::f16 : DType::f32;
  return trial;
}

Trial fragment_trial(const InstructionPath& path) {
  Trial trial;
  trial.source = &probe_fragment_cl;
  trial.kernel = "probe_fragment";
  const int k = tile_bytes * 8 / bits(path.dtype);
  const int rows = path.maker == Maker::intel ? 16 : 32;
  trial.a = make_matrix(path.dtype, rows, k, 1);
  trial.b = make_matrix(path.dtype, 32, k, 2);
  trial.a_bytes = panels(path.dtype, trial.a, k);
  trial.b_bytes = panels(path.dtype, trial.b, k);
  trial.argument = rows;
  trial.work_items = static_cast<std::size_t>(path.lanes);
  trial.sums = path.dtype == DType::s8 ? DType::s32 : DType::f32;
  return trial;
}

double sum_at(std::span<const std::byte> bytes, DType type, std::size_t index) {
  const auto read = [&]<typename T>(T value) {
    std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
    return value;
  };
  if (type == DType::s32) return read(std::int32_t{});
  if (type == DType::f16) return static_cast<double>(half_value(read(std::uint16_t{})));
  return static_cast<double>(read(float{}));
}

ProbeAnswer compare(const Trial& trial, std::span<const std::byte> sums) {
  for (int i = 0; i < trial.a.rows; ++i) {
    for (int j = 0; j < trial.b.rows; ++j) {
      double expected = 0;
      for (int k = 0; k < trial.a.columns; ++k) {
        expected += static_cast<double>(trial.a.at(i, k)) * trial.b.at(j, k);
      }
      const auto index = static_cast<std::size_t>(i) * static_cast<std::size_t>(trial.b.rows) +
                         static_cast<std::size_t>(j);
      const double sum = sum_at(sums, trial.sums, index);
      if (sum == expected) continue;
      std::ostringstream text;
      text << sum << " instead of " << expected << " at row " << i << ", column " << j;
      return {Verdict::wrong, text.str()};
    }
  }
  return {Verdict::works, ""};
}

std::unique_ptr<Memory> on_device(const Session& session, std::span<const std::byte> bytes) {
  auto memory = std::make_unique<Memory>(session, bytes.size());
  check(session.api.clEnqueueWriteBuffer(session.copies.get(), memory->get(), CL_TRUE, 0,
                                         bytes.size(), bytes.data(), 0, nullptr, nullptr),
        "clEnqueueWriteBuffer");
  return memory;
}

ProbeAnswer run_trial(const Session& session, const Trial& trial, cl_program program) {
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
  return compare(trial, sums);
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
  Trial trial = path.kind == Kind::tile ? tile_trial(path) : fragment_trial(path);
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
