// The oracle of all other tests: its gradients against finite differences, its treatment of lengths and
// direction.
#include "oracle.h"

#include <cmath>

#include "base/random.h"
#include "cells/all_cells.h"

namespace carousel::oracle {
namespace {

class Draws {
 public:
  explicit Draws(std::uint32_t stream) : random_(7, Random::Use::test, stream) {}
  Numbers operator()(std::size_t n) {
    Numbers values(n);
    for (double& v : values) v = 1.6 * random_.uniform_double(next_++) - 0.8;
    return values;
  }

 private:
  Random random_;
  std::uint64_t next_ = 0;
};

Problem random_problem(const CellCase& c, bool reverse, Draws& draw) {
  Problem q{.cell = c.kind, .activations = c.activations, .T = 4, .B = 3, .I = 2, .H = 3, .reverse = reverse};
  q.lengths = {4, 0, 3};
  const Blocks n = blocks(q.cell);
  q.x = draw(q.T * q.B * q.I);
  q.W = draw(n.x * q.H * q.I), q.U = draw(n.h * q.H * q.H), q.p = draw(n.p * q.H);
  q.b = draw(n.x * q.H), q.bu = draw(n.h * q.H);
  for (int k = 0; k < n.states; ++k) q.initial[k] = draw(q.B * q.H);
  return q;
}

double loss(const Problem& q, const Numbers& dy, const Numbers (&d_final)[2]) {
  const Outputs out = forward(q);
  double sum = 0;
  for (std::size_t i = 0; i < dy.size(); ++i) sum += dy[i] * out.y[i];
  for (int k = 0; k < 2; ++k)
    for (std::size_t i = 0; i < out.final[k].size(); ++i) sum += d_final[k][i] * out.final[k][i];
  return sum;
}

/// Every element of `values`, a member of q, against central differences: their error is of the order
/// step² + 1e-16 / step, 1e-9 for a loss of the order of one.
void check(const char* what, Problem& q, Numbers& values, const Numbers& gradient, const Numbers& dy,
           const Numbers (&d_final)[2]) {
  ASSERT_EQ(values.size(), gradient.size()) << what;
  const double step = 1e-5;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double kept = values[i];
    values[i] = kept + step;
    const double up = loss(q, dy, d_final);
    values[i] = kept - step;
    const double down = loss(q, dy, d_final);
    values[i] = kept;
    EXPECT_NEAR(gradient[i], (up - down) / (2 * step), 2e-9) << what << "[" << i << "]";
  }
}

class Oracle : public testing::TestWithParam<CellCase> {};
INSTANTIATE_TEST_SUITE_P(, Oracle, testing::ValuesIn(all_cell_cases()), case_name);

TEST_P(Oracle, GradientsAreFiniteDifferences) {
  for (bool reverse : {false, true}) {
    Draws draw(reverse);
    Problem q = random_problem(GetParam(), reverse, draw);
    const Numbers dy = draw(q.T * q.B * q.H), d_final[2] = {draw(q.B * q.H), draw(q.B * q.H)};
    const Gradients g = backward(q, dy, d_final);
    check("x", q, q.x, g.x, dy, d_final);
    check("W", q, q.W, g.W, dy, d_final);
    check("U", q, q.U, g.U, dy, d_final);
    check("p", q, q.p, g.p, dy, d_final);
    check("b", q, q.b, g.b, dy, d_final);
    check("bu", q, q.bu, g.bu, dy, d_final);
    for (int k = 0; k < blocks(q.cell).states; ++k)
      check("initial", q, q.initial[k], g.initial[k], dy, d_final);
  }
}

TEST_P(Oracle, ARowAloneIsTheRowInABatch) {
  Draws draw(2);
  const Problem q = random_problem(GetParam(), true, draw);
  const Outputs batch = forward(q);
  const int b = 2, length = q.lengths[b];
  Problem alone = q;
  alone.T = length, alone.B = 1, alone.lengths.clear(), alone.x.clear();
  for (int t = 0; t < length; ++t)
    for (int i = 0; i < q.I; ++i) alone.x.push_back(q.x[(t * q.B + b) * q.I + i]);
  for (Numbers& state : alone.initial)
    if (!state.empty()) state = Numbers(state.begin() + b * q.H, state.begin() + (b + 1) * q.H);
  const Outputs out = forward(alone);
  for (int j = 0; j < q.H; ++j) {
    for (int t = 0; t < q.T; ++t)
      EXPECT_EQ(batch.y[(t * q.B + b) * q.H + j], t < length ? out.y[t * q.H + j] : 0.0);
    for (int k = 0; k < blocks(q.cell).states; ++k) EXPECT_EQ(batch.final[k][b * q.H + j], out.final[k][j]);
  }
}

TEST_P(Oracle, ReverseIsTheReversedSequenceReversedBack) {
  Draws draw(3);
  Problem q = random_problem(GetParam(), false, draw);
  q.lengths.clear();
  Problem r = q;
  r.reverse = true;
  const int row_x = q.B * q.I, row_y = q.B * q.H;
  for (int t = 0; t < q.T; ++t)
    std::copy_n(q.x.begin() + t * row_x, row_x, r.x.begin() + (q.T - 1 - t) * row_x);
  const Outputs a = forward(q), b = forward(r);
  for (int t = 0; t < q.T; ++t)
    for (int k = 0; k < row_y; ++k) EXPECT_EQ(a.y[t * row_y + k], b.y[(q.T - 1 - t) * row_y + k]);
  EXPECT_EQ(a.final[0], b.final[0]);
  EXPECT_EQ(a.final[1], b.final[1]);
}

TEST_P(Oracle, ARowWithoutStepsPassesItsStateOn) {
  Draws draw(4);
  Problem q = random_problem(GetParam(), false, draw);
  const Outputs out = forward(q);
  const Numbers dy = draw(q.T * q.B * q.H), d_final[2] = {draw(q.B * q.H), draw(q.B * q.H)};
  const Gradients g = backward(q, dy, d_final);
  for (int k = 0; k < blocks(q.cell).states; ++k)
    for (int j = 0; j < q.H; ++j) {
      EXPECT_EQ(out.final[k][q.H + j], q.initial[k][q.H + j]);
      EXPECT_EQ(g.initial[k][q.H + j], d_final[k][q.H + j]);
    }
}

TEST_P(Oracle, NoStateIsZeroState) {
  Draws draw(5);
  Problem q = random_problem(GetParam(), false, draw);
  for (Numbers& state : q.initial) std::fill(state.begin(), state.end(), 0.0);
  const Outputs zero = forward(q);
  for (Numbers& state : q.initial) state.clear();
  EXPECT_EQ(zero.y, forward(q).y);
}

}  // namespace
}  // namespace carousel::oracle
