#include "bench/exit_code.hpp"

#include <algorithm>
#include <array>

namespace assay {
namespace {

// Strongest first.
constexpr std::array order = {Exit::internal,     Exit::usage,      Exit::output_closed,
                              Exit::interrupted,  Exit::baseline,   Exit::wrong,
                              Exit::failed,       Exit::regression, Exit::refused,
                              Exit::inconclusive, Exit::pass};

Exit exit_code(const Record& record) {
  switch (record.status) {
    case Status::wrong:
      return Exit::wrong;
    case Status::failed:
      return Exit::failed;
    case Status::ok:
    case Status::unsupported:
    case Status::skipped:
      break;
  }
  return Exit::pass;
}

}  // namespace

Exit worse(Exit a, Exit b) {
  return std::ranges::find(order, a) <= std::ranges::find(order, b) ? a : b;
}

Exit exit_code(std::span<const Record> records) {
  Exit code = Exit::pass;
  for (const Record& record : records) code = worse(code, exit_code(record));
  return code;
}

}  // namespace assay
