#include "bench/worker/worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>

#include "bench/line_buffer.hpp"
#include "bench/worker/memory.hpp"
#include "bench/worker/protocol.hpp"
#include "bench/worker/session.hpp"

namespace assay {
namespace {

// Nothing at the end of the input, or after a line that is too long.
std::optional<std::string> read_line(int fd, LineBuffer& buffer) {
  for (;;) {
    if (auto line = buffer.take()) return line;
    if (buffer.overflowed()) return std::nullopt;
    std::array<char, 65536> bytes{};
    const ssize_t count = read(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    buffer.append({bytes.data(), static_cast<std::size_t>(count)});
  }
}

bool write_line(int fd, std::string line) {
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t count = write(fd, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

protocol::Message<protocol::Reply> answer(Session& session, const std::string& line, bool& quit) {
  try {
    const auto message = protocol::parse_request(line);
    quit = std::holds_alternative<protocol::Quit>(message.body);
    return {message.id, session.answer(message.body)};
  } catch (const Error& error) {
    return {0, protocol::Failure{error.kind(), error.what(), error.detail()}};
  }
}

}  // namespace

int worker_main(int in_fd, int out_fd) {
  // Compilers and the like that a driver starts get no hold of them.
  for (const int fd : {in_fd, out_fd}) fcntl(fd, F_SETFD, FD_CLOEXEC);
  keep_freed_memory();
  Session session;
  LineBuffer buffer(protocol::longest_line);
  bool quit = false;
  while (!quit) {
    const auto line = read_line(in_fd, buffer);
    if (!line) break;
    if (!write_line(out_fd, protocol::to_line(answer(session, *line, quit)))) return 1;
  }
  return 0;
}

}  // namespace assay
