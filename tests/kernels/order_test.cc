// The order of terms is a contract: a linear cell against loops that spell it out with std::fma, bit for bit.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/dense.h"
#include "kernels/sweep_case.h"

namespace carousel::kernels {
namespace {

using Floats = std::vector<float>;

Floats floats(const std::vector<double>& v) {
  return Floats(v.begin(), v.end());
}

// With φ(v) = v the sums, the states and their gradients are what products and additions alone make.
TEST(Order, SweepAddsBiasThenXThenHAndGradientsFromTheLastStep) {
  using A = cells::Activation;
  for (const std::vector<std::int32_t>& lengths : {std::vector<std::int32_t>{}, {2, 4, 0, 3, 4}}) {
    const Case c{.cell = cells::Kind::rnn,
                 .T = 4,
                 .B = 5,
                 .I = 19,
                 .H = 18,
                 .lengths = lengths,
                 .activations = {A::linear, A::linear, A::linear}};
    const Inputs in = make_inputs(c);
    const Floats W = floats(in.problem.W), U = floats(in.problem.U), b = floats(in.problem.b),
                 bu = floats(in.problem.bu), x = floats(in.problem.x), dy = floats(in.dy),
                 h0 = floats(in.problem.initial[0]), d_final = floats(in.d_final[0]);
    const int I = c.I, H = c.H, B = c.B;
    const auto runs = [&](int t, int row) { return lengths.empty() || t < lengths[row]; };
    Floats y(dy.size(), 0.0f), h = h0;
    for (int t = 0; t < c.T; ++t) {
      const Floats before = h;
      for (int row = 0; row < B; ++row)
        for (int u = 0; u < H && runs(t, row); ++u) {
          float sum = b[u] + bu[u];
          for (int i = 0; i < I; ++i) sum = std::fma(x[(t * B + row) * I + i], W[u * I + i], sum);
          for (int k = 0; k < H; ++k) sum = std::fma(before[row * H + k], U[u * H + k], sum);
          h[row * H + u] = y[(t * B + row) * H + u] = sum;
        }
    }
    Floats d = d_final, dx(x.size(), 0.0f), dW(W.size(), 0.0f), dU(U.size(), 0.0f), db(b.size(), 0.0f);
    for (int t = c.T - 1; t >= 0; --t)
      for (int row = 0; row < B; ++row) {
        if (!runs(t, row)) continue;
        Floats da(H);
        for (int u = 0; u < H; ++u) da[u] = d[row * H + u] + dy[(t * B + row) * H + u];
        for (int u = 0; u < H; ++u) {
          float carried = 0;
          for (int k = 0; k < H; ++k) carried = std::fma(da[k], U[k * H + u], carried);
          d[row * H + u] = carried;
        }
        for (int i = 0; i < I; ++i)
          for (int k = 0; k < H; ++k)
            dx[(t * B + row) * I + i] = std::fma(da[k], W[k * I + i], dx[(t * B + row) * I + i]);
        for (int u = 0; u < H; ++u) {
          db[u] += da[u];
          for (int i = 0; i < I; ++i)
            dW[u * I + i] = std::fma(x[(t * B + row) * I + i], da[u], dW[u * I + i]);
          for (int k = 0; k < H; ++k) {
            const float operand = t == 0 ? h0[row * H + k] : y[((t - 1) * B + row) * H + k];
            dU[u * H + k] = std::fma(operand, da[u], dU[u * H + k]);
          }
        }
      }
    for (const Target& target : targets()) {
      if (target.name == "sse4") continue;  // it has no fused product
      SCOPED_TRACE(target.name);
      const Results<float> got = run_case<float>(c, in, {.target = std::string(target.name)});
      EXPECT_EQ(got.y, y);
      EXPECT_EQ(got.dx, dx);
      EXPECT_EQ(got.d_initial[0], d);
      EXPECT_EQ(got.dW, dW);
      EXPECT_EQ(got.dU, dU);
      EXPECT_EQ(got.db, db);
      EXPECT_EQ(got.dbu, db);
    }
  }
}

TEST(Order, DenseAddsBiasThenKAndGradientsFromTheLastStep) {
  const int T = 5, B = 70, K = 13, N = 21;  // 350 rows: more than one block of the weight gradient
  std::mt19937 random(5);
  const Floats W = floats(random_numbers(random, N * K, 1)), b = floats(random_numbers(random, N, 1)),
               x = floats(random_numbers(random, T * B * K, 1)),
               dy = floats(random_numbers(random, T * B * N, 1));
  Floats y(dy.size()), dx(x.size(), 0.0f), dW(W.size(), 0.0f), db(b.size(), 0.0f);
  for (int r = 0; r < T * B; ++r)
    for (int n = 0; n < N; ++n) {
      float sum = b[n];
      for (int k = 0; k < K; ++k) sum = std::fma(x[r * K + k], W[n * K + k], sum);
      y[r * N + n] = sum;
      for (int k = 0; k < K; ++k) dx[r * K + k] = std::fma(dy[r * N + n], W[n * K + k], dx[r * K + k]);
    }
  for (int t = T - 1; t >= 0; --t)
    for (int row = 0; row < B; ++row)
      for (int n = 0; n < N; ++n) {
        db[n] += dy[(t * B + row) * N + n];
        for (int k = 0; k < K; ++k)
          dW[n * K + k] = std::fma(x[(t * B + row) * K + k], dy[(t * B + row) * N + n], dW[n * K + k]);
      }
  if (active_target().name == "sse4") GTEST_SKIP() << "sse4 has no fused product";
  DensePack<float> pack(K, N);
  pack.pack(W.data(), b.data());
  Team team(1);
  DenseScratch<float> scratch;
  Floats got_y(y.size()), got_dx(dx.size()), got_dW(dW.size()), got_db(db.size());
  pack.forward(time_major<const float>(x.data(), T, B, K), {}, time_major(got_y.data(), T, B, N), team);
  pack.backward(time_major<const float>(dy.data(), T, B, N), {}, time_major(got_dx.data(), T, B, K), team);
  dense_gradients<float>(time_major<const float>(x.data(), T, B, K),
                         time_major<const float>(dy.data(), T, B, N), {}, got_dW.data(), got_db.data(),
                         scratch, team);
  EXPECT_EQ(got_y, y);
  EXPECT_EQ(got_dx, dx);
  EXPECT_EQ(got_dW, dW);
  EXPECT_EQ(got_db, db);
}

}  // namespace
}  // namespace carousel::kernels
