// Runs a fuzz target without libFuzzer: first every file of a corpus, then mutations of them, the
// same ones for the same seed. The input that crashes is left in fuzz-crash.bin.
//
//   NAME_fuzz --runs N [--seed N] FOLDER
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "kernels/random.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t longest = 1U << 16U;

// For the signal handler, which can be given nothing.
const std::string* current = nullptr;

void leave_input(int signal) {
  const int fd = ::open("fuzz-crash.bin", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const bool left =
      fd >= 0 && current != nullptr && ::write(fd, current->data(), current->size()) >= 0;
  constexpr char text[] = "the input is in fuzz-crash.bin\n";
  if (left && ::write(STDERR_FILENO, text, sizeof text - 1) < 0) std::_Exit(1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(const std::string& input) {
  current = &input;
  (void)LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

class Mutator {
 public:
  Mutator(std::vector<std::string> corpus, std::uint64_t seed)
      : corpus_(std::move(corpus)), seed_(seed) {}

  std::string next() {
    std::string input = any();
    for (std::uint64_t i = 0, changes = 1 + below(6); i < changes; ++i) change(input);
    if (input.size() > longest) input.resize(longest);
    return input;
  }

 private:
  std::uint64_t below(std::uint64_t limit) {
    return assay::random_bits(seed_, 0, count_++) % std::max<std::uint64_t>(limit, 1);
  }
  const std::string& any() { return corpus_[below(corpus_.size())]; }
  std::size_t place(const std::string& input) { return below(input.size() + 1); }

  void change(std::string& input) {
    const std::size_t at = place(input);
    const std::size_t length = 1 + below(16);
    switch (below(7)) {
      case 0:
        if (at < input.size()) {
          input[at] = static_cast<char>(static_cast<unsigned>(input[at]) ^ (1U << below(8)));
        }
        break;
      case 1:
        input.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 2:
        input.erase(at, length);
        break;
      case 3:
        input.insert(at, input.substr(place(input), length));
        break;
      case 4:
        input.insert(at, std::to_string(below(2) == 0 ? below(9) : below(1ULL << 40U)));
        break;
      case 5: {  // splice
        const std::string& other = any();
        input = input.substr(0, at) + other.substr(place(other));
        break;
      }
      default: {  // a sign that means something in some grammar
        constexpr std::string_view signs = "=:,/@+#x \n\t\r\"'{}[]()-.0\\";
        input.insert(at, 1, signs[below(signs.size())]);
      }
    }
  }

  std::vector<std::string> corpus_;
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
};

std::vector<std::string> read_corpus(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return corpus;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t runs = 0;
  std::uint64_t seed = 0;
  std::string folder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--runs" && more) {
      runs = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--seed" && more) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      folder = word;
    }
  }
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL}) {
    std::signal(signal, leave_input);
  }
  std::vector<std::string> corpus = read_corpus(folder);
  if (corpus.empty()) {
    std::cerr << "no corpus in '" << folder << "'\n";
    return 64;
  }
  for (const std::string& input : corpus) run(input);
  Mutator mutator(std::move(corpus), seed);
  for (std::uint64_t i = 0; i < runs; ++i) run(mutator.next());
  std::cout << runs << " mutations\n";
  return 0;
}
