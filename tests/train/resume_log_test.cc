// The log and the traces of a run that is resumed: told once, told whole, and refused where they were
// changed.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <optional>

#include "train/folder.h"
#include "train/toy.h"

namespace carousel {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::expect_same_files;
using testing::Folder;
using testing::prepared;
using testing::signs;
using testing::StopAt;
using testing::with_dropout;
using testing::write_changed;

// A crash behind the last checkpoint leaves events of steps that will be done again, and half a record.
TEST(ResumeLog, AfterACrashEachStepIsToldOnce) {
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
TEST(ResumeLog, ACutEpochLeavesNoEvent) {
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

TEST(ResumeLog, ANewRunBeginsItsLogAnew) {
  const Prepared data = prepared(signs(30, 5, 1));
  const Folder folder("anew");
  const TrainOptions options{.batch = 8, .epochs = 2, .tensorboard = true};
  for (int time = 0; time < 2; ++time) {
    Trainer(with_dropout(2), data, options, folder.path()).run();
    EXPECT_EQ(testing::read_events(folder.path() + "/events.out.tfevents").size(), 1u + 8 + 2);
  }
}

TEST(ResumeLog, ALogMayBeginOnTheWay) {
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
TEST(ResumeLog, ACheckpointWithoutTracesBeginsThemThere) {
  const Prepared data = prepared(signs(30, 5, 1));
  const Folder folder("older");
  Trainer(with_dropout(2), data, {.batch = 8, .epochs = 1}, folder.path()).run();
  const std::string path = folder.path() + "/last.safetensors", now = path + ".now";
  fs::copy_file(path, now);
  write_changed(now, path, [](checkpoint::Contents& older) {
    older.training_state.erase("gradients");
    ASSERT_GT(std::erase_if(older.extra, [](const auto& array) { return array.name.starts_with("trace."); }),
              0u);
  });
  const TrainOptions options{.batch = 8, .epochs = 2};
  Trainer resumed = Trainer::resume(folder.path(), data, &options);
  resumed.run();
  ASSERT_EQ(resumed.gradient_norms().size(), 4u);
  EXPECT_EQ(resumed.gradient_norms()[0].step, 5);
}

TEST(ResumeLog, TracesThatWereChangedAreRefused) {
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

TEST(ResumeLog, ARunThatEndedInsideAnEpochStaysAsItIs) {
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

TEST(ResumeLog, ARunThatIsToldToEndWhereItWasStopped) {
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
TEST(ResumeLog, ALogThatIsAskedForAfterTheLastStepTellsWhatIsKnown) {
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

TEST(ResumeLog, GradientsOfTheLastStepThatWereChangedAreRefused) {
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
TEST(ResumeLog, WhatWasLearntIsSavedWhereTheLogFails) {
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
TEST(ResumeLog, AnEpochWhoseEventDidNotFitIsToldLater) {
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

}  // namespace
}  // namespace carousel
