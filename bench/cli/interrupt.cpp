#include "bench/cli/interrupt.hpp"

#include <csignal>
#include <initializer_list>

namespace assay {
namespace {

// A signal handler can reach nothing else.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void install(void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction old = {};
    ::sigaction(signal, nullptr, &old);
    // nohup's choice stands.
    if (signal == SIGHUP && old.sa_handler == SIG_IGN) continue;
    ::sigaction(signal, &action, nullptr);
  }
}

void on_signal(int /*signal*/) { interrupted.store(true); }

}  // namespace

Interrupt::Interrupt() {
  interrupted.store(false);
  install(on_signal, static_cast<int>(SA_RESETHAND));
}

Interrupt::~Interrupt() { install(SIG_DFL, 0); }

const std::atomic<bool>& Interrupt::flag() const { return interrupted; }

void Interrupt::set() { interrupted.store(true); }

}  // namespace assay
