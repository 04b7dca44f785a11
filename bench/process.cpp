#include "bench/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <thread>

#include "kernels/error.hpp"

namespace assay {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t tail_bytes = 8192;
// How late an interruption may be noticed.
constexpr milliseconds glance{50};

[[noreturn]] void fail(const std::string& what, int error) {
  throw Error(Error::Kind::file, what + ": " + std::strerror(error));
}

std::vector<std::string> merged_environment(const ProcessOptions& options) {
  const auto replaced = [&](std::string_view entry) {
    return std::ranges::any_of(options.environment, [&](const auto& pair) {
      return entry.starts_with(pair.first) && entry.substr(pair.first.size()).starts_with('=');
    });
  };
  std::vector<std::string> merged;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (!replaced(*entry)) merged.emplace_back(*entry);
  }
  for (const auto& [key, value] : options.environment) merged.push_back(key + "=" + value);
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (std::string& text : strings) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// What the child is to hold, above its fixed descriptors so that no dup2 overwrites one of them.
struct ChildEnds {
  Descriptor null, socket, output, report;
};

// Runs in the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const char* executable, char* const* arguments, char* const* environment,
                         const ChildEnds& ends, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int each : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) signal(each, SIG_DFL);
  dup2(ends.null.get(), STDIN_FILENO);
  dup2(ends.output.get(), STDOUT_FILENO);
  dup2(ends.output.get(), STDERR_FILENO);
  dup2(ends.socket.get(), Process::child_in);
  dup2(ends.socket.get(), Process::child_out);
  // Others' descriptors that lack the flag. An old kernel refuses: then they stay open.
  close_range(Process::child_out + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  execve(executable, arguments, environment);
  const int error = errno;
  if (write(ends.report.get(), &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

Descriptor above_child(Descriptor descriptor) {
  if (descriptor.get() < 0) fail("can't open /dev/null", errno);
  Descriptor duplicate(fcntl(descriptor.get(), F_DUPFD_CLOEXEC, Process::child_out + 1));
  if (duplicate.get() < 0) fail("can't duplicate a descriptor", errno);
  return duplicate;
}

struct Pipe {
  Descriptor read, write;
};

Pipe make_pipe() {
  std::array<int, 2> fds{};
  if (pipe2(fds.data(), O_CLOEXEC) != 0) fail("can't make a pipe", errno);
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

std::string ending_text(int status) {
  if (WIFEXITED(status)) return "exit status " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const char* words = strsignal(number);
  std::string text = words == nullptr ? "unknown" : words;
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return "signal " + std::to_string(number) + " (" + text + ")";
}

}  // namespace

void Descriptor::reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Process::Process(const ProcessOptions& options) : lines_(options.longest_line) {
  std::array<int, 2> sockets{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    fail("can't make a socket", errno);
  }
  socket_ = Descriptor(sockets[0]);
  Descriptor theirs(sockets[1]);
  Pipe output = make_pipe();
  Pipe report = make_pipe();
  Descriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  ChildEnds ends{above_child(std::move(null)), above_child(std::move(theirs)),
                 above_child(std::move(output.write)), above_child(std::move(report.write))};
  std::vector<std::string> words = {"assay"};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment = merged_environment(options);
  const std::vector<char*> argument_list = pointers(words);
  const std::vector<char*> environment_list = pointers(environment);

  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) fail("can't fork", errno);
  if (pid_ == 0) {
    become(options.executable.c_str(), argument_list.data(), environment_list.data(), ends, parent);
  }
  // Also here, so that the group exists before anyone kills it, whoever runs first.
  setpgid(pid_, pid_);
  ends = ChildEnds{};
  output_ = std::move(output.read);
  for (const int fd : {output_.get(), socket_.get()}) fcntl(fd, F_SETFL, O_NONBLOCK);
  // The pipe closes at exec; before that, the child can only say why there is none.
  int error = 0;
  ssize_t count = 0;
  do {
    count = read(report.read.get(), &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    end(milliseconds(1000));
    fail("can't start '" + options.executable + "'", error);
  }
}

Process::~Process() { end(milliseconds(0)); }

bool Process::send(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  for (std::string_view rest = whole; !rest.empty();) {
    const ssize_t count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    // A full socket: requests are far smaller than its buffer, so nobody reads them.
    if (count <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Process::Received Process::receive(Clock::time_point deadline,
                                   const std::atomic<bool>* interrupted) {
  using What = Received::What;
  bool ended = false;
  for (;;) {
    if (auto line = lines_.take()) return {What::line, std::move(*line)};
    if (lines_.overflowed()) return {What::too_long, {}};
    if (interrupted != nullptr && interrupted->load()) return {What::interrupted, {}};
    const auto left =
        std::max(std::chrono::ceil<milliseconds>(deadline - Clock::now()), milliseconds(0));
    std::array<pollfd, 2> polled = {pollfd{socket_.get(), POLLIN, 0},
                                    pollfd{output_.get(), POLLIN, 0}};
    poll(polled.data(), polled.size(), static_cast<int>(std::min(left, glance).count()));
    if (polled[1].revents != 0) drain_output();
    if (polled[0].revents == 0) {
      // What it left behind may hold its end of the socket open: nothing more will come.
      if (ended) return {What::closed, {}};
      if (left.count() == 0) return {What::timeout, {}};
      ended = exited_within(milliseconds(0));
      continue;
    }
    std::array<char, 65536> bytes{};
    const ssize_t count = recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count > 0) {
      lines_.append({bytes.data(), static_cast<std::size_t>(count)});
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      return {What::closed, {}};
    }
  }
}

void Process::drain_output() {
  std::array<char, 65536> bytes{};
  // A bounded part, so that a child that never stops writing doesn't keep us here.
  const ssize_t count = read(output_.get(), bytes.data(), bytes.size());
  if (count > 0) {
    tail_.append(bytes.data(), static_cast<std::size_t>(count));
    if (tail_.size() > tail_bytes) tail_.erase(0, tail_.size() - tail_bytes);
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    output_.reset();
  }
}

std::string Process::output_tail() {
  for (int i = 0; i < 16 && output_.get() >= 0; ++i) drain_output();
  std::string text = tail_;
  std::ranges::replace_if(
      text, [](char c) { return c != '\n' && c != '\t' && (c < ' ' || c > '~'); }, '?');
  return text;
}

bool Process::exited_within(milliseconds patience) const {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == pid_) {
      return true;
    }
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
}

const std::string& Process::end(milliseconds patience) {
  if (!ending_.empty()) return ending_;
  if (pid_ < 0) return ending_ = "never started";
  const bool by_itself = exited_within(patience);
  // The leader's number stays taken until it is reaped, so the group can't be anyone else's.
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ending_ = by_itself ? ending_text(status) : "killed by us";
  return ending_;
}

double Process::cpu_seconds() const {
  clockid_t clock{};
  std::timespec time{};
  const bool known =
      ending_.empty() && clock_getcpuclockid(pid_, &clock) == 0 && clock_gettime(clock, &time) == 0;
  return known ? static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec) : 0;
}

}  // namespace assay
