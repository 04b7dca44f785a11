#include "backends/onednn/alu_code.hpp"

#include <utility>

namespace assay::onednn {

AluCode laid_out(const AluShape& shape, std::string isa, int accumulators, int width) {
  AluCode code;
  code.accumulators = shape.accumulators == 0 ? accumulators : static_cast<int>(shape.accumulators);
  code.width = shape.width == 0 ? width : static_cast<int>(shape.width);
  code.isa = std::move(isa);
  return code;
}

AluCode or_missing(AluCode code, const AluShape& shape) {
  if (code.run == nullptr && code.missing.empty()) {
    code.missing = "no code for accumulators:" + std::to_string(code.accumulators) +
                   " with width:" + std::to_string(code.width) + " on " + code.isa +
                   (shape.loads ? " with loads" : "");
  }
  return code;
}

}  // namespace assay::onednn
