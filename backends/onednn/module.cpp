#include "backends/onednn/device.hpp"
#include "backends/plugin/export.hpp"

ASSAY_EXPORT_BACKEND("onednn", assay::onednn::make_backend,
                     "the processor: oneDNN's matmul, a flash attention of ours", ASSAY_VERSION)
