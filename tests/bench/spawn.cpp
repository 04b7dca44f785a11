#include "tests/bench/spawn.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace assay {
namespace {

namespace fs = std::filesystem;

void redirect(int fd, const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  if (file < 0 || ::dup2(file, fd) < 0) ::_exit(126);
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const SpawnOptions& options,
                         const TemporaryFolder& folder) {
  // What the test's own environment says must not matter.
  for (const char* name : {"BENCHMARK_FILTER", "BENCHMARK_FORMAT", "BENCHMARK_OUT", "NO_COLOR"}) {
    ::unsetenv(name);
  }
  for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
  redirect(STDERR_FILENO, folder / "err");
  if (options.closed_stdout) {
    int ends[2] = {};
    if (::pipe(ends) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0) ::_exit(126);
    ::close(ends[0]);
    ::close(ends[1]);
  } else {
    redirect(STDOUT_FILENO, options.stdout_path.empty() ? folder / "out" : options.stdout_path);
  }
  if (options.largest_file > 0) {
    const rlimit limit = {options.largest_file, options.largest_file};
    // Ignored, the write fails.
    std::signal(SIGXFSZ, SIG_IGN);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(126);
  }
  std::vector<std::string> words = {ASSAY_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(argv.front(), argv.data());
  ::_exit(127);
}

}  // namespace

Spawned::Spawned(const std::vector<std::string>& arguments, const SpawnOptions& options)
    : pid_(::fork()) {
  if (pid_ == 0) become(arguments, options, folder_);
}

Spawned::~Spawned() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

std::string Spawned::out_so_far() const { return read_file(folder_ / "out"); }

Ended Spawned::wait() {
  int status = 0;
  if (pid_ <= 0 || ::waitpid(pid_, &status, 0) != pid_) throw std::runtime_error("waitpid failed");
  pid_ = -1;
  Ended ended;
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ended.out = read_file(folder_ / "out");
  ended.err = read_file(folder_ / "err");
  return ended;
}

Ended assay_run(const std::vector<std::string>& arguments, const SpawnOptions& options) {
  return Spawned(arguments, options).wait();
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace assay
