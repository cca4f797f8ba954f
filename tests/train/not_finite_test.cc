// NaN and infinity stop a run before the update of their step, and are named; the last checkpoint stays.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "carousel/error.h"
#include "carousel/train.h"
#include "train/toy.h"

namespace carousel {
namespace {

using testing::prepared;
using testing::signs;
using testing::sine;
using testing::Toy;

std::string message_of(Trainer& trainer) {
  try {
    trainer.run();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::check_not_finite);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

void expect_parts(const std::string& text, std::initializer_list<const char*> parts) {
  for (const char* part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' in " << text;
}

/// A trainer whose weights were not touched since `before`.
void expect_weights(const Trainer& trainer, const Model& before) {
  const Model now = trainer.current();
  for (std::size_t i = 0; i < now.tensors().size(); ++i)
    EXPECT_TRUE(std::equal(now.tensors()[i].values.begin(), now.tensors()[i].values.end(),
                           before.tensors()[i].values.begin()))
        << now.tensors()[i].name;
}

TEST(NotFinite, TheInputIsNamed) {
  const auto data = signs(8, 5, 1, false);
  data->x[(3 * 5 + 2) * 2 + 1] = std::numeric_limits<float>::quiet_NaN();
  const ModelSpec spec{{Lstm{.units = 3}, Dense{.units = 2}}};
  Trainer trainer(spec, prepared(data), {.batch = 2, .epochs = 1, .shuffle = false});
  expect_parts(message_of(trainer), {"E501", "step 2", "epoch 1", "input", "time 2", "row 1", "id 103"});
  EXPECT_EQ(trainer.steps_done(), 1);
}

TEST(NotFinite, WhatLiesBeyondALengthIsNotBlamed) {
  const auto data = signs(4, 5, 1, false);
  data->lengths = {1, 5, 5, 5};
  data->x[2] = data->x[(5 + 2) * 2] =
      std::numeric_limits<float>::quiet_NaN();  // row 0 at time 1, row 1 at time 2
  const ModelSpec spec{{Lstm{.units = 3}, Dense{.units = 2}}};
  Trainer trainer(spec, prepared(data), {.batch = 4, .epochs = 1, .shuffle = false});
  expect_parts(message_of(trainer), {"input", "time 2", "row 1"});
}

TEST(NotFinite, TheLayerTimeAndRowAreNamed) {
  // h doubles and more at every step: relu of x + 1e10 h overflows at the fifth step after the one that is
  // not zero.
  const auto data = std::make_shared<Toy>();
  data->steps = 9, data->shape = {.values = 1};
  data->x.assign(3 * 9, 0.0f), data->values.assign(3, 0.0f);
  data->x[9 + 2] = 1.0f;  // row 1 from time 2: 1, 1e10, 1e20, 1e30, infinity at time 6
  const ModelSpec spec{
      {Dense{.units = 1, .w_init = "constant(1)"},
       Rnn{.units = 1, .activation = "relu", .w_init = "constant(1)", .u_init = "constant(1e10)"},
       Dense{.units = 1}}};
  const Model before = Model::create(spec, 1, 1);
  Trainer trainer(spec, prepared(data), {.batch = 3, .epochs = 1, .shuffle = false});
  // The recurrent layer puts out the last step alone: it is there that infinity is seen.
  expect_parts(message_of(trainer), {"step 1", "layer 1 (rnn)", "row 1", "inf"});
  expect_weights(trainer, before);

  const ModelSpec every{{Dense{.units = 1, .w_init = "constant(1)"},
                         Rnn{.units = 1,
                             .returns = Returns::sequence,
                             .activation = "relu",
                             .w_init = "constant(1)",
                             .u_init = "constant(1e10)"},
                         Dense{.units = 1}}};
  Trainer steps(every, prepared(data), {.batch = 3, .epochs = 1, .shuffle = false, .loss_at = LossAt::last});
  expect_parts(message_of(steps), {"step 1", "layer 1 (rnn)", "time 6", "row 1"});
}

TEST(NotFinite, TheGradientAndItsRowAreNamed) {
  // y = 1e-10 · 1e25 = 1e15, dy = 2e15, dW = dy · x = 2e40.
  const auto data = std::make_shared<Toy>();
  data->steps = 1, data->shape = {.values = 1};
  data->x = {0, 1, 1e25f, 1}, data->values.assign(4, 0.0f);
  const ModelSpec spec{{Dense{.units = 1, .returns = Returns::last, .w_init = "constant(1e-10)"}}};
  const Model before = Model::create(spec, 1, 1);
  Trainer trainer(spec, prepared(data),
                  {.batch = 4, .epochs = 1, .shuffle = false, .reduce_samples = Reduce::sum});
  expect_parts(message_of(trainer), {"step 1", "gradient of layers.0.W", "row 2", "id 102"});
  expect_weights(trainer, before);
}

TEST(NotFinite, ALossIsSeenThoughItsGradientsAreFinite) {
  // An infinite logit: the loss is infinite, but σ(y) - v is 1.
  const auto data = std::make_shared<Toy>();
  data->steps = 1, data->shape = {.values = 1};
  data->x = {1, 10}, data->values = {0, 0};
  const ModelSpec spec{{Dense{.units = 1, .returns = Returns::last, .w_init = "constant(3e38)"}}};
  Trainer trainer(spec, prepared(data),
                  {.loss = Loss::binary_cross_entropy, .batch = 2, .epochs = 1, .shuffle = false});
  expect_parts(message_of(trainer), {"step 1", "layer 0 (dense)", "row 1", "inf"});
}

TEST(NotFinite, TheTargetIsBlamedThroughTheLoss) {
  const auto data = sine(6, 4);
  data->values[4] = std::numeric_limits<float>::infinity();
  const ModelSpec spec{{Lstm{.units = 3}, Dense{.units = 1}}};
  Trainer trainer(spec, prepared(data), {.batch = 6, .epochs = 1, .shuffle = false});
  expect_parts(message_of(trainer), {"step 1", "loss", "row 4", "targets"});
}

TEST(NotFinite, WeightsThatAnUpdateBlewUpAreNamed) {
  const ModelSpec spec{{Dense{.units = 1, .returns = Returns::last}}};
  Trainer trainer(spec, prepared(sine(6, 4)),
                  {.optimizer = {.kind = OptimizerKind::sgd, .rate = 3e38},
                   .batch = 3,
                   .epochs = 9,
                   .reduce_samples = Reduce::sum});
  expect_parts(message_of(trainer), {"step", "not finite", "rate"});
}

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder()
      : path_((std::filesystem::temp_directory_path() / ("carousel_not_finite_" + std::to_string(getpid())))
                  .string()) {
    std::filesystem::remove_all(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  bool has(const char* name) const { return std::filesystem::exists(path_ + "/" + name); }
  /// Every number of a model file (the models' own: no slots).
  bool finite(const char* name) const {
    const Model model = load_model(path_ + "/" + name);
    for (const auto& tensor : model.tensors())
      for (const float v : tensor.values)
        if (!std::isfinite(v)) return false;
    return true;
  }

 private:
  std::string path_;
};

/// Ten rows that a dense layer of one input and one output learns from, one step at a time.
std::shared_ptr<Toy> lines(float target) {
  const auto data = std::make_shared<Toy>();
  data->steps = 1, data->shape = {.values = 1};
  data->x.assign(10, 1.0f), data->values.assign(10, target);
  return data;
}
const ModelSpec kLine{{Dense{.units = 1, .returns = Returns::last, .w_init = "zeros"}}};

TEST(NotFinite, AnUpdateThatWouldSpoilTheWeightsIsNotMade) {
  // dL/dw = -2 in the first step: w = 2e39.
  for (const int epochs : {1, 5}) {
    const Folder folder;
    Trainer trainer(kLine, prepared(lines(1.0f)),
                    {.optimizer = {.kind = OptimizerKind::sgd, .rate = 1e39}, .batch = 10, .epochs = epochs},
                    folder.path());
    const Model before = trainer.current();
    expect_parts(message_of(trainer), {"E501", "step 1 (epoch 1)", "update", "layers.0.W", "inf", "rate"});
    EXPECT_EQ(trainer.steps_done(), 0);
    expect_weights(trainer, before);
    trainer.save();
    EXPECT_TRUE(folder.finite("model.safetensors"));
    EXPECT_TRUE(folder.finite("last.safetensors"));
  }
}

TEST(NotFinite, AStateThatWouldOverflowIsNamed) {
  // g = -2e22 is finite, g² is not: with v infinite, the weight would never move again.
  for (const OptimizerKind kind : {OptimizerKind::adam, OptimizerKind::rmsprop}) {
    Trainer trainer(kLine, prepared(lines(1e22f)), {.optimizer = {.kind = kind}, .batch = 10, .epochs = 3});
    const Model before = trainer.current();
    expect_parts(message_of(trainer), {"E501", "step 1", "the optimiser's v of layers.0.W", "inf"});
    expect_weights(trainer, before);
  }
}

TEST(NotFinite, AfterABadUpdateTheRunStandsWhereItStood) {
  // The last batch alone spoils v; what the first steps learnt stays, in the weights and in Adam's state.
  const auto bad = lines(1.0f);
  bad->values[9] = 1e22f;
  const TrainOptions options{.batch = 2, .epochs = 1, .shuffle = false};
  const Folder folder;
  Trainer trainer(kLine, prepared(bad), options, folder.path());
  expect_parts(message_of(trainer), {"step 5", "optimiser's v"});
  EXPECT_EQ(trainer.steps_done(), 4);
  Trainer clean(kLine, prepared(lines(1.0f)), options);
  for (int k = 0; k < 4; ++k) clean.step();
  expect_weights(trainer, clean.current());

  // The files hold it too, though no checkpoint was due.
  expect_weights(clean, load_model(folder.path() + "/last.safetensors"));
  Trainer again = Trainer::resume(folder.path(), prepared(bad));
  EXPECT_EQ(again.steps_done(), 4);
  expect_parts(message_of(again), {"step 5", "optimiser's v"});
}

TEST(NotFinite, AFirstStepThatFailsWritesNothing) {
  const Folder folder;
  Trainer trainer(kLine, prepared(lines(1e22f)), {.batch = 10, .epochs = 3}, folder.path());
  message_of(trainer);
  EXPECT_FALSE(folder.has("last.safetensors"));
}

TEST(NotFinite, AValidationThatIsNotFiniteLosesNoStep) {
  const auto far = lines(1.0f);
  far->x.assign(10, 3e38f);
  const ModelSpec spec{{Dense{.units = 1, .returns = Returns::last, .w_init = "constant(2)"}}};
  const Folder folder;
  const TrainOptions options{.batch = 2, .epochs = 2, .shuffle = false};
  Trainer trainer(spec, prepared(lines(1.0f), far), options, folder.path());
  expect_parts(message_of(trainer), {"E501", "validation loss", "step 5"});
  EXPECT_EQ(load_model(folder.path() + "/last.safetensors").notes().training,
            trainer.current().notes().training);
  Trainer again = Trainer::resume(folder.path(), prepared(lines(1.0f), far));
  EXPECT_EQ(again.steps_done(), 5);
  expect_parts(message_of(again), {"E501", "validation loss", "step 5"});
}

TEST(NotFinite, TheLastCheckpointStays) {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("carousel_not_finite_" + std::to_string(getpid()))).string();
  const auto read = [&](const char* name) {
    std::ifstream in(folder + "/" + name, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  };
  const auto good = signs(8, 5, 1, false), bad = signs(8, 5, 1, false);
  bad->x[7 * 10] = std::numeric_limits<float>::infinity();
  const ModelSpec spec{{Lstm{.units = 3}, Dense{.units = 2}}};
  const TrainOptions options{.batch = 2, .epochs = 1, .shuffle = false, .checkpoint_every = 1};
  Trainer trainer(spec, prepared(bad), options, folder);
  message_of(trainer);
  const std::string checkpoint = read("last.safetensors");
  // It is the checkpoint of step 3, as a clean run writes it.
  EXPECT_EQ(load_model(folder + "/last.safetensors").notes().training, trainer.current().notes().training);
  Trainer clean(spec, prepared(good), options);
  for (int k = 0; k < 3; ++k) clean.step();
  const Model last = load_model(folder + "/last.safetensors");
  expect_weights(clean, last);
  EXPECT_EQ(checkpoint_options(folder).batch, 2);
  EXPECT_FALSE(checkpoint.empty());
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    EXPECT_EQ(entry.path().extension() == ".tmp", false) << entry.path();
  std::filesystem::remove_all(folder);
}

// A checkpoint that cannot be written does not hide why the run ended.
TEST(NotFinite, ALostCheckpointIsToldBehindTheCause) {
  const Folder folder;
  const auto bad = signs(8, 5, 1, false);
  bad->x[3 * 10] = std::numeric_limits<float>::infinity();
  const ModelSpec spec{{Lstm{.units = 3}, Dense{.units = 2}}};
  Trainer trainer(spec, prepared(bad), {.batch = 2, .epochs = 1, .shuffle = false}, folder.path());
  std::filesystem::create_directories(folder.path() + "/last.safetensors/taken");
  const std::string message = message_of(trainer);
  expect_parts(message, {"E501", "step 2", "could not be saved: E401", "last.safetensors"});
  EXPECT_LT(message.find("E501"), message.find("E401"));
}

}  // namespace
}  // namespace carousel
