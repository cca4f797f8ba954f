// The traces of a run: gradient norms in bounded room, histograms by buckets whose edges are exact.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"
#include "train/distribution.h"
#include "train/gradient_trace.h"

namespace carousel::training {
namespace {

double norm_of(std::int64_t step) {
  return 1 + std::abs(std::sin(0.37 * static_cast<double>(step))) * static_cast<double>(step % 17);
}
bool clipped(std::int64_t step) {
  return step % 5 == 3;
}

GradientTrace trace_of(std::int64_t steps) {
  GradientTrace trace;
  for (std::int64_t step = 1; step <= steps; ++step) trace.add(norm_of(step), clipped(step));
  return trace;
}

// Every point against a plain loop over the steps that it stands for.
void expect_points_of(const std::vector<GradientPoint>& points, std::int64_t steps) {
  std::int64_t step = 0;
  for (const GradientPoint& point : points) {
    double sum = 0, lowest = INFINITY, highest = 0;
    std::int64_t many = 0;
    for (std::int64_t i = 0; i < point.steps; ++i) {
      const double norm = norm_of(++step);
      sum += norm, lowest = std::min(lowest, norm), highest = std::max(highest, norm), many += clipped(step);
    }
    ASSERT_EQ(point.step, step);
    ASSERT_NEAR(point.mean, sum / static_cast<double>(point.steps), 1e-5 * point.mean);
    ASSERT_NEAR(point.lowest, lowest, 1e-6 * lowest);
    ASSERT_NEAR(point.highest, highest, 1e-6 * highest);
    ASSERT_EQ(point.clipped, many);
  }
  EXPECT_EQ(step, steps);
}

TEST(GradientTrace, EveryStepIsAPointWhileThereIsRoom) {
  for (const std::int64_t steps : {0, 1, 2, 2047}) {
    const auto points = trace_of(steps).points();
    EXPECT_EQ(static_cast<std::int64_t>(points.size()), steps);
    for (const GradientPoint& point : points) EXPECT_EQ(point.steps, 1);
    expect_points_of(points, steps);
  }
}

TEST(GradientTrace, PointsStandForMoreStepsWhenThereAreMany) {
  for (const std::int64_t steps : {2048, 2049, 4095, 4096, 10007, 300001}) {
    const auto points = trace_of(steps).points();
    EXPECT_LE(points.size(), 2048u);
    EXPECT_GE(points.size(), 1024u);
    expect_points_of(points, steps);
  }
  EXPECT_EQ(trace_of(2048).points()[0].steps, 2);
  EXPECT_EQ(trace_of(300001).points()[0].steps, 256);  // 300,001 / 2,047 = 146.6
}

TEST(GradientTrace, StaysBoundedForTenMillionSteps) {
  GradientTrace trace;
  for (int step = 1; step <= 10'000'000; ++step) trace.add(1.0, step % 2 == 0);
  const auto points = trace.points();
  EXPECT_LE(points.size(), 2048u);
  EXPECT_EQ(points.back().step, 10'000'000);
  std::int64_t many = 0;
  for (const GradientPoint& point : points) many += point.clipped;
  EXPECT_EQ(many, 5'000'000);
}

// As a checkpoint keeps it, at any step: what follows is the same to the bit.
TEST(GradientTrace, ATraceThatWasKeptGoesOnTheSame) {
  for (const std::int64_t at : {1, 700, 2047, 2048, 3001, 8195, 9999}) {
    const GradientTrace before = trace_of(at);
    const std::vector<float> numbers(before.numbers().begin(), before.numbers().end());
    GradientTrace after = GradientTrace::from_json(Json::parse(before.to_json().dump()), at);
    ASSERT_EQ(after.numbers().size(), numbers.size());
    ASSERT_TRUE(after.fill(numbers));
    for (std::int64_t step = at + 1; step <= 10007; ++step) after.add(norm_of(step), clipped(step));
    const GradientTrace whole = trace_of(10007);
    EXPECT_EQ(after.to_json(), whole.to_json()) << at;
    EXPECT_TRUE(std::equal(after.numbers().begin(), after.numbers().end(), whole.numbers().begin(),
                           whole.numbers().end()))
        << at;
  }
}

TEST(GradientTrace, OfALaterPartBeginsThere) {
  GradientTrace trace(500);
  trace.add(3, true);
  ASSERT_EQ(trace.points().size(), 1u);
  EXPECT_EQ(trace.points()[0].step, 501);
}

TEST(GradientTrace, NormsBeyondAFloatAreItsLargest) {
  GradientTrace trace;
  trace.add(1e300, false);
  EXPECT_TRUE(std::isfinite(trace.points()[0].highest));
}

TEST(Buckets, EdgesAreEightAnOctave) {
  EXPECT_EQ(edge_of(1), std::ldexp(1.0, -40));
  EXPECT_EQ(edge_of(0), -std::ldexp(1.0, -40));
  EXPECT_EQ(edge_of(9), std::ldexp(1.0, -39));
  EXPECT_EQ(edge_of(1 + 8 * 40), 1.0);
  EXPECT_EQ(edge_of(2 + 8 * 40), 1.125);
  EXPECT_EQ(edge_of(-8 * 40), -1.0);
  for (int i = -2000; i < 1300; ++i) EXPECT_LT(edge_of(i), edge_of(i + 1)) << i;
}

// The law that edges state, over edges, their neighbours and everything between.
TEST(Buckets, ANumberLiesBetweenTheEdgesOfItsBucket) {
  const auto check = [](float x) {
    const int bucket = bucket_of(x);
    EXPECT_LE(edge_of(bucket), static_cast<double>(x)) << x;
    EXPECT_LT(static_cast<double>(x), edge_of(bucket + 1)) << x;
  };
  for (const float x : {0.0f, -0.0f, 1e-45f, -1e-45f, 1e-12f, 3.4e38f, -3.4e38f}) check(x);
  for (int i = -1300; i < 1300; ++i) {
    const auto edge = static_cast<float>(edge_of(i));
    for (const float x : {edge, std::nextafter(edge, -INFINITY), std::nextafter(edge, INFINITY)}) check(x);
  }
  std::uint64_t z = 1;
  for (int i = 0; i < 200000; ++i) {
    z = z * 6364136223846793005u + 1442695040888963407u;
    const auto size = static_cast<float>(std::exp(static_cast<double>(z >> 40) / (1 << 24) * 60 - 40));
    check(z & 1u << 31 ? size : -size);
  }
}

TEST(Distribution, CountsEveryNumberOnce) {
  const std::vector<float> numbers = {0.5f, -0.5f, 0.0f, -0.0f, 0.51f, 0.5f, 2.0f, -3.0f};
  const Distribution d = distribution_of(numbers);
  EXPECT_EQ(d.count, 8);
  EXPECT_EQ(d.low, -3.0);
  EXPECT_EQ(d.high, 2.0);
  EXPECT_NEAR(d.sum, 0.01, 1e-6);
  EXPECT_NEAR(d.squares, 3 * 0.25 + 0.51 * 0.51 + 4 + 9, 1e-6);
  const auto buckets = with_edges(d.buckets);
  ASSERT_EQ(buckets.size(), 5u);  // -3 | -0.5 | 0, 0 | 0.5, 0.51, 0.5 | 2
  EXPECT_EQ(buckets[0].low, -3.0);
  EXPECT_EQ(buckets[0].high, -2.75);
  EXPECT_EQ(buckets[1].low, -0.5);
  EXPECT_EQ(buckets[2].count, 2);
  EXPECT_EQ(buckets[3].low, 0.5);
  EXPECT_EQ(buckets[3].high, 0.5625);
  EXPECT_EQ(buckets[3].count, 3);
  EXPECT_EQ(buckets[4].low, 2.0);
}

DistributionTrace::Epoch epoch_of(int epoch) {
  return {epoch, {{{-1, epoch}, {3, 2 * epoch}}, {}}, {{{5, 1}}, {{epoch, 7}}}};
}

DistributionTrace kept(int epochs) {
  DistributionTrace trace;
  for (int e = 1; e <= epochs; ++e) trace.add(epoch_of(e));
  return trace;
}

TEST(DistributionTrace, KeepsEverySecondEpochWhenThereAreMany) {
  const auto numbers = [](int epochs) {
    std::vector<int> all;
    const DistributionTrace trace = kept(epochs);
    for (const auto& e : trace.epochs()) all.push_back(e.epoch);
    return all;
  };
  EXPECT_EQ(numbers(3), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(numbers(64).size(), 64u);
  EXPECT_EQ(numbers(65), numbers(64));  // the 65th is let go, and moves nothing
  const auto after66 = numbers(66);
  EXPECT_EQ(after66.size(), 33u);
  EXPECT_EQ(after66.front(), 2);
  EXPECT_EQ(after66.back(), 66);
  EXPECT_EQ(numbers(1000).size(), 62u);  // every 16th
  EXPECT_EQ(numbers(1000).front(), 16);
}

TEST(DistributionTrace, ATraceThatWasKeptGoesOnTheSame) {
  for (const int at : {1, 5, 64, 65, 130}) {
    const DistributionTrace before = kept(at);
    DistributionTrace after;
    for (const bool of_gradient : {false, true})
      for (const std::size_t tensor : {0u, 1u})
        ASSERT_TRUE(after.fill(2, tensor, of_gradient, before.numbers(tensor, of_gradient)));
    for (int e = at + 1; e <= 140; ++e) after.add(epoch_of(e));
    for (const bool of_gradient : {false, true})
      for (const std::size_t tensor : {0u, 1u})
        EXPECT_EQ(after.numbers(tensor, of_gradient), kept(140).numbers(tensor, of_gradient)) << at;
  }
}

TEST(DistributionTrace, RowsThatNobodyWroteAreRefused) {
  for (const std::vector<float>& bad : std::vector<std::vector<float>>{
           {0, 1, 1}, {1.5f, 1, 1}, {1, 1e9f, 1}, {1, 0.5f, 1}, {1, 1, 0}, {1, 1, NAN}, {INFINITY, 1, 1}})
    EXPECT_FALSE(DistributionTrace().fill(1, 0, false, bad));
}

}  // namespace
}  // namespace carousel::training
