// What lacks runs, and nothing else, is left out where others of the same question have them: records
// that add sizes, problems or devices of too few runs don't make a verdict weaker. Only the number of
// runs chooses, never a value, so the verdict is the one that there would be without them.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "bench/claims/verdict.hpp"

namespace assay {

// Marks sizes and conditions of a test where others on the same device were run often enough.
void leave_out_sizes(std::vector<ClaimFinding>& findings);

// Takes away devices that were run often enough for no test, where nothing but that is in the way and
// others were for the same tests, and marks their findings; what needs no runs of theirs goes. Those in
// `asked` stay: the claim is of every one of them.
void leave_out_devices(std::vector<ClaimFinding>& findings, const std::set<std::string>& asked,
                       std::map<std::string, Ruling>& devices);

// Cases that findings leave out, and how many runs they have.
[[nodiscard]] std::vector<std::string> left_out_cases(std::span<const ClaimFinding> findings);
// These, and the findings that are left out whole.
[[nodiscard]] std::vector<std::string> left_out_lines(std::span<const ClaimFinding> findings);

}  // namespace assay
