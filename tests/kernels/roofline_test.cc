// What the ceilings are measured with computes what it is said to compute, on every target.
#include "kernels/roofline.h"

#include <gtest/gtest.h>

#include <numeric>

#include "kernels/dispatch.h"

namespace carousel::kernels {
namespace {

TEST(Roofline, MultiplyAddRunsEveryChainEveryTurn) {
  for (const Target& target : targets()) {
    const auto chain = static_cast<std::size_t>(target.table->chains * target.table->lanes);
    std::vector<float> numbers(chain + 2);
    for (std::size_t i = 0; i < chain; ++i) numbers[i] = static_cast<float>(i);
    numbers[chain] = 0.5f, numbers[chain + 1] = 3.0f;
    target.table->multiply_add(numbers.data(), 3);
    for (std::size_t i = 0; i < chain; ++i)  // x/8 + 3/4 + 3/2 + 3
      EXPECT_EQ(numbers[i], static_cast<float>(i) / 8 + 5.25f) << target.name << " " << i;
  }
}

TEST(Roofline, ReadSumsEveryNumberEveryTurn) {
  for (const Target& target : targets()) {
    std::vector<float> numbers(4096);
    std::iota(numbers.begin(), numbers.end(), 0.0f);
    for (float& x : numbers) x = static_cast<float>(static_cast<int>(x) % 7);  // whole: any order is exact
    const float once = std::accumulate(numbers.begin(), numbers.end(), 0.0f);
    EXPECT_EQ(target.table->read(numbers.data(), numbers.size(), 3), 3 * once) << target.name;
  }
}

TEST(Roofline, FindsEveryLevel) {
  Team team(2);
  const Ceilings found = measure_ceilings(0.2, team);
  EXPECT_EQ(found.target, active_target().name);
  EXPECT_EQ(found.threads, 2);
  ASSERT_EQ(found.levels.size(), 4u);
  EXPECT_GT(found.one_gflops, 0);
  EXPECT_GT(found.all_gflops, 0);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_GT(found.levels[i].bytes, found.levels[i - 1].bytes);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_GT(found.levels[i].one_gbs, 0);
    EXPECT_GT(found.levels[i].all_gbs, 0);
  }
}

}  // namespace
}  // namespace carousel::kernels
