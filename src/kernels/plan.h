// Plan: on how many threads a sweep runs and what each of them does, by a cost model.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/table.h"

namespace carousel::kernels {

/// On how many of `threads` threads work that takes one thread so long is worth running: each gets at least
/// as much as handing it over may cost, 20 microseconds. All that is not a sweep asks here.
int threads_for(double nanoseconds, int threads);

/// What a sweep's time depends on.
struct SweepSize {
  int steps = 0;                  ///< that are walked
  std::int64_t frames = 0;        ///< Σ of the rows' lengths
  double flop_x = 0, flop_h = 0;  ///< of one row's step: the products with W and with U
  int phases = 1;                 ///< barriers of a step when units are divided
  int lanes = 1;                  ///< numbers in a vector of the target
  int panels = 1;                 ///< of units: what is divided between threads
  bool awake = false;             ///< the other threads wait awake: one short sweep follows another
};

// With fewer rows a thread than kHoistRows, the products of x are made for several steps at once, before the
// steps: as many as make kHoistBlock rows.
inline constexpr int kHoistRows = 12, kHoistBlock = 64;

/// Σ of the rows' lengths; empty = all have `steps`.
std::int64_t frames_of(std::span<const std::int32_t> lengths, int steps, int rows);

struct Plan {
  int threads = 1;
  Split split = Split::rows;
  int gradient_threads = 1;  ///< of the product that makes dW and dU
};

/// Nanoseconds of a forward sweep on `threads` threads, roughly:
///
///   steps · (flop_x · rows_each + flop_h · max(rows_each, floor)) / speed  +  barriers  +  handing over
///
/// Divided by rows, rows_each = ⌈frames / steps / threads⌉ and each thread reads all of U; divided by units,
/// all rows and a share of the panels. The floor is the number of rows from which the products, and not
/// reading the thread's part of U in each step, take the time: 1 from the first cache, 2 from the second, 6
/// from beyond.
double sweep_cost(const SweepSize& size, int threads, Split split);

/// How many steps each layer of a wavefront takes at a time, of `steps` in all and so many rows.
int wavefront_chunk(int steps, int rows);

/// Nanoseconds of a stack of sweeps as a wavefront: thread w has the layers w, w + threads, ...; in round r,
/// layer i takes its chunk r - i, and all meet at the end of the round:
///
///   (⌈steps / chunk⌉ + layers - 1) · (the slowest thread's chunks + barrier)  +  handing over
double wavefront_cost(std::span<const SweepSize> layers, int chunk, int threads);

/// The cheapest way on at most `threads` threads; the fewest among equals. `may_meet`: whether units may be
/// divided (not while Team::crowded).
Plan plan_sweep(const SweepSize& size, int threads, bool may_meet = true);

/// Whether two sweeps that need nothing of each other, the directions of a layer, are better run side by
/// side, each on a thread of its own that reads the weights of one alone, than one after the other on both
/// threads:
///
///   max(cost of one on one thread, of the other on one thread) + handing over  <  both by plan_sweep
///
/// Never on more than two threads, for the others would have no share in the gradients.
bool side_by_side(const SweepSize& one, const SweepSize& other, int threads, bool may_meet = true);

}  // namespace carousel::kernels
