// oneDNN's exceptions as ours.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <string>

#include "kernels/error.hpp"

namespace assay::onednn {

// Runs `f`; a dnnl::error becomes an Error of kind memory or device.
template <typename F>
auto checked(F&& f) {
  try {
    return f();
  } catch (const dnnl::error& error) {
    const auto kind =
        error.status == dnnl_out_of_memory ? Error::Kind::memory : Error::Kind::device;
    throw Error(kind, std::string("oneDNN: ") + error.what());
  }
}

}  // namespace assay::onednn
