// Each scale by hand: what a window's numbers become, and what stays finite.
#include "data/scaling.h"

#include "data/testing.h"

namespace carousel {
namespace {

Prepared scaled(const std::vector<float>& column, Subtract subtract, Scale scale, int window = 2) {
  return windows(Table({"a"}, column), {.target = "a",
                                        .window = window,
                                        .horizon = 1,
                                        .subtract = subtract,
                                        .log = Log::off,
                                        .scale = scale,
                                        .split = {.test = 0.0, .validation = 0.0}});
}

Batch first_of(const Prepared& data) {
  Batch batch;
  data.train->gather(std::vector<std::int64_t>{0}, batch);
  return batch;
}

TEST(Scaling, ATableOfOneSpanHasOneWindow) {
  const Prepared data = scaled({1, 2, 4}, Subtract::none, Scale::none);
  ASSERT_EQ(data.train->count(), 1);
  EXPECT_EQ(first_of(data).x, (std::vector<float>{1, 2}));
  EXPECT_EQ(first_of(data).values, (std::vector<float>{4}));
}

// Windows 1 2 | 4 and 2 4 | 7 less their last values: -1 0 | 2 and -2 0 | 3. They are measured about 0, which
// stays 0: the root of the mean square is √(18/6), the largest size 3.
TEST(Scaling, DifferencesAreMeasuredAboutZero) {
  const auto scale = [](Scale kind) {
    return scaled({1, 2, 4, 7}, Subtract::last, kind).preparation.features[0];
  };
  EXPECT_EQ(scale(Scale::standard).offset, 0.0);
  EXPECT_DOUBLE_EQ(scale(Scale::standard).factor, std::sqrt(3.0));
  EXPECT_EQ(scale(Scale::minmax).offset, 0.0);
  EXPECT_DOUBLE_EQ(scale(Scale::minmax).factor, 3.0);
}

// p/p0 - 1 with p0 the window's first number, for the target too.
TEST(Scaling, RelativeIsToTheFirstNumber) {
  const Prepared data = scaled({2, 3, 8, 6}, Subtract::none, Scale::relative, 3);
  Batch batch = first_of(data);
  EXPECT_EQ(batch.x, (std::vector<float>{0, 0.5f, 3}));
  EXPECT_EQ(batch.values, (std::vector<float>{2}));
  restore(data.preparation, batch.references, batch.values);
  EXPECT_EQ(batch.values, (std::vector<float>{6}));
}

TEST(Scaling, AWindowThatNeverChangesStaysFinite) {
  const Batch batch = first_of(scaled({5, 5, 9}, Subtract::none, Scale::sequence));
  EXPECT_EQ(batch.x, (std::vector<float>{0, 0}));
  EXPECT_EQ(batch.values, (std::vector<float>{4}));
}

}  // namespace
}  // namespace carousel
