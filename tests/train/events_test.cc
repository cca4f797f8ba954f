// What a run tells of itself: clipped steps, gradient norms, histograms, and the same in its event file.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "carousel/train.h"
#include "files/testing.h"
#include "support/event_reader.h"
#include "train/toy.h"

namespace carousel {
namespace {

using testing::prepared;
using testing::read_events;
using testing::signs;

const ModelSpec kSpec{{Lstm{.units = 6}, Dense{.units = 2}}};

struct Steps : TrainObserver {
  std::vector<StepEvent> all;
  void step(const StepEvent& event) override { all.push_back(event); }
};

TEST(GradientNorms, AreThoseOfTheSteps) {
  Steps steps;
  Trainer trainer(kSpec, prepared(signs(40, 5, 1)), {.batch = 8, .epochs = 3, .clip_norm = 0.25});
  trainer.run(&steps);
  const auto points = trainer.gradient_norms();
  ASSERT_EQ(points.size(), steps.all.size());
  std::int64_t clipped = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].step, static_cast<std::int64_t>(i) + 1);
    EXPECT_FLOAT_EQ(static_cast<float>(points[i].mean), static_cast<float>(steps.all[i].gradient_norm));
    EXPECT_EQ(steps.all[i].clipped, steps.all[i].gradient_norm > 0.25);
    EXPECT_EQ(points[i].clipped, steps.all[i].clipped ? 1 : 0);
    clipped += points[i].clipped;
  }
  EXPECT_GT(clipped, 0);
  EXPECT_LT(clipped, 15);
}

// A gradient moves one step of plain SGD by rate · g; where it was cut by value, by rate · limit at most.
TEST(GradientNorms, AStepIsClippedByValueWhenItsUpdateIs) {
  const auto moved = [](double limit, bool& clipped) {
    Steps steps;
    Trainer trainer(kSpec, prepared(signs(40, 5, 1)),
                    {.optimizer = {.kind = OptimizerKind::sgd, .rate = 1.0},
                     .batch = 40,
                     .epochs = 1,
                     .clip_value = limit});
    const Model before = trainer.current();
    trainer.run(&steps);
    const Model after = trainer.current();
    float largest = 0;
    for (std::size_t i = 0; i < after.tensors().size(); ++i)
      for (std::size_t k = 0; k < after.tensors()[i].values.size(); ++k)
        largest = std::max(largest, std::abs(after.tensors()[i].values[k] - before.tensors()[i].values[k]));
    clipped = steps.all.at(0).clipped;
    return largest;
  };
  bool clipped = true;
  const float whole = moved(0, clipped);
  EXPECT_FALSE(clipped);
  moved(1.01 * whole, clipped);
  EXPECT_FALSE(clipped);
  EXPECT_LT(moved(0.99 * whole, clipped), whole);
  EXPECT_TRUE(clipped);
}

/// How many of `numbers` lie in [low, high).
std::int64_t between(std::span<const float> numbers, double low, double high) {
  return std::count_if(numbers.begin(), numbers.end(), [&](float x) {
    return static_cast<double>(x) >= low && static_cast<double>(x) < high;
  });
}

void expect_counts(const Histogram& histogram, std::span<const float> numbers) {
  std::int64_t all = 0;
  for (const auto& bucket : histogram.buckets) {
    EXPECT_EQ(bucket.count, between(numbers, bucket.low, bucket.high));
    EXPECT_GT(bucket.count, 0);
    all += bucket.count;
  }
  EXPECT_EQ(all, static_cast<std::int64_t>(numbers.size()));
}

TEST(Histograms, AreOfTheWeightsAtEachEpochsEnd) {
  Trainer trainer(kSpec, prepared(signs(40, 5, 1)), {.batch = 8, .epochs = 3, .histograms = true});
  while (trainer.step()) {
    if (trainer.steps_done() % 5 != 0) continue;
    const auto all = trainer.histograms();
    const Model model = trainer.current();
    ASSERT_EQ(all.size(), static_cast<std::size_t>(trainer.steps_done() / 5));
    ASSERT_EQ(all.back().tensors.size(), model.tensors().size());
    for (std::size_t i = 0; i < model.tensors().size(); ++i) {
      EXPECT_EQ(all.back().tensors[i].name, model.tensors()[i].name);
      expect_counts(all.back().tensors[i].weights, model.tensors()[i].values);
    }
  }
  EXPECT_EQ(trainer.histograms().size(), 3u);
}

// With plain SGD of rate 1 and one batch an epoch, what the weights moved by is the gradient.
TEST(Histograms, OfGradientsAreOfTheLastBatch) {
  Trainer trainer(kSpec, prepared(signs(40, 5, 1)),
                  {.optimizer = {.kind = OptimizerKind::sgd, .rate = 1.0},
                   .batch = 40,
                   .epochs = 1,
                   .clip_norm = 1e-3,
                   .histograms = true});
  const Model before = trainer.current();
  trainer.run();
  const Model after = trainer.current();
  const auto histograms = trainer.histograms();
  const double norm = trainer.gradient_norms().at(0).mean;
  ASSERT_GT(norm, 1e-3);  // the histogram is of what was before clipping
  std::int64_t looked_at = 0;
  for (std::size_t i = 0; i < after.tensors().size(); ++i)
    for (const auto& bucket : histograms.at(0).tensors[i].gradient.buckets) {
      std::vector<float> moves;
      for (std::size_t k = 0; k < after.tensors()[i].values.size(); ++k)
        moves.push_back((before.tensors()[i].values[k] - after.tensors()[i].values[k]) *
                        static_cast<float>(norm / 1e-3));
      // A move is rounded to the grid of the weight: what lies at an edge may be beyond it.
      const double slack = 2e-4 * norm / 1e-3;
      EXPECT_GE(between(moves, bucket.low - slack, bucket.high + slack), bucket.count);
      looked_at += bucket.count;
    }
  EXPECT_EQ(looked_at, static_cast<std::int64_t>(after.parameter_count()));
}

TEST(Histograms, AreMadeOnlyWhenAskedFor) {
  Trainer trainer(kSpec, prepared(signs(40, 5, 1)), {.batch = 8, .epochs = 2});
  trainer.run();
  EXPECT_TRUE(trainer.histograms().empty());
}

// Which epochs are kept is a function of the epoch, not of who else wants to hear of it.
TEST(Histograms, AreOfTheSameEpochsWithALogAndWithout) {
  const ModelSpec small{{Gru{.units = 1}, Dense{.units = 2}}};
  const Prepared data = prepared(signs(8, 3, 1));
  // Two steps an epoch: an odd number of steps ends inside one, which is shown beside the others.
  for (const auto& [steps, columns] :
       {std::pair{128, 64u}, {129, 65u}, {130, 64u}, {131, 65u}, {132, 33u}, {133, 34u}}) {
    const Folder folder;
    TrainOptions options{.batch = 4, .epochs = 200, .steps = steps, .histograms = true};
    Trainer plain(small, data, options);
    options.tensorboard = true;
    Trainer logged(small, data, options, folder.file("run"));
    plain.run(), logged.run();
    std::vector<int> a, b;
    for (const auto& epoch : plain.histograms()) a.push_back(epoch.epoch);
    for (const auto& epoch : logged.histograms()) b.push_back(epoch.epoch);
    EXPECT_EQ(a, b) << steps;
    EXPECT_EQ(a.size(), columns) << steps;
  }
}

TEST(Events, TellWhatTheTrainerTells) {
  const Folder folder;
  Steps steps;
  const Prepared data = prepared(signs(40, 5, 1), signs(11, 5, 2));
  Trainer trainer(kSpec, data, {.batch = 8, .epochs = 3, .clip_norm = 0.25, .tensorboard = true},
                  folder.file("run"));
  trainer.run(&steps);
  const auto all = read_events(folder.file("run/events.out.tfevents"));
  ASSERT_EQ(all.size(), 1u + 15 + 3);
  std::size_t step = 0, epoch = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i].scalars.contains("loss/batch")) {
      const StepEvent& said = steps.all.at(step++);
      EXPECT_EQ(all[i].step, said.step);
      EXPECT_EQ(all[i].scalars.at("loss/batch"), static_cast<float>(said.loss));
      EXPECT_EQ(all[i].scalars.at("gradient/norm"), static_cast<float>(said.gradient_norm));
      EXPECT_EQ(all[i].scalars.at("gradient/clipped"), said.clipped ? 1.0f : 0.0f);
      EXPECT_EQ(all[i].scalars.at("accuracy/batch"), static_cast<float>(*said.accuracy));
      continue;
    }
    const EpochRecord& record = trainer.history().at(epoch);
    EXPECT_EQ(all[i].step, record.step);
    EXPECT_EQ(all[i].scalars, (std::map<std::string, float>{
                                  {"loss/train", static_cast<float>(record.train_loss)},
                                  {"loss/validation", static_cast<float>(*record.validation_loss)},
                                  {"accuracy/train", static_cast<float>(*record.train_accuracy)},
                                  {"accuracy/validation", static_cast<float>(*record.validation_accuracy)},
                                  {"optimizer/rate", 1e-3f}}));
    const EpochHistograms said = trainer.histograms().at(epoch++);
    EXPECT_EQ(all[i].histograms.size(), 2 * said.tensors.size());
    for (const auto& tensor : said.tensors)
      for (const bool of_gradient : {false, true}) {
        const auto& written = all[i].histograms.at((of_gradient ? "gradients/" : "weights/") + tensor.name);
        ASSERT_EQ(written.limits.size(), written.counts.size());
        std::size_t k = 0;
        for (const auto& bucket : (of_gradient ? tensor.gradient : tensor.weights).buckets) {
          while (k < written.counts.size() && written.counts[k] == 0) ++k;
          if (k > 0) {  // the first reaches from the smallest number
            EXPECT_EQ(written.limits[k - 1], bucket.low);
          }
          EXPECT_EQ(written.limits[k], bucket.high);
          EXPECT_EQ(written.counts[k++], static_cast<double>(bucket.count));
        }
        EXPECT_EQ(k, written.counts.size());
      }
  }
  EXPECT_EQ(epoch, 3u);
  const Model last = trainer.current();
  for (const auto& tensor : last.tensors()) {
    const auto& h = all.back().histograms.at("weights/" + tensor.name);
    EXPECT_EQ(h.low, *std::min_element(tensor.values.begin(), tensor.values.end()));
    EXPECT_EQ(h.high, *std::max_element(tensor.values.begin(), tensor.values.end()));
    EXPECT_EQ(h.count, static_cast<double>(tensor.values.size()));
    double sum = 0, squares = 0;
    for (const double x : tensor.values) sum += x, squares += x * x;
    EXPECT_NEAR(h.sum, sum, 1e-9);
    EXPECT_NEAR(h.squares, squares, 1e-9);
  }
}

TEST(Events, AreWrittenOnlyWhenAskedFor) {
  const Folder folder;
  const Prepared data = prepared(signs(40, 5, 1));
  Trainer(kSpec, data, {.batch = 8, .epochs = 1, .histograms = true}, folder.file("run")).run();
  EXPECT_FALSE(std::filesystem::exists(folder.file("run/events.out.tfevents")));
  Trainer(kSpec, data, {.batch = 8, .epochs = 1, .tensorboard = true}).run();  // no folder, no file
}

TEST(Events, AnEpochThatIsCutShortIsTold) {
  const Folder folder;
  Trainer trainer(kSpec, prepared(signs(40, 5, 1)),
                  {.batch = 8, .epochs = 9, .steps = 3, .tensorboard = true}, folder.file("run"));
  trainer.run();
  const auto all = read_events(folder.file("run/events.out.tfevents"));
  ASSERT_EQ(all.size(), 1u + 3 + 1);
  EXPECT_EQ(all.back().step, 3);
  EXPECT_TRUE(all.back().scalars.contains("loss/train"));
  ASSERT_EQ(trainer.histograms().size(), 1u);
  EXPECT_EQ(trainer.histograms()[0].epoch, 1);
}

}  // namespace
}  // namespace carousel
