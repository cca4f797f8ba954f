// The articulators task: its chain is one, its movements are band-limited, its features correlate, frames on
// both sides matter, and its numbers are frozen.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/random.h"
#include "carousel/synth.h"
#include "data/vocal_tract.h"

namespace carousel {
namespace {

constexpr int kHeldOut = 20;

const Synthetic& whole() {
  static const Synthetic made = synth("articulators");
  return made;
}

// One number a step of sequence i.
std::vector<double> column(const Synthetic& s, const std::vector<float>& of, int width, int i, int which) {
  std::vector<double> values;
  for (int t = 0; t < s.lengths[static_cast<std::size_t>(i)]; ++t)
    values.push_back(of[static_cast<std::size_t>((i * s.steps + t) * width + which)]);
  return values;
}

data::Joints some_joints(std::uint32_t which) {
  const Random draws(7, Random::Use::test, which);
  data::Joints joints;
  for (std::size_t j = 0; j < joints.size(); ++j) joints[j] = draws.normal(j);
  return joints;
}

double distance(data::Point a, data::Point b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

TEST(Articulators, HaveTheSizesOfTheTask) {
  const Synthetic& s = whole();
  EXPECT_EQ(s.rows, 103);
  EXPECT_EQ(s.steps, 900);
  EXPECT_EQ(s.features, 39);
  EXPECT_EQ(s.outputs, 24);
  EXPECT_TRUE(s.every_step);
  ASSERT_EQ(s.lengths.size(), 103u);
  EXPECT_EQ(s.x.size(), 103u * 900u * 39u);
  EXPECT_EQ(s.values.size(), 103u * 900u * 24u);
  // 103 lengths drawn from 150 ... 900: that none is in the lowest or highest tenth has a chance of 0.9^103.
  const auto [low, high] = std::minmax_element(s.lengths.begin(), s.lengths.end());
  EXPECT_GE(*low, 150);
  EXPECT_LT(*low, 225);
  EXPECT_GT(*high, 825);
  EXPECT_LE(*high, 900);
}

TEST(Articulators, EverySequenceIsStandardisedByItself) {
  const Synthetic& s = whole();
  const auto check = [&](const std::vector<float>& of, int width) {
    for (int i = 0; i < s.rows; ++i)
      for (int c = 0; c < width; ++c) {
        double mean = 0.0, squares = 0.0;
        const auto values = column(s, of, width, i, c);
        for (const double v : values) mean += v / static_cast<double>(values.size());
        for (const double v : values) squares += (v - mean) * (v - mean) / static_cast<double>(values.size());
        ASSERT_NEAR(mean, 0.0, 1e-6) << "sequence " << i << ", column " << c;
        ASSERT_NEAR(squares, 1.0, 1e-5) << "sequence " << i << ", column " << c;
      }
  };
  check(s.x, s.features);
  check(s.values, s.outputs);
  for (int i = 0; i < s.rows; ++i)
    for (int t = s.lengths[static_cast<std::size_t>(i)]; t < s.steps; ++t)
      ASSERT_EQ(s.x[static_cast<std::size_t>((i * s.steps + t) * s.features)], 0.0f) << "padding";
}

// What the score of "0 at every step" says follows from the variance of 1.
TEST(Articulators, NothingScoresOne) {
  const Synthetic& s = whole();
  ASSERT_EQ(s.scores.size(), 1u);
  double sum = 0.0, frames = 0.0;
  for (const float v : s.values) sum += static_cast<double>(v) * static_cast<double>(v);
  for (const int length : s.lengths) frames += length;
  EXPECT_NEAR(sum / frames / 24, s.scores[0].value, 1e-5);
}

TEST(Articulators, ASequenceDependsOnItsPlaceLengthAndSeedAlone) {
  const Synthetic few = synth("articulators", {.sequences = 3, .length = 30}),
                  more = synth("articulators", {.sequences = 7, .length = 30}),
                  again = synth("articulators", {.sequences = 7, .length = 30}),
                  other = synth("articulators", {.sequences = 7, .length = 30, .seed = 2});
  EXPECT_EQ(more.x, again.x);
  EXPECT_EQ(more.values, again.values);
  EXPECT_TRUE(std::equal(few.x.begin(), few.x.end(), more.x.begin()));
  EXPECT_TRUE(std::equal(few.values.begin(), few.values.end(), more.values.begin()));
  EXPECT_TRUE(std::equal(few.lengths.begin(), few.lengths.end(), more.lengths.begin()));
  EXPECT_NE(more.x, other.x);
}

TEST(VocalTract, IsAChain) {
  // At rest the jaw hangs 0.25 rad below the horizontal.
  const data::Chain rest = data::chain_of({});
  EXPECT_NEAR(rest.incisor.x, 8.0 * std::cos(0.25), 1e-12);
  EXPECT_NEAR(rest.incisor.y, -8.0 * std::sin(0.25), 1e-12);
  constexpr double kSegments[] = {1.8, 1.7, 1.5, 1.2};
  for (std::uint32_t i = 0; i < 20; ++i) {
    const data::Joints joints = some_joints(i);
    const data::Chain chain = data::chain_of(joints);
    EXPECT_NEAR(distance(chain.incisor, chain.molar), distance(rest.incisor, rest.molar), 1e-12);
    for (std::size_t k = 0; k < 4; ++k)
      EXPECT_NEAR(distance(chain.tongue[k], chain.tongue[k + 1]), kSegments[k], 1e-12);
    // The third joint of the tongue moves what hangs on it, and nothing before it.
    data::Joints bent = joints;
    bent[data::kTongue3] += 1.0;
    const data::Chain moved = data::chain_of(bent);
    for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(distance(moved.tongue[k], chain.tongue[k]), 0.0);
    for (std::size_t k = 3; k < 5; ++k) EXPECT_GT(distance(moved.tongue[k], chain.tongue[k]), 0.1);
    // The jaw takes tongue and lower lip along.
    bent = joints;
    bent[data::kJawAngle] += 1.0;
    const data::Chain opened = data::chain_of(bent);
    EXPECT_GT(distance(opened.tongue[0], chain.tongue[0]), 0.1);
    EXPECT_GT(distance(opened.lower_lip, chain.lower_lip), 0.1);
    EXPECT_EQ(distance(opened.upper_lip, chain.upper_lip), 0.0);
  }
}

// No joint moves faster than 6 Hz; the kinematics add little beyond its double.
TEST(Articulators, MoveSmoothly) {
  const Synthetic& s = whole();
  for (int i = 0; i < 3; ++i)
    for (int c = 0; c < s.outputs; ++c) {
      const std::vector<double> y = column(s, s.values, s.outputs, i, c);
      const auto n = y.size();
      double all = 0.0, fast = 0.0;
      for (std::size_t k = 1; k < n / 2; ++k) {
        const double turn = 2.0 * std::numbers::pi / static_cast<double>(n);
        double re = 0.0, im = 0.0;
        for (std::size_t t = 0; t < n; ++t) {
          const double at = turn * static_cast<double>(t), window = 0.5 - 0.5 * std::cos(at);
          re += window * y[t] * std::cos(at * static_cast<double>(k));
          im += window * y[t] * std::sin(at * static_cast<double>(k));
        }
        const double hertz = 100.0 * static_cast<double>(k) / static_cast<double>(n);
        all += re * re + im * im;
        if (hertz > 12.0) fast += re * re + im * im;
      }
      EXPECT_LT(fast, 1e-4 * all) << "sequence " << i << ", coordinate " << c;
    }
}

// As features of speech do: at 0.4 one other feature already tells a sixth (0.4²) of its variance. Chance
// alone gives far less: two signals of W = 1.8 Hz bandwidth, the narrowest of a joint, over T = 540 s
// correlate by chance with a standard deviation of 1 / sqrt(2 W T) = 0.02.
TEST(Articulators, EveryFeatureCorrelatesWithAnother) {
  const Synthetic& s = whole();
  const auto F = static_cast<std::size_t>(s.features);
  std::vector<double> products(F * F, 0.0);  // of numbers with mean 0 and variance 1 in each sequence
  double frames = 0.0;
  for (int i = 0; i < s.rows; ++i)
    for (int t = 0; t < s.lengths[static_cast<std::size_t>(i)]; ++t, ++frames) {
      const float* x = s.x.data() + (i * s.steps + t) * s.features;
      for (std::size_t a = 0; a < F; ++a)
        for (std::size_t b = 0; b < F; ++b)
          products[a * F + b] += static_cast<double>(x[a]) * static_cast<double>(x[b]);
    }
  for (std::size_t a = 0; a < F; ++a) {
    double most = 0.0;
    for (std::size_t b = 0; b < F; ++b)
      if (a != b) most = std::max(most, std::abs(products[a * F + b]) / frames);
    EXPECT_GT(most, 0.4) << "feature " << a;
  }
}

// Least squares from the frames at `lags` to the coordinates: the mean squared error on each held-out
// sequence, away from its ends by 24 frames, so that all choices of lags score the same frames.
std::vector<double> errors_of(const std::vector<int>& lags) {
  const Synthetic& s = whole();
  const auto n = lags.size() * 39 + 1;
  constexpr std::size_t K = 24;
  const auto input = [&](int i, int t, std::vector<double>& to) {
    to.clear();
    for (const int lag : lags)
      for (int f = 0; f < 39; ++f)
        to.push_back(s.x[static_cast<std::size_t>((i * s.steps + t + lag) * 39 + f)]);
    to.push_back(1.0);
  };
  std::vector<double> A(n * n, 0.0), B(n * K, 0.0), row;
  for (int i = 0; i < 40; ++i)
    for (int t = 24; t < s.lengths[static_cast<std::size_t>(i)] - 24; ++t) {
      input(i, t, row);
      const float* y = s.values.data() + (i * s.steps + t) * 24;
      for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b <= a; ++b) A[a * n + b] += row[a] * row[b];
        for (std::size_t k = 0; k < K; ++k) B[a * K + k] += row[a] * static_cast<double>(y[k]);
      }
    }
  for (std::size_t a = 0; a < n; ++a) A[a * n + a] += 1.0;
  for (std::size_t a = 0; a < n; ++a) {  // Cholesky: A = L Lᵀ, then L Z = B
    for (std::size_t b = 0; b <= a; ++b) {
      double sum = A[a * n + b];
      for (std::size_t j = 0; j < b; ++j) sum -= A[a * n + j] * A[b * n + j];
      A[a * n + b] = a == b ? std::sqrt(sum) : sum / A[b * n + b];
    }
    for (std::size_t k = 0; k < K; ++k) {
      for (std::size_t j = 0; j < a; ++j) B[a * K + k] -= A[a * n + j] * B[j * K + k];
      B[a * K + k] /= A[a * n + a];
    }
  }
  for (std::size_t a = n; a-- > 0;)  // Lᵀ X = Z
    for (std::size_t k = 0; k < K; ++k) {
      for (std::size_t j = a + 1; j < n; ++j) B[a * K + k] -= A[j * n + a] * B[j * K + k];
      B[a * K + k] /= A[a * n + a];
    }
  std::vector<double> errors;
  for (int i = static_cast<int>(s.rows) - kHeldOut; i < s.rows; ++i) {
    double error = 0.0, count = 0.0;
    for (int t = 24; t < s.lengths[static_cast<std::size_t>(i)] - 24; ++t) {
      input(i, t, row);
      for (std::size_t k = 0; k < K; ++k, ++count) {
        double y = -static_cast<double>(s.values[static_cast<std::size_t>((i * s.steps + t) * 24) + k]);
        for (std::size_t a = 0; a < n; ++a) y += row[a] * B[a * K + k];
        error += y * y;
      }
    }
    errors.push_back(error / count);
  }
  return errors;
}

double mean_of(const std::vector<double>& errors) {
  return std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
}

// By how many standard errors the mean of a - b is above 0. Sequences are drawn independently of each other,
// so where a is no worse than b this is above 3 about once in 270 draws of 20 of them (Student's t, 19
// degrees of freedom).
double times_worse(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double mean = mean_of(a) - mean_of(b);
  double squares = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i] - mean) * (a[i] - b[i] - mean);
  return mean / std::sqrt(squares / (n - 1) / n);
}

// The same number of frames each time, so that only their side differs.
TEST(Articulators, BothSidesMatter) {
  const std::vector<double> frame = errors_of({0}), past = errors_of({0, -4, -8, -12, -16}),
                            future = errors_of({0, 4, 8, 12, 16}), both = errors_of({-8, -4, 0, 4, 8});
  EXPECT_GT(times_worse(frame, past), 3.0);
  EXPECT_GT(times_worse(frame, future), 3.0);
  EXPECT_GT(times_worse(past, both), 3.0);
  EXPECT_GT(times_worse(future, both), 3.0);
  RecordProperty("frame", std::to_string(mean_of(frame)));
  RecordProperty("past", std::to_string(mean_of(past)));
  RecordProperty("future", std::to_string(mean_of(future)));
  RecordProperty("both", std::to_string(mean_of(both)));
}

// The data on which docs/results.md compares networks: whoever changes it has to run them again. Numbers are
// taken to four places, because the C library's cosine may differ in its last bit.
TEST(Articulators, AreFrozen) {
  const Synthetic& s = whole();
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  const auto add = [&](std::int64_t value) {
    for (int byte = 0; byte < 8; ++byte)
      hash = (hash ^ ((static_cast<std::uint64_t>(value) >> (8 * byte)) & 255)) * 1099511628211u;
  };
  for (const std::int32_t length : s.lengths) add(length);
  for (const float v : s.x) add(std::llround(1e4 * static_cast<double>(v)));
  for (const float v : s.values) add(std::llround(1e4 * static_cast<double>(v)));
  EXPECT_EQ(hash, 5378611212923757147u);
}

}  // namespace
}  // namespace carousel
