// The loss and its gradient have the same bits on any number of threads.
#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "loss/criterion.h"

namespace carousel::loss {
namespace {

TEST(CriterionThreads, BitsDoNotDependOnThreads) {
  const int rows = 13, steps = 47, outputs = 65;
  const Random random(1, Random::Use::test);
  std::vector<float> y(rows * steps * outputs), values(y.size()), mask(rows * steps);
  std::vector<std::int32_t> classes(rows * steps), lengths(rows);
  std::uint64_t draw = 0;
  for (float& v : y) v = 6 * random.uniform(draw++) - 3;
  for (float& v : values) v = random.uniform(draw++);
  for (float& v : mask) v = random.uniform(draw++) < 0.8f ? 1.0f : 0.0f;
  for (auto& c : classes) c = static_cast<std::int32_t>(random.bits(draw++) % outputs);
  for (auto& n : lengths) n = static_cast<std::int32_t>(random.bits(draw++) % (steps + 1));
  for (const Loss loss : {Loss::mse, Loss::mae, Loss::cross_entropy, Loss::binary_cross_entropy})
    for (const bool labels : {false, true}) {
      if (labels && loss != Loss::cross_entropy) continue;
      Targets targets{.steps = steps, .longest = steps, .mask = mask, .lengths = lengths};
      if (labels)
        targets.classes = classes.data();
      else
        targets.numbers = values.data(), targets.values = outputs;
      std::vector<float> first;
      Sum whole;
      for (const int threads : {1, 2, 3, 4, 8}) {
        Team team(threads);
        Criterion<float> criterion({.loss = loss});
        std::vector<float> dy(y.size(), 99.0f);
        const Sum sum = criterion(time_major<const float>(y.data(), steps, rows, outputs), targets,
                                  time_major(dy.data(), steps, rows, outputs), team);
        if (threads == 1) first = dy, whole = sum;
        EXPECT_EQ(first, dy) << static_cast<int>(loss) << " on " << threads;
        EXPECT_EQ(whole.total, sum.total) << static_cast<int>(loss) << " on " << threads;
        EXPECT_EQ(whole.judged, sum.judged);
        EXPECT_EQ(whole.right, sum.right);
      }
    }
}

}  // namespace
}  // namespace carousel::loss
