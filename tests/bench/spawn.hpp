// Runs the program as a user would, without a shell.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace assay {

struct SpawnOptions {
  std::vector<std::pair<std::string, std::string>> environment;  // set over this process's own
  std::string stdout_path;     // write there instead of collecting
  bool closed_stdout = false;  // a pipe that nobody reads
  std::size_t largest_file =
      0;  // bytes that a file can take, as on a disk that is full then; 0: any
};

struct Ended {
  int code = -1;  // exit status; 128 + n after signal n
  std::string out, err;
};

// A running program. Its output goes to files in a folder of its own, removed at the end.
class Spawned {
 public:
  explicit Spawned(const std::vector<std::string>& arguments, const SpawnOptions& options = {});
  ~Spawned();
  Spawned(const Spawned&) = delete;
  Spawned& operator=(const Spawned&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string out_so_far() const;
  Ended wait();

 private:
  TemporaryFolder folder_;
  pid_t pid_ = -1;
};

[[nodiscard]] Ended assay_run(const std::vector<std::string>& arguments,
                              const SpawnOptions& options = {});

[[nodiscard]] std::string read_file(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);

}  // namespace assay
