// Dense products against plain loops in double, and the reductions: values, order and bits.
#include "kernels/dense.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "carousel/error.h"
#include "cells/registry.h"
#include "kernels/reduce.h"

namespace carousel::kernels {
namespace {

template <class T>
std::vector<T> numbers(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<T> v(n);
  for (T& x : v) x = uniform(random);
  return v;
}

template <class T>
void expect_near(const std::vector<T>& got, const std::vector<double>& want, double tolerance,
                 const char* name) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], want[i], tolerance) << name << "[" << i << "]";
}

// A sum of n products of numbers below 1 errs by at most n·eps·n.
template <class T>
void expect_like_loops(const Table<T>& table, int inputs, int outputs, int steps, int rows,
                       bool batch_major_layout, bool bias, double eps) {
  DensePack<T> pack(inputs, outputs, table);
  const int K = pack.inputs(), N = pack.outputs(), count = steps * rows;
  const auto size = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
  const std::vector<T> W = numbers<T>(size(N, K), 1), b = numbers<T>(size(N, 1), 2),
                       x = numbers<T>(size(count, K), 3), dy = numbers<T>(size(count, N), 4);
  std::vector<T> y(dy.size()), dx(x.size()), dW(W.size()), db(b.size());
  pack.pack(W.data(), bias ? b.data() : nullptr);
  Team team(1);
  const auto view = [&](auto* data, int features) {
    return batch_major_layout ? batch_major(data, rows, steps, features)
                              : time_major(data, steps, rows, features);
  };
  pack.forward(view(x.data(), K), {}, view(y.data(), N), team);
  pack.backward(view(dy.data(), N), {}, view(dx.data(), K), team);
  DenseScratch<T> scratch;
  dense_gradients<T>(view(x.data(), K), view(dy.data(), N), {}, dW.data(), db.data(), scratch, team, false,
                     table);
  std::vector<double> y0(y.size()), dx0(x.size()), dW0(W.size()), db0(b.size());
  for (int r = 0; r < count; ++r)
    for (int n = 0; n < N; ++n) {
      double sum = bias ? b[n] : 0;
      for (int k = 0; k < K; ++k) {
        sum += static_cast<double>(W[n * K + k]) * x[r * K + k];
        dx0[r * K + k] += static_cast<double>(W[n * K + k]) * dy[r * N + n];
        dW0[n * K + k] += static_cast<double>(dy[r * N + n]) * x[r * K + k];
      }
      y0[r * N + n] = sum, db0[n] += dy[r * N + n];
    }
  const auto bound = [&](int n) { return eps * n * n + eps; };
  expect_near(y, y0, bound(K + 1), "y"), expect_near(dx, dx0, bound(N), "dx");
  expect_near(dW, dW0, bound(count), "dW"), expect_near(db, db0, bound(count), "db");

  // Twice the sum: once more, added to what is there.
  dense_gradients<T>(view(x.data(), K), view(dy.data(), N), {}, dW.data(), db.data(), scratch, team, true,
                     table);
  for (double& v : dW0) v *= 2;
  expect_near(dW, dW0, 4 * bound(count), "dW added");
}

TEST(Dense, LikePlainLoopsOnEverySize) {
  for (const int K : {1, 2, 5, 16, 17, 50, 130})
    for (const int N : {1, 3, 10, 16, 33, 70})
      for (const int rows : {1, 4, 7, 67})
        expect_like_loops(default_table<float>(), K, N, 3, rows, rows % 2 == 0, K % 2 == 0, 1.2e-7);
}

// 270 frames are more than one block of the products and of the weight gradient.
TEST(Dense, LikePlainLoopsOnEveryTargetAndSize) {
  for (const Target& target : targets()) {
    SCOPED_TRACE(target.name);
    for (const int K : {1, 7, 15, 16, 17, 20, 33, 130})
      for (const int N : {1, 7, 15, 16, 17, 20, 33, 130})
        for (const int rows : {1, 9, 135})
          expect_like_loops(*target.table, K, N, 2, rows, rows == 9, K % 2 == 0, 1.2e-7);
  }
}

// 2,200 frames of 1,024 features are summed in blocks of 1,024, and each half of them in blocks of 256.
TEST(Dense, GradientsDoNotDependOnTheirBlocks) {
  constexpr int T = 22, B = 100, K = 1024, N = 5;
  Team team(1);
  const std::vector<float> x = numbers<float>(T * B * K, 1), dy = numbers<float>(T * B * N, 2);
  for (const Target& target : targets()) {
    DenseScratch<float> scratch;
    std::vector<float> dW(N * K), db(N), halves_dW(N * K), halves_db(N);
    const auto add = [&](int first, int steps, std::vector<float>& W, std::vector<float>& b, bool more) {
      dense_gradients<float>(time_major(x.data() + first * B * K, steps, B, K),
                             time_major(dy.data() + first * B * N, steps, B, N), {}, W.data(), b.data(),
                             scratch, team, more, *target.table);
    };
    add(0, T, dW, db, false);
    add(T / 2, T / 2, halves_dW, halves_db, false);
    add(0, T / 2, halves_dW, halves_db, true);
    EXPECT_EQ(dW, halves_dW) << target.name;
    EXPECT_EQ(db, halves_db) << target.name;
    double expected = 0;
    for (int row = 0; row < T * B; ++row) expected += static_cast<double>(x[row * K + 700]) * dy[row * N + 3];
    EXPECT_NEAR(dW[3 * K + 700], expected, 1e-4) << target.name;
  }
}

TEST(Dense, AnEmptyBatchMakesRoomForAFullOne) {
  constexpr int T = 21, B = 100, K = 1024, N = 2;
  Team team(1);
  const std::vector<float> x(T * B * K), dy(T * B * N);
  std::vector<float> dW(N * K), db(N);
  DenseScratch<float> scratch;
  const auto gradients = [&](const std::vector<std::int32_t>& lengths) {
    dense_gradients<float>(time_major(x.data(), T, B, K), time_major(dy.data(), T, B, N), lengths, dW.data(),
                           db.data(), scratch, team, false);
    return scratch.packed.size();
  };
  EXPECT_EQ(gradients(std::vector<std::int32_t>(B, 0)), gradients(std::vector<std::int32_t>(B, T)));
}

TEST(Dense, LikePlainLoopsInDouble) {
  for (const int N : {1, 7, 20}) expect_like_loops(double_table(), 19, N, 5, 9, true, true, 3e-16);
}

// Against the definitions in double; what stands beyond a row's features or its length is not touched, or
// zero.
TEST(Dense, ActivationsLikeTheirDefinitionsOnEveryTargetAndSize) {
  constexpr int T = 3, B = 2, kGap = 5;
  const std::int32_t lengths[B] = {3, 1};
  Team team(1);
  for (const Target& target : targets())
    for (const auto& [name, f] : EnumNames<cells::Activation>::names)
      for (const int N : {1, 7, 15, 16, 17, 20, 33}) {
        const std::size_t size = T * B * static_cast<std::size_t>(N + kGap);
        std::vector<float> x = numbers<float>(size, 1), y(size, 99.0f), dx(size, 99.0f);
        const std::vector<float> dy = numbers<float>(size, 2);
        for (float& v : x) v *= 4;  // beyond the corners of the hard sigmoids
        const auto view = [&](auto* data) {
          return SeqView<std::remove_pointer_t<decltype(data)>>{data, T, B, N, B * (N + kGap), N + kGap};
        };
        activate(f, view(std::as_const(x).data()), lengths, view(y.data()), team, *target.table);
        activate_backward(f, view(std::as_const(y).data()), view(dy.data()), lengths, view(dx.data()), team,
                          *target.table);
        for (std::size_t i = 0; i < size; ++i) {
          SCOPED_TRACE(testing::Message() << target.name << " " << name << " " << N << " [" << i << "]");
          const int row = static_cast<int>(i) / (N + kGap), n = static_cast<int>(i) % (N + kGap);
          const bool beyond = n >= N, padded = !beyond && row / B >= lengths[row % B];
          const double want = cells::apply<double>(f, x[i]);
          ASSERT_NEAR(y[i], beyond ? 99 : padded ? 0 : want, 3e-7 * std::max(1.0, std::abs(want)));
          ASSERT_NEAR(dx[i], beyond ? 99 : padded ? 0 : dy[i] * cells::slope<double>(f, y[i]), 1e-6);
        }
      }
}

// 300 rows are more than one block of the weight gradient, and 64 features more than one of its tiles.
TEST(Dense, TargetsWithFusedProductsAgree) {
  const int K = 64, N = 37, rows = 300;
  const std::vector<float> W = numbers<float>(N * K, 1), x = numbers<float>(rows * K, 2);
  std::vector<float> reference;
  for (const Target& target : targets()) {
    if (target.name == "sse4") continue;
    DensePack<float> pack(K, N, *target.table);
    pack.pack(W.data(), W.data());
    Team team(1);
    std::vector<float> y(rows * N);
    pack.forward(time_major<const float>(x.data(), 1, rows, K), {}, time_major(y.data(), 1, rows, N), team);
    if (reference.empty()) reference = y;
    EXPECT_EQ(reference, y) << target.name;
  }
}

// A row alone, at its own length, is what it is in a padded batch; what lies beyond is not read.
TEST(Dense, KeepsToTheLengthsOfRows) {
  const int K = 21, N = 37, T = 9, B = 5;
  const std::int32_t lengths[B] = {9, 0, 4, 1, 7};
  const std::vector<float> W = numbers<float>(N * K, 1), b = numbers<float>(N, 2);
  std::vector<float> x = numbers<float>(T * B * K, 3), dy = numbers<float>(T * B * N, 4);
  std::vector<float> y(T * B * N, 99.0f), dx(T * B * K, 99.0f), dW(N * K), db(N), sum_W(N * K), sum_b(N);
  DensePack<float> pack(K, N);
  pack.pack(W.data(), b.data());
  Team team(2);
  DenseScratch<float> scratch;
  for (int row = 0; row < B; ++row)
    for (int t = lengths[row]; t < T; ++t) {
      std::fill_n(x.data() + (row * T + t) * K, K, std::nanf(""));
      std::fill_n(dy.data() + (row * T + t) * N, N, std::nanf(""));
    }
  const auto whole = [&](auto* data, int features) { return batch_major(data, B, T, features); };
  pack.forward(whole(std::as_const(x).data(), K), lengths, whole(y.data(), N), team);
  pack.backward(whole(std::as_const(dy).data(), N), lengths, whole(dx.data(), K), team);
  dense_gradients<float>(whole(std::as_const(x).data(), K), whole(std::as_const(dy).data(), N), lengths,
                         dW.data(), db.data(), scratch, team);
  for (int row = 0; row < B; ++row) {
    const int L = lengths[row];
    std::vector<float> alone(T * N, 0.0f), d_alone(T * K, 0.0f);
    const auto one = [&](auto* data, int features) { return batch_major(data, 1, L, features); };
    if (L > 0) {
      pack.forward(one(std::as_const(x).data() + row * T * K, K), {}, one(alone.data(), N), team);
      pack.backward(one(std::as_const(dy).data() + row * T * N, N), {}, one(d_alone.data(), K), team);
    }
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), y.begin() + row * T * N)) << row;
    EXPECT_TRUE(std::equal(d_alone.begin(), d_alone.end(), dx.begin() + row * T * K)) << row;
    for (int t = 0; t < L; ++t)
      for (int n = 0; n < N; ++n) {
        const float d = dy[static_cast<std::size_t>((row * T + t) * N + n)];
        sum_b[static_cast<std::size_t>(n)] += d;
        for (int k = 0; k < K; ++k)
          sum_W[static_cast<std::size_t>(n * K + k)] +=
              d * x[static_cast<std::size_t>((row * T + t) * K + k)];
      }
  }
  for (std::size_t i = 0; i < dW.size(); ++i) EXPECT_NEAR(dW[i], sum_W[i], 1e-5);
  for (std::size_t i = 0; i < db.size(); ++i) EXPECT_NEAR(db[i], sum_b[i], 1e-5);
  const std::int32_t few[] = {1, 2};
  EXPECT_THROW(pack.forward(whole(std::as_const(x).data(), K), few, whole(y.data(), N), team), Error);
}

TEST(Dense, RefusesWrongSizes) {
  DensePack<float> pack(3, 2);
  std::vector<float> x(100);
  Team team(1);
  EXPECT_THROW(
      pack.forward(time_major<const float>(x.data(), 2, 2, 4), {}, time_major(x.data(), 2, 2, 2), team),
      Error);
  EXPECT_THROW(
      pack.forward(time_major<const float>(x.data(), 2, 2, 3), {}, time_major(x.data(), 2, 3, 2), team),
      Error);
}

// The order is the contract: 16 partial sums, then a tree. Numbers of very different size show any other
// order.
double sum_in_order(const std::vector<double>& x) {
  double partial[16] = {};
  for (std::size_t i = 0; i < x.size(); ++i) partial[i % 16] += x[i];
  for (int half = 8; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) partial[j] += partial[j + half];
  return partial[0];
}

TEST(Reduce, HasOneOrder) {
  for (const std::size_t n : {0, 1, 5, 15, 16, 17, 100, 1000}) {
    std::vector<double> x = numbers<double>(n, 7);
    for (std::size_t i = 0; i < n; ++i) x[i] *= std::pow(10.0, static_cast<double>(i % 7));
    EXPECT_EQ(sum_of(static_cast<int>(n), [&](int i) { return x[static_cast<std::size_t>(i)]; }),
              sum_in_order(x));
  }
}

TEST(Reduce, FindsTheLargestAndWhatIsNotFinite) {
  for (const std::size_t n : {1, 15, 16, 33}) {
    std::vector<float> x = numbers<float>(n, 8);
    std::vector<double> wide(x.begin(), x.end());
    for (std::size_t i = 0; i < n; ++i) {
      std::vector<float> y = x;
      y[i] = i % 2 ? -1.5f : 1.5f;
      for (const Target& target : targets())
        EXPECT_EQ(target.table->largest(y.data(), n), 1.5f) << target.name;
      wide.assign(y.begin(), y.end());
      EXPECT_EQ(largest(std::span<const double>(wide)), 1.5);
      EXPECT_EQ(largest(std::span<const float>(y)), 1.5f);
    }
    for (const float bad : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()})
      for (std::size_t i = 0; i < n; ++i) {
        std::vector<float> y = x;
        y[i] = bad;
        for (const Target& target : targets())
          EXPECT_TRUE(std::isnan(target.table->largest(y.data(), n))) << target.name;
        wide.assign(y.begin(), y.end());
        EXPECT_TRUE(std::isnan(largest(std::span<const double>(wide))));
      }
  }
}

}  // namespace
}  // namespace carousel::kernels
