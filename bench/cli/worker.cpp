#include "bench/worker/worker.hpp"

#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/quantity.hpp"

namespace assay {

// Started by the orchestrator as `assay worker --in FD --out FD`; nothing for users.
Exit worker_verb(Arguments arguments, Output& out) {
  std::string in_fd = "3";
  std::string out_fd = "4";
  Command command("worker", "Answers requests on descriptors: used by assay itself.",
                  "Example:\n  assay worker --in 3 --out 4 3<requests 4>replies");
  command.text("--in", in_fd, "descriptor of requests [3]", "FD");
  command.text("--out", out_fd, "descriptor of replies [4]", "FD");
  if (!command.parse(arguments, out)) return Exit::pass;
  const auto fd = [](const char* what, const std::string& text) {
    return static_cast<int>(parse_integer(what, text, 0, 1 << 20));
  };
  return static_cast<Exit>(worker_main(fd("--in", in_fd), fd("--out", out_fd)));
}

}  // namespace assay
