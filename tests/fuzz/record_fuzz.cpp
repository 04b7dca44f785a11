// A result file is rejected with an Error(file), or written again it says the same.
#include "bench/record.hpp"

#include "bench/run_document.hpp"
#include "kernels/error.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const nlohmann::json json = nlohmann::json::parse(as_text(data, size), nullptr, false);
  if (json.is_discarded()) return 0;
  RunDocument document;
  try {
    document = from_json(json);
  } catch (const Error& error) {
    require(error.kind() == Error::Kind::file, "only file Errors");
    return 0;
  }
  const std::string once = to_json(document).dump();
  const std::string twice = to_json(from_json(nlohmann::json::parse(once))).dump();
  require(once == twice, "records survive writing and reading");
  return 0;
}
