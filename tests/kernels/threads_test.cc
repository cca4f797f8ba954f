// The sweep on several threads: the same bits whatever their number, from several host threads, while busy.
#include <gtest/gtest.h>

#include <thread>

#include "kernels/dense.h"
#include "kernels/sweep_case.h"
#include "support/every_cell.h"

namespace carousel::kernels {
namespace {

class SweepThreads : public ::testing::TestWithParam<cells::Kind> {};
INSTANTIATE_TEST_SUITE_P(Cells, SweepThreads, ::testing::ValuesIn(carousel::testing::every_cell()),
                         [](const auto& which) { return carousel::testing::case_name(which.param); });

// Large enough that the work is shared: by rows where there are many, by units where there are few and a step
// is long, by nobody but for the weight gradients where a step is short.
const std::vector<Case> kCases = {
    {.T = 7, .B = 45, .I = 20, .H = 70},
    {.T = 9, .B = 26, .I = 20, .H = 90, .reverse = true, .lengths = {9, 1, 0, 4, 5, 9, 2, 3, 3, 3, 8, 9, 0,
                                                                     1, 1, 7, 6, 5, 9, 9, 2, 1, 0, 4, 4, 9}},
    {.T = 4, .B = 4, .I = 20, .H = 600},
    {.T = 6, .B = 3, .I = 1, .H = 700, .lengths = {6, 2, 5}},
    {.T = 60, .B = 1, .I = 20, .H = 170},
};

TEST_P(SweepThreads, BitsDoNotDependOnThreads) {
  for (Case c : kCases) {
    c.cell = GetParam();
    SCOPED_TRACE(name_of(c));
    const Inputs in = make_inputs(c);
    const Results<float> one = run_case<float>(c, in, {.threads = 1});
    for (const int threads : {2, 3, 5})
      EXPECT_TRUE(one == run_case<float>(c, in, {.threads = threads})) << threads;
    const Results<float> infer =
        run_case<float>(c, in, {.threads = 1, .backward = false, .mode = Mode::infer});
    for (const int threads : {2, 3})
      EXPECT_TRUE(infer ==
                  run_case<float>(c, in, {.threads = threads, .backward = false, .mode = Mode::infer}))
          << threads;
  }
}

// A team serves one caller; the other ones run alone, and everybody gets the same bits.
TEST(TeamSharingThreads, HostThreadsShareOneTeam) {
  Case c = kCases[0];
  c.cell = cells::Kind::gru_reset_before;
  const Inputs in = make_inputs(c);
  const Results<float> expected = run_case<float>(c, in, {.threads = 1});
  const std::vector<float> W(in.problem.W.begin(), in.problem.W.end()),
      U(in.problem.U.begin(), in.problem.U.end()), b(in.problem.b.begin(), in.problem.b.end()),
      bu(in.problem.bu.begin(), in.problem.bu.end()), x(in.problem.x.begin(), in.problem.x.end()),
      h0(in.problem.initial[0].begin(), in.problem.initial[0].end());
  RecurrentPack<float> pack({c.cell, {}, c.I, c.H, false});
  pack.pack({.W = W.data(), .U = U.data(), .b = b.data(), .bu = bu.data()});
  Team team(3);
  std::vector<std::vector<float>> outputs(3);
  std::vector<std::thread> hosts;
  for (std::vector<float>& output : outputs)
    hosts.emplace_back([&] {
      RecurrentTape<float> tape;
      for (int run = 0; run < 5; ++run)
        forward(pack, time_major<const float>(x.data(), c.T, c.B, c.I), {}, {{h0.data(), nullptr}}, tape,
                Mode::infer, team);
      output = dense(tape.output());
    });
  for (std::thread& host : hosts) host.join();
  for (const std::vector<float>& output : outputs) EXPECT_EQ(output, expected.y);
}

TEST(DenseThreads, BitsDoNotDependOnThreads) {
  std::mt19937 random(3);
  const int T = 40, B = 9, K = 70, N = 90;
  const auto numbers = [&](int n) {
    const std::vector<double> v = random_numbers(random, static_cast<std::size_t>(n), 1);
    return std::vector<float>(v.begin(), v.end());
  };
  const std::vector<float> W = numbers(N * K), b = numbers(N), x = numbers(T * B * K),
                           dy = numbers(T * B * N);
  DensePack<float> pack(K, N);
  pack.pack(W.data(), b.data());
  std::vector<std::vector<float>> first;
  for (const int threads : {1, 2, 3}) {
    Team team(threads);
    std::vector<float> y(dy.size()), dx(x.size()), dW(W.size()), db(b.size());
    DenseScratch<float> scratch;
    pack.forward(time_major<const float>(x.data(), T, B, K), time_major(y.data(), T, B, N), team);
    pack.backward(time_major<const float>(dy.data(), T, B, N), time_major(dx.data(), T, B, K), team);
    dense_gradients<float>(time_major<const float>(x.data(), T, B, K),
                           time_major<const float>(dy.data(), T, B, N), dW.data(), db.data(), scratch, team);
    const std::vector<std::vector<float>> all = {y, dx, dW, db};
    if (first.empty()) first = all;
    EXPECT_EQ(first, all) << threads;
  }
}

}  // namespace
}  // namespace carousel::kernels
