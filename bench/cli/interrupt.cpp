#include "bench/cli/interrupt.hpp"

#include <csignal>
#include <cstdint>
#include <ctime>
#include <initializer_list>

namespace assay {
namespace {

// A signal handler can reach nothing else.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void install(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction old = {};
    ::sigaction(signal, nullptr, &old);
    // nohup's choice stands.
    if (signal == SIGHUP && old.sa_handler == SIG_IGN) continue;
    ::sigaction(signal, &action, nullptr);
  }
}

// Of the first signal, by the monotonic clock; 0 before it.
std::atomic<std::int64_t> first_ns{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

// `timeout` signals a program and its group, an impatient hand strikes twice: what comes within a second is
// the same wish. Later it means that waiting is over.
void on_signal(int signal) {
  constexpr std::int64_t one_wish_ns = 1'000'000'000;
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t now_ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  std::int64_t first = 0;
  interrupted.store(true);
  if (first_ns.compare_exchange_strong(first, now_ns) || now_ns - first < one_wish_ns) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

Interrupt::Interrupt() {
  interrupted.store(false);
  first_ns.store(0);
  install(on_signal);
}

Interrupt::~Interrupt() { install(SIG_DFL); }

const std::atomic<bool>& Interrupt::flag() const { return interrupted; }

void Interrupt::set() { interrupted.store(true); }

}  // namespace assay
