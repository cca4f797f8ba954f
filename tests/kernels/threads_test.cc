// The sweep on several threads: the same bits whatever their number, from several host threads, while busy.
#include <gtest/gtest.h>

#include <thread>

#include "kernels/dense.h"
#include "kernels/share_out.h"
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
    {.T = 9,
     .B = 26,
     .I = 20,
     .H = 90,
     .reverse = true,
     .lengths = {9, 1, 0, 4, 5, 9, 2, 3, 3, 3, 8, 9, 0, 1, 1, 7, 6, 5, 9, 9, 2, 1, 0, 4, 4, 9},
     .masked = true},
    {.T = 4, .B = 4, .I = 20, .H = 600},
    {.T = 6, .B = 3, .I = 1, .H = 700, .lengths = {6, 2, 5}, .masked = true},
    {.T = 4000, .B = 1, .I = 20, .H = 16},
};

// On how many threads, and how divided, the last sweeps and weight gradients ran.
struct Divided {
  int threads = 0;
  Split split = Split::rows;

  bool operator==(const Divided&) const = default;
};
Divided forward_was, backward_was;
int gradients_were = 0;

// The active target, with that noted by the thread that calls.
const Table<float>& watched() {
  static const Table<float> table = [] {
    Table<float> t = *active_target().table;
    t.forward = [](int kind, const Sweep<float>& sweep, const Share& share) {
      if (share.index == 0) forward_was = {share.count, share.split};
      active_target().table->forward(kind, sweep, share);
    };
    t.backward = [](int kind, const Sweep<float>& sweep, const Share& share) {
      if (share.index == 0) backward_was = {share.count, share.split};
      active_target().table->backward(kind, sweep, share);
    };
    t.weight_gradients = [](const Sweep<float>& sweep, const Share& share) {
      if (share.index == 0) gradients_were = share.count;
      active_target().table->weight_gradients(sweep, share);
    };
    return t;
  }();
  return table;
}

// The cost model's plan of a case.
Plan plan_of(const Case& c, int threads) {
  const int steps = c.lengths.empty() ? c.T : *std::max_element(c.lengths.begin(), c.lengths.end());
  const RecurrentPack<float> pack({c.cell, c.activations, c.I, c.H, c.reverse});
  return plan_sweep(pack.size(steps, frames_of(c.lengths, c.T, c.B)), threads);
}

TEST_P(SweepThreads, BitsDoNotDependOnThreads) {
  std::vector<Results<float>> ones;
  for (const int threads : {1, 2, 3, 4, 8}) {
    bool by_rows = false, by_units = false, gradients_alone = false;
    for (std::size_t i = 0; i < kCases.size(); ++i) {
      Case c = kCases[i];
      c.cell = GetParam();
      SCOPED_TRACE(name_of(c) + ", " + std::to_string(threads) + " threads");
      const Inputs in = make_inputs(c);
      const Way train{.table = &watched(), .threads = threads},
          recompute{.table = &watched(), .threads = threads, .mode = Mode::recompute},
          infer{.table = &watched(), .threads = threads, .backward = false, .mode = Mode::infer};
      const Results<float> all = run_case<float>(c, in, train);
      if (threads == 1) ones.push_back(all);
      EXPECT_TRUE(all == ones[i]);
      const Plan plan = plan_of(c, threads);
      const Divided planned{plan.threads, plan.split};
      EXPECT_TRUE(forward_was == planned) << forward_was.threads;
      EXPECT_TRUE(backward_was == planned) << backward_was.threads;
      EXPECT_EQ(gradients_were, plan.gradient_threads);
      by_rows |= plan.threads > 1 && plan.split == Split::rows;
      by_units |= plan.threads > 1 && plan.split == Split::units;
      gradients_alone |= plan.threads == 1 && plan.gradient_threads > 1;

      EXPECT_TRUE(run_case<float>(c, in, recompute) == ones[i]);
      const Results<float> inferred = run_case<float>(c, in, infer);
      EXPECT_TRUE(forward_was == planned);
      EXPECT_TRUE(inferred.y == ones[i].y);
      for (int k = 0; k < 2; ++k) EXPECT_TRUE(inferred.final_state[k] == ones[i].final_state[k]);
    }
    if (default_table<float>().lanes == 1) continue;  // the cases are long enough for vectors
    EXPECT_EQ(by_rows, threads > 1) << threads;
    EXPECT_EQ(by_units, threads > 1) << threads;
    EXPECT_EQ(gradients_alone, threads > 1) << threads;
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

// As many features as make the weight gradient's threads share features, and outputs, whichever are more.
TEST(DenseThreads, BitsDoNotDependOnThreads) {
  std::mt19937 random(3);
  const int T = 70, B = 9;
  const std::int32_t lengths[B] = {70, 3, 0, 41, 70, 69, 12, 5, 33};
  for (const auto& [K, N] : {std::pair{70, 90}, {5, 700}, {300, 10}})
    for (const bool ragged : {false, true}) {
      const auto numbers = [&](int n) {
        const std::vector<double> v = random_numbers(random, static_cast<std::size_t>(n), 1);
        return std::vector<float>(v.begin(), v.end());
      };
      const Lengths ends = ragged ? Lengths(lengths) : Lengths{};
      const std::vector<float> W = numbers(N * K), b = numbers(N), x = numbers(T * B * K),
                               dy = numbers(T * B * N);
      DensePack<float> pack(K, N);
      pack.pack(W.data(), b.data());
      std::vector<std::vector<float>> first;
      for (const int threads : {1, 2, 3, 4, 8}) {
        Team team(threads);
        std::vector<float> y(dy.size()), dx(x.size()), dW(W.size()), db(b.size()), a(y.size()), da(y.size());
        DenseScratch<float> scratch;
        const auto view = [&](auto* data, int n) { return time_major(data, T, B, n); };
        pack.forward(view(x.data(), K), ends, view(y.data(), N), team);
        pack.backward(view(dy.data(), N), ends, view(dx.data(), K), team);
        dense_gradients<float>(view(x.data(), K), view(dy.data(), N), ends, dW.data(), db.data(), scratch,
                               team);
        activate<float>(cells::Activation::tanh, view(std::as_const(y).data(), N), ends, view(a.data(), N),
                        team);
        activate_backward<float>(cells::Activation::tanh, view(std::as_const(a).data(), N),
                                 view(dy.data(), N), ends, view(da.data(), N), team);
        const std::vector<std::vector<float>> all = {y, dx, dW, db, a, da};
        if (first.empty()) first = all;
        EXPECT_EQ(first, all) << threads << " threads, " << K << " to " << N;
      }
    }
}

// Each number once, whatever the threads and the lengths of runs.
TEST(ShareOutThreads, CoversAllOnce) {
  for (const int threads : {1, 2, 3, 8})
    for (const int n : {0, 1, 2, 15, 16, 17, 33, 1000}) {
      Team team(threads);
      std::vector<std::atomic<int>> times(static_cast<std::size_t>(n));
      std::atomic<int> most{0};
      share_out(team, n, 1e9, [&](std::int64_t begin, std::int64_t end, int worker) {
        EXPECT_LT(worker, threads);
        for (std::int64_t i = begin; i < end; ++i) ++times[static_cast<std::size_t>(i)];
        ++most;
      });
      for (const auto& t : times) EXPECT_EQ(t, 1);
      if (n == 1000) {
        EXPECT_GE(most, threads);
      }
    }
}

// Work that is too small stays on the caller's thread.
TEST(ShareOutThreads, LeavesSmallWorkAlone) {
  Team team(4);
  int calls = 0;
  const auto here = std::this_thread::get_id();
  share_out_rows(team, 3, 5, 100, [&](int t, int first, int last, int worker) {
    EXPECT_EQ(std::this_thread::get_id(), here);
    EXPECT_EQ(worker, 0);
    EXPECT_EQ(t, calls++);
    EXPECT_EQ(first, 0);
    EXPECT_EQ(last, 5);
  });
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace carousel::kernels
