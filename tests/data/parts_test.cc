// How rows and windows are shared out between training, validation and test.
#include "carousel/data.h"
#include "data/testing.h"

namespace carousel {
namespace {

Prepared parted(int rows, int horizon, const Split& split) {
  return windows(Table({"a"}, std::vector<float>(static_cast<std::size_t>(rows), 1.0f)),
                 {.target = "a", .window = 2, .horizon = horizon, .log = Log::off, .split = split});
}

// 11 windows: 8.8 of them, so 9, come before the test part; 9 * 0.75 = 6.75, so 6, are learnt from.
TEST(Parts, OfAShuffledSplitAreRoundedThenCut) {
  const Prepared data = parted(13, 1, {.test = 0.2, .validation = 0.25, .order = SplitOrder::shuffled});
  EXPECT_EQ(data.train->count(), 6);
  EXPECT_EQ(data.validation->count(), 3);
  EXPECT_EQ(data.test->count(), 2);
}

// 2 % of 60 rows is one row, but a part that was asked for holds a horizon.
TEST(Parts, HoldAtLeastOneHorizon) {
  const Prepared data = parted(60, 4, {.test = 0.02, .validation = 0.02});
  EXPECT_EQ(data.test_rows, 4);
  EXPECT_EQ(data.validation_rows, 4);
  EXPECT_EQ(data.train_rows, 52);
  EXPECT_EQ(data.test->count(), 1);
}

}  // namespace
}  // namespace carousel
