// Long sequences are predicted in pieces: every bit is that of one pass over the whole.
#include <gtest/gtest.h>

#include "base/random.h"
#include "model/model_impl.h"

namespace carousel {
namespace {

/// 2,500 steps: more than two pieces of 1,024.
constexpr int kRows = 5, kSteps = 2500, kInputs = 3;

std::vector<float> noise(std::size_t count) {
  const Random random(7, Random::Use::test);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = 2 * random.uniform(i) - 1;
  return values;
}

struct Case {
  const char* name;
  ModelSpec spec;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class Long : public ::testing::TestWithParam<Case> {};

/// The output and the states of one pass over everything.
struct Whole {
  std::vector<float> values;  // [rows, steps or 1, features]
  State final;
};
Whole one_pass(const Model& model, const Sequences& x, const State* initial, bool every_step) {
  const model::Network<float>& network = model.impl().network;
  auto workspace = network.make_workspace();
  model::StateBlocks<float> states(model.states(), x.rows);
  if (initial) states.load(*initial, 0);
  Team team(1);
  const SeqView<const float> in = x.layout == Layout::batch_major
                                      ? batch_major(x.data, x.rows, x.steps, x.features)
                                      : time_major(x.data, x.steps, x.rows, x.features);
  const SeqView<const float> y =
      network.forward({.every_step = every_step, .lengths = x.lengths, .team = &team}, in,
                      initial ? states.in() : std::span<const float* const>{}, workspace);
  Whole whole{{}, model.zero_state(x.rows)};
  for (int b = 0; b < x.rows; ++b)
    for (int t = 0; t < y.steps; ++t)
      for (int f = 0; f < y.features; ++f) {
        const bool within = y.steps == 1 || x.lengths.empty() || t < x.lengths[static_cast<std::size_t>(b)];
        whole.values.push_back(within ? y.at(t, b)[f] : 0.0f);
      }
  network.final_states(workspace, states.out());
  states.store(whole.final, 0);
  return whole;
}

TEST_P(Long, IsBitForBitOnePass) {
  const Model model = Model::create(GetParam().spec, kInputs);
  const std::vector<float> x = noise(std::size_t{kRows} * kSteps * kInputs);
  State initial = model.zero_state(kRows);
  initial.values = noise(initial.values.size());
  const std::vector<std::int32_t> ragged = {kSteps, 0, 1024, 1025, 700};
  for (const bool lengths : {false, true})
    for (const bool begun : {false, true})
      for (const bool every_step : {false, true})
        for (const Layout layout : {Layout::batch_major, Layout::time_major}) {
          SCOPED_TRACE(::testing::Message()
                       << "lengths " << lengths << ", states " << begun << ", every step " << every_step
                       << ", time major " << (layout == Layout::time_major));
          Sequences sequences{x.data(), kRows, kSteps, kInputs, layout};
          if (lengths) sequences.lengths = ragged;
          const State* from = begun ? &initial : nullptr;
          const Whole whole = one_pass(model, sequences, from, every_step);
          for (const int threads : {1, 2}) {
            State final;
            const Output output = model.predict(
                sequences, {.initial = from, .final = &final, .every_step = every_step, .threads = threads});
            EXPECT_TRUE(output.values == whole.values);
            EXPECT_TRUE(final.values == whole.final.values);
          }
        }
}

INSTANTIATE_TEST_SUITE_P(
    Models, Long,
    ::testing::Values(Case{"LastStep", {{Lstm{.units = 5}, Dense{.units = 2}}}},
                      Case{"EveryStep", {{Gru{.units = 4, .returns = Returns::sequence}, Dense{.units = 2}}}},
                      Case{"Deep",
                           {{Dense{.units = 4, .activation = "relu"},
                             PeepholeLstm{.units = 5, .returns = Returns::sequence},
                             Lstm{.units = 6, .returns = Returns::sequence}, GruResetBefore{.units = 3},
                             Activation{.function = "tanh"}}}},
                      Case{"BothWays",
                           {{Bidirectional{.returns = Returns::sequence,
                                           .forward = Lstm{.units = 3},
                                           .backward = Gru{.units = 3}},
                             Gru{.units = 4}, Dense{.units = 1}}}}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace carousel
