// A run that was stopped after any step and resumed writes byte for byte the files of one that was not.
#include <gtest/gtest.h>

#include "train/folder.h"
#include "train/toy.h"

namespace carousel {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::expect_same_files;
using testing::Folder;
using testing::means;
using testing::prepared;
using testing::signs;
using testing::StopAt;
using testing::with_dropout;

struct Case {
  std::string name;
  TrainOptions options;
  ModelSpec spec = with_dropout(2);
  Finish end = Finish::epochs;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

// 30 sequences in batches of 8: 4 steps an epoch, the last of 6 sequences.
std::vector<Case> cases() {
  using Kind = OptimizerKind;
  const std::pair<const char*, Optimizer> optimizers[] = {{"sgd", {.kind = Kind::sgd}},
                                                          {"momentum", {.kind = Kind::sgd, .momentum = 0.9}},
                                                          {"rmsprop", {.kind = Kind::rmsprop}},
                                                          {"adam", {.kind = Kind::adam}},
                                                          {"adamw", {.kind = Kind::adamw}}};
  const auto network = [](float layer, float input, float recurrent) {
    ModelSpec spec{
        {Lstm{.units = 4, .returns = Returns::sequence, .dropout = input, .recurrent_dropout = recurrent}}};
    if (layer > 0) spec.layers.push_back(Dropout{.rate = layer});
    spec.layers.push_back(Gru{.units = 3, .dropout = input, .recurrent_dropout = recurrent});
    spec.layers.push_back(Dense{.units = 2});
    return spec;
  };
  const std::pair<const char*, ModelSpec> networks[] = {{"plain", network(0, 0, 0)},
                                                        {"dropout", network(0.3f, 0, 0)},
                                                        {"input_dropout", network(0, 0.3f, 0)},
                                                        {"recurrent_dropout", network(0, 0, 0.3f)}};
  std::vector<Case> all;
  for (const auto& [kind, optimizer] : optimizers)
    for (const auto& [drops, spec] : networks)
      for (const bool shuffle : {true, false})
        all.push_back({std::string(kind) + "_" + drops + (shuffle ? "_shuffled" : "_in_order"),
                       {.optimizer = optimizer, .batch = 8, .epochs = 3, .shuffle = shuffle},
                       spec});
  const auto add = [&](const char* name, TrainOptions options, Finish end = Finish::epochs) {
    options.batch = 8;
    if (!options.epochs) options.epochs = 3;
    all.push_back({name, options, with_dropout(2), end});
  };
  add("clip_norm", {.clip_norm = 0.1});
  add("clip_value", {.clip_value = 0.01});
  add("l2", {.l2 = 0.01, .l2_weights = {"*.W"}});
  add("checkpoints", {.checkpoint_every = 3});
  add("recompute", {.recompute = true});
  add("keep_last", {.shuffle = false, .keep = Keep::last});
  add("patience", {.optimizer = {.rate = 1.0}, .epochs = 30, .patience = 2}, Finish::patience);
  add("patience_last", {.optimizer = {.rate = 1.0}, .epochs = 30, .patience = 2, .keep = Keep::last},
      Finish::patience);
  add("steps", {.epochs = 9, .steps = 10}, Finish::steps);
  add("histograms", {.clip_norm = 0.1, .histograms = true});
  add("tensorboard", {.checkpoint_every = 3, .tensorboard = true});
  add("tensorboard_steps", {.epochs = 9, .steps = 10, .tensorboard = true}, Finish::steps);
  add("two_threads", {.checkpoint_every = 5, .recompute = true, .histograms = true, .threads = 2});
  return all;
}

class Resume : public ::testing::TestWithParam<Case> {};

TEST_P(Resume, AfterAnyStepEqualsNeverHavingStopped) {
  const auto& [name, options, spec, end] = GetParam();
  const Prepared data = prepared(signs(30, 5, 1), signs(11, 5, 2));
  const Folder whole("whole_" + name);
  Trainer uninterrupted(spec, data, options, whole.path());
  ASSERT_EQ(uninterrupted.run().why, end);
  const std::int64_t steps = uninterrupted.steps_done();
  ASSERT_GE(steps, 8);
  for (std::int64_t k = 1; k < steps; ++k) {
    const Folder parts("parts_" + name);
    {
      Trainer first(spec, data, options, parts.path());
      StopAt stop;
      stop.trainer = &first, stop.at = k;
      ASSERT_EQ(first.run(&stop).why, Finish::stopped);
      ASSERT_EQ(first.steps_done(), k);
    }
    Trainer second = Trainer::resume(parts.path(), data);
    EXPECT_EQ(second.steps_done(), k);
    EXPECT_EQ(second.run().why, end);
    expect_same_files(whole, parts, "stopped after step " + std::to_string(k));
    EXPECT_EQ(second.history().size(), uninterrupted.history().size());
  }
}

INSTANTIATE_TEST_SUITE_P(All, Resume, ::testing::ValuesIn(cases()),
                         [](const auto& one) { return one.param.name; });

TEST(ResumeMore, EveryStepWithLengthsAndMask) {
  const Prepared data = prepared(means(20, 5, 1), means(7, 5, 2));
  const TrainOptions options{.batch = 6, .epochs = 2, .reduce_time = Reduce::sum};
  const Folder whole("mask_whole"), parts("mask_parts");
  Trainer(with_dropout(1, Returns::sequence), data, options, whole.path()).run();
  Trainer first(with_dropout(1, Returns::sequence), data, options, parts.path());
  StopAt stop;
  stop.trainer = &first, stop.at = 3;
  first.run(&stop);
  Trainer::resume(parts.path(), data).run();
  expect_same_files(whole, parts, "mask");
}

// A run that is broken off without a word goes on from its last checkpoint.
TEST(ResumeMore, AfterACrashFromTheLastCheckpoint) {
  const Prepared data = prepared(signs(30, 5, 1), signs(11, 5, 2));
  const TrainOptions options{.batch = 8, .epochs = 3, .checkpoint_every = 3};
  const Folder whole("crash_whole"), parts("crash_parts");
  Trainer(with_dropout(2), data, options, whole.path()).run();
  {
    Trainer first(with_dropout(2), data, options, parts.path());
    for (int k = 0; k < 11; ++k) first.step();  // checkpoints after 3, 6 and 9; an epoch ends after 4 and 8
  }
  Trainer second = Trainer::resume(parts.path(), data);
  EXPECT_EQ(second.steps_done(), 9);
  second.run();
  expect_same_files(whole, parts, "crash");
}

TEST(ResumeMore, MoreEpochsEqualALongerRun) {
  const Prepared data = prepared(signs(30, 5, 1), signs(11, 5, 2));
  const Folder whole("more_whole"), parts("more_parts");
  TrainOptions options{.batch = 8, .epochs = 4};
  Trainer(with_dropout(2), data, options, whole.path()).run();
  options.epochs = 2;
  Trainer(with_dropout(2), data, options, parts.path()).run();
  options.epochs = 4;
  options.threads = 2;
  Trainer::resume(parts.path(), data, &options).run();
  expect_same_files(whole, parts, "more epochs");
}

TEST(ResumeMore, MoreStepsEqualALongerRun) {
  const Prepared data = prepared(signs(30, 5, 1), signs(11, 5, 2));
  const Folder whole("steps_whole"), parts("steps_parts");
  TrainOptions options{.batch = 8, .epochs = 9, .steps = 11};
  Trainer(with_dropout(2), data, options, whole.path()).run();
  options.steps = 6;
  Trainer(with_dropout(2), data, options, parts.path()).run();
  options.steps = 11;
  Trainer::resume(parts.path(), data, &options).run();
  expect_same_files(whole, parts, "more steps");
}

// The record of an epoch that `steps` cut short is shown, but is none of the whole run's, however often it is
// written.
TEST(ResumeMore, ACutEpochLeavesNoTrace) {
  const Prepared data = prepared(signs(30, 5, 1), signs(11, 5, 2));
  for (const Keep keep : {Keep::best, Keep::last}) {
    const Folder whole("cut_whole"), parts("cut_parts");
    TrainOptions options{.optimizer = {.rate = 0.03}, .batch = 8, .epochs = 9, .steps = 11, .keep = keep};
    Trainer(with_dropout(2), data, options, whole.path()).run();
    options.steps = 6;  // the second of four steps of epoch 2
    Trainer first(with_dropout(2), data, options, parts.path());
    first.run();
    ASSERT_EQ(first.history().size(), 2u);
    EXPECT_EQ(first.history()[1].step, 6);
    const std::string last = parts.bytes("last.safetensors"), model = parts.bytes("model.safetensors"),
                      history = parts.bytes("history.csv");
    first.save();
    first.run();
    EXPECT_EQ(first.history().size(), 2u);
    EXPECT_TRUE(parts.bytes("last.safetensors") == last);
    EXPECT_TRUE(parts.bytes("model.safetensors") == model);
    EXPECT_EQ(parts.bytes("history.csv"), history);
    options.steps = 11;
    Trainer::resume(parts.path(), data, &options).run();
    expect_same_files(whole, parts, "cut short");
  }
}

TEST(ResumeMore, TheFilesAreModels) {
  const auto validation = signs(11, 5, 2);
  const Folder folder("models");
  Trainer trainer(with_dropout(2), prepared(signs(30, 5, 1), validation), {.batch = 8, .epochs = 3},
                  folder.path());
  trainer.run();
  const Model best = load_model(folder.path() + "/model.safetensors");
  const Model last = load_model(folder.path() + "/last.safetensors");
  EXPECT_EQ(evaluate(best, *validation).loss, evaluate(trainer.model(), *validation).loss);
  EXPECT_EQ(evaluate(last, *validation).loss, evaluate(trainer.current(), *validation).loss);
  EXPECT_EQ(best.notes().classes, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(best.notes().training, trainer.model().notes().training);
  EXPECT_NE(best.notes().training.find("\"history\""), std::string::npos);
  EXPECT_EQ(checkpoint_options(folder.path()).batch, 8);
}

TEST(ResumeMore, WhatChangesNoNumberMayChange) {
  const Prepared data = prepared(signs(30, 5, 1));
  const Folder folder("free");
  Trainer(with_dropout(2), data, {.batch = 8, .epochs = 1}, folder.path()).run();
  const TrainOptions other{
      .batch = 8, .epochs = 2, .patience = 7, .keep = Keep::last, .checkpoint_every = 2, .threads = 2};
  Trainer resumed = Trainer::resume(folder.path(), data, &other);
  EXPECT_EQ(resumed.run().why, Finish::epochs);
  EXPECT_EQ(resumed.history().size(), 2u);
}

TEST(ResumeMore, OtherTargetsAreOtherData) {
  const auto data = testing::sine(30, 5), other = testing::sine(30, 5);
  other->values[0] += 1;
  const Folder folder("targets");
  Trainer(with_dropout(1), prepared(data), {.epochs = 1}, folder.path()).run();
  expect_error(Code::model_mismatch, [&] { Trainer::resume(folder.path(), prepared(other)); });
}

TEST(ResumeMore, OneNumberOfOneSequenceIsOtherData) {
  const auto make = [] {
    const auto data = testing::sine(30, 5);
    data->mask.assign(30, 1.0f);
    return data;
  };
  const Folder folder("one_number");
  Trainer(with_dropout(1), prepared(make()), {.epochs = 1}, folder.path()).run();
  EXPECT_NO_THROW(Trainer::resume(folder.path(), prepared(make())));
  const auto masked = make(), moved = make(), aimed = make();
  masked->mask[17] = 0;
  moved->x[17 * 5 + 2] += 1;
  aimed->values[18] += 1;
  for (const auto& other : {masked, moved, aimed})
    expect_error(Code::model_mismatch, [&] { Trainer::resume(folder.path(), prepared(other)); });
}

TEST(ResumeMore, WhatCannotBeResumedIsRefused) {
  const Prepared data = prepared(signs(30, 5, 1));
  const Folder folder("refused");
  const TrainOptions options{.batch = 8, .epochs = 1};
  Trainer(with_dropout(2), data, options, folder.path()).run();
  const std::string before = folder.bytes("last.safetensors");
  expect_error(Code::model_mismatch, [&] { Trainer::resume(folder.path(), prepared(signs(31, 5, 1))); });
  expect_error(Code::model_mismatch, [&] { Trainer::resume(folder.path(), prepared(signs(30, 5, 9))); });
  expect_error(Code::model_mismatch, [&] { Trainer::resume(folder.path(), prepared(testing::sine(30, 5))); });
  expect_error(Code::model_mismatch,
               [&] { Trainer::resume(folder.path(), prepared(signs(30, 5, 1), signs(9, 5, 2))); });
  TrainOptions other = options;
  other.seed = 2;
  expect_error(Code::usage_conflict, [&] { Trainer::resume(folder.path(), data, &other); });
  other = options;
  other.optimizer.rate = 0.5;
  expect_error(Code::usage_conflict, [&] { Trainer::resume(folder.path(), data, &other); });
  other = options;
  other.batch = 4;
  expect_error(Code::usage_conflict, [&] { Trainer::resume(folder.path(), data, &other); });
  expect_error(Code::model_missing_file, [&] { Trainer::resume(folder.path() + "/nowhere", data); });
  EXPECT_EQ(folder.bytes("last.safetensors"), before);
  fs::copy_file(folder.path() + "/model.safetensors", folder.path() + "/last.safetensors",
                fs::copy_options::overwrite_existing);
  expect_error(Code::model_bad_format, [&] { Trainer::resume(folder.path(), data); });
}

}  // namespace
}  // namespace carousel
