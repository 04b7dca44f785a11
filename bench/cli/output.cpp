#include "bench/cli/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace assay {

Output::Output(int fd) : std::ostream(this), fd_(fd) {
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

Output::~Output() { (void)Output::sync(); }

void Output::finish() {
  (void)sync();
  clear();
  if (closed()) throw OutputClosed();
  if (error_ != 0) {
    throw OutputFailed(Error::Kind::file, "can't write to standard output: " +
                                              std::generic_category().message(error_));
  }
}

// A pipe whose reader went, or no descriptor at all (">&-").
bool Output::closed() const { return error_ == EPIPE || error_ == EBADF; }

int Output::overflow(int c) {
  using Traits = std::char_traits<char>;
  if (sync() != 0) return Traits::eof();
  if (!Traits::eq_int_type(c, Traits::eof())) sputc(Traits::to_char_type(c));
  return Traits::not_eof(c);
}

int Output::sync() {
  const char* data = pbase();
  while (error_ == 0 && data < pptr()) {
    const ssize_t written = ::write(fd_, data, static_cast<std::size_t>(pptr() - data));
    if (written >= 0) {
      data += written;
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  return error_ == 0 ? 0 : -1;
}

}  // namespace assay
