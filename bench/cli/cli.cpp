#include "bench/cli/cli.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "bench/build_info.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/cli/one_line.hpp"
#include "bench/worker_client.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr std::array list = {
    Verb{"devices", "backends, devices, drivers, and why one is missing", devices_verb},
    Verb{"list", "which device computes which kernel in which dtype", list_verb},
    Verb{"run", "measure cases or suites, every answer checked", run_verb},
    Verb{"ceilings", "what the hardware can do: arithmetic, caches, memory", ceilings_verb},
    Verb{"capacity", "how much of a device's memory holds what is written there", capacity_verb},
    Verb{"conformance", "check that a backend does all that is asked of it", conformance_verb},
    Verb{"parallelism", "how parallel a device is: pipes, threads, cores, bandwidth",
         parallelism_verb},
    Verb{"split", "one matrix product over several devices at once", split_verb},
    Verb{"verify", "run a case once on tensors in .npy files", verify_verb},
    Verb{"ab", "two builds, or settings of one, measured side by side", ab_verb},
    Verb{"compare", "ratios with intervals between result files, or devices", compare_verb},
    Verb{"gate", "whether a run is slower than a stored baseline", gate_verb},
    Verb{"baseline", "stored results that gate holds runs against", baseline_verb},
    Verb{"selftest", "how far comparisons can be trusted on this machine", selftest_verb},
    Verb{"history", "cases over many result files, and where they stepped", history_verb},
    Verb{"tune", "the fastest shapes of a device's kernels, for later runs", tune_verb},
    Verb{"facts", "published figures of devices, and whether they fit each other", facts_verb},
    Verb{"verdict", "what measurements say of claims about accelerators", verdict_verb},
    Verb{"estimate", "a whole model's speed and memory, from measured kernels", estimate_verb},
    Verb{"report", "one page of everything that records say", report_verb},
    Verb{"worker", "", worker_verb},
    Verb{"verify-worker", "", verify_worker_verb},
};

void print_help(Output& out) {
  out << "assay measures matrix multiplication and attention on every device it can reach,\n"
         "and checks every answer.\n\nUsage: assay VERB [OPTIONS]\n\nVerbs:\n";
  for (const Verb& verb : list) {
    if (verb.summary.empty()) continue;
    out << "  " << verb.name << std::string(13 - verb.name.size(), ' ') << verb.summary << "\n";
  }
  out << "\n  assay VERB --help     what a verb does, its options, examples\n"
         "  assay --version       version, source revision, compiler\n\n"
         "Exit codes: 0 pass; 1 regression; 2 inconclusive (--strict); 3 refused; 4 wrong result;\n"
         "5 no baseline; 6 a case failed;\n"
         "64 usage, or a file that can't be read or written; 70 internal, or a result that could\n"
         "not be written; 130 interrupted, what was measured is kept; 141 stdout closed.\n\n"
         "Example:\n  assay run --suite smoke --format markdown --out results.json\n";
}

void print_version(Output& out) {
  const BuildInfo build = build_info();
  out << "assay " << build.version << "\nrevision "
      << (build.revision.empty() ? "unknown" : build.revision) << "\n"
      << build.compiler << ", " << build.build_type << "\n";
}

Exit dispatch(Arguments arguments, Output& out) {
  if (arguments.empty()) {
    print_help(out);
    return Exit::pass;
  }
  const std::string& word = arguments.front();
  if (word == "--help" || word == "-h" || word == "help") {
    print_help(out);
    return Exit::pass;
  }
  if (word == "--version" || word == "version") {
    print_version(out);
    return Exit::pass;
  }
  const auto found = std::ranges::find_if(list, [&](const Verb& v) { return v.name == word; });
  if (found != list.end()) return found->run(arguments.subspan(1), out);
  std::vector<std::string_view> known;
  const bool flag = word.starts_with('-');
  if (flag) {
    known = {"--help", "--version"};
  } else {
    for (const Verb& verb : list) {
      if (!verb.summary.empty()) known.push_back(verb.name);
    }
  }
  throw usage_error(unknown_word(flag ? "flag" : "verb", word, known));
}

Exit code_of(const Error& error) {
  switch (error.kind()) {
    case Error::Kind::usage:
    case Error::Kind::file:
      return Exit::usage;
    case Error::Kind::device:
    case Error::Kind::program:
      return Exit::failed;
    case Error::Kind::memory:
    case Error::Kind::internal:
      break;
  }
  return Exit::internal;
}

Exit guarded(Arguments arguments, Output& out) {
  try {
    const Exit code = dispatch(arguments, out);
    out.finish();
    return code;
  } catch (const OutputClosed&) {
    return Exit::output_closed;
  } catch (const Interrupted&) {
    std::cerr << interrupted_line;
    return Exit::interrupted;
  } catch (const OutputFailed& error) {
    std::cerr << "assay: " << one_line(error.what()) << "\n";
  } catch (const Error& error) {
    const bool ours = error.kind() == Error::Kind::internal;
    std::cerr << "assay: " << (ours ? "internal error: " : "") << one_line(error.what()) << "\n";
    return code_of(error);
  } catch (const std::bad_alloc&) {
    std::cerr << "assay: out of memory\n";
  } catch (const std::exception& error) {
    std::cerr << "assay: internal error: " << one_line(error.what()) << "\n";
  }
  return Exit::internal;
}

}  // namespace

std::span<const Verb> verbs() { return list; }

int cli_main(Arguments arguments) {
  // A closed pipe is an error code of write(), not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  Output out(STDOUT_FILENO);
  return static_cast<int>(guarded(arguments, out));
}

}  // namespace assay
