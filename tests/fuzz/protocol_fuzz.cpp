// A line is rejected with an internal Error, or written again it says the same.
#include "bench/worker/protocol.hpp"

#include "kernels/error.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

template <class Parse>
void check(std::string_view line, Parse parse) {
  using namespace assay;
  std::string once;
  try {
    once = protocol::to_line(parse(line));
  } catch (const Error& error) {
    require(error.kind() == Error::Kind::internal, "only internal Errors");
    return;
  }
  require(protocol::to_line(parse(once)) == once, "messages survive writing and reading");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line = assay::as_text(data, size);
  check(line, [](std::string_view text) { return assay::protocol::parse_request(text); });
  check(line, [](std::string_view text) { return assay::protocol::parse_reply(text); });
  return 0;
}
