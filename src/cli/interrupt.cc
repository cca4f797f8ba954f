// Signal handlers that only set flags.
#include "cli/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "cli/program.h"

namespace carousel::cli {
namespace {

std::atomic<void*> running{nullptr};
void (*stop_running)(void*) = nullptr;
std::atomic<int> received{0};

extern "C" void stop_training(int signal) {
  if (received.exchange(signal) == SIGINT && signal == SIGINT) _exit(kInterrupted);
  if (void* trainer = running.load()) stop_running(trainer);
}

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction before {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // nohup ignores it
}

}  // namespace

Interrupt::Interrupt(void* trainer, void (*stop)(void*)) {
  received = 0;
  stop_running = stop;
  running = trainer;
  handle(stop_training);
}

Interrupt::~Interrupt() {
  handle(SIG_DFL);
  running = nullptr;
}

int Interrupt::status() const {
  const int signal = received.load();
  return signal == 0 ? 0 : signal == SIGINT ? kInterrupted : kResumable;
}

}  // namespace carousel::cli
