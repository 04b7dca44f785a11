// Whether a device's special instructions work: a tiny kernel for each, compiled, run and its sums
// compared with exact ones at first use. Answers are kept on disk for the same platform, device,
// driver, processor and kernel.
//
// A probe may crash or hang the driver, and with it this process. Before it runs, a note is left
// beside the answers; a note that was left twice without an answer is one: `crashed`. So the third
// process to ask is told instead of killed. Without a folder to write to nothing is remembered.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "backends/opencl/instruction_path.hpp"
#include "backends/opencl/program.hpp"

namespace assay::opencl {

struct ProbeAnswer {
  enum class Verdict : std::uint8_t {
    works,
    wrong,         // ran, and computed something else
    not_compiled,  // the driver refused it
    not_run,       // compiled, but didn't run
    crashed,       // ended the process, twice
    elsewhere,     // not tried: an instruction of other hardware
  };
  Verdict verdict = Verdict::elsewhere;
  std::string reason;  // one line; empty for works
};

// "works", "wrong answer: …", "does not compile: …".
[[nodiscard]] std::string to_text(const ProbeAnswer& answer);

// The answers of one device.
class Probes {
 public:
  // At first use it probes.
  [[nodiscard]] const ProbeAnswer& answer(const Session& session, const InstructionPath& path);
  // The path of that name for the dtype, if its probe works; else null.
  [[nodiscard]] const InstructionPath* find(const Session& session, std::string_view name,
                                            DType dtype);
  // The first path of the kind for the dtype, with tiles of `lanes` columns, whose probe works; else
  // null. Not among them: khr.fp16, whose sums are coarse, and plain.
  [[nodiscard]] const InstructionPath* best(const Session& session, InstructionPath::Kind kind,
                                            DType dtype, int lanes = 0);

 private:
  std::map<const InstructionPath*, ProbeAnswer> answers_;
};

// Definitions that choose the path's file and shape its unit: VW, A_SIGNED or FRAGMENT_TYPE.
void choose_path(Options& options, const InstructionPath& path);

}  // namespace assay::opencl
