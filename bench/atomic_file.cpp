#include "bench/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "kernels/error.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::string reason(int code) { return std::generic_category().message(code); }

[[noreturn]] void fail(const std::string& path, int code, std::string_view what) {
  std::string message = "can't write " + path + ": " + reason(code);
  if (!what.empty()) message += "; lost: " + std::string(what);
  throw Error(Error::Kind::file, message);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { (void)close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  // Network file systems report a full disk only here.
  [[nodiscard]] bool close() {
    const int fd = fd_;
    fd_ = -1;
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
};

// Removes the temporary file unless it was renamed.
class Temporary {
 public:
  explicit Temporary(std::string path) : path_(std::move(path)) {}
  ~Temporary() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

// 0, or the error code.
int write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// The file that a chain of symbolic links names, whether it exists or not.
std::string resolve(const std::string& path) {
  fs::path target = path;
  std::error_code code;
  for (int links = 0; links < 40 && fs::is_symlink(fs::symlink_status(target, code)); ++links) {
    // An absolute target replaces the whole path.
    target = target.parent_path() / fs::read_symlink(target, code);
  }
  return target.string();
}

// What is there; nothing being there is an answer as well. Fails for a name that can't be anything's.
fs::file_status status_of(const std::string& path, std::string_view what) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::status_known(status)) fail(path, code.value(), what);
  return status;
}

bool is_special(const fs::file_status& status) {
  return fs::exists(status) && !fs::is_regular_file(status);
}

// The mode that a plain open() would have left.
mode_t mode_for(const std::string& path) {
  struct stat existing{};
  if (::stat(path.c_str(), &existing) == 0) return existing.st_mode & 07777U;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666U & ~mask;
}

// A new empty file beside `target`.
std::pair<int, std::string> open_temporary(const std::string& target) {
  std::string pattern = target + ".XXXXXX";
  const int fd = ::mkostemp(pattern.data(), O_CLOEXEC);
  return {fd, pattern};
}

}  // namespace

bool is_stdout(const std::string& path) { return path.empty() || path == "-"; }

void check_writable(const std::string& path) {
  if (is_stdout(path)) return;
  const fs::file_status status = status_of(path, {});
  if (fs::is_directory(status)) fail(path, EISDIR, {});
  if (is_special(status)) {
    if (::access(path.c_str(), W_OK) != 0) fail(path, errno, {});
    return;
  }
  const auto [fd, temporary] = open_temporary(resolve(path));
  if (fd < 0) fail(path, errno, {});
  ::close(fd);
  ::unlink(temporary.c_str());
}

void create_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  if (is_stdout(path) || folder.empty()) return;
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) {
    throw Error(Error::Kind::file, "can't create " + folder.string() + ": " + code.message());
  }
}

void write_file(const std::string& path, std::string_view content, std::string_view what) {
  if (is_stdout(path)) {
    if (const int code = write_all(STDOUT_FILENO, content); code != 0) fail("stdout", code, what);
    return;
  }
  if (is_special(status_of(path, what))) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) fail(path, errno, what);
    if (const int code = write_all(file.get(), content); code != 0) fail(path, code, what);
    if (!file.close()) fail(path, errno, what);
    return;
  }
  const std::string target = resolve(path);
  const auto [fd, name] = open_temporary(target);
  if (fd < 0) fail(path, errno, what);
  Descriptor file(fd);
  Temporary temporary(name);
  if (const int code = write_all(fd, content); code != 0) fail(path, code, what);
  if (::fchmod(fd, mode_for(target)) != 0) fail(path, errno, what);
  if (::fsync(fd) != 0) fail(path, errno, what);
  if (!file.close()) fail(path, errno, what);
  if (std::rename(name.c_str(), target.c_str()) != 0) fail(path, errno, what);
  temporary.keep();
}

FileTurn::FileTurn(const std::string& path) {
  if (is_stdout(path)) return;
  std::error_code code;
  const fs::path folder = fs::absolute(resolve(path), code).parent_path();
  folder_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (folder_ >= 0 && ::flock(folder_, LOCK_EX) != 0 && errno == EINTR) {
  }
}

FileTurn::~FileTurn() {
  if (folder_ >= 0) ::close(folder_);
}

}  // namespace assay
