// Files that are either written whole or left as they were.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// Empty or "-" means stdout everywhere here.
[[nodiscard]] bool is_stdout(const std::string& path);

// Error(file) if write_file(path, …) can't succeed: to be called before hours of measuring. Leaves
// nothing behind.
void check_writable(const std::string& path);

// Creates the folder that `path` is in; for default paths only: a folder that a user mistyped must
// not appear. Error(file).
void create_folder_of(const std::string& path);

// Writes to a new file beside `path`, flushes it to the disk and renames it; a symbolic link's
// target is replaced, not the link. Devices, pipes and stdout are written directly. Error(file)
// naming the path and `what` is lost ("the results of 12 cases").
void write_file(const std::string& path, std::string_view content, std::string_view what);

// Held while a file is read, changed and written back: other programs that do the same wait. It locks
// the folder that `path` is in, and nothing where that can't be locked.
class FileTurn {
 public:
  explicit FileTurn(const std::string& path);
  ~FileTurn();
  FileTurn(const FileTurn&) = delete;
  FileTurn& operator=(const FileTurn&) = delete;

 private:
  int folder_ = -1;
};

}  // namespace assay
