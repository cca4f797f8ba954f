// Initialisers: the distributions that their names promise, gate block by gate block.
#include "model/initialise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "carousel/error.h"
#include "carousel/model.h"
#include "cells/registry.h"
#include "model/spec_json.h"

namespace carousel::model {
namespace {

std::vector<double> fill(const layers::TensorSpec& spec, std::uint64_t seed = 1, std::uint32_t index = 0) {
  std::size_t size = 1;
  for (const int d : spec.shape) size *= static_cast<std::size_t>(d);
  std::vector<double> values(size, 99.0);
  initialise(spec, seed, index, values);
  return values;
}

double mean(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}
double deviation(const std::vector<double>& v) {
  const double m = mean(v);
  double sum = 0;
  for (const double x : v) sum += (x - m) * (x - m);
  return std::sqrt(sum / static_cast<double>(v.size()));
}

TEST(Initialise, GlorotUniformHasTheLimitOfItsBlock) {
  // Four blocks of [50, 30] apart: a = sqrt(6 / 80); as one [200, 30]: a = sqrt(6 / 230).
  for (const int blocks : {4, 1}) {
    const auto v = fill({.name = "W", .shape = {200, 30}, .init = "glorot_uniform", .blocks = blocks});
    const double a = std::sqrt(6.0 / (blocks == 4 ? 80 : 230));
    EXPECT_LE(*std::max_element(v.begin(), v.end()), a);
    EXPECT_GT(*std::max_element(v.begin(), v.end()), 0.98 * a);
    EXPECT_LT(*std::min_element(v.begin(), v.end()), -0.98 * a);
    EXPECT_NEAR(deviation(v), a / std::sqrt(3.0), 0.03 * a);
  }
}

TEST(Initialise, NormalsHaveTheirDeviation) {
  EXPECT_NEAR(deviation(fill({.name = "W", .shape = {200, 50}, .init = "normal(0.5)"})), 0.5, 0.02);
  EXPECT_NEAR(mean(fill({.name = "W", .shape = {200, 50}, .init = "normal(0.5)"})), 0.0, 0.02);
  EXPECT_NEAR(deviation(fill({.name = "W", .shape = {200, 50}, .init = "he_normal"})), std::sqrt(2.0 / 50),
              0.01);
  EXPECT_NEAR(deviation(fill({.name = "W", .shape = {200, 50}, .init = "glorot_normal"})),
              std::sqrt(2.0 / 250), 0.005);
}

double product(const std::vector<double>& m, int columns, int i, int j, bool of_columns, int rows) {
  double sum = 0;
  if (of_columns)
    for (int r = 0; r < rows; ++r)
      sum += m[static_cast<std::size_t>(r * columns + i)] * m[static_cast<std::size_t>(r * columns + j)];
  else
    for (int c = 0; c < columns; ++c)
      sum += m[static_cast<std::size_t>(i * columns + c)] * m[static_cast<std::size_t>(j * columns + c)];
  return sum;
}

TEST(Initialise, OrthogonalIsOrthonormal) {
  const std::vector<std::pair<int, int>> shapes = {{6, 6}, {9, 4}, {4, 9}};
  for (const auto& [rows, columns] : shapes) {
    const auto m = fill({.name = "U", .shape = {rows, columns}, .init = "orthogonal"});
    const bool of_columns = rows >= columns;
    const int n = std::min(rows, columns);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) EXPECT_NEAR(product(m, columns, i, j, of_columns, rows), i == j, 1e-12);
  }
}

// Weights are part of what a seed means: however the work is arranged, each number is the one that Gram and
// Schmidt's steps give in their own order.
TEST(Initialise, OrthogonalHasTheBitsOfGramSchmidtStepByStep) {
  for (const auto& [rows, columns] : std::vector<std::pair<int, int>>{{80, 43}, {37, 94}, {5, 5}, {64, 64}}) {
    const bool of_columns = rows > columns;
    const auto n = static_cast<std::size_t>(std::min(rows, columns)),
               length = static_cast<std::size_t>(std::max(rows, columns));
    const Random random(1, Random::Use::initialise, 0, 0);
    std::vector<std::vector<double>> q(n, std::vector<double>(length));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < length; ++k) q[i][k] = random.normal(i * length + k);
      for (std::size_t j = 0; j < i; ++j) {
        double dot = 0.0;
        for (std::size_t k = 0; k < length; ++k) dot += q[j][k] * q[i][k];
        for (std::size_t k = 0; k < length; ++k) q[i][k] -= dot * q[j][k];
      }
      double squares = 0.0;
      for (const double v : q[i]) squares += v * v;
      const double norm = std::sqrt(squares);
      for (double& v : q[i]) v /= norm;
    }
    const auto m = fill({.name = "U", .shape = {rows, columns}, .init = "orthogonal"});
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
      for (std::size_t c = 0; c < static_cast<std::size_t>(columns); ++c)
        ASSERT_EQ(m[r * static_cast<std::size_t>(columns) + c], of_columns ? q[c][r] : q[r][c])
            << rows << " x " << columns;
  }
}

TEST(Initialise, EachGateBlockIsOrthogonalByItself) {
  const auto m = fill({.name = "U", .shape = {12, 4}, .init = "orthogonal", .blocks = 3});
  for (int block = 0; block < 3; ++block) {
    const std::vector<double> part(m.begin() + block * 16, m.begin() + (block + 1) * 16);
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) EXPECT_NEAR(product(part, 4, i, j, false, 4), i == j, 1e-12);
  }
  EXPECT_NE(m[0], m[16]);
}

TEST(Initialise, AnOrthogonalMatrixTimesItsGain) {
  // MᵀM = gain² · 1 says that every eigenvalue has the absolute value gain.
  for (const char* gain : {"0.9", "1", "1.25", "30"}) {
    const double g2 = std::pow(std::stod(gain), 2);
    const auto m =
        fill({.name = "U", .shape = {10, 5}, .init = std::string("orthogonal(") + gain + ")", .blocks = 2});
    for (int block = 0; block < 2; ++block) {
      const std::vector<double> part(m.begin() + block * 25, m.begin() + (block + 1) * 25);
      for (int i = 0; i < 5; ++i)
        for (int j = 0; j < 5; ++j)
          EXPECT_NEAR(product(part, 5, i, j, true, 5), i == j ? g2 : 0, 1e-12 * g2) << gain;
    }
  }
  const layers::TensorSpec plain{.name = "U", .shape = {5, 5}, .init = "orthogonal"};
  layers::TensorSpec one = plain;
  one.init = "orthogonal(1)";
  EXPECT_EQ(fill(plain), fill(one));
}

TEST(Initialise, ForgetBlockIsSetApart) {
  const auto b = fill({.name = "b",
                       .shape = {8},
                       .init = "constant(0.001)",
                       .blocks = 4,
                       .forget_block = 1,
                       .forget_value = 1});
  EXPECT_EQ(b, (std::vector<double>{0.001, 0.001, 1, 1, 0.001, 0.001, 0.001, 0.001}));
}

TEST(Initialise, DependsOnSeedAndTensorOnly) {
  const layers::TensorSpec spec{.name = "W", .shape = {3, 3}, .init = "normal(1)"};
  EXPECT_EQ(fill(spec, 1, 0), fill(spec, 1, 0));
  EXPECT_NE(fill(spec, 1, 0), fill(spec, 2, 0));
  EXPECT_NE(fill(spec, 1, 0), fill(spec, 1, 1));
}

TEST(Initialise, RefusesWhatIsNoInitialiser) {
  for (const char* bad :
       {"glorot", "normal", "normal()", "normal(x)", "normal(-1)", "normal(1", "constant(nan)", "zeros(1)",
        "orthogonal(0)", "orthogonal(-1)", "orthogonal(inf)", "orthogonal(1e999)", "orthogonal()", ""})
    EXPECT_THROW(check_initialiser({.name = "W", .shape = {2, 2}, .init = bad}, "W"), Error) << bad;
  for (const char* matrices : {"orthogonal", "orthogonal(2)"})
    EXPECT_THROW(check_initialiser({.name = "b", .shape = {2}, .init = matrices}, "b"), Error) << matrices;
}

std::vector<std::string> words_of(std::string_view choices) {
  std::vector<std::string> words;
  for (std::size_t from = 0; from < choices.size();) {
    const std::size_t bar = std::min(choices.find(" | ", from), choices.size());
    words.emplace_back(choices.substr(from, bar - from));
    from = bar + 3;
  }
  return words;
}

TEST(Initialise, TheSettingsTextNamesWhatIsTaken) {
  const auto numbered = [](std::string word) {  // "normal(sd)" -> "normal(0.5)"
    const std::size_t open = word.find('(');
    return open == std::string::npos ? word : word.substr(0, open) + "(0.5)";
  };
  const std::vector<std::string> matrix = words_of(kMatrixChoices), vector = words_of(kVectorChoices);
  EXPECT_EQ(matrix.size(), 11u);
  for (const std::string& word : matrix) {
    EXPECT_NO_THROW(check_initialiser({.name = "W", .shape = {2, 2}, .init = numbered(word)}, "W")) << word;
    const bool both = std::find(vector.begin(), vector.end(), word) != vector.end();
    const layers::TensorSpec b{.name = "b", .shape = {2}, .init = numbered(word)};
    if (both)
      EXPECT_NO_THROW(check_initialiser(b, "b")) << word;
    else
      EXPECT_THROW(check_initialiser(b, "b"), Error) << word;
  }
  std::vector<std::string> activations;
  for (const auto& [name, value] : EnumNames<cells::Activation>::names) activations.emplace_back(name);
  EXPECT_EQ(words_of(kActivationChoices), activations);
}

TEST(Initialise, AWrongNameIsOfTheSetting) {
  const auto where = [](const Layer& layer) {
    try {
      Model::create({.layers = {layer}}, 2);
    } catch (const Error& error) {
      return error.info().where;
    }
    return std::string("accepted");
  };
  EXPECT_EQ(where(Lstm{.units = 2, .w_init = "glorot"}), "layer[0].w_init");
  EXPECT_EQ(where(Gru{.units = 2, .recurrent_bias = true, .b_init = "orthogonal"}), "layer[0].b_init");
  EXPECT_EQ(where(PeepholeLstm{.units = 2, .p_init = "one"}), "layer[0].p_init");
  EXPECT_EQ(where(Bidirectional{.forward = Lstm{.units = 2}, .backward = Lstm{.units = 2, .u_init = "x"}}),
            "layer[0].backward.u_init");
}

}  // namespace
}  // namespace carousel::model
