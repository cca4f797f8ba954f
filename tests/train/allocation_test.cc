// After its first step, and after its first epoch's end, the training loop takes no memory, whatever the
// lengths of later batches; and how much it takes before.
#include <gtest/gtest.h>

#include "carousel/train.h"
#include "kernels/recurrent.h"
#include "layers/bidirectional.h"
#include "model/network.h"
#include "support/count_allocations.h"
#include "train/toy.h"

namespace carousel {
namespace {

using testing::allocations;
using testing::means;
using testing::prepared;
using testing::signs;
using testing::sine;

/// Sequences that grow: the longest batch is the last one.
std::shared_ptr<testing::Toy> growing(std::shared_ptr<testing::Toy> data) {
  for (std::size_t i = 0; i < data->lengths.size(); ++i)
    data->lengths[i] = 1 + static_cast<std::int32_t>(i * static_cast<std::size_t>(data->steps - 1) /
                                                     (data->lengths.size() - 1));
  return data;
}

struct Case {
  std::string name;
  ModelSpec spec;
  std::shared_ptr<Dataset> data;
  TrainOptions options;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class Allocation : public ::testing::TestWithParam<Case> {};

TEST_P(Allocation, NoneAfterTheFirstStep) {
  const Case& c = GetParam();
  Trainer trainer(c.spec, prepared(c.data), c.options);
  ASSERT_TRUE(trainer.step());
  const std::int64_t before = allocations;
  int steps = 0;
  while (trainer.steps_done() + 1 < trainer.options().steps && trainer.step()) ++steps;
  EXPECT_GT(steps, 5);
  EXPECT_EQ(allocations - before, 0) << "in " << steps << " steps";
}

TEST_P(Allocation, NoneAfterTheFirstEpoch) {
  const Case& c = GetParam();
  TrainOptions options = c.options;
  options.epochs = 3, options.steps = 0;
  Trainer trainer(c.spec, prepared(c.data, c.data), options);
  while (trainer.history().empty()) ASSERT_TRUE(trainer.step());
  const std::int64_t before = allocations;
  while (trainer.step()) {
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_EQ(trainer.history().size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(
    All, Allocation,
    ::testing::Values(
        Case{"windows",
             {{Lstm{.units = 9}, Dense{.units = 1}}},
             sine(95, 12),
             {.batch = 10, .steps = 10, .clip_norm = 1}},
        Case{"ragged_deep",
             {{Dense{.units = 6, .activation = "relu"},
               Bidirectional{.returns = Returns::sequence,
                             .forward = Lstm{.units = 9},
                             .backward = GruResetBefore{.units = 9}},
               Dropout{.rate = 0.2f}, PeepholeLstm{.units = 5}, Dense{.units = 2}}},
             growing(signs(160, 40, 7)),
             {.optimizer = {.kind = OptimizerKind::rmsprop}, .batch = 4, .steps = 40, .shuffle = false}},
        Case{"ragged_every_step",
             {{Gru{.units = 7, .returns = Returns::sequence}, Activation{.function = "softsign"},
               Dense{.units = 1}}},
             growing(means(160, 40, 7)),
             {.optimizer = {.kind = OptimizerKind::sgd, .momentum = 0.9},
              .batch = 4,
              .steps = 40,
              .shuffle = false}}),
    [](const auto& one) { return one.param.name; });

// Floats a unit, row and step that a sweep keeps for its backward: the gates and states, or the states alone.
TEST(TapeMemory, IsWhatTheCellKeeps) {
  constexpr int kSteps = 2000, kRows = 8, kUnits = 64, kInputs = 4;
  const auto floats = [&](cells::Kind cell, kernels::Mode mode) {
    kernels::RecurrentPack<float> pack({cell, {}, kInputs, kUnits, false});
    const std::vector<float> weights(4 * kUnits * kUnits, 0.01f), x(kSteps * kRows * kInputs, 1.0f),
        dy(kSteps * kRows * kUnits, 1.0f);
    std::vector<float> gradient(weights.size());
    pack.pack({.W = weights.data(), .U = weights.data(), .p = weights.data()});
    Team team(1);
    kernels::RecurrentTape<float> tape;
    const auto in = time_major<const float>(x.data(), kSteps, kRows, kInputs);
    const std::int64_t before = testing::aligned_bytes;
    kernels::forward(pack, in, {}, {}, tape, mode, team);
    kernels::backward(pack, in, {}, {}, tape, time_major<const float>(dy.data(), kSteps, kRows, kUnits), {},
                      {}, {}, {.dU = gradient.data()}, team);
    return static_cast<double>(testing::aligned_bytes - before) / sizeof(float) / kSteps / kRows / kUnits;
  };
  // What does not grow with the steps (sums, scratch, a segment of gates) is a third of a float here.
  using cells::Kind;
  using kernels::Mode;
  constexpr double kRest = 0.35;
  EXPECT_NEAR(floats(Kind::lstm, Mode::train), 6 + kRest / 2, kRest / 2);
  EXPECT_NEAR(floats(Kind::peephole_lstm, Mode::train), 6 + kRest / 2, kRest / 2);
  EXPECT_NEAR(floats(Kind::gru, Mode::train), 5 + kRest / 2, kRest / 2);
  EXPECT_NEAR(floats(Kind::gru_reset_before, Mode::train), 5 + kRest / 2, kRest / 2);
  EXPECT_NEAR(floats(Kind::lstm, Mode::recompute), 2 + kRest / 2, kRest / 2);
  EXPECT_NEAR(floats(Kind::gru, Mode::recompute), 1 + kRest / 2, kRest / 2);
}

// Numbers that one more layer takes for each step, row and unit: what a forward and a backward
// allocate, less what a network with one layer fewer does.
template <class Layer>
double numbers_of_a_layer(const Layer& layer) {
  constexpr int kSteps = 128, kRows = 64;
  const int units = layer.units;
  const auto bytes = [&](std::size_t depth) {
    ModelSpec spec;
    for (std::size_t i = 0; i < depth; ++i) spec.layers.push_back(layer);
    model::Network<float> network(spec, units);
    const auto weights = network.initialise(1);
    auto gradients = network.zeros();
    network.pack(weights);
    auto workspace = network.make_workspace();
    const auto size = static_cast<std::size_t>(kSteps * kRows * units);
    std::vector<float> x(size, 0.5f), dy(size, 0.5f);
    Team team(1);
    const layers::Pass pass{.training = true, .team = &team};
    const std::int64_t before = testing::aligned_bytes.load();
    network.forward(pass, time_major<const float>(x.data(), kSteps, kRows, units), {}, workspace);
    network.backward(pass, {.dy = time_major<const float>(dy.data(), kSteps, kRows, units)}, workspace,
                     gradients);
    return testing::aligned_bytes.load() - before;
  };
  return static_cast<double>(bytes(6) - bytes(5)) / (sizeof(float) * kSteps * kRows * units);
}

// Beside those there are sums of gradients, which do not grow with steps and rows: a tenth of a number here.
TEST(Memory, ALayerKeepsSixNumbersOfAnLstmAndFiveOfAGru) {
  EXPECT_LE(numbers_of_a_layer(Lstm{.units = 64, .returns = Returns::sequence}), 6.5);
  EXPECT_LE(numbers_of_a_layer(Gru{.units = 64, .returns = Returns::sequence}), 5.5);
  EXPECT_GT(numbers_of_a_layer(Lstm{.units = 64, .returns = Returns::sequence}), 5.9);  // it does count
}

// Its own output; the gradient between layers is in memory that all share.
TEST(Memory, OtherLayersKeepTheirOutputAlone) {
  EXPECT_LE(numbers_of_a_layer(Dense{.units = 64, .returns = Returns::sequence}), 1.2);
}

// Pieces of a sequence take turns in the same room.
TEST(Memory, APredictionTakesNoMoreForMoreSteps) {
  const Model model = Model::create(
      {.layers = {Lstm{.units = 64, .returns = Returns::sequence}, Gru{.units = 64}, Dense{.units = 1}}}, 1);
  const std::vector<float> x(100'000, 0.5f);
  for (const bool every_step : {false, true}) {
    const auto bytes = [&](int steps) {
      const std::int64_t before = testing::aligned_bytes;
      model.predict({.data = x.data(), .rows = 1, .steps = steps, .features = 1},
                    {.every_step = every_step, .threads = 1});
      return testing::aligned_bytes - before;
    };
    EXPECT_LT(bytes(100), bytes(2'000));  // it does count
    EXPECT_EQ(bytes(100'000), bytes(2'000));
  }
}

/// Two directions of 64 units on a new tape, and what their forwards and backwards allocate.
class Directions {
 public:
  explicit Directions(int threads) : team_(threads) {
    layer_.pack(std::vector<const float*>(sums_.size(), sums_[0].data()), nullptr);
    for (std::vector<float>& sum : sums_) gradients_.push_back(sum.data());
    team_.run(threads, [](const Team::Worker&) {});  // its threads are there
  }

  struct Allocations {
    std::int64_t all, of_other_threads;
  };
  Allocations step(int steps) {
    const layers::Pass pass{.training = true, .team = &team_};
    const auto x = time_major(zeros_.data(), steps, kRows, kInputs);
    const std::int64_t all = allocations, own = testing::own_allocations;
    layer_.forward(pass, x, {}, *tape_);
    layer_.backward(pass,
                    {.x = x,
                     .dy = time_major(zeros_.data(), steps, kRows, 2 * kUnits),
                     .initial = {},
                     .d_final = {},
                     .d_initial = {},
                     .gradients = gradients_},
                    *tape_);
    return {allocations - all, allocations - all - (testing::own_allocations - own)};
  }

 private:
  static constexpr int kRows = 2, kUnits = 64, kInputs = 8;

  const std::vector<float> zeros_ = std::vector<float>(50 * kRows * 2 * kUnits);
  const Lstm one_{.units = kUnits};
  layers::BidirectionalLayer<float> layer_{
      {.returns = Returns::sequence, .forward = one_, .backward = one_}, {.features = kInputs}, 0, "layer"};
  std::vector<std::vector<float>> sums_{layer_.tensors().size(), std::vector<float>(4 * kUnits * kUnits)};
  std::vector<float*> gradients_;
  std::unique_ptr<layers::Tape<float>> tape_ = layer_.make_tape();
  Team team_;
};

// A direction that runs on a thread of its own makes its tape's room there.
TEST(DirectionsThreads, HaveAThreadEachWhereThatIsSooner) {
  EXPECT_GT(Directions(2).step(50).of_other_threads, 0);
  EXPECT_EQ(Directions(2).step(1).of_other_threads, 0);
  EXPECT_EQ(Directions(3).step(50).of_other_threads, 0);
}

TEST(DirectionsThreads, TakeNoMemoryWhenASmallerBatchIsRunTheOtherWay) {
  Directions directions(2);
  EXPECT_GT(directions.step(50).all, 0);
  EXPECT_EQ(directions.step(1).all, 0);
  EXPECT_EQ(directions.step(50).all, 0);
}

}  // namespace
}  // namespace carousel
