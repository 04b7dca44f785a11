// A suite is rejected with a usage Error that has a place, or gives cases with parseable names.
#include "bench/suite.hpp"

#include "kernels/error.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  Suite suite;
  try {
    suite = parse_suite("fuzz", as_text(data, size));
  } catch (const Error& error) {
    require(error.kind() == Error::Kind::usage, "only usage Errors");
    require(std::string_view(error.what()).starts_with("fuzz:"), "every error has a place");
    return 0;
  }
  for (const Case& c : suite.cases) {
    const Case bare = {c.problem, "", ""};
    require(case_name(parse_case(case_name(bare))) == case_name(bare), "names round trip");
  }
  return 0;
}
