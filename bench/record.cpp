#include "bench/record.hpp"

#include <algorithm>
#include <array>

namespace assay {
namespace {

constexpr std::array<std::string_view, 5> status_names = {"ok", "unsupported", "skipped", "wrong",
                                                          "failed"};

}  // namespace

std::string_view name(Status status) { return status_names[static_cast<std::size_t>(status)]; }

std::optional<Status> parse_status(std::string_view text) {
  const auto found = std::ranges::find(status_names, text);
  if (found == status_names.end()) return std::nullopt;
  return static_cast<Status>(found - status_names.begin());
}

}  // namespace assay
