// Whole trainings on tiny tasks: they learn, stop early, keep the best, and tell what happens.
#include <gtest/gtest.h>

#include <cmath>

#include "carousel/error.h"
#include "carousel/train.h"
#include "train/toy.h"

namespace carousel {
namespace {

using testing::means;
using testing::prepared;
using testing::signs;
using testing::sine;

struct Recorder : TrainObserver {
  std::vector<StepEvent> steps;
  std::vector<EpochRecord> epochs;
  std::vector<std::string> order;
  std::int64_t total = 0;
  std::optional<Finish> why;
  Trainer* trainer = nullptr;
  std::int64_t stop_at = -1;

  void started(const StartEvent& e) override { order.push_back("start"), total = e.total_steps; }
  void step(const StepEvent& e) override {
    steps.push_back(e);
    order.push_back("step");
    if (e.step == stop_at) trainer->request_stop();
  }
  void epoch(const EpochEvent& e) override { epochs.push_back(e.record), order.push_back("epoch"); }
  void finished(const FinishEvent& e) override { why = e.why, order.push_back("finish"); }
};

ModelSpec lstm(int units, int outputs) {
  return {{Lstm{.units = units}, Dense{.units = outputs}}};
}

TEST(Learning, ASineIsForecast) {
  const auto data = prepared(sine(200, 12), sine(40, 12, 0.17));
  const Model model =
      train(lstm(12, 1), data, {.optimizer = {.rate = 0.01}, .batch = 20, .epochs = 40, .seed = 3});
  const Score score = evaluate(model, *sine(50, 12, 0.05));
  EXPECT_LT(score.loss, 2e-3);  // the variance is 0.5; repeating the last value gives 0.045
  EXPECT_EQ(score.rows, 50);
  EXPECT_FALSE(score.accuracy.has_value());
}

TEST(Learning, RaggedSequencesAreClassified) {
  const Model model = train({{Gru{.units = 12}, Dense{.units = 2}}}, prepared(signs(600, 8, 1)),
                            {.optimizer = {.rate = 0.01}, .batch = 32, .epochs = 25});
  EXPECT_GT(evaluate(model, *signs(300, 8, 2)).accuracy.value(), 0.93);
}

TEST(Learning, BinaryCrossEntropyOfOneLogit) {
  const Model model = train(lstm(12, 1), prepared(signs(600, 8, 1)),
                            {.loss = Loss::binary_cross_entropy, .optimizer = {.rate = 0.01}, .epochs = 25});
  EXPECT_GT(evaluate(model, *signs(300, 8, 2), {.loss = Loss::binary_cross_entropy}).accuracy.value(), 0.93);
}

TEST(Learning, EveryStepWithAMask) {
  const ModelSpec spec{{Lstm{.units = 16, .returns = Returns::sequence}, Dense{.units = 1}}};
  const Model model = train(spec, prepared(means(400, 6, 1)), {.optimizer = {.rate = 0.01}, .epochs = 25});
  EXPECT_LT(evaluate(model, *means(100, 6, 5)).loss, 0.01);
}

TEST(Learning, EventsComeInOrderWithTheirNumbers) {
  Recorder recorder;
  Trainer trainer(lstm(4, 2), prepared(signs(50, 5, 1), signs(20, 5, 2)), {.batch = 20, .epochs = 2});
  const FinishEvent finish = trainer.run(&recorder);
  EXPECT_EQ(recorder.order, (std::vector<std::string>{"start", "step", "step", "step", "epoch", "step",
                                                      "step", "step", "epoch", "finish"}));
  EXPECT_EQ(recorder.total, 6);
  EXPECT_EQ(finish.why, Finish::epochs);
  EXPECT_EQ(recorder.steps[3].step, 4);
  EXPECT_EQ(recorder.steps[3].epoch, 2);
  EXPECT_EQ(recorder.steps[3].step_in_epoch, 1);
  EXPECT_EQ(recorder.steps[2].sequences, 10);
  EXPECT_GT(recorder.steps[0].gradient_norm, 0);
  // The epoch's loss is the mean over its rows: batches of 20, 20 and 10.
  const double mean =
      (20 * recorder.steps[0].loss + 20 * recorder.steps[1].loss + 10 * recorder.steps[2].loss) / 50;
  EXPECT_NEAR(recorder.epochs[0].train_loss, mean, 1e-12);
  ASSERT_TRUE(recorder.epochs[1].validation_loss.has_value());
  EXPECT_NEAR(*recorder.epochs[1].validation_loss, evaluate(trainer.current(), *signs(20, 5, 2)).loss, 1e-12);
  EXPECT_TRUE(recorder.epochs[0].train_accuracy && recorder.epochs[0].validation_accuracy);
}

TEST(Learning, StepsEndARunWithinAnEpoch) {
  Recorder recorder;
  Trainer trainer(lstm(4, 2), prepared(signs(50, 5, 1), signs(20, 5, 2)),
                  {.batch = 20, .epochs = 9, .steps = 4});
  EXPECT_EQ(trainer.run(&recorder).why, Finish::steps);
  EXPECT_EQ(recorder.steps.size(), 4u);
  EXPECT_EQ(recorder.total, 4);
  ASSERT_EQ(recorder.epochs.size(), 2u);
  EXPECT_EQ(recorder.epochs[1].step, 4);
  EXPECT_NEAR(recorder.epochs[1].train_loss, recorder.steps[3].loss, 1e-12);
  EXPECT_FALSE(trainer.step());
}

TEST(Learning, TheBestEpochIsKeptOrTheLast) {
  // Ten sequences are learnt by heart: what is not among them gets worse again.
  const auto validation = signs(40, 6, 2);
  for (const Keep keep : {Keep::best, Keep::last}) {
    Recorder recorder;
    Trainer trainer(lstm(8, 2), prepared(signs(10, 6, 1), validation),
                    {.optimizer = {.rate = 0.05}, .batch = 5, .epochs = 60, .keep = keep});
    trainer.run(&recorder);
    double best = 1e300;
    for (const EpochRecord& record : recorder.epochs) {
      EXPECT_EQ(record.best, *record.validation_loss < best);
      best = std::min(best, *record.validation_loss);
    }
    const double last = *recorder.epochs.back().validation_loss;
    ASSERT_GT(last, best) << "the case must get worse at its end";
    EXPECT_NEAR(evaluate(trainer.model(), *validation).loss, keep == Keep::best ? best : last, 1e-12);
    EXPECT_NEAR(evaluate(trainer.current(), *validation).loss, last, 1e-12);
  }
}

// Nothing is learnt at rate 0: every epoch is as good as the first, and none is better.
TEST(Learning, ATieIsNotBetter) {
  Recorder recorder;
  Trainer trainer(lstm(4, 1), prepared(sine(20, 5), sine(20, 5, 0.3)),
                  {.optimizer = {.kind = OptimizerKind::sgd, .rate = 0.0}, .epochs = 9, .patience = 2});
  EXPECT_EQ(trainer.run(&recorder).why, Finish::patience);
  ASSERT_EQ(recorder.epochs.size(), 3u);
  EXPECT_TRUE(recorder.epochs[0].best);
  EXPECT_FALSE(recorder.epochs[1].best || recorder.epochs[2].best);
}

TEST(Learning, PatienceStopsEarly) {
  Recorder recorder;
  Trainer trainer(lstm(4, 1), prepared(sine(60, 10), sine(40, 10, 0.3)),
                  {.optimizer = {.kind = OptimizerKind::sgd, .rate = 0.9, .momentum = 0.9},
                   .batch = 10,
                   .epochs = 400,
                   .patience = 3});
  EXPECT_EQ(trainer.run(&recorder).why, Finish::patience);
  ASSERT_GE(recorder.epochs.size(), 4u);
  ASSERT_LT(recorder.epochs.size(), 400u);
  const std::size_t n = recorder.epochs.size();
  EXPECT_TRUE(recorder.epochs[n - 4].best);
  for (std::size_t i = n - 3; i < n; ++i) EXPECT_FALSE(recorder.epochs[i].best);
}

TEST(Learning, AStopComesBackAfterTheStep) {
  Recorder recorder;
  Trainer trainer(lstm(4, 2), prepared(signs(50, 5, 1)), {.batch = 10, .epochs = 4});
  recorder.trainer = &trainer, recorder.stop_at = 7;
  EXPECT_EQ(trainer.run(&recorder).why, Finish::stopped);
  EXPECT_EQ(trainer.steps_done(), 7);
  recorder.stop_at = -1;
  EXPECT_EQ(trainer.run(&recorder).why, Finish::epochs);
  EXPECT_EQ(trainer.steps_done(), 20);
}

TEST(Learning, TheLastBatchIsScored) {
  Trainer trainer(lstm(6, 2), prepared(signs(40, 5, 1)),
                  {.optimizer = {.rate = 0.01}, .batch = 40, .epochs = 30});
  EXPECT_THROW(trainer.score_last_batch(), Error);
  while (trainer.step()) {
  }
  const Score score = trainer.score_last_batch();
  EXPECT_EQ(score.rows, 40);
  EXPECT_NEAR(score.loss, evaluate(trainer.current(), *signs(40, 5, 1)).loss, 1e-12);
}

TEST(Learning, L2ShrinksTheNamedWeightsOnly) {
  const auto weights = [](const Model& model, const std::string& name) {
    double sum = 0;
    for (const TensorView& tensor : model.tensors())
      if (tensor.name == name)
        for (const float w : tensor.values) sum += static_cast<double>(w) * static_cast<double>(w);
    return sum;
  };
  // With sgd and one step, w' = w - rate (g + λ w): the difference of two runs is rate · λ · w exactly.
  const auto data = prepared(sine(10, 5));
  const TrainOptions plain{.optimizer = {.kind = OptimizerKind::sgd, .rate = 0.1}, .batch = 10, .epochs = 1};
  TrainOptions decayed = plain;
  decayed.l2 = 0.5, decayed.l2_weights = {"*.U"};
  const Model a = train(lstm(4, 1), data, plain), b = train(lstm(4, 1), data, decayed);
  EXPECT_LT(weights(b, "layers.0.U"), weights(a, "layers.0.U"));
  EXPECT_EQ(weights(b, "layers.0.W"), weights(a, "layers.0.W"));
  const Model start = Model::create(lstm(4, 1), 1, plain.seed);
  for (std::size_t i = 0; i < a.tensors().size(); ++i) {
    if (a.tensors()[i].name != "layers.0.U") continue;
    for (std::size_t k = 0; k < a.tensors()[i].values.size(); ++k)
      EXPECT_NEAR(a.tensors()[i].values[k] - b.tensors()[i].values[k], 0.05 * start.tensors()[i].values[k],
                  1e-6);
  }
  // What a layer asks for does the same.
  const Model c = train({{Lstm{.units = 4, .l2_u = 0.5f}, Dense{.units = 1}}}, data, plain);
  EXPECT_EQ(weights(c, "layers.0.U"), weights(b, "layers.0.U"));
}

TEST(Learning, ThePrintedLossIsWithoutL2) {
  Recorder plain, decayed;
  TrainOptions options{.batch = 10, .epochs = 1};
  Trainer(lstm(4, 1), prepared(sine(10, 5)), options).run(&plain);
  options.l2 = 10, options.l2_weights = {"*"};
  Trainer(lstm(4, 1), prepared(sine(10, 5)), options).run(&decayed);
  EXPECT_EQ(plain.steps[0].loss, decayed.steps[0].loss);
  EXPECT_LT(plain.steps[0].gradient_norm, decayed.steps[0].gradient_norm);
}

TEST(Learning, ClippingByNormBoundsTheMove) {
  const auto data = prepared(sine(10, 5));
  TrainOptions options{.optimizer = {.kind = OptimizerKind::sgd, .rate = 1.0}, .batch = 10, .epochs = 1};
  options.clip_norm = 1e-3;
  const Model moved = train(lstm(4, 1), data, options), start = Model::create(lstm(4, 1), 1, options.seed);
  double sum = 0;
  for (std::size_t i = 0; i < moved.tensors().size(); ++i)
    for (std::size_t k = 0; k < moved.tensors()[i].values.size(); ++k) {
      const double d = static_cast<double>(moved.tensors()[i].values[k]) - start.tensors()[i].values[k];
      sum += d * d;
    }
  EXPECT_NEAR(std::sqrt(sum), 1e-3, 2e-6);
}

TEST(Learning, ClippingByValueBoundsEachMove) {
  TrainOptions options{.optimizer = {.kind = OptimizerKind::sgd, .rate = 1.0}, .batch = 10, .epochs = 1};
  options.clip_value = 1e-3;
  const Model moved = train(lstm(4, 1), prepared(sine(10, 5)), options),
              start = Model::create(lstm(4, 1), 1, options.seed);
  double largest = 0;
  for (std::size_t i = 0; i < moved.tensors().size(); ++i)
    for (std::size_t k = 0; k < moved.tensors()[i].values.size(); ++k)
      largest = std::max(
          largest, std::abs(double{moved.tensors()[i].values[k]} - double{start.tensors()[i].values[k]}));
  EXPECT_NEAR(largest, 1e-3, 2e-6);
}

// All weights are given: only the mask depends on the seed.
TEST(Learning, DropoutDrawsByTheSeed) {
  const auto loss = [](std::uint64_t seed) {
    Recorder recorder;
    Trainer({{Dropout{.rate = 0.5f}, Dense{.units = 1, .returns = Returns::last, .w_init = "constant(0.5)"}}},
            prepared(sine(20, 5)), {.batch = 20, .epochs = 1, .seed = seed, .shuffle = false})
        .run(&recorder);
    return recorder.steps[0].loss;
  };
  EXPECT_EQ(loss(1), loss(1));
  EXPECT_NE(loss(1), loss(2));
}

TEST(Learning, DropoutDrawsAnotherMaskEachStep) {
  // Nothing is learnt (rate 0) and the batch is the same: only the mask can change the loss.
  Recorder recorder;
  TrainOptions options{
      .optimizer = {.kind = OptimizerKind::sgd, .rate = 0.0}, .batch = 20, .epochs = 4, .shuffle = false};
  Trainer({{Dropout{.rate = 0.5f}, Lstm{.units = 4}, Dense{.units = 2}}}, prepared(signs(20, 5, 1)), options)
      .run(&recorder);
  for (std::size_t i = 1; i < 4; ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_NE(recorder.steps[i].loss, recorder.steps[j].loss) << i << " " << j;
  Recorder without;
  Trainer(lstm(4, 2), prepared(signs(20, 5, 1)), options).run(&without);
  EXPECT_EQ(without.steps[0].loss, without.steps[3].loss);
}

TEST(Learning, EpochsAreShuffledApart) {
  // With rate 0 the losses of an epoch's batches are those of the rows in them.
  const auto losses = [](bool shuffle) {
    Recorder recorder;
    Trainer(lstm(4, 1), prepared(sine(30, 5)),
            {.optimizer = {.kind = OptimizerKind::sgd, .rate = 0.0},
             .batch = 10,
             .epochs = 2,
             .shuffle = shuffle})
        .run(&recorder);
    std::vector<double> all;
    for (const StepEvent& step : recorder.steps) all.push_back(step.loss);
    return all;
  };
  const std::vector<double> shuffled = losses(true), straight = losses(false);
  EXPECT_EQ((std::vector<double>{straight[0], straight[1], straight[2]}),
            (std::vector<double>{straight[3], straight[4], straight[5]}));
  EXPECT_NE((std::vector<double>{shuffled[0], shuffled[1], shuffled[2]}),
            (std::vector<double>{shuffled[3], shuffled[4], shuffled[5]}));
  EXPECT_NE(shuffled[0], straight[0]);
}

TEST(Learning, EvaluateRefusesDataOfAnotherShape) {
  const Model model = Model::create(lstm(4, 2), 2);
  EXPECT_THROW(evaluate(model, *sine(5, 3)), Error);
  EXPECT_THROW(evaluate(model, *means(5, 3, 1)), Error);
  auto unknown = signs(5, 3, 1);
  unknown->classes.clear();
  EXPECT_THROW(evaluate(model, *unknown), Error);
}

TEST(Learning, ThreadsDoNotChangeABit) {
  const ModelSpec spec{
      {Bidirectional{.returns = Returns::last, .forward = Lstm{.units = 24}, .backward = Gru{.units = 24}},
       Dropout{.rate = 0.2f}, Dense{.units = 40, .activation = "tanh"}, Dense{.units = 400},
       Dense{.units = 2}}};
  std::vector<Model> models;
  for (const int threads : {1, 2, 3})
    models.push_back(train(spec, prepared(signs(60, 7, 1), signs(30, 7, 2)),
                           {.batch = 16, .epochs = 2, .clip_norm = 0.5, .threads = threads}));
  for (std::size_t m = 1; m < models.size(); ++m)
    for (std::size_t i = 0; i < models[0].tensors().size(); ++i) {
      const auto a = models[0].tensors()[i].values, b = models[m].tensors()[i].values;
      EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << models[0].tensors()[i].name;
    }
}

TEST(Learning, RecomputingTheGatesChangesNotABit) {
  const ModelSpec spec{{Lstm{.units = 9, .returns = Returns::sequence}, Dropout{.rate = 0.2f},
                        Bidirectional{.forward = GruResetBefore{.units = 5}, .backward = Gru{.units = 7}},
                        Dense{.units = 2}}};
  const auto trained = [&](bool recompute) {
    return train(spec, prepared(signs(60, 50, 1), signs(30, 50, 2)),
                 {.batch = 16, .epochs = 2, .recompute = recompute});
  };
  const Model kept = trained(false), made_again = trained(true);
  for (std::size_t i = 0; i < kept.tensors().size(); ++i) {
    const auto a = kept.tensors()[i].values, b = made_again.tensors()[i].values;
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << kept.tensors()[i].name;
  }
}

struct Refusal {
  std::string name;
  ModelSpec spec;
  TrainOptions options;
  std::shared_ptr<Dataset> data;
  Code code;
  std::string text;
};
void PrintTo(const Refusal& r, std::ostream* out) {
  *out << r.name;
}

class Refusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refusals, HaveTheirCodeAndSayWhy) {
  const Refusal& r = GetParam();
  try {
    train(r.spec, prepared(r.data), r.options);
    FAIL() << "was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), r.code) << error.what();
    EXPECT_NE(std::string(error.what()).find(r.text), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Refusals,
    ::testing::Values(
        Refusal{"mse_of_classes",
                lstm(4, 2),
                {.loss = Loss::mse},
                signs(9, 3, 1),
                Code::usage_conflict,
                "cross_entropy"},
        Refusal{"too_few_outputs", lstm(4, 1), {}, signs(9, 3, 1), Code::usage_shape, "units = 2"},
        Refusal{"too_many_values", lstm(4, 2), {}, sine(9, 3), Code::usage_shape, "units = 1"},
        Refusal{"two_logits_for_a_binary_loss",
                lstm(4, 2),
                {.loss = Loss::binary_cross_entropy},
                signs(9, 3, 1),
                Code::usage_shape,
                "units = 1"},
        Refusal{"every_step_for_one_target",
                {{Lstm{.units = 4, .returns = Returns::sequence}, Dense{.units = 1}}},
                {},
                sine(9, 3),
                Code::usage_shape,
                "loss_at"},
        Refusal{"one_step_for_all_targets", lstm(4, 1), {}, means(9, 3, 1), Code::usage_shape, "sequence"},
        Refusal{"no_data", lstm(4, 1), {}, sine(0, 3), Code::data_empty, "no sequences"},
        Refusal{
            "batch_of_nothing", lstm(4, 1), {.batch = 0}, sine(9, 3), Code::usage_bad_value, "train.batch"},
        Refusal{"negative_rate",
                lstm(4, 1),
                {.optimizer = {.rate = -1.0}},
                sine(9, 3),
                Code::usage_bad_value,
                "train.optimizer.rate"},
        Refusal{"rate_that_is_no_number",
                lstm(4, 1),
                {.optimizer = {.rate = NAN}},
                sine(9, 3),
                Code::usage_bad_value,
                "train.optimizer.rate"},
        Refusal{"momentum_of_adam",
                lstm(4, 1),
                {.optimizer = {.momentum = 0.9}},
                sine(9, 3),
                Code::usage_conflict,
                "sgd"},
        Refusal{"l2_of_nothing", lstm(4, 1), {.l2 = 0.1}, sine(9, 3), Code::usage_conflict, "l2_weights"},
        Refusal{"l2_of_unknown_weights",
                lstm(4, 1),
                {.l2 = 0.1, .l2_weights = {"layers.0.w"}},
                sine(9, 3),
                Code::usage_unknown_word,
                "layers.0.W"}),
    [](const auto& one) { return one.param.name; });

// With nothing that counts, a loss of 0 would be the best there is.
TEST(NothingToLearn, IsRefused) {
  const ModelSpec spec{{Lstm{.units = 3, .returns = Returns::sequence}, Dense{.units = 1}}};
  const auto good = means(9, 3, 1), masked = means(9, 3, 1), empty = means(9, 3, 1);
  std::fill(masked->mask.begin(), masked->mask.end(), 0.0f);
  std::fill(empty->lengths.begin(), empty->lengths.end(), 0);
  const auto code_of = [&](const Prepared& data) -> std::optional<Code> {
    try {
      Trainer(spec, data);
      return std::nullopt;
    } catch (const Error& error) {
      EXPECT_FALSE(error.info().where.empty());
      return error.code();
    }
  };
  EXPECT_EQ(code_of(prepared(good, good)), std::nullopt);
  EXPECT_EQ(code_of(prepared(masked)), Code::data_empty);
  EXPECT_EQ(code_of(prepared(empty)), Code::data_empty);
  EXPECT_EQ(code_of(prepared(good, masked)), Code::data_empty);
  EXPECT_EQ(code_of({}), Code::data_empty);
}

// A watcher's own arithmetic must not lose its smallest numbers.
TEST(Observer, KeepsItsDenormals) {
  struct Watcher : TrainObserver {
    int lost = 0, calls = 0;
    void look() {
      volatile float small = 1e-30f;
      ++calls;
      if (small * 1e-10f == 0.0f) ++lost;
    }
    void step(const StepEvent&) override { look(); }
    void epoch(const EpochEvent&) override { look(); }
  } watcher;
  const auto data = sine(20, 4);
  Trainer(lstm(3, 1), prepared(data, data), {.batch = 10, .epochs = 2}).run(&watcher);
  EXPECT_EQ(watcher.calls, 6);
  EXPECT_EQ(watcher.lost, 0);
}

}  // namespace
}  // namespace carousel
