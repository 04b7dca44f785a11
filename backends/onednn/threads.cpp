#include "backends/onednn/threads.hpp"

namespace assay::onednn {

int count_threads() {
  int threads = 0;
#pragma omp parallel reduction(+ : threads)
  threads += 1;
  return threads;
}

}  // namespace assay::onednn
