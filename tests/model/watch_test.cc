// A watched backward: what is shown on the way is the gradient of all that follows, and the result is the
// same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "model/network.h"
#include "support/every_cell.h"

namespace carousel::model {
namespace {

using Numbers = std::vector<double>;

Numbers noise(std::size_t n, std::uint32_t stream) {
  const Random random(11, Random::Use::test, stream);
  Numbers v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = random.normal(i);
  return v;
}

struct Seen {
  bool reverse;
  int step;
  std::vector<std::vector<Numbers>> carried;  // [state][row][unit]
  bool dy;
};

class Notes final : public layers::StateWatch<double> {
 public:
  std::vector<Seen> seen;
  void step(bool reverse, int step, std::span<const SeqView<const double>> carried,
            SeqView<const double> dy) override {
    Seen now{reverse, step, {}, dy.data != nullptr};
    for (const auto& state : carried) {
      now.carried.emplace_back();
      for (int b = 0; b < state.rows; ++b)
        now.carried.back().emplace_back(state.at(0, b), state.at(0, b) + state.features);
    }
    seen.push_back(now);
  }
};

class EveryWatchedCell : public ::testing::TestWithParam<cells::Kind> {};

// The loss is Σ dy·y + Σ d_final·final. That of the steps behind step s is a function of the states after s,
// from which a sequence of its own can begin: its difference quotient is what the watch must see.
TEST_P(EveryWatchedCell, ShowsTheGradientByEveryStateOnTheWay) {
  constexpr int kSteps = 5, kInputs = 2, kUnits = 3;
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    Recurrent cell{.cell = cells::kNames[static_cast<int>(GetParam())],
                   .units = kUnits,
                   .returns = Returns::sequence,
                   .direction = direction,
                   .recurrent_bias = true,
                   .b_init = "normal(0.5)"};
    if (!cells::info(GetParam()).per_unit.empty()) cell.p_init = "normal(0.5)";
    Network<double> network({{cell}}, kInputs);
    network.pack(network.initialise(3));
    const bool reverse = direction == Direction::backward;
    const std::size_t states = network.states().size();
    const Numbers x = noise(kSteps * kInputs, 1), dy = noise(kSteps * kUnits, 2);
    std::vector<Numbers> d_final, start;
    for (std::size_t k = 0; k < states; ++k)
      d_final.push_back(noise(kUnits, 3 + static_cast<std::uint32_t>(k))), start.emplace_back(kUnits, 0.0);
    const auto pointers = [](const auto& all) {
      std::vector<const double*> to;
      for (const Numbers& one : all) to.push_back(one.data());
      return to;
    };

    Workspace<double> workspace = network.make_workspace();
    // Times [first, first + count) from the states `from`: their loss, and the states at their end.
    const auto run = [&](int first, int count, const std::vector<Numbers>& from, std::vector<Numbers>* end) {
      const layers::Pass pass{.training = true, .team = &Team::process()};
      const auto in = pointers(from);
      const auto y = network.forward(
          pass, batch_major<const double>(x.data() + first * kInputs, 1, count, kInputs), in, workspace);
      std::vector<Numbers> final(states, Numbers(kUnits));
      std::vector<double*> out;
      for (Numbers& one : final) out.push_back(one.data());
      network.final_states(workspace, out);
      double loss = 0;
      for (int t = 0; t < count; ++t)
        for (int j = 0; j < kUnits; ++j)
          loss += y.at(t, 0)[j] * dy[static_cast<std::size_t>((first + t) * kUnits + j)];
      for (std::size_t k = 0; k < states; ++k)
        for (std::size_t j = 0; j < kUnits; ++j) loss += final[k][j] * d_final[k][j];
      if (end) *end = final;
      return loss;
    };

    run(0, kSteps, start, nullptr);
    Notes notes;
    layers::StateWatch<double>* const watches[] = {&notes};
    Parameters<double> gradients = network.zeros();
    const auto d_end = pointers(d_final);
    network.backward(
        {.training = true, .team = &Team::process()},
        {.dy = batch_major<const double>(dy.data(), 1, kSteps, kUnits), .d_final = d_end, .watches = watches},
        workspace, gradients);
    ASSERT_EQ(notes.seen.size(), static_cast<std::size_t>(kSteps));
    for (int i = 0; i < kSteps; ++i) {
      const Seen& seen = notes.seen[static_cast<std::size_t>(i)];
      const int s = kSteps - 1 - i;
      EXPECT_EQ(seen.step, s);
      EXPECT_EQ(seen.reverse, reverse);
      EXPECT_TRUE(seen.dy);
      ASSERT_EQ(seen.carried.size(), states);
      std::vector<Numbers> after;
      run(reverse ? kSteps - 1 - s : 0, s + 1, start, &after);
      const int left = kSteps - 1 - s;
      for (std::size_t k = 0; k < states; ++k)
        for (std::size_t j = 0; j < kUnits; ++j) {
          double quotient = d_final[k][j];  // of no step at all
          if (left > 0) {
            constexpr double h = 1e-5;
            std::vector<Numbers> up = after, down = after;
            up[k][j] += h, down[k][j] -= h;
            const int first = reverse ? 0 : s + 1;
            quotient = (run(first, left, up, nullptr) - run(first, left, down, nullptr)) / (2 * h);
          }
          // Rounding of the two losses and the third derivative bound the quotient's error.
          EXPECT_NEAR(seen.carried[k][0][j], quotient, 1e-7 * (1 + std::abs(quotient)))
              << "state " << k << " after step " << s << ", unit " << j << (reverse ? " reverse" : "");
        }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, EveryWatchedCell, ::testing::ValuesIn(carousel::testing::every_cell()),
                         [](const auto& which) { return carousel::testing::case_name(which.param); });

class Counter final : public layers::StateWatch<float> {
 public:
  int seen = 0;
  void step(bool, int, std::span<const SeqView<const float>>, SeqView<const float>) override { ++seen; }
};

// Weights, input and initial states get the bits of a backward that nobody watches, also where the layers
// would walk as a wavefront.
TEST(Watch, ChangesNothingThreads) {
  const ModelSpec one_way{{Lstm{.units = 60, .returns = Returns::sequence},
                           Gru{.units = 64, .returns = Returns::sequence}, PeepholeLstm{.units = 63},
                           Dense{.units = 2}}};
  const ModelSpec two_ways{
      {Bidirectional{.merge = Merge::concat,
                     .returns = Returns::sequence,
                     .forward = Lstm{.units = 20},
                     .backward = Gru{.units = 17, .dropout = 0.3f, .recurrent_dropout = 0.3f}},
       Bidirectional{.merge = Merge::mul, .forward = Lstm{.units = 20}, .backward = Lstm{.units = 20}},
       Dense{.units = 2}}};
  constexpr int kSteps = 141, kInputs = 3;
  const Numbers draws = noise(3 * kSteps * kInputs, 1);
  const std::vector<float> x(draws.begin(), draws.end()), dy = {1, -2, 0.5f, 3, -1, 1};
  int waves = 0;
  for (const ModelSpec& spec : {one_way, two_ways})
    for (const std::vector<std::int32_t>& lengths :
         {std::vector<std::int32_t>{}, std::vector<std::int32_t>{90, 141, 0}})
      for (const int threads : {1, 2}) {
        const int rows = lengths.empty() ? 1 : 3;
        Network<float> network(spec, kInputs);
        network.pack(network.initialise(3));
        Workspace<float> workspace = network.make_workspace();
        const auto run = [&](bool watched) {
          Team team(threads);
          const layers::Pass pass{.training = true, .lengths = lengths, .team = &team};
          network.forward(pass, batch_major<const float>(x.data(), rows, kSteps, kInputs), {}, workspace);
          waves += watched && std::count(workspace.wavefront.begin(), workspace.wavefront.end(), 3);
          std::vector<Counter> counters(network.layer_count());
          std::vector<layers::StateWatch<float>*> watches;
          for (Counter& one : counters) watches.push_back(&one);
          Parameters<float> gradients = network.zeros();
          std::vector<float> all, d_initial(network.state_size() * static_cast<std::size_t>(rows));
          std::vector<float*> d_start;
          for (const StateInfo& state : network.states())
            d_start.push_back(d_initial.data() + state.offset * static_cast<std::size_t>(rows));
          Network<float>::Backward args{
              .dy = time_major<const float>(dy.data(), 1, rows, 2), .d_initial = d_start, .want_dx = true};
          if (watched) args.watches = watches;
          const SeqView<const float> dx = network.backward(pass, args, workspace, gradients);
          for (int t = 0; t < kSteps; ++t)
            for (int b = 0; b < rows; ++b) all.insert(all.end(), dx.at(t, b), dx.at(t, b) + kInputs);
          for (const auto& one : gradients)
            all.insert(all.end(), one.values.data(), one.values.data() + one.values.size());
          all.insert(all.end(), d_initial.begin(), d_initial.end());
          int seen = 0;
          for (const Counter& one : counters) seen += one.seen;
          // Three layers of one direction, or two of two; the Dense has nothing to show.
          EXPECT_EQ(seen, watched ? kSteps * (spec.layers.size() == 4 ? 3 : 4) : 0);
          return all;
        };
        EXPECT_EQ(run(true), run(false));
      }
  EXPECT_GT(waves, 0);
}

}  // namespace
}  // namespace carousel::model
