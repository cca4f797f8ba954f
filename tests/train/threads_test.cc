// The threads of a run: how many by default, and the same bits on any number, from several threads of a host.
#include "train/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "carousel/train.h"
#include "train/toy.h"

namespace carousel {
namespace {

using testing::means;
using testing::prepared;
using testing::signs;
using testing::sine;

int threads_of(const ModelSpec& spec, int inputs, int rows, int steps, int lanes = 16) {
  return training::default_threads(model::Network<float>(spec, inputs), rows, steps, lanes, 8);
}

// What a step costs on one thread of the machine that the estimate was made on: 10 µs, 0.30 ms, 0.60 ms, and
// milliseconds.
TEST(DefaultThreads, AreOneForATinyModelOnly) {
  EXPECT_EQ(threads_of({{Lstm{.units = 8}, Dense{.units = 10}}}, 4, 4, 10), 1);
  EXPECT_EQ(threads_of({{Lstm{.units = 32}, Dense{.units = 10}}}, 1, 14, 50), 1);
  EXPECT_EQ(threads_of({{Lstm{.units = 32}, Dense{.units = 10}}}, 1, 32, 50), 8);
  EXPECT_EQ(threads_of({{Lstm{.units = 128}, Dense{.units = 10}}}, 28, 128, 28), 8);
  // Narrower vectors take longer, and a dense layer behind the last step works once a row.
  EXPECT_EQ(threads_of({{Lstm{.units = 32}, Dense{.units = 10}}}, 1, 14, 50, 4), 8);
  EXPECT_EQ(threads_of({{Lstm{.units = 8}, Dense{.units = 1000}}}, 1, 10, 100), 1);
  EXPECT_EQ(threads_of({{Lstm{.units = 8, .returns = Returns::sequence}, Dense{.units = 1000}}}, 1, 10, 100),
            8);
}

/// Keeps what a run says of itself.
struct Listener final : TrainObserver {
  int threads = 0;
  void started(const StartEvent& event) override { threads = event.threads; }
};

TEST(DefaultThreads, AreWhatTheRunSays) {
  const ModelSpec tiny{{Lstm{.units = 4}, Dense{.units = 1}}}, large{{Lstm{.units = 256}, Dense{.units = 1}}};
  const auto said = [](const ModelSpec& spec, int threads) {
    Listener listener;
    Trainer trainer(spec, prepared(sine(64, 20)), {.epochs = 1, .steps = 1, .threads = threads});
    trainer.run(&listener);
    return listener.threads;
  };
  EXPECT_EQ(said(tiny, 0), 1);
  EXPECT_EQ(said(tiny, 3), 3);
  EXPECT_EQ(said(large, 0), Team::process().threads());
}

std::vector<float> numbers_of(const Model& model) {
  std::vector<float> all;
  for (const auto& tensor : model.tensors())
    all.insert(all.end(), tensor.values.begin(), tensor.values.end());
  return all;
}

// Large enough that losses, masks, dense layers and the optimiser are shared out, and that the directions, of
// about equal work, run side by side on two threads.
Prepared some_data() {
  return prepared(means(96, 60, 3));
}
ModelSpec some_model() {
  return {{Bidirectional{
               .returns = Returns::sequence, .forward = Lstm{.units = 48}, .backward = Gru{.units = 56}},
           Dropout{.rate = 0.2f}, Activation{.function = "tanh"},
           Dense{.units = 70, .activation = "softsign", .returns = Returns::sequence},
           Gru{.units = 40, .returns = Returns::sequence}, Dense{.units = 1, .returns = Returns::sequence}}};
}
TrainOptions some_options(int threads) {
  return {.optimizer = {.rate = 0.01},
          .batch = 32,
          .steps = 6,
          .clip_norm = 0.1,
          .l2 = 1e-3,
          .l2_weights = {"*.W"},
          .threads = threads};
}
std::vector<float> trained(int threads) {
  Trainer trainer(some_model(), some_data(), some_options(threads));
  while (trainer.step()) {
  }
  return numbers_of(trainer.current());
}

TEST(TrainerThreads, ChangeNoBitOfARaggedDeepRun) {
  const std::vector<float> one = trained(1);
  for (const int threads : {2, 3, 4, 8}) EXPECT_EQ(trained(threads), one) << threads;
}

// A host's own threads share the process's team: who finds it busy works alone.
TEST(TrainerThreads, SeveralOfAHostTrainAtOnceWithTheSameBits) {
  const std::vector<float> one = trained(1);
  std::vector<std::vector<float>> results(4);
  std::vector<std::thread> host;
  for (std::size_t i = 0; i < results.size(); ++i)
    host.emplace_back([&, i] { results[i] = trained(i == 3 ? 2 : 0); });
  for (std::thread& thread : host) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, one);
}

TEST(TrainerThreads, SeveralOfAHostPredictFromOneModelWhileOneTrains) {
  const ModelSpec spec{{Lstm{.units = 64, .returns = Returns::sequence}, Dense{.units = 5}}};
  const Model model = Model::create(spec, 2, 1);
  const auto data = signs(300, 40, 5, false);
  const Sequences x{.data = data->x.data(), .rows = 300, .steps = 40, .features = 2};
  const std::vector<float> expected = model.predict(x, {.threads = 1}).values;
  std::atomic<int> wrong{0};
  std::vector<std::thread> host;
  for (int i = 0; i < 3; ++i)
    host.emplace_back([&] {
      for (int again = 0; again < 3; ++again)
        if (model.predict(x).values != expected) ++wrong;
    });
  const std::vector<float> alone = trained(1);
  EXPECT_EQ(trained(0), alone);
  for (std::thread& thread : host) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace carousel
