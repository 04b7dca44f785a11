// A case name is rejected with a usage Error, or means the same as its canonical form.
#include "bench/case.hpp"

#include "kernels/error.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  Case c;
  try {
    c = parse_case(as_text(data, size));
  } catch (const Error& error) {
    require(error.kind() == Error::Kind::usage, "only usage Errors");
    return 0;
  }
  const std::string name = case_name(c);
  require(case_name(parse_case(name)) == name, "the canonical name parses to itself");
  return 0;
}
