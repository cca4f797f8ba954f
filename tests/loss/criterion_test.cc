// The losses against closed forms and finite differences; reductions, masks and lengths against their
// formulas.
#include "loss/criterion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "carousel/error.h"

namespace carousel::loss {
namespace {

template <class T>
class LossOf : public testing::Test {};
using Numbers = testing::Types<float, double>;
TYPED_TEST_SUITE(LossOf, Numbers);

/// A batch-major batch of outputs with its gradient.
template <class T>
struct Case {
  int rows, steps, features;
  std::vector<T> y, dy;
  Case(int b, int t, int k, std::vector<T> values)
      : rows(b), steps(t), features(k), y(std::move(values)), dy(y.size(), T(99)) {}
  Sum run(const Formula& formula, const Targets& targets) {
    Criterion<T> criterion(formula);
    Team team(1);
    return criterion(batch_major<const T>(y.data(), rows, steps, features), targets,
                     batch_major<T>(dy.data(), rows, steps, features), team);
  }
};

template <class T>
constexpr double kTolerance = std::is_same_v<T, float> ? 1e-6 : 1e-14;

TYPED_TEST(LossOf, MeanSquaredErrorOfOneStep) {
  Case<TypeParam> c(1, 1, 2, {3, -1});
  const float v[] = {1, 0.5f};
  const Sum sum = c.run({.loss = Loss::mse}, {.values = 2, .numbers = v});
  // ((3 - 1)² + (-1 - 0.5)²) / 2 = (4 + 2.25) / 2; derivative 2/2 · (y - v)
  EXPECT_DOUBLE_EQ(sum.total, 3.125);
  EXPECT_EQ(c.dy[0], TypeParam(2));
  EXPECT_EQ(c.dy[1], TypeParam(-1.5));
  EXPECT_FALSE(sum.accuracy().has_value());
}

TYPED_TEST(LossOf, MeanAbsoluteErrorOfOneStep) {
  Case<TypeParam> c(1, 1, 4, {3, -1, 7, 0});
  const float v[] = {1, 0.5f, 7, 2};
  const Sum sum = c.run({.loss = Loss::mae}, {.values = 4, .numbers = v});
  EXPECT_DOUBLE_EQ(sum.total, (2 + 1.5 + 0 + 2) / 4);
  EXPECT_EQ(c.dy, (std::vector<TypeParam>{0.25, -0.25, 0, -0.25}));
}

TYPED_TEST(LossOf, CrossEntropyOfAClass) {
  // softmax(log 1, log 2, log 5) = 1/8, 2/8, 5/8
  Case<TypeParam> c(1, 1, 3, {TypeParam(0), TypeParam(std::log(2.0)), TypeParam(std::log(5.0))});
  const std::int32_t label[] = {1};
  const Sum sum = c.run({.loss = Loss::cross_entropy}, {.classes = label});
  EXPECT_NEAR(sum.total, std::log(4.0), kTolerance<TypeParam>);
  EXPECT_NEAR(c.dy[0], 0.125, kTolerance<TypeParam>);
  EXPECT_NEAR(c.dy[1], 0.25 - 1, kTolerance<TypeParam>);
  EXPECT_NEAR(c.dy[2], 0.625, kTolerance<TypeParam>);
  EXPECT_EQ(sum.accuracy(), 0.0);
  const std::int32_t right[] = {2};
  EXPECT_EQ(c.run({.loss = Loss::cross_entropy}, {.classes = right}).accuracy(), 1.0);
}

TYPED_TEST(LossOf, CrossEntropyOfProbabilities) {
  Case<TypeParam> c(1, 1, 3, {TypeParam(0), TypeParam(std::log(2.0)), TypeParam(std::log(5.0))});
  const float q[] = {0.5f, 0.25f, 0.25f};
  const Sum sum = c.run({.loss = Loss::cross_entropy}, {.values = 3, .numbers = q});
  EXPECT_NEAR(sum.total, 0.5 * std::log(8.0) + 0.25 * std::log(4.0) + 0.25 * std::log(1.6),
              kTolerance<TypeParam>);
  EXPECT_NEAR(c.dy[0], 0.125 - 0.5, kTolerance<TypeParam>);
  EXPECT_NEAR(c.dy[1], 0.25 - 0.25, kTolerance<TypeParam>);
  EXPECT_NEAR(c.dy[2], 0.625 - 0.25, kTolerance<TypeParam>);
  EXPECT_EQ(sum.accuracy(), 0.0);
  const float right[] = {0.25f, 0.25f, 0.5f};
  EXPECT_EQ(c.run({.loss = Loss::cross_entropy}, {.values = 3, .numbers = right}).accuracy(), 1.0);
}

TYPED_TEST(LossOf, CrossEntropyOfHugeLogitsIsFinite) {
  // The largest logit comes first or last.
  Case<TypeParam> c(3, 1, 2, {10000, -10000, 10000, -10000, -10000, 10000});
  const std::int32_t label[] = {0, 1, 1};
  const Sum sum = c.run({.loss = Loss::cross_entropy, .samples = Reduce::sum}, {.classes = label});
  EXPECT_DOUBLE_EQ(sum.total, 20000);
  EXPECT_EQ(c.dy, (std::vector<TypeParam>{0, 0, 1, -1, 0, 0}));
}

TYPED_TEST(LossOf, BinaryCrossEntropy) {
  // σ(log 3) = 3/4, σ(-log 3) = 1/4
  const auto l3 = static_cast<TypeParam>(std::log(3.0));
  Case<TypeParam> c(1, 1, 3, {l3, l3, static_cast<TypeParam>(-l3)});
  const float v[] = {1, 0, 0.5f};
  const Sum sum = c.run({.loss = Loss::binary_cross_entropy}, {.values = 3, .numbers = v});
  const double want = -(std::log(0.75) + std::log(0.25) + 0.5 * std::log(0.25) + 0.5 * std::log(0.75)) / 3;
  EXPECT_NEAR(sum.total, want, kTolerance<TypeParam>);
  EXPECT_NEAR(c.dy[0], (0.75 - 1) / 3, kTolerance<TypeParam>);
  EXPECT_NEAR(c.dy[1], 0.75 / 3, kTolerance<TypeParam>);
  EXPECT_NEAR(c.dy[2], (0.25 - 0.5) / 3, kTolerance<TypeParam>);
  EXPECT_EQ(sum.judged, 3);
  EXPECT_EQ(sum.right, 2);
}

// σ(y) > 1/2 where y > 0, however close.
TYPED_TEST(LossOf, BinaryCrossEntropyJudgesByTheSign) {
  Case<TypeParam> c(1, 1, 4, {0.25, 0.25, -0.25, -0.25});
  const float v[] = {1, 0.75f, 0, 1};
  const Sum sum = c.run({.loss = Loss::binary_cross_entropy}, {.values = 4, .numbers = v});
  EXPECT_EQ(sum.judged, 4);
  EXPECT_EQ(sum.right, 3);
}

TYPED_TEST(LossOf, BinaryCrossEntropyOfHugeLogitsIsFinite) {
  Case<TypeParam> c(1, 1, 2, {-5000, 5000});
  const float v[] = {1, 1};
  EXPECT_DOUBLE_EQ(c.run({.loss = Loss::binary_cross_entropy}, {.values = 2, .numbers = v}).total, 2500);
}

// Rows of 3 steps, one feature: y - v is 1 2 3 | 4 5 6 | 7 8 9, squares 1 4 9 | 16 25 36 | 49 64 81.
struct Reduction {
  Formula formula;
  std::vector<std::int32_t> lengths;
  std::vector<float> mask;
  double value;
  std::vector<double> dy;  // of y, 9 numbers
};

void PrintTo(const Reduction& r, std::ostream* out) {
  *out << (r.formula.time == Reduce::mean ? "mean" : "sum") << "/"
       << (r.formula.samples == Reduce::mean ? "mean" : "sum");
}

class Reductions : public testing::TestWithParam<Reduction> {};

TEST_P(Reductions, FollowTheFormula) {
  const Reduction& p = GetParam();
  Case<double> c(3, 3, 1, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  const std::vector<float> zeros(9, 0.0f);
  const Sum sum = c.run(
      p.formula,
      {.steps = 3, .longest = 3, .values = 1, .numbers = zeros.data(), .mask = p.mask, .lengths = p.lengths});
  EXPECT_NEAR(sum.value(p.formula.samples), p.value, 1e-13);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(c.dy[i], p.dy[i], 1e-13) << i;
}

constexpr Reduce kMean = Reduce::mean, kSum = Reduce::sum;
INSTANTIATE_TEST_SUITE_P(
    All, Reductions,
    testing::Values(
        Reduction{{.time = kSum, .samples = kSum}, {}, {}, 285, {2, 4, 6, 8, 10, 12, 14, 16, 18}},
        Reduction{{.time = kMean, .samples = kSum},
                  {},
                  {},
                  95,
                  {2. / 3, 4. / 3, 6. / 3, 8. / 3, 10. / 3, 12. / 3, 14. / 3, 16. / 3, 18. / 3}},
        Reduction{{.time = kSum, .samples = kMean},
                  {},
                  {},
                  95,
                  {2. / 3, 4. / 3, 6. / 3, 8. / 3, 10. / 3, 12. / 3, 14. / 3, 16. / 3, 18. / 3}},
        Reduction{{.time = kMean, .samples = kMean},
                  {},
                  {},
                  285. / 9,
                  {2. / 9, 4. / 9, 6. / 9, 8. / 9, 10. / 9, 12. / 9, 14. / 9, 16. / 9, 18. / 9}},
        // Row 0 has one step (1), row 1 none, row 2 three (49, 64, 81): (1 + 194/3) / 2
        Reduction{{.time = kMean, .samples = kMean},
                  {1, 0, 3},
                  {},
                  (1 + 194. / 3) / 2,
                  {1, 0, 0, 0, 0, 0, 14. / 6, 16. / 6, 18. / 6}},
        // The mask leaves 4 and 9 of row 0, nothing of row 1, 81 of row 2.
        Reduction{{.time = kMean, .samples = kMean},
                  {},
                  {0, 1, 1, 0, 0, 0, 0, 0, 1},
                  (13. / 2 + 81) / 2,
                  {0, 1, 1.5, 0, 0, 0, 0, 0, 9}},
        Reduction{{.time = kSum, .samples = kSum},
                  {2, 3, 3},
                  {0, 1, 1, 0, 0, 0, 0, 0, 1},
                  85,
                  {0, 4, 0, 0, 0, 0, 0, 0, 18}},
        // The last step of each row: 9, 25, nothing.
        Reduction{{.samples = kSum, .at = LossAt::last}, {3, 2, 0}, {}, 34, {0, 0, 6, 0, 10, 0, 0, 0, 0}},
        Reduction{{.samples = kMean, .at = LossAt::last}, {3, 2, 0}, {}, 17, {0, 0, 3, 0, 5, 0, 0, 0, 0}},
        // Where the last step is masked, the row does not count.
        Reduction{{.samples = kMean, .at = LossAt::last},
                  {},
                  {1, 1, 0, 1, 1, 1, 1, 1, 1},
                  58.5,
                  {0, 0, 0, 0, 0, 6, 0, 0, 9}}));

TEST(Criterion, NothingCounts) {
  Case<float> c(2, 1, 1, {1, 2});
  const float v[] = {0, 0};
  const std::int32_t lengths[] = {0, 0};
  const Sum sum = c.run({.loss = Loss::mse}, {.values = 1, .numbers = v, .lengths = lengths});
  EXPECT_EQ(sum.rows, 0);
  EXPECT_EQ(sum.value(Reduce::mean), 0.0);
  EXPECT_EQ(c.dy, (std::vector<float>{0, 0}));
}

TEST(Criterion, OneTargetARowAgainstTheLastStepOfASequence) {
  Case<float> c(2, 3, 1, {1, 2, 3, 4, 5, 6});
  const float v[] = {1, 1};
  const std::int32_t lengths[] = {2, 3};
  const Sum sum = c.run({.loss = Loss::mse, .samples = kSum, .at = LossAt::last},
                        {.steps = 1, .longest = 3, .values = 1, .numbers = v, .lengths = lengths});
  EXPECT_DOUBLE_EQ(sum.total, 1 + 25);
  EXPECT_EQ(c.dy, (std::vector<float>{0, 2, 0, 0, 0, 10}));
}

TEST(Criterion, TheLastTargetOfARowAgainstItsOnlyOutput) {
  Case<float> c(2, 1, 1, {1, 2});
  const float v[] = {9, 3, 9, 9, 9, 6};
  const std::int32_t lengths[] = {2, 3};
  const Sum sum = c.run({.loss = Loss::mse, .samples = kSum, .at = LossAt::last},
                        {.steps = 3, .longest = 3, .values = 1, .numbers = v, .lengths = lengths});
  EXPECT_DOUBLE_EQ(sum.total, 4 + 16);
}

TEST(Criterion, TimeMajorIsTheSame) {
  const std::vector<float> bt{1, 2, 3, 4, 5, 6}, tb{1, 4, 2, 5, 3, 6}, v{3, 1, 4, 1, 5, 9};
  std::vector<float> dbt(6), dtb(6);
  Criterion<float> criterion({.loss = Loss::mse});
  Team team(1);
  const Targets targets{.steps = 3, .longest = 3, .values = 1, .numbers = v.data()};
  const Sum a = criterion(batch_major(bt.data(), 2, 3, 1), targets, batch_major(dbt.data(), 2, 3, 1), team);
  const Sum b = criterion(time_major(tb.data(), 3, 2, 1), targets, time_major(dtb.data(), 3, 2, 1), team);
  EXPECT_EQ(a.total, b.total);
  EXPECT_EQ((std::vector<float>{dbt[0], dbt[3], dbt[1], dbt[4], dbt[2], dbt[5]}), dtb);
}

TEST(Criterion, APaddedRowEqualsTheRowAlone) {
  // 20 steps, of which 18 count: more than the 16 partial sums.
  std::vector<float> y, v;
  for (int i = 0; i < 20; ++i) y.push_back(0.1f * static_cast<float>(i * i % 17)), v.push_back(0.3f);
  const std::int32_t lengths[] = {18};
  Case<float> padded(1, 20, 1, y), alone(1, 18, 1, {y.begin(), y.begin() + 18});
  const Formula formula{.loss = Loss::mse};
  const Sum a =
      padded.run(formula, {.steps = 20, .longest = 20, .values = 1, .numbers = v.data(), .lengths = lengths});
  const Sum b = alone.run(formula, {.steps = 18, .longest = 18, .values = 1, .numbers = v.data()});
  EXPECT_EQ(a.total, b.total);
  for (std::size_t i = 0; i < 18; ++i) EXPECT_EQ(padded.dy[i], alone.dy[i]);
}

TEST(Criterion, SumsOfBatchesAreThatOfTheWhole) {
  Case<float> whole(3, 1, 1, {1, 2, 3}), first(2, 1, 1, {1, 2}), rest(1, 1, 1, {3});
  const float v[] = {0, 0, 0};
  const Formula formula{.loss = Loss::mse};
  Sum sum = first.run(formula, {.values = 1, .numbers = v});
  sum += rest.run(formula, {.values = 1, .numbers = v});
  EXPECT_DOUBLE_EQ(sum.value(kMean), whole.run(formula, {.values = 1, .numbers = v}).value(kMean));
}

TEST(Criterion, GradientsAreTheDerivatives) {
  constexpr int kRows = 3, kSteps = 4, kFeatures = 5;
  std::vector<double> y(kRows * kSteps * kFeatures);
  std::vector<float> v(y.size()), mask(kRows * kSteps, 1.0f);
  std::vector<std::int32_t> classes(kRows * kSteps);
  for (std::size_t i = 0; i < y.size(); ++i) {
    y[i] = std::sin(1.0 + 3.7 * static_cast<double>(i));
    v[i] = 0.5f + 0.5f * std::cos(2.3f * static_cast<float>(i));
  }
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int32_t>(i * 3 % kFeatures);
  mask[1] = mask[6] = 0;
  const std::int32_t lengths[] = {4, 3, 2};
  for (const Loss loss : {Loss::mse, Loss::mae, Loss::cross_entropy, Loss::binary_cross_entropy})
    for (const bool labels : {false, true})
      for (const Reduce time : {kMean, kSum})
        for (const Reduce samples : {kMean, kSum})
          for (const LossAt at : {LossAt::every, LossAt::last}) {
            if (labels && loss != Loss::cross_entropy) continue;
            const Formula formula{loss, time, samples, at};
            Targets targets{.steps = kSteps, .longest = kSteps, .mask = mask, .lengths = lengths};
            if (labels)
              targets.classes = classes.data();
            else
              targets.numbers = v.data(), targets.values = kFeatures;
            std::vector<double> dy(y.size(), 99.0);
            Criterion<double> criterion(formula);
            Team team(1);
            const auto value = [&](SeqView<double> gradient) {
              return criterion(batch_major<const double>(y.data(), kRows, kSteps, kFeatures), targets,
                               gradient, team)
                  .value(samples);
            };
            value(batch_major(dy.data(), kRows, kSteps, kFeatures));
            for (std::size_t i = 0; i < y.size(); ++i) {
              constexpr double kStep = 1e-5;
              const double was = y[i];
              y[i] = was + kStep;
              const double up = value({});
              y[i] = was - kStep;
              const double down = value({});
              y[i] = was;
              ASSERT_NEAR(dy[i], (up - down) / (2 * kStep), 1e-9)
                  << "loss " << static_cast<int>(loss) << " labels " << labels << " number " << i;
            }
          }
}

TYPED_TEST(LossOf, NotFiniteIsSeenAndFound) {
  constexpr TypeParam kNan = std::numeric_limits<TypeParam>::quiet_NaN();
  const float v[] = {0, 0, 0, 0, 0, 0, 0, 0};
  for (const Loss loss : {Loss::mse, Loss::mae, Loss::cross_entropy, Loss::binary_cross_entropy})
    for (const int bad : {4, 5}) {
      std::vector<TypeParam> y{1, 2, 3, 4, 5, 6, 7, 8}, dy(8);
      y[static_cast<std::size_t>(bad)] = kNan;
      Criterion<TypeParam> criterion({.loss = loss});
      Team team(1);
      const Sum sum = criterion(batch_major<const TypeParam>(y.data(), 2, 2, 2),
                                {.steps = 2, .longest = 2, .values = 2, .numbers = v},
                                batch_major(dy.data(), 2, 2, 2), team);
      EXPECT_FALSE(std::isfinite(sum.total)) << static_cast<int>(loss);
      ASSERT_TRUE(criterion.not_finite().has_value());
      EXPECT_EQ(criterion.not_finite()->row, 1);
      EXPECT_EQ(criterion.not_finite()->step, 0);
      EXPECT_FALSE(std::isfinite(dy[static_cast<std::size_t>(bad)])) << static_cast<int>(loss);
    }
}

TEST(Criterion, ShapesThatDoNotFitAreRefused) {
  Case<float> c(1, 3, 1, {1, 2, 3});
  const float v[] = {1, 2};
  try {
    c.run({.loss = Loss::mse}, {.steps = 1, .longest = 3, .values = 1, .numbers = v});
    FAIL() << "one target for three steps was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::usage_shape);
    EXPECT_NE(error.info().hint.find("loss_at"), std::string::npos);
  }
  EXPECT_THROW(c.run({.loss = Loss::mse}, {.steps = 3, .longest = 3, .values = 2, .numbers = v}), Error);
}

}  // namespace
}  // namespace carousel::loss
