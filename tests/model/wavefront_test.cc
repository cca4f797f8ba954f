// Layers as a wavefront: the same bits as one after the other, forward and backward, however many threads.
#include <gtest/gtest.h>

#include "base/random.h"
#include "model/network.h"

namespace carousel::model {
namespace {

std::vector<float> noise(std::size_t n, std::uint32_t stream, float scale) {
  const Random random(7, Random::Use::test, stream);
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = scale * static_cast<float>(random.normal(i));
  return v;
}

struct Outcome {
  std::vector<float> numbers;  // outputs, final states, dx, gradients, initial states' gradients
  std::vector<int> wavefront;

  void add(SeqView<const float> view) {
    for (int t = 0; t < view.steps; ++t)
      for (int b = 0; b < view.rows; ++b)
        numbers.insert(numbers.end(), view.at(t, b), view.at(t, b) + view.features);
  }
};

struct Work {
  int rows, steps;
  std::vector<std::int32_t> lengths;
  bool training;
};

Outcome run(const ModelSpec& spec, const Work& work, int threads) {
  constexpr int kInputs = 5;
  Network<float> network(spec, kInputs);
  network.pack(network.initialise(3));
  Workspace<float> workspace = network.make_workspace();
  Team team(threads);
  const std::vector<float> x = noise(static_cast<std::size_t>(work.rows * work.steps * kInputs), 1, 1.0f);
  const std::size_t state_size = static_cast<std::size_t>(work.rows) * network.state_size();
  std::vector<float> initial = noise(state_size, 2, 0.5f), d_final = noise(state_size, 3, 1.0f),
                     final(state_size), d_initial(state_size);
  const auto blocks = [&](std::vector<float>& v) {
    std::vector<float*> pointers;
    for (const StateInfo& s : network.states())
      pointers.push_back(v.data() + s.offset * static_cast<std::size_t>(work.rows));
    return pointers;
  };
  const std::vector<float*> in = blocks(initial), out = blocks(d_final);
  const std::vector<const float*> const_in(in.begin(), in.end()), const_out(out.begin(), out.end());

  const layers::Pass pass{.training = work.training, .lengths = work.lengths, .team = &team};
  const auto y =
      network.forward(pass, batch_major(x.data(), work.rows, work.steps, kInputs), const_in, workspace);
  Outcome outcome;
  outcome.wavefront = workspace.wavefront;
  outcome.add(y);
  network.final_states(workspace, blocks(final));
  outcome.numbers.insert(outcome.numbers.end(), final.begin(), final.end());
  if (!work.training) return outcome;
  const std::vector<float> dy = noise(static_cast<std::size_t>(y.steps * work.rows * y.features), 4, 1.0f);
  Parameters<float> gradients = network.zeros();
  outcome.add(network.backward(pass,
                               {.dy = batch_major(dy.data(), work.rows, y.steps, y.features),
                                .d_final = const_out,
                                .d_initial = blocks(d_initial),
                                .want_dx = true},
                               workspace, gradients));
  outcome.numbers.insert(outcome.numbers.end(), d_initial.begin(), d_initial.end());
  for (auto& g : gradients) outcome.numbers.insert(outcome.numbers.end(), g.values.begin(), g.values.end());
  return outcome;
}

// Four layers on two and three threads: some threads have two; a dense layer ends the wavefront.
const ModelSpec kDeep{{Lstm{.units = 60, .returns = Returns::sequence, .dropout = 0.2f},
                       GruResetBefore{.units = 64, .returns = Returns::sequence, .recurrent_dropout = 0.3f},
                       PeepholeLstm{.units = 63, .returns = Returns::sequence, .recurrent_bias = true},
                       Gru{.units = 64, .returns = Returns::last}, Dense{.units = 3}}};

TEST(WavefrontThreads, BitsAreThoseOfLayersOneAfterTheOther) {
  int waves = 0;
  for (const bool training : {true, false})
    for (const Work& work : {Work{1, 200, {}, training}, Work{3, 141, {90, 141, 0}, training},
                             Work{2, 3, {2, 1}, training}, Work{14, 150, {}, training}}) {
      SCOPED_TRACE(testing::Message()
                   << work.rows << " rows, " << work.steps << " steps, training " << training);
      const Outcome one = run(kDeep, work, 1);
      EXPECT_EQ(one.wavefront, std::vector<int>(5, 0));
      for (const int threads : {2, 3, 8}) {
        const Outcome more = run(kDeep, work, threads);
        EXPECT_TRUE(one.numbers == more.numbers) << threads;
        waves += more.wavefront[3] == 4;
      }
    }
  EXPECT_GE(waves, 12);
}

TEST(WavefrontThreads, IsTakenWhereStepsAreTooShortToBeDivided) {
  const auto taken = [](int rows, int steps, const ModelSpec& spec) {
    return run(spec, {rows, steps, {}, true}, 2).wavefront;
  };
  EXPECT_EQ(taken(1, 200, kDeep), (std::vector<int>{0, 0, 0, 4, 0}));
  EXPECT_EQ(taken(200, 20, kDeep), std::vector<int>(5, 0));  // enough rows for every thread
  ModelSpec backward = kDeep;
  std::get<Recurrent>(backward.layers[2]).direction = Direction::backward;
  EXPECT_EQ(taken(1, 200, backward), (std::vector<int>{0, 2, 0, 0, 0}));
  ModelSpec masked = kDeep;  // a layer that masks its input wants all of it before its first step
  std::get<Recurrent>(masked.layers[2]).dropout = 0.1f;
  EXPECT_EQ(taken(1, 200, masked)[1], 2);
  ModelSpec last = kDeep;
  last.layers = {kDeep.layers[0], Dense{.units = 4}, kDeep.layers[1], kDeep.layers[3]};
  EXPECT_EQ(taken(1, 200, last), (std::vector<int>{0, 0, 0, 2}));
}

}  // namespace
}  // namespace carousel::model
