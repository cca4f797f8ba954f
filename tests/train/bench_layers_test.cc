// What layers are said to cost is what they compute, and ragged lengths are as many frames as asked.
#include "train/bench_layers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace carousel::training {
namespace {

using kernels::BenchWork;

TEST(BenchLayers, CountsTheProductsOfBothDirectionsAndEveryLayer) {
  // GRU of 4 units over 5 features, 3 steps, 2 rows; the second layer reads 8 features, both in two
  // directions.
  const double first = 2.0 * 3 * 2 * 12 * (5 + 4), second = 2.0 * 3 * 2 * 12 * (8 + 4);
  Team team(1);
  for (const BenchWork work : {BenchWork::infer, BenchWork::train}) {
    const auto result = bench_layers(cells::Kind::gru, work, {.steps = 3, .rows = 2, .inputs = 5, .units = 4},
                                     {.layers = 2, .both_ways = true}, 0.01, team);
    const double once = 2 * first + 2 * second;
    EXPECT_NEAR(result.gflops * result.best_ms * 1e6, work == BenchWork::infer ? once : 3 * once, 1.0);
  }
}

TEST(BenchLayers, CountsTheFramesOfRaggedRows) {
  Team team(1);
  const auto result =
      bench_layers(cells::Kind::lstm, BenchWork::infer, {.steps = 3, .rows = 2, .inputs = 5, .units = 4},
                   {.lengths = {1, 3}}, 0.01, team);
  EXPECT_NEAR(result.gflops * result.best_ms * 1e6, 2.0 * 4 * 16 * (5 + 4), 1.0);
}

TEST(BenchLayers, RaggedLengthsHoldTheShareOfTheFrames) {
  for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9}) {
    const std::vector<std::int32_t> lengths = ragged_lengths(128, 32, share);
    ASSERT_EQ(lengths.size(), 32u);
    EXPECT_NEAR(std::accumulate(lengths.begin(), lengths.end(), 0.0), share * 128 * 32, 0.01 * 128 * 32);
    EXPECT_FALSE(std::is_sorted(lengths.begin(), lengths.end()));
    EXPECT_GE(std::set<std::int32_t>(lengths.begin(), lengths.end()).size(), 24u) << "lengths that differ";
    EXPECT_GE(*std::min_element(lengths.begin(), lengths.end()), 1);
    EXPECT_LE(*std::max_element(lengths.begin(), lengths.end()), 128);
  }
  for (const std::int32_t length : ragged_lengths(128, 32, 1)) EXPECT_EQ(length, 128);
  EXPECT_EQ(ragged_lengths(10, 1, 0.01), std::vector<std::int32_t>{1});
}

}  // namespace
}  // namespace carousel::training
