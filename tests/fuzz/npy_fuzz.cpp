// A .npy header is rejected with an Error(file), or its data start inside what was read.
#include "bench/npy.hpp"

#include "kernels/error.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  try {
    const NpyHeader header = parse_npy_header(std::as_bytes(std::span(data, size)));
    require(header.data_offset <= size, "the data start within the file");
    for (const std::int64_t extent : header.shape) require(extent >= 0, "no negative extents");
  } catch (const Error& error) {
    require(error.kind() == Error::Kind::file, "only file Errors");
  }
  return 0;
}
