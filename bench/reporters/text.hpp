// How numbers and names look in every reporter that people read. Numbers never follow the locale.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "bench/record.hpp"
#include "bench/summary.hpp"

namespace assay {

// Four significant digits: "1.234", "12.34", "1234", "12345"; "-" for what isn't finite.
[[nodiscard]] std::string four_digits(double value);
// "1.234 ms"; units ns, us, ms, s.
[[nodiscard]] std::string time_text(double ns);
// "+-2.1%", or the one character; empty where there is no interval.
[[nodiscard]] std::string precision_text(const std::optional<double>& precision, bool unicode);

// "94%", "4.1%".
[[nodiscard]] std::string percent_text(double fraction);
// "94% f32.fma": the nearer of both roofs and how near; "94% dram?" where only one is known. Empty
// where none is.
// FLOP per byte; empty where there are none.
[[nodiscard]] std::string intensity_text(const Record& record);
// "12.30 mJ/call, 85.0 W (nvml), 41.5 GFLOP/J"; empty where none was measured.
[[nodiscard]] std::string energy_text(const Record& record);
[[nodiscard]] std::string roof_text(const Summary& summary, const Record& record);
// The same in at most 8 columns: "94% alu", "84% mem?".
[[nodiscard]] std::string brief_roof_text(const Summary& summary);

// "matmul bf16 512x4096x4096" (m x n x k), "attention bf16 1x32x512x128 kv_heads:8 causal:1"
// (batch x heads x queries x head size); other kernels as they are named.
[[nodiscard]] std::string short_problem(const Record& record);
// A case's name has two halves: "matmul/dtype:f32/…" and "@onednn:0+variant".
[[nodiscard]] std::string problem_half(const Record& record);
[[nodiscard]] std::string device_half(const Record& record);

// Whether summarise() has something to say: numbers, and samples in every launch.
[[nodiscard]] bool has_summary(const Record& record);
// Why there are no numbers: "unsupported: no f16", "wrong: error 31x tolerance".
[[nodiscard]] std::string outcome(const Record& record);
// "full", "sampled": the weakest check of all launches. Empty without launches.
[[nodiscard]] std::string check_word(const Record& record);
// "assay 0.1.0, host, AMD EPYC, 2 processors, Linux 6.1": what the context says of the machine.
[[nodiscard]] std::string machine_line(const nlohmann::json& context);
// "12 cases: 9 ok, 2 unsupported, 1 failed".
[[nodiscard]] std::string counts_line(const std::vector<Record>& records);
[[nodiscard]] std::string joined(const std::vector<std::string>& words, std::string_view separator);

// Without control characters: drivers' names and logs must not steer a terminal or end a line.
[[nodiscard]] std::string printable(std::string_view text);
// Columns that UTF-8 text takes, one per code point.
[[nodiscard]] std::size_t columns(std::string_view text);
// At most `width` columns; what is cut off is shown as "..".
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

}  // namespace assay
