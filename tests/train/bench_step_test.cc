// What a step is said to cost is what it computes.
#include "train/bench_step.h"

#include <gtest/gtest.h>

namespace carousel::training {
namespace {

TEST(BenchStep, CountsTheProductsThatTrainingNeeds) {
  // An LSTM of 4 units over 5 features, 3 steps, 2 rows: x W, dW, no dx; h U, dh, dU. A dense layer of 10.
  const double xw = 2.0 * 3 * 2 * 16 * 5, hu = 2.0 * 3 * 2 * 16 * 4, dense = 2.0 * 2 * 4 * 10;
  const auto result =
      bench_step(cells::Kind::lstm, {.steps = 3, .rows = 2, .inputs = 5, .units = 4}, 0.01, 1);
  EXPECT_NEAR(result.gflops * result.best_ms * 1e6, 2 * xw + 3 * hu + 3 * dense, 1.0);
}

}  // namespace
}  // namespace carousel::training
