// Whether a function's work is divided between threads, told from the CPU time that they take.
#pragma once

#include <time.h>

#include <chrono>

namespace carousel::testing {

/// The part of the process' CPU time that threads other than this one take while f() runs, again and again
/// for 30 ms of this thread's time.
template <class F>
double share_of_other_threads(F&& f) {
  const auto seconds = [](clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  const double own = seconds(CLOCK_THREAD_CPUTIME_ID), all = seconds(CLOCK_PROCESS_CPUTIME_ID);
  double used = 0;
  while (used < 0.03) f(), used = seconds(CLOCK_THREAD_CPUTIME_ID) - own;
  const double total = seconds(CLOCK_PROCESS_CPUTIME_ID) - all;
  return (total - used) / total;
}

/// Whether other threads take at least that part of the work, sooner or later: on a busy machine the work is
/// left to one thread for a while (Team::crowded, at most 2 s at a time).
template <class F>
bool others_take(double least, F&& f) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end)
    if (share_of_other_threads(f) >= least) return true;
  return false;
}

}  // namespace carousel::testing
