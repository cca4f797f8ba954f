// The cost model of a sweep: what it weighs, and that nothing which costs more is chosen.
#include "kernels/plan.h"

#include <gtest/gtest.h>

namespace carousel::kernels {
namespace {

// An LSTM with as many inputs as units, full rows, AVX-512.
SweepSize lstm(int steps, int rows, int units, int lanes = 16) {
  const double flop = 2.0 * units * 4 * units;
  return {.steps = steps,
          .frames = std::int64_t{steps} * rows,
          .flop_x = flop,
          .flop_h = flop,
          .phases = 1,
          .lanes = lanes,
          .panels = (units + 4 * lanes - 1) / (4 * lanes)};
}

TEST(Plan, GivesATinySweepOneThread) {
  for (const int threads : {1, 2, 8}) {
    EXPECT_EQ(plan_sweep(lstm(10, 4, 16), threads).threads, 1);
    EXPECT_EQ(plan_sweep(lstm(10, 4, 16), threads).gradient_threads, 1);
    EXPECT_EQ(plan_sweep({.steps = 0, .frames = 0, .flop_x = 1e9, .flop_h = 1e9}, threads).threads, 1);
  }
}

TEST(Plan, GivesAThreadAtLeastWhatHandingOverCosts) {
  EXPECT_EQ(threads_for(0, 8), 1);
  EXPECT_EQ(threads_for(39e3, 8), 1);
  EXPECT_EQ(threads_for(41e3, 8), 2);
  EXPECT_EQ(threads_for(1e9, 8), 8);
  EXPECT_EQ(threads_for(1e9, 1), 1);
}

TEST(Plan, DividesManyRowsByRows) {
  for (const int threads : {2, 3, 4}) {
    const Plan plan = plan_sweep(lstm(128, 64, 512), threads);
    EXPECT_EQ(plan.threads, threads);
    EXPECT_EQ(plan.split, Split::rows);
    EXPECT_EQ(plan.gradient_threads, threads);
  }
}

TEST(Plan, DividesFewRowsByUnitsWhereAStepIsLongerThanABarrier) {
  const Plan long_steps = plan_sweep(lstm(128, 1, 128), 2);
  EXPECT_EQ(long_steps.threads, 2);
  EXPECT_EQ(long_steps.split, Split::units);
  // One panel cannot be divided, and the weight gradients still can.
  const Plan one_panel = plan_sweep(lstm(1000, 1, 64), 2);
  EXPECT_EQ(one_panel.threads, 1);
  EXPECT_EQ(one_panel.gradient_threads, 2);
  // Where threads should not meet, nothing is left that is cheaper than one.
  EXPECT_EQ(plan_sweep(lstm(128, 1, 128), 2, false).threads, 1);
}

TEST(Plan, DividesASingleStepWhereTheOthersAreAwake) {
  SweepSize step = lstm(1, 1, 128);
  EXPECT_EQ(plan_sweep(step, 2).threads, 1);
  step.awake = true;
  EXPECT_EQ(plan_sweep(step, 2).threads, 2);
  EXPECT_EQ(plan_sweep(step, 2).split, Split::units);
  step = lstm(1, 1, 32);
  step.awake = true;
  EXPECT_EQ(plan_sweep(step, 2).threads, 1);
}

TEST(Plan, CountsAverageRowsOfARaggedBatch) {
  // 64 rows of which one alone goes on for long: dividing rows leaves the others idle.
  SweepSize ragged = lstm(500, 64, 512);
  ragged.frames = 500 + 63;
  EXPECT_EQ(plan_sweep(ragged, 2).split, Split::units);
}

TEST(Plan, IsNeverWorseThanAnyOtherWay) {
  for (const int rows : {1, 2, 3, 5, 8, 13, 40, 128})
    for (const int units : {32, 64, 100, 128, 256, 1024})
      for (const int threads : {1, 2, 3, 7, 16}) {
        const SweepSize size = lstm(64, rows, units);
        const Plan plan = plan_sweep(size, threads);
        ASSERT_LE(plan.threads, threads);
        const double cost = sweep_cost(size, plan.threads, plan.split);
        for (int count = 1; count <= threads; ++count)
          for (const Split split : {Split::rows, Split::units})
            ASSERT_LE(cost, sweep_cost(size, count, split)) << rows << " " << units << " " << count;
      }
}

// By hand: 10 steps of 3 rows, 960 flop with W and 960 with U (which fits the first cache), 96 flop a
// nanosecond.
TEST(Plan, CostsWhatTheFormulaSays) {
  const SweepSize size{
      .steps = 10, .frames = 30, .flop_x = 960, .flop_h = 960, .phases = 2, .lanes = 16, .panels = 2};
  EXPECT_DOUBLE_EQ(sweep_cost(size, 1, Split::rows), 10 * 3 * 20.0);
  EXPECT_DOUBLE_EQ(sweep_cost(size, 2, Split::rows), 10 * 2 * 20.0 + 20e3);
  EXPECT_DOUBLE_EQ(sweep_cost(size, 2, Split::units), 10 * (3 * 10.0 + 2 * 300) + 20e3);
}

// By hand, 96 flop a nanosecond. 1,000 steps of a row, 1,920 flop with W and 960 with U: 30 microseconds on
// one thread, which neither rows nor units divide.
TEST(Plan, RunsTwoSweepsSideBySideWhereThatIsSooner) {
  SweepSize one{.steps = 1000, .frames = 1000, .flop_x = 1920, .flop_h = 960, .phases = 1, .lanes = 16};
  SweepSize other = one;
  EXPECT_TRUE(side_by_side(one, other, 2));  // 30 + 20 < 30 + 30
  EXPECT_FALSE(side_by_side(one, other, 1));
  EXPECT_FALSE(side_by_side(one, other, 3));
  one.steps = 600, one.frames = 600;
  EXPECT_FALSE(side_by_side(one, other, 2));  // 30 + 20 > 18 + 30
  one.steps = 700, one.frames = 700;
  EXPECT_TRUE(side_by_side(one, other, 2));  // 30 + 20 < 21 + 30
  // Many rows can be divided: 3,000 and 300 microseconds on one thread, 1,520 and 170 on two.
  one = other, one.frames = 100'000;
  other = one, other.steps = 100, other.frames = 10'000;
  EXPECT_FALSE(side_by_side(one, other, 2));
  EXPECT_TRUE(side_by_side(one, one, 2));  // 3,020 < 2 * 1,520
  // Units alone divide a row of long steps, and not where threads should not meet: 96,000 flop, of panels
  // that the second cache holds, are 3 microseconds a step on one thread, and 1.5 + 0.3 on two.
  one = {.steps = 1000,
         .frames = 1000,
         .flop_x = 96'000,
         .flop_h = 96'000,
         .phases = 1,
         .lanes = 16,
         .panels = 2};
  other = one, other.steps = 10, other.frames = 10;
  EXPECT_FALSE(side_by_side(one, other, 2));        // 3,000 + 20 > 1,820 + 30
  EXPECT_TRUE(side_by_side(one, other, 2, false));  // 3,000 + 20 < 3,000 + 30
}

// An eighth of the steps, 4 to 16; where few rows are taken together for several steps (64 rows), a whole
// number of these where one fits.
TEST(Plan, ChunksOfAWavefront) {
  EXPECT_EQ(wavefront_chunk(10, 64), 4);
  EXPECT_EQ(wavefront_chunk(100, 64), 12);
  EXPECT_EQ(wavefront_chunk(1000, 64), 16);
  EXPECT_EQ(wavefront_chunk(1000, 12), 16);
  EXPECT_EQ(wavefront_chunk(1000, 11), 15);  // 5 steps are 55 rows
  EXPECT_EQ(wavefront_chunk(72, 9), 7);
  EXPECT_EQ(wavefront_chunk(100, 6), 10);
  EXPECT_EQ(wavefront_chunk(100, 1), 12);  // 64 steps do not fit
  EXPECT_EQ(wavefront_chunk(8, 11), 4);
  EXPECT_EQ(wavefront_chunk(0, 0), 4);
}

// By hand, as above: a step of `size` takes 60 ns, one of `longer` twice that.
TEST(Plan, WavefrontCostsWhatTheFormulaSays) {
  const SweepSize size{
      .steps = 10, .frames = 30, .flop_x = 960, .flop_h = 960, .phases = 2, .lanes = 16, .panels = 2};
  SweepSize longer = size, empty = size;
  longer.flop_x = longer.flop_h = 1920;
  empty.frames = 0;
  const SweepSize three[] = {size, size, size}, two[] = {size, longer}, idle[] = {size, empty};
  // Chunks of 4: 3 of them and 2 layers more are 5 rounds.
  EXPECT_DOUBLE_EQ(wavefront_cost(three, 4, 1), 5 * (3 * 4 * 60.0 + 300) + 20e3);
  EXPECT_DOUBLE_EQ(wavefront_cost(three, 4, 2), 5 * (2 * 4 * 60.0 + 300) + 20e3);
  EXPECT_DOUBLE_EQ(wavefront_cost(three, 4, 3), 5 * (4 * 60.0 + 300) + 20e3);
  EXPECT_DOUBLE_EQ(wavefront_cost(three, 4, 8), 5 * (4 * 60.0 + 300) + 20e3);
  EXPECT_DOUBLE_EQ(wavefront_cost(two, 5, 2), 3 * (5 * 120.0 + 300) + 20e3);  // the slowest thread's
  EXPECT_DOUBLE_EQ(wavefront_cost(two, 5, 1), 3 * (5 * 180.0 + 300) + 20e3);
  EXPECT_DOUBLE_EQ(wavefront_cost(idle, 10, 1), 2 * (10 * 60.0 + 300) + 20e3);
}

}  // namespace
}  // namespace carousel::kernels
