// Rung 4: every cell on every target, sizes around the vector width, layouts and absences, against the
// oracle.
#include <gtest/gtest.h>

#include "kernels/sweep_case.h"

namespace carousel::kernels {
namespace {

// Bound: a sum of n products errs by at most n·eps·Σ|terms|; with the sizes of make_inputs Σ|terms| is below
// n/√n + 1 per sum, errors pass through at most T steps, and gradients of weights add T·B of them.
double tolerance(const Case& c, double eps, double largest) {
  const double terms = std::sqrt(c.I + 4.0 * c.H) + 8;
  return 2 * eps * terms * (c.T + 1) * std::max(1.0, largest);
}

template <class T>
void expect_like_oracle(const Case& c, const Way& way, double eps) {
  SCOPED_TRACE(name_of(c) + " target=" + way.target + " threads=" + std::to_string(way.threads));
  const Inputs in = make_inputs(c);
  const Results<double> expected = run_oracle(in);
  const Results<T> got = run_case<T>(c, in, way);
  std::vector<std::pair<const char*, const std::vector<double>*>> wanted;
  expected.each([&](const char* name, const std::vector<double>& v) { wanted.push_back({name, &v}); });
  std::size_t part = 0;
  got.each([&](const char* name, const std::vector<T>& v) {
    const std::vector<double>& want = *wanted[part++].second;
    if (!way.backward && part > 3) return;
    ASSERT_EQ(v.size(), want.size()) << name;
    double largest = 0;
    for (const double w : want) largest = std::max(largest, std::abs(w));
    const double tol = tolerance(c, eps, largest);
    for (std::size_t i = 0; i < v.size(); ++i) ASSERT_NEAR(v[i], want[i], tol) << name << "[" << i << "]";
  });
}

std::vector<cells::Kind> kinds() {
  std::vector<cells::Kind> all;
  for (int k = 0; k < cells::kKinds; ++k) all.push_back(static_cast<cells::Kind>(k));
  return all;
}

constexpr double kFloat = 1.2e-7;

class Differential : public testing::TestWithParam<std::string_view> {};

TEST_P(Differential, UnitsAndInputsAroundTheVectorWidth) {
  for (const cells::Kind cell : kinds())
    for (const int H : {1, 3, 7, 8, 15, 16, 17, 33, 65})
      for (const int I : {1, 7, 16, 17, 67})
        expect_like_oracle<float>({.cell = cell, .T = 3, .B = 3, .I = I, .H = H},
                                  {.target = std::string(GetParam())}, kFloat);
}

// One row has paths of its own: whole panels of U at once in backward (130 units), and forward either unit
// vectors side by side or, where their weights fill the first cache (I = H = 32, 64), one by one.
TEST_P(Differential, OneRowOfManyUnits) {
  const std::string target(GetParam());
  for (const cells::Kind cell : kinds()) {
    for (const auto& [I, H] : {std::pair{20, 130}, {32, 32}, {64, 64}, {70, 257}, {1, 16}}) {
      const Case c{.cell = cell, .T = 5, .B = 1, .I = I, .H = H};
      expect_like_oracle<float>(c, {.target = target}, kFloat);
      expect_like_oracle<float>(c, {.target = target, .backward = false, .mode = Mode::infer}, kFloat);
      expect_like_oracle<float>(c, {.target = target, .backward = false, .streamed = true}, kFloat);
    }
  }
}

TEST_P(Differential, RowsAroundTheTile) {
  for (const cells::Kind cell : kinds())
    for (const int B : {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 64, 65, 130})
      for (const int T : {1, 2, 5})
        expect_like_oracle<float>({.cell = cell, .T = T, .B = B, .I = 5, .H = 9},
                                  {.target = std::string(GetParam())}, kFloat);
}

TEST_P(Differential, LayoutsLengthsAndDirections) {
  const std::vector<std::int32_t> lengths = {3, 0, 5, 1, 5, 2, 4};
  for (const cells::Kind cell : kinds())
    for (const bool reverse : {false, true})
      for (const bool ragged : {false, true})
        for (const bool batch_major : {false, true})
          expect_like_oracle<float>({.cell = cell,
                                     .T = 5,
                                     .B = 7,
                                     .I = 6,
                                     .H = 19,
                                     .reverse = reverse,
                                     .lengths = ragged ? lengths : std::vector<std::int32_t>{}},
                                    {.target = std::string(GetParam()), .batch_major = batch_major, .gap = 3},
                                    kFloat);
}

TEST_P(Differential, AbsentParts) {
  for (const cells::Kind cell : kinds())
    for (int absent = 0; absent < 5; ++absent)
      expect_like_oracle<float>({.cell = cell,
                                 .T = 4,
                                 .B = 5,
                                 .I = 3,
                                 .H = 10,
                                 .recurrent_bias = absent != 0,
                                 .bias = absent != 1,
                                 .initial = absent != 2,
                                 .d_final = absent != 3,
                                 .dy = absent != 4},
                                {.target = std::string(GetParam())}, kFloat);
}

TEST_P(Differential, NamedActivations) {
  using A = cells::Activation;
  for (const cells::Kind cell : kinds())
    for (const A a : {A::linear, A::relu, A::hard_sigmoid, A::hard_sigmoid_0_2, A::softsign})
      expect_like_oracle<float>(
          {.cell = cell, .T = 3, .B = 5, .I = 6, .H = 18, .activations = {A::hard_sigmoid, a, A::softsign}},
          {.target = std::string(GetParam())}, kFloat);
}

TEST_P(Differential, InferenceMode) {
  for (const cells::Kind cell : kinds())
    for (const int B : {1, 7, 70})
      for (const bool reverse : {false, true})
        expect_like_oracle<float>({.cell = cell, .T = 9, .B = B, .I = 6, .H = 18, .reverse = reverse},
                                  {.target = std::string(GetParam()), .backward = false, .mode = Mode::infer},
                                  kFloat);
}

TEST_P(Differential, RecurrentDropout) {
  const std::vector<std::int32_t> lengths = {3, 0, 5, 1, 5, 2, 4};
  for (const cells::Kind cell : kinds())
    for (const bool reverse : {false, true})
      for (const int B : {1, 7, 70})
        for (const bool initial : {false, true})
          expect_like_oracle<float>({.cell = cell,
                                     .T = 5,
                                     .B = B,
                                     .I = 6,
                                     .H = 19,
                                     .reverse = reverse,
                                     .lengths = B == 7 ? lengths : std::vector<std::int32_t>{},
                                     .initial = initial,
                                     .masked = true},
                                    {.target = std::string(GetParam())}, kFloat);
}

INSTANTIATE_TEST_SUITE_P(Targets, Differential, testing::ValuesIn(available_targets()),
                         [](const auto& which) { return std::string(which.param); });

TEST(Differential, Double) {
  const std::vector<std::int32_t> lengths = {3, 0, 5, 1, 5, 2, 4};
  for (const cells::Kind cell : kinds())
    for (const int H : {1, 5, 18})
      for (const bool reverse : {false, true})
        for (const bool ragged : {false, true})
          expect_like_oracle<double>({.cell = cell,
                                      .T = 5,
                                      .B = 7,
                                      .I = 6,
                                      .H = H,
                                      .reverse = reverse,
                                      .lengths = ragged ? lengths : std::vector<std::int32_t>{}},
                                     {}, 1e-14);
}

}  // namespace
}  // namespace carousel::kernels
