// The largest error in ULP: of σ and tanh on the best target, of exp a number at a time. As a test, over
// those floats at which σ of any sign and tanh of x > 0 are neither constant nor their argument to within an
// ULP, and a sample of the rest; with CAROUSEL_EVERY_FLOAT=1, as .ci/run sets it, over all that are not
// denormal, and printed.
#include <gtest/gtest.h>

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdlib>
#include <mutex>

#include "base/team.h"
#include "kernels/dense.h"
#include "support/ulp.h"

#define CAROUSEL_NAMESPACE one_lane
#define CAROUSEL_ONE_LANE
#include "kernels/math.h"

namespace carousel::kernels {
namespace {

using carousel::testing::ulp_error;
using cells::Activation;

// Sampled where it would take long: under sanitizers, and on other machines, which are emulated.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
constexpr std::uint32_t kStride = 4999, kWideStride = 4999;
#else
constexpr std::uint32_t kStride = 1, kWideStride = 61;
#endif

bool every_float() {
  return std::getenv("CAROUSEL_EVERY_FLOAT") != nullptr;
}

struct Worst {
  double ulp = 0;
  float at = 0;
};

// f: from n floats to n floats. The magnitudes from `least` to `most`, with the sign that is given.
template <class F, class Truth>
Worst walk(F&& f, Truth&& truth, float least, float most, bool negative, std::uint32_t stride = kStride) {
  constexpr std::uint32_t kBlock = 4096;
  const std::uint32_t first = std::bit_cast<std::uint32_t>(least), last = std::bit_cast<std::uint32_t>(most),
                      sign = negative ? 0x80000000 : 0, blocks = (last - first) / stride / kBlock + 1;
  Worst worst;
  std::mutex mutex;
  Team& team = Team::process();
  team.run(team.threads(), [&](const Team::Worker& worker) {
    Worst mine;
    std::vector<float> x(kBlock), y(kBlock);
    for (std::uint32_t block = static_cast<std::uint32_t>(worker.index); block < blocks;
         block += static_cast<std::uint32_t>(worker.count)) {
      std::size_t n = 0;
      for (std::uint32_t i = 0; i < kBlock; ++i) {
        const std::uint64_t bits = first + (std::uint64_t{block} * kBlock + i) * stride;
        if (bits <= last) x[n++] = std::bit_cast<float>(static_cast<std::uint32_t>(bits) | sign);
      }
      f(x.data(), y.data(), n);
      for (std::size_t i = 0; i < n; ++i)
        if (const double error = ulp_error(y[i], truth(x[i])); !(error <= mine.ulp)) mine = {error, x[i]};
    }
    const std::lock_guard lock(mutex);
    if (!(mine.ulp <= worst.ulp)) worst = mine;
  });
  return worst;
}

void expect_at_most(const char* what, const Worst& worst, double bound) {
  ::testing::Test::RecordProperty(what, std::to_string(worst.ulp));
  if (every_float()) std::printf("%s: %.3f ULP at %.9g\n", what, worst.ulp, static_cast<double>(worst.at));
  EXPECT_LE(worst.ulp, bound) << what << " at " << worst.at;
}

auto activation(Activation f) {
  return [f](const float* x, float* y, std::size_t n) { active_target().table->activate(f, x, y, n); };
}
std::uint32_t wide_stride() {
  return every_float() ? 1 : kWideStride;
}
double true_sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}
double true_tanh(double x) {
  return std::tanh(x);
}

// Outside, |σ(x) - 1/2| <= |x| / 4 is no ULP of 1/2, and from ±87 on σ is what it is at ±87.
TEST(EveryFloat, Sigmoid) {
  const auto f = activation(Activation::sigmoid);
  const float least = every_float() ? FLT_MIN : 0x1p-24f;
  expect_at_most("sigmoid of x > 0", walk(f, true_sigmoid, least, every_float() ? FLT_MAX : 87.0f, false),
                 carousel::testing::kPositiveSigmoidUlp);
  expect_at_most("sigmoid of -87 <= x < 0", walk(f, true_sigmoid, least, 87.0f, true),
                 carousel::testing::kSigmoidUlp);
  const std::vector<float> x = {0x1p-24f, -0x1p-24f, 0x1p-30f, -FLT_MIN, 87.0f,
                                100.0f,   FLT_MAX,   -87.0f,   -88.0f,   -FLT_MAX};
  std::vector<float> y(x.size());
  f(x.data(), y.data(), x.size());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(y[static_cast<std::size_t>(i)], 0.5f) << i;
  for (int i = 4; i < 7; ++i) EXPECT_EQ(y[static_cast<std::size_t>(i)], 1.0f) << i;
  for (int i = 7; i < 10; ++i) EXPECT_EQ(y[static_cast<std::size_t>(i)], y[7]) << i;
  EXPECT_NEAR(y[7], true_sigmoid(-87), 1e-44);
}

// Outside, |tanh(x) - x| <= |x|³ / 3 is no ULP of x, and from 9.02 on the nearest float is 1.
TEST(EveryFloat, Tanh) {
  const auto f = activation(Activation::tanh);
  const float least = every_float() ? FLT_MIN : 0x1p-13f, most = every_float() ? FLT_MAX : 9.5f;
  expect_at_most("tanh of x > 0", walk(f, true_tanh, least, most, false), carousel::testing::kTanhUlp);
  expect_at_most("tanh of x < 0", walk(f, true_tanh, least, most, true, wide_stride()),
                 carousel::testing::kTanhUlp);
  if (every_float()) return;  // the rest is among them
  expect_at_most("tanh near 0", walk(f, true_tanh, FLT_MIN, 0x1p-13f, false, wide_stride()), 1.1);
  expect_at_most("tanh far from 0", walk(f, true_tanh, 9.5f, FLT_MAX, false, wide_stride()), 0.5);
}

// e^-x, which no layer uses alone, a number at a time. Beyond 70 it is below 2^-100, its correction by r may
// be flushed, and what adds 1 to it does not see it.
TEST(EveryFloat, Exp) {
  const auto f = [](const float* x, float* y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] = one_lane::exp_minus(one_lane::One<float>(x[i])).v;
  };
  const auto truth = [](double x) { return std::exp(-x); };
  expect_at_most("exp from 0 to 87", walk(f, truth, FLT_MIN, 87.0f, true, wide_stride()),
                 carousel::testing::kExpUlp);
  expect_at_most("exp from -70 to 0", walk(f, truth, FLT_MIN, 70.0f, false, wide_stride()),
                 carousel::testing::kExpUlp);
}

}  // namespace
}  // namespace carousel::kernels
