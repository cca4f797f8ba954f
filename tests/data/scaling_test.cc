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

// The same with a row between window and target: 1 2 | 7 and 2 4 | 11 are -1 0 | 5 and -2 0 | 7.
TEST(Scaling, DifferencesReachOverTheGap) {
  const Prepared data =
      windows(Table({"a"}, std::vector<float>{1, 2, 4, 7, 11}), {.target = "a",
                                                                 .window = 2,
                                                                 .horizon = 1,
                                                                 .gap = 1,
                                                                 .subtract = Subtract::last,
                                                                 .log = Log::off,
                                                                 .scale = Scale::minmax,
                                                                 .split = {.test = 0.0, .validation = 0.0}});
  EXPECT_DOUBLE_EQ(data.preparation.features[0].factor, 7.0);
}

TEST(Scaling, MissingNumbersAreNotFitted) {
  const Folder folder;
  const Prepared data = prepare({.file = folder.write("t.csv", "a,b\n1,1\n3,1\n,1\n5,1\n7,1\n"),
                                 .target = {"a"},
                                 .window = 1,
                                 .horizon = 1,
                                 .subtract = Subtract::none,
                                 .log = Log::off,
                                 .scale = Scale::standard,
                                 .missing = Missing::mask,
                                 .split = {.test = 0.0, .validation = 0.0}});
  EXPECT_DOUBLE_EQ(data.preparation.features[0].offset, 4.0);  // of 1 3 5 7
  EXPECT_DOUBLE_EQ(data.preparation.features[0].factor, std::sqrt(5.0));
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

/// A swing whose size grows with the level, or does not.
std::vector<float> swing(int rows, bool grows) {
  std::vector<float> values;
  for (int i = 0; i < rows; ++i) {
    const double level = std::exp(0.01 * i);
    values.push_back(static_cast<float>(level * 20 + (grows ? level : 1.0) * 5 * std::sin(i * 0.5236)));
  }
  return values;
}

bool takes_logarithms(const std::vector<float>& column, double test) {
  return windows(Table({"a"}, column), {.target = "a",
                                        .window = 12,
                                        .horizon = 1,
                                        .season = 12,
                                        .split = {.test = test, .validation = 0.0}})
      .preparation.features[0]
      .log;
}

TEST(Logarithms, AreChosenByTheTrainingRowsAlone) {
  std::vector<float> steady = swing(240, false);
  ASSERT_FALSE(takes_logarithms(steady, 0.5));
  const std::vector<float> wild = swing(480, true);
  ASSERT_TRUE(takes_logarithms(wild, 0.5));
  steady.insert(steady.end(), wild.begin() + 240, wild.end());
  ASSERT_TRUE(takes_logarithms(steady, 0.0)) << "the rest must say otherwise";
  EXPECT_FALSE(takes_logarithms(steady, 0.5));
}

TEST(Logarithms, OfZeroAreNotTaken) {
  std::vector<float> values = swing(480, true);
  ASSERT_TRUE(takes_logarithms(values, 0.5));
  values[400] = 0.0f;  // of the test part
  EXPECT_FALSE(takes_logarithms(values, 0.5));
}

}  // namespace
}  // namespace carousel
