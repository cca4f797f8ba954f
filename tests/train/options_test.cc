// [train] as JSON: every setting there and back, defaults by kind of target.
#include <gtest/gtest.h>

#include "base/fields_json.h"
#include "train/options_fields.h"
#include "train/progress.h"

namespace carousel {
namespace {

TEST(TrainSettings, GoThereAndBack) {
  TrainOptions options{
      .loss = Loss::binary_cross_entropy,
      .optimizer = {.kind = OptimizerKind::adamw, .rate = 0.1, .beta1 = 0.5, .weight_decay = 0.25},
      .batch = 3,
      .epochs = 4,
      .steps = 5,
      .seed = 1234567890123456789u,
      .shuffle = false,
      .clip_norm = 1.5,
      .clip_value = 2.5,
      .reduce_time = Reduce::sum,
      .reduce_samples = Reduce::sum,
      .loss_at = LossAt::last,
      .l2 = 1e-4,
      .l2_weights = {"*.W", "layers.1.U"},
      .patience = 6,
      .keep = Keep::last,
      .checkpoint_every = 7,
      .threads = 2};
  TrainOptions back;
  from_json(to_json(options), back, "train");
  EXPECT_EQ(to_json(back), to_json(options));
  EXPECT_EQ(back.seed, options.seed);
  EXPECT_EQ(back.optimizer.weight_decay, 0.25);
  EXPECT_FALSE(back.optimizer.beta2.has_value());
  EXPECT_NE(to_json(back), to_json(TrainOptions{}));
}

TEST(TrainSettings, AreFilledInFromTheTargets) {
  EXPECT_EQ(resolved({}, {.values = 3}).loss, Loss::mse);
  EXPECT_EQ(resolved({}, {.classes = 3}).loss, Loss::cross_entropy);
  EXPECT_EQ(resolved({.loss = Loss::mae}, {.values = 3}).loss, Loss::mae);
  EXPECT_EQ(resolved({}, {.values = 3}).optimizer.rate, 0.001);
}

TEST(TrainSettings, EpochsAreAsManyAsMakeEnoughSteps) {
  const auto epochs = [](TrainOptions options, std::int64_t sequences) {
    return resolved(options, {.values = 1}, sequences).epochs;
  };
  EXPECT_EQ(epochs({.batch = 32}, 32 * 100), 20);       // 2,000 steps
  EXPECT_EQ(epochs({.batch = 32}, 32 * 100 - 32), 21);  // 99 steps an epoch: 20 of them would be 1,980
  EXPECT_EQ(epochs({.batch = 32}, 33), 200);            // 2 steps an epoch: 1,000 epochs are too many
  EXPECT_EQ(epochs({.batch = 32}, 1000000), 20);
  EXPECT_EQ(epochs({.batch = 10, .steps = 5000}, 100), 500) << "or `steps` would not be reached";
  EXPECT_EQ(epochs({.batch = 10, .steps = 5}, 100), 200);
  EXPECT_EQ(epochs({.batch = 1, .steps = 4000000000}, 1), 1000000);
  EXPECT_EQ(epochs({.epochs = 3}, 33), 3);
  EXPECT_EQ(epochs({}, 0), std::nullopt);
}

TEST(TrainSettings, ReadFromWordsAsPeopleWriteThem) {
  TrainOptions options;
  from_json(
      Json::parse(R"({"loss": "auto", "optimizer": {"kind": "rmsprop", "rate": 1e-3}, "l2_weights": "*.W"})"),
      options, "train");
  EXPECT_FALSE(options.loss.has_value());
  EXPECT_EQ(options.optimizer.kind, OptimizerKind::rmsprop);
  EXPECT_EQ(options.l2_weights, (std::vector<std::string>{"*.W"}));
  try {
    from_json(Json::parse(R"({"optimizer": {"rte": 1}})"), options, "train");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.info().where, "train.optimizer.rte");
    EXPECT_NE(error.info().hint.find("rate"), std::string::npos);
  }
}

TEST(RunState, GoesThereAndBackExactly) {
  training::Progress progress;
  progress.step = 12, progress.epoch = 2, progress.in_epoch = 3;
  progress.gradients = training::GradientTrace(12);
  progress.last_gradients = {training::distribution_of(std::vector<float>{-0.0f, -3.5f, 1e-30f, 0.1f}), {}};
  progress.meter = {0.1 + 0.2, 7, 8, 9, 5};
  progress.history = {{1, 4, 1.0 / 3, std::nullopt, 0.7, 0.5, true},
                      {2, 8, 1e-300, 0.25, std::nullopt, std::nullopt, false}};
  const Json json = training::state_to_json({.batch = 9, .threads = 3}, "mark", progress);
  const training::RunState state = training::state_from_json(Json::parse(json.dump()), "file");
  EXPECT_EQ(state.progress.meter.total, 0.1 + 0.2);
  EXPECT_EQ(state.progress.in_epoch, 3);
  EXPECT_EQ(state.options.batch, 9);
  EXPECT_EQ(state.options.threads, 0);
  ASSERT_EQ(state.progress.last_gradients.size(), 2u);
  EXPECT_EQ(state.progress.last_gradients[0].count, 4);
  EXPECT_EQ(training::state_to_json(state.options, state.data, state.progress).dump(), json.dump());
  EXPECT_EQ(training::history_csv(state.progress.history),
            "epoch,step,train_loss,train_accuracy,validation_loss,validation_accuracy\n"
            "1,4,0.3333333333333333,,0.7,0.5\n"
            "2,8,1e-300,0.25,,\n");
}

TEST(RunState, DamageIsTheFilesFault) {
  const Json good = training::state_to_json({}, "mark", {});
  for (const char* key : {"options", "step", "meter", "history"}) {
    Json bad = good;
    bad[key] = "x";
    try {
      training::state_from_json(bad, "last.safetensors");
      ADD_FAILURE() << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::model_bad_format) << key;
      EXPECT_EQ(error.info().file, "last.safetensors");
    }
  }
}

}  // namespace
}  // namespace carousel
