// share_out: a loop without order, divided between the threads that it is worth.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/team.h"
#include "kernels/plan.h"

namespace carousel::kernels {

/// Calls f(first, last, worker) for runs that together are [0, n), which all take one thread `nanoseconds`.
/// Runs are short and dealt in turn, so that threads end together where the work of neighbours differs. What
/// f does must not depend on how [0, n) is cut, nor on which thread does it.
template <class F>
void share_out(Team& team, std::int64_t n, double nanoseconds, F&& f) {
  constexpr std::int64_t kRuns = 16;  // for each thread
  const int threads = team.crowded() ? 1 : threads_for(nanoseconds, team.threads());
  team.run(threads, [&](const Team::Worker& worker) {
    const std::int64_t run =
        worker.count == 1 ? std::max<std::int64_t>(n, 1) : n / (kRuns * worker.count) + 1;
    for (std::int64_t first = run * worker.index; first < n; first += run * worker.count)
      f(first, std::min(first + run, n), worker.index);
  });
}

/// The same over the rows of every step of a sequence, step by step: f(t, first row, last row, worker).
template <class F>
void share_out_rows(Team& team, int steps, int rows, double nanoseconds, F&& f) {
  share_out(team, std::int64_t{steps} * rows, nanoseconds,
            [&](std::int64_t first, std::int64_t last, int worker) {
              while (first < last) {
                const std::int64_t t = first / rows, end = std::min(last, (t + 1) * rows);
                f(static_cast<int>(t), static_cast<int>(first - t * rows), static_cast<int>(end - t * rows),
                  worker);
                first = end;
              }
            });
}

}  // namespace carousel::kernels
