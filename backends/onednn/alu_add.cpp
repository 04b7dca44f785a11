#include <cstring>

#include "backends/onednn/alu_code.hpp"

namespace assay::onednn {
namespace {

// One chain in a general-purpose register. The empty assembly makes each sum a value that is needed,
// so that additions can't be merged; it is no instruction itself.
void run_add(const AluBlock& block) {
  std::int32_t x = 0;
  std::int32_t a0 = 0;
  std::int32_t a1 = 0;
  std::memcpy(&x, block.x, sizeof x);
  std::memcpy(&a0, block.a, sizeof a0);
  std::memcpy(&a1, block.a + 4, sizeof a1);
  const auto add = [&x](std::int32_t value) {
    x += value;
    asm volatile("" : "+r"(x));
  };
  std::int64_t t = 0;
  for (; t + 8 <= block.steps; t += 8) {
    add(a0);
    add(a1);
    add(a0);
    add(a1);
    add(a0);
    add(a1);
    add(a0);
    add(a1);
  }
  for (; t < block.steps; t += 2) {
    add(a0);
    add(a1);
  }
  std::memcpy(block.out, &x, sizeof x);
}

}  // namespace

AluCode find_alu_add(const AluShape& shape) {
  AluCode code;
  code.accumulators = 1;
  code.width = 1;
  code.isa = "scalar";
  if (shape.accumulators > 1 || shape.width > 1) {
    code.missing = "path:add is one chain at a time: accumulators:1/width:1";
    return code;
  }
  code.run = run_add;
  return code;
}

}  // namespace assay::onednn
