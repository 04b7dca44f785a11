// A driver that brings down whoever opens it. Opened by ASSAY_OPENCL_DRIVERS.
#include <csignal>

namespace {

[[gnu::constructor]] void fall() {
  std::signal(SIGSEGV, SIG_DFL);
  std::raise(SIGSEGV);
}

}  // namespace
