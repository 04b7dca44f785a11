#include <string>
#include <vector>

#include "bench/cli/cli.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return assay::cli_main(arguments);
}
