// Timings of the recurrent sweep alone, as `carousel bench` prints them.
#pragma once

#include <functional>
#include <string>

#include "base/team.h"
#include "cells/registry.h"

namespace carousel::kernels {

/// T, B, I, H.
struct BenchShape {
  int steps = 1, rows = 1, inputs = 1, units = 1;
};

enum class BenchWork {
  infer,  ///< forward alone, weights packed before
  train,  ///< packing, forward, backward with dx, dW, dU and db
};

struct BenchResult {
  double best_ms = 0, p10_ms = 0, median_ms = 0;
  double gflops = 0;  ///< of the best run; the products' FLOP only, train counted as three times infer
  int runs = 0;
  int threads = 1;
  std::string target;
};

/// Times `body` again and again for `seconds` (at least three times), after one run to warm up.
BenchResult time_runs(const std::function<void()>& body, double flop, double seconds, const Team& team);

/// Times one layer with standard activations and random numbers.
BenchResult bench_recurrent(cells::Kind cell, BenchWork work, const BenchShape& shape, double seconds,
                            Team& team);

/// FLOP of the products of one forward.
double forward_flop(cells::Kind cell, const BenchShape& shape);

}  // namespace carousel::kernels
