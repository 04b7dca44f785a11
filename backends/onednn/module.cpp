#include "backends/onednn/module.hpp"

#include "backends/onednn/device.hpp"

extern "C" __attribute__((visibility("default"))) assay::Backend* assay_onednn_backend() {
  return assay::onednn::make_backend().release();
}
