// A run that was stopped after any step and resumed writes byte for byte the files of one that was not.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "carousel/error.h"
#include "carousel/train.h"
#include "checkpoint/model_file.h"
#include "support/event_reader.h"
#include "train/toy.h"

namespace carousel {
namespace {

namespace fs = std::filesystem;
using testing::means;
using testing::prepared;
using testing::signs;

/// A folder of its own, removed at the end.
class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(((fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) /
               ("carousel_resume_" + std::to_string(getpid()) + "_" + name))
                  .string()) {
    fs::remove_all(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }
  std::string bytes(const char* file) const {
    std::ifstream in(fs::path(path_) / file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

struct StopAt : TrainObserver {
  Trainer* trainer = nullptr;
  std::int64_t at = 0;
  void step(const StepEvent& event) override {
    if (event.step == at) trainer->request_stop();
  }
};

template <class Body>
void expect_error(Code code, Body&& body) {
  try {
    body();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
  }
}

ModelSpec with_dropout(int outputs, Returns returns = Returns::last) {
  return {{Lstm{.units = 5, .returns = Returns::sequence, .dropout = 0.2f, .recurrent_dropout = 0.25f},
           Dropout{.rate = 0.3f}, Gru{.units = 4, .returns = returns}, Dense{.units = outputs}}};
}

void expect_same_files(const Folder& a, const Folder& b, const std::string& what) {
  for (const char* file : {"last.safetensors", "model.safetensors", "history.csv"}) {
    ASSERT_FALSE(a.bytes(file).empty()) << file;
    EXPECT_EQ(a.bytes(file), b.bytes(file)) << file << ", " << what;
  }
  if (!fs::exists(a.path() + "/events.out.tfevents")) return;
  // The event file too, but for the time of day in each event.
  const auto all_a = testing::read_events(a.path() + "/events.out.tfevents"),
             all_b = testing::read_events(b.path() + "/events.out.tfevents");
  ASSERT_GT(all_a.size(), 8u);
  ASSERT_EQ(all_a.size(), all_b.size()) << what;
  for (std::size_t i = 0; i < all_a.size(); ++i) {
    EXPECT_EQ(all_a[i].step, all_b[i].step) << what;
    EXPECT_EQ(all_a[i].scalars, all_b[i].scalars) << what;
    EXPECT_TRUE(all_a[i].histograms == all_b[i].histograms) << what;
  }
}

struct Case {
  std::string name;
  TrainOptions options;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class Resume : public ::testing::TestWithParam<Case> {};

TEST_P(Resume, AfterAnyStepEqualsNeverHavingStopped) {
  const Prepared data = prepared(signs(30, 5, 1), signs(11, 5, 2));
  const Folder whole("whole_" + GetParam().name);
  Trainer uninterrupted(with_dropout(2), data, GetParam().options, whole.path());
  uninterrupted.run();
  const std::int64_t steps = uninterrupted.steps_done();
  ASSERT_GE(steps, 8);
  for (std::int64_t k = 1; k < steps; ++k) {
    const Folder parts("parts_" + GetParam().name);
    {
      Trainer first(with_dropout(2), data, GetParam().options, parts.path());
      StopAt stop;
      stop.trainer = &first, stop.at = k;
      ASSERT_EQ(first.run(&stop).why, Finish::stopped);
      ASSERT_EQ(first.steps_done(), k);
    }
    Trainer second = Trainer::resume(parts.path(), data);
    EXPECT_EQ(second.steps_done(), k);
    second.run();
    expect_same_files(whole, parts, "stopped after step " + std::to_string(k));
    EXPECT_EQ(second.history().size(), uninterrupted.history().size());
  }
}

// 30 sequences in batches of 8: 4 steps an epoch, the last of 6 sequences.
INSTANTIATE_TEST_SUITE_P(
    All, Resume,
    ::testing::Values(
        Case{"sgd", {.optimizer = {.kind = OptimizerKind::sgd}, .batch = 8, .epochs = 3}},
        Case{"momentum",
             {.optimizer = {.kind = OptimizerKind::sgd, .momentum = 0.9}, .batch = 8, .epochs = 3}},
        Case{"rmsprop", {.optimizer = {.kind = OptimizerKind::rmsprop}, .batch = 8, .epochs = 3}},
        Case{"adam", {.batch = 8, .epochs = 3, .clip_norm = 0.1}},
        Case{"adamw",
             {.optimizer = {.kind = OptimizerKind::adamw}, .batch = 8, .epochs = 3, .checkpoint_every = 3}},
        Case{"last", {.batch = 8, .epochs = 3, .shuffle = false, .keep = Keep::last}},
        Case{"large_rate", {.optimizer = {.rate = 0.3}, .batch = 8, .epochs = 4, .patience = 3}},
        Case{"steps", {.batch = 8, .epochs = 9, .steps = 10}},
        Case{"histograms", {.batch = 8, .epochs = 3, .clip_norm = 0.1, .histograms = true}},
        Case{"tensorboard", {.batch = 8, .epochs = 3, .checkpoint_every = 3, .tensorboard = true}},
        Case{"tensorboard_steps", {.batch = 8, .epochs = 9, .steps = 10, .tensorboard = true}}),
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

// A crash behind the last checkpoint leaves events of steps that will be done again, and half a record.
TEST(ResumeMore, AfterACrashEachStepIsToldOnce) {
  const Prepared data = prepared(signs(30, 5, 1), signs(11, 5, 2));
  const TrainOptions options{.batch = 8, .epochs = 3, .checkpoint_every = 3, .tensorboard = true};
  const Folder whole("told_whole"), parts("told_parts");
  Trainer(with_dropout(2), data, options, whole.path()).run();
  const std::string log = parts.path() + "/events.out.tfevents";
  {
    Trainer first(with_dropout(2), data, options, parts.path());
    for (int k = 0; k < 11; ++k) first.step();  // the last checkpoint is that after 9
  }
  EXPECT_EQ(testing::read_events(log).back().step, 11);
  fs::resize_file(log, fs::file_size(log) - 5);
  Trainer::resume(parts.path(), data).run();
  expect_same_files(whole, parts, "crash");
  std::vector<std::int64_t> steps;
  for (const auto& event : testing::read_events(log))
    if (event.scalars.contains("loss/batch")) steps.push_back(event.step);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

// The event of an epoch that `steps` cut short is none of the longer run's.
TEST(ResumeMore, ACutEpochLeavesNoEvent) {
  const Prepared data = prepared(signs(30, 5, 1), signs(11, 5, 2));
  const Folder whole("untold_whole"), parts("untold_parts");
  TrainOptions options{.batch = 8, .epochs = 9, .steps = 11, .tensorboard = true};
  Trainer(with_dropout(2), data, options, whole.path()).run();
  options.steps = 6;  // the second of four steps of epoch 2
  Trainer first(with_dropout(2), data, options, parts.path());
  first.run();
  first.save();
  EXPECT_TRUE(
      testing::read_events(parts.path() + "/events.out.tfevents").back().scalars.contains("loss/train"));
  options.steps = 11;
  Trainer::resume(parts.path(), data, &options).run();
  expect_same_files(whole, parts, "cut short");
}

TEST(ResumeMore, ANewRunBeginsItsLogAnew) {
  const Prepared data = prepared(signs(30, 5, 1));
  const Folder folder("anew");
  const TrainOptions options{.batch = 8, .epochs = 2, .tensorboard = true};
  for (int time = 0; time < 2; ++time) {
    Trainer(with_dropout(2), data, options, folder.path()).run();
    EXPECT_EQ(testing::read_events(folder.path() + "/events.out.tfevents").size(), 1u + 8 + 2);
  }
}

TEST(ResumeMore, ALogMayBeginOnTheWay) {
  const Prepared data = prepared(signs(30, 5, 1));
  TrainOptions options{.batch = 8, .epochs = 2};
  const Folder folder("begins");
  Trainer(with_dropout(2), data, options, folder.path()).run();
  EXPECT_FALSE(fs::exists(folder.path() + "/events.out.tfevents"));
  options.epochs = 3, options.tensorboard = true;
  Trainer second = Trainer::resume(folder.path(), data, &options);
  EXPECT_FALSE(fs::exists(folder.path() + "/events.out.tfevents"));  // a look at a run changes nothing
  second.run();
  const auto all = testing::read_events(folder.path() + "/events.out.tfevents");
  ASSERT_EQ(all.size(), 1u + 4 + 1);
  EXPECT_EQ(all[1].step, 9);
  ASSERT_EQ(second.histograms().size(), 1u);
  EXPECT_EQ(second.histograms()[0].epoch, 3);
  EXPECT_EQ(second.gradient_norms().size(), 12u);
}

// As versions before it wrote them.
TEST(ResumeMore, ACheckpointWithoutTracesBeginsThemThere) {
  const Prepared data = prepared(signs(30, 5, 1));
  const Folder folder("older");
  Trainer(with_dropout(2), data, {.batch = 8, .epochs = 1}, folder.path()).run();
  const std::string path = folder.path() + "/last.safetensors";
  checkpoint::Contents contents = checkpoint::read(path);
  contents.training_state.erase("gradients");
  std::vector<checkpoint::ExtraArray> extra;
  for (const auto& array : contents.extra)
    if (!array.name.starts_with("trace.")) extra.push_back({array.name, array.shape, array.values});
  ASSERT_LT(extra.size(), contents.extra.size());
  checkpoint::write(path, {.spec = contents.spec,
                           .inputs = contents.inputs,
                           .parameters = contents.parameters,
                           .notes = contents.notes,
                           .extra = extra,
                           .training_state = contents.training_state});
  const TrainOptions options{.batch = 8, .epochs = 2};
  Trainer resumed = Trainer::resume(folder.path(), data, &options);
  resumed.run();
  ASSERT_EQ(resumed.gradient_norms().size(), 4u);
  EXPECT_EQ(resumed.gradient_norms()[0].step, 5);
}

/// Writes the checkpoint `good` to `path` after a change.
template <class Change>
void write_changed(const std::string& good, const std::string& path, Change&& change) {
  checkpoint::Contents bad = checkpoint::read(good);
  change(bad);
  std::vector<checkpoint::ExtraArray> extra;
  for (auto& array : bad.extra) extra.push_back({array.name, array.shape, array.values});
  checkpoint::write(path, {.spec = bad.spec,
                           .inputs = bad.inputs,
                           .parameters = bad.parameters,
                           .notes = bad.notes,
                           .extra = extra,
                           .training_state = bad.training_state});
}

TEST(ResumeMore, TracesThatWereChangedAreRefused) {
  const Prepared data = prepared(signs(30, 5, 1));
  const Folder folder("changed");
  Trainer(with_dropout(2), data, {.batch = 8, .epochs = 9, .steps = 6, .histograms = true}, folder.path())
      .run();
  const std::string path = folder.path() + "/last.safetensors", good = path + ".good";
  fs::copy_file(path, good);
  const auto refused = [&](const std::string& what, auto&& change) {
    SCOPED_TRACE(what);
    write_changed(good, path, change);
    expect_error(Code::model_bad_format, [&] { Trainer::resume(folder.path(), data); });
  };
  const auto set = [](std::string name, std::vector<float> first) {
    return [=](checkpoint::Contents& bad) {
      for (auto& array : bad.extra)
        if (array.name == name) std::copy(first.begin(), first.end(), array.values.begin());
    };
  };
  for (const char* name : {"trace.weights.layers.0.W", "trace.gradients.layers.0.W"})
    refused(name, set(name, {-1, -1, -1}));
  // Six points of one step each: mean, lowest, highest, clipped.
  for (const std::vector<float>& point : std::vector<std::vector<float>>{{NAN, 1, 1, 0},
                                                                         {INFINITY, 1, 1, 0},
                                                                         {-1, 1, 1, 0},
                                                                         {1, NAN, 1, 0},
                                                                         {1, -1, 1, 0},
                                                                         {1, 1, INFINITY, 0},
                                                                         {1, 2, 1, 0},
                                                                         {1, 1, 1, NAN},
                                                                         {1, 1, 1, 0.5f},
                                                                         {1, 1, 1, 2}})
    refused("a point", set("trace.gradient_norms", point));
  refused("five points", [](checkpoint::Contents& bad) {
    for (auto& array : bad.extra)
      if (array.name == "trace.gradient_norms") array.values.resize(20), array.shape = {5, 4};
  });
  for (const char* change :
       {R"({"every": 0})", R"({"every": -1})", R"({"every": 3})", R"({"every": 2})", R"({"from": -6})",
        R"({"every": 4611686018427387904})", R"({"from": 1})", R"({"points": 2048})", R"({"points": -1})",
        R"({"open": [1, 0, 1, 1, 1]})", R"({"open": [-1, 0, 1, 1, 1]})", R"({"open": [0, 1, 0, 0, 0]})",
        R"({"open": [0, 0, -1, 0, 0]})", R"({"open": [0, 0, 0, -1, 0]})", R"({"open": [0, 0, 0, 0, -1]})"})
    refused(change,
            [&](checkpoint::Contents& bad) { bad.training_state["gradients"].update(Json::parse(change)); });
  // The points of two steps each, of six steps: three of them, and none open.
  const auto halved = [](std::vector<double> open) {
    return [=](checkpoint::Contents& bad) {
      bad.training_state["gradients"].update({{"every", 2}, {"points", 2}, {"from", 1}, {"open", open}});
      for (auto& array : bad.extra)
        if (array.name == "trace.gradient_norms") array.values.resize(8), array.shape = {2, 4};
    };
  };
  for (const std::vector<double>& open : std::vector<std::vector<double>>{
           {1, 2, 1, 1, 1}, {1, -1, 1, 1, 1}, {1, 0, -1, 1, 1}, {1, 0, 1, 2, 1}, {1, 0, 1, -1, 1}})
    refused("open", halved(open));
  write_changed(good, path, halved({1, 1, 1, 1, 1}));
  EXPECT_EQ(Trainer::resume(folder.path(), data).gradient_norms().size(), 3u);
}

/// A run that ends inside its third epoch, and what its trainer remembers.
struct CutRun {
  const Prepared data = prepared(signs(30, 5, 1), signs(11, 5, 2));
  TrainOptions options{.batch = 8, .epochs = 9, .steps = 10, .tensorboard = true};
  const Folder whole{"cut_whole"}, parts{"cut_parts"};

  void expect_same(const Trainer& a, const Trainer& b) const {
    expect_same_files(whole, parts, "an epoch that was cut short");
    const auto all_a = a.histograms(), all_b = b.histograms();
    ASSERT_EQ(all_a.size(), 3u);
    ASSERT_EQ(all_b.size(), 3u);
    const auto same = [](const Histogram& x, const Histogram& y) {
      return std::equal(x.buckets.begin(), x.buckets.end(), y.buckets.begin(), y.buckets.end(),
                        [](const auto& p, const auto& q) { return p.low == q.low && p.count == q.count; });
    };
    for (std::size_t e = 0; e < 3; ++e)
      for (std::size_t i = 0; i < all_a[e].tensors.size(); ++i) {
        EXPECT_TRUE(same(all_a[e].tensors[i].weights, all_b[e].tensors[i].weights)) << e;
        EXPECT_TRUE(same(all_a[e].tensors[i].gradient, all_b[e].tensors[i].gradient)) << e;
      }
  }
};

TEST(ResumeMore, ARunThatEndedInsideAnEpochStaysAsItIs) {
  const CutRun run;
  Trainer first(with_dropout(2), run.data, run.options, run.whole.path());
  first.run();
  fs::copy(run.whole.path(), run.parts.path());
  for (int again = 0; again < 2; ++again) {
    Trainer second = Trainer::resume(run.parts.path(), run.data);
    EXPECT_EQ(second.run().why, Finish::steps);
    run.expect_same(first, second);
  }
}

TEST(ResumeMore, ARunThatIsToldToEndWhereItWasStopped) {
  CutRun run;
  Trainer whole(with_dropout(2), run.data, run.options, run.whole.path());
  whole.run();
  {
    TrainOptions open = run.options;
    open.steps = 0;
    Trainer first(with_dropout(2), run.data, open, run.parts.path());
    StopAt stop;
    stop.trainer = &first, stop.at = 10;
    first.run(&stop);
  }
  Trainer second = Trainer::resume(run.parts.path(), run.data, &run.options);
  EXPECT_EQ(second.run().why, Finish::steps);
  run.expect_same(whole, second);
}

// A gradient that no checkpoint holds is not told, the rest is.
TEST(ResumeMore, ALogThatIsAskedForAfterTheLastStepTellsWhatIsKnown) {
  CutRun run;
  run.options.tensorboard = false;
  Trainer(with_dropout(2), run.data, run.options, run.whole.path()).run();
  run.options.tensorboard = true;
  Trainer second = Trainer::resume(run.whole.path(), run.data, &run.options);
  second.run();
  const auto all = testing::read_events(run.whole.path() + "/events.out.tfevents");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].step, 10);
  EXPECT_TRUE(all[1].scalars.contains("loss/train"));
  EXPECT_EQ(all[1].histograms.size(), second.current().tensors().size());
  for (const auto& [tag, histogram] : all[1].histograms) EXPECT_EQ(tag.find("weights/"), 0u) << tag;
  ASSERT_EQ(second.histograms().size(), 1u);
  EXPECT_TRUE(second.histograms()[0].tensors[0].gradient.buckets.empty());
  EXPECT_FALSE(second.histograms()[0].tensors[0].weights.buckets.empty());
}

TEST(ResumeMore, GradientsOfTheLastStepThatWereChangedAreRefused) {
  const CutRun run;
  Trainer(with_dropout(2), run.data, run.options, run.whole.path()).run();
  const std::string path = run.whole.path() + "/last.safetensors", good = path + ".good";
  fs::copy_file(path, good);
  for (const char* change :
       {R"({"buckets": [1]})", R"({"buckets": [2, 1, 1, 1]})", R"({"buckets": [1, 0]})",
        R"({"buckets": [1, -3]})", R"({"buckets": [100000, 1]})", R"({"low": null})", R"({"high": "x"})"}) {
    write_changed(good, path, [&](checkpoint::Contents& bad) {
      bad.training_state["last_gradients"].at(0).update(Json::parse(change));
    });
    SCOPED_TRACE(change);
    expect_error(Code::model_bad_format, [&] { Trainer::resume(run.whole.path(), run.data); });
  }
  write_changed(good, path,
                [&](checkpoint::Contents& bad) { bad.training_state["last_gradients"].erase(0); });
  expect_error(Code::model_bad_format, [&] { Trainer::resume(run.whole.path(), run.data); });
}

// A log that cannot even be opened: the step that it should have told is not lost.
TEST(ResumeMore, WhatWasLearntIsSavedWhereTheLogFails) {
  const Prepared data = prepared(signs(30, 5, 1));
  const Folder folder("log_fails");
  TrainOptions options{.batch = 8, .epochs = 3, .steps = 5};
  Trainer(with_dropout(2), data, options, folder.path()).run();
  fs::create_directory(folder.path() + "/events.out.tfevents");
  options.steps = 0, options.tensorboard = true;
  Trainer second = Trainer::resume(folder.path(), data, &options);
  expect_error(Code::resource_io, [&] { second.step(); });
  EXPECT_EQ(Trainer::resume(folder.path(), data).steps_done(), 6);
  fs::remove(folder.path() + "/events.out.tfevents");
  Trainer::resume(folder.path(), data).run();
  EXPECT_EQ(testing::read_events(folder.path() + "/events.out.tfevents").size(), 1u + 6 + 2);
}

/// From its step on no file may grow beyond what the log is.
struct FullAt : TrainObserver {
  std::int64_t at = 0;
  std::string log;
  void step(const StepEvent& event) override {
    if (event.step != at) return;
    ::getrlimit(RLIMIT_FSIZE, &was);
    rlimit full = was;
    full.rlim_cur = fs::file_size(log);
    signal = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &full);
  }
  ~FullAt() override {
    if (!signal) return;
    ::setrlimit(RLIMIT_FSIZE, &was);
    std::signal(SIGXFSZ, *signal);
  }
  rlimit was{};
  std::optional<sighandler_t> signal;
};

// The epoch whose event did not fit is told when the run goes on, with the gradient of a batch that is gone.
TEST(ResumeMore, AnEpochWhoseEventDidNotFitIsToldLater) {
  const Prepared data = prepared(signs(30, 5, 1), signs(11, 5, 2));
  const TrainOptions options{.batch = 1, .epochs = 12, .tensorboard = true};
  const Folder whole("full_whole"), parts("full_parts");
  Trainer(with_dropout(2), data, options, whole.path()).run();
  {
    FullAt full;
    full.at = 300, full.log = parts.path() + "/events.out.tfevents";
    Trainer first(with_dropout(2), data, options, parts.path());
    expect_error(Code::resource_io, [&] { first.run(&full); });
  }
  Trainer second = Trainer::resume(parts.path(), data);
  EXPECT_EQ(second.steps_done(), 300);
  second.run();
  expect_same_files(whole, parts, "a full disk");
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
