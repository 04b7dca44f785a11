// `assay worker` alone, for tests that need worker processes: real_worker worker --in 3 --out 4.
#include <cstdlib>

#include "bench/worker/worker.hpp"

int main(int count, char** arguments) {
  if (count != 6) return 64;
  return assay::worker_main(std::atoi(arguments[3]), std::atoi(arguments[5]));
}
