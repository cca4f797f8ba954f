// Forecasters: start, members and share, their file, and runs that are stopped and go on.
#include "carousel/forecaster.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <numeric>

#include "base/random.h"
#include "carousel/error.h"
#include "carousel/forecast.h"
#include "files/safetensors.h"
#include "forecast/baselines.h"
#include "support/folder.h"

namespace carousel {
namespace {

using forecasting::LinearAutoregression;
using forecasting::Series;
using testing::expect_error;
using testing::Folder;

/// x' = r x (1 - x), of which no linear map knows the next value.
Table logistic(int rows) {
  std::vector<float> values;
  double x = 0.3;
  for (int t = 0; t < rows; ++t) {
    values.push_back(static_cast<float>(x));
    x = 3.9 * x * (1 - x);
  }
  return Table({"x"}, std::move(values), "logistic");
}

/// A season with growth and noise.
Table sales(int rows) {
  const Random random(3, Random::Use::test);
  std::vector<float> values;
  for (int t = 0; t < rows; ++t)
    values.push_back(static_cast<float>(100 + 0.3 * t + 10 * std::sin(2 * M_PI * t / 12) +
                                        2 * random.normal(static_cast<std::uint64_t>(t))));
  return Table({"sales"}, std::move(values), "sales");
}

Prepared sales_data(Log log = Log::off) {
  return windows(
      sales(160),
      {.window = 12, .horizon = 3, .season = 12, .log = log, .split = {.test = 0.2, .validation = 0.2}});
}

ModelSpec small(const Prepared& data) {
  return {.layers = {Lstm{.units = 4}, Dense{.units = data.train->target().values}}};
}

Series series_of(const Prepared& data) {
  return forecasting::series_of(data);
}

std::vector<double> linear_of(const Prepared& data, const Dataset& part) {
  const Series series = series_of(data);
  return LinearAutoregression(series, forecasting::origins_of(*data.train))
      .predict(series, forecasting::origins_of(part));
}

double squares(std::span<const float> forecast, const std::vector<double>& truth) {
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) sum += (forecast[i] - truth[i]) * (forecast[i] - truth[i]);
  return sum;
}

TEST(Forecaster, WithNetworksThatSayNothingIsTheLinearAutoregression) {
  for (const Log log : {Log::off, Log::on}) {
    const Prepared data = sales_data(log);
    const ModelSpec silent{.layers = {Lstm{.units = 2}, Dense{.units = 3, .w_init = "zeros"}}};
    const Forecaster forecaster = train_forecaster(silent, data, {.optimizer = {.rate = 1e-30}, .epochs = 1},
                                                   {.start = Start::linear, .members = 2});
    EXPECT_EQ(forecaster.start(), Start::linear);
    EXPECT_EQ(forecaster.members().size(), 2u);
    const Forecasts said = forecaster.predict(*data.table, *data.test);
    const std::vector<double> linear = linear_of(data, *data.test);
    ASSERT_EQ(said.values.size(), linear.size());
    ASSERT_EQ(said.ids, forecasting::origins_of(*data.test));
    // The prepared numbers are floats of about one standard deviation: 1e-7 of that, some 10 here.
    for (std::size_t i = 0; i < linear.size(); ++i) EXPECT_NEAR(said.values[i], linear[i], 3e-5);
  }
}

TEST(Forecaster, IsTheMeanOfItsMembersBetweenTheirLowestAndHighest) {
  const Prepared data = sales_data();
  const Forecaster forecaster =
      train_forecaster(small(data), data, {.epochs = 2}, {.start = Start::none, .members = 3});
  EXPECT_EQ(forecaster.share(), 1);
  const Forecasts said = forecaster.predict(*data.table, *data.test);
  std::vector<std::vector<float>> each;
  for (const Model& member : forecaster.members())
    each.push_back(Forecaster(member).predict(*data.table, *data.test).values);
  EXPECT_NE(each[0], each[1]);  // another seed
  for (std::size_t i = 0; i < said.values.size(); ++i) {
    // Without logarithms the preparation is affine, so that the mean of restored numbers is the restored
    // mean.
    EXPECT_NEAR(said.values[i], (each[0][i] + each[1][i] + each[2][i]) / 3, 1e-3f);
    EXPECT_EQ(said.low[i], std::min({each[0][i], each[1][i], each[2][i]}));
    EXPECT_EQ(said.high[i], std::max({each[0][i], each[1][i], each[2][i]}));
  }
}

TEST(Forecaster, MembersAreTrainedFromTheSeedsThatFollow) {
  const Prepared data = sales_data();
  const Forecaster forecaster =
      train_forecaster(small(data), data, {.epochs = 1, .seed = 7}, {.start = Start::none, .members = 2});
  const Model second = train(small(data), data, {.epochs = 1, .seed = 8});
  const auto expected = second.tensors(), got = forecaster.members()[1].tensors();
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(std::equal(expected[i].values.begin(), expected[i].values.end(), got[i].values.begin()));
}

TEST(Forecaster, ChoosesTheShareOnTheValidationPart) {
  const Prepared data = sales_data();
  const TrainOptions options{.optimizer = {.rate = 0.01}, .epochs = 120, .keep = Keep::last};
  const Forecaster forecaster = train_forecaster(small(data), data, options, {.members = 2});
  // The networks' part at full share. Restored numbers are prepared ones times one factor, plus what cancels.
  const Forecaster full = train_forecaster(small(data), data, options, {.members = 2, .share = 1.0});
  EXPECT_EQ(full.share(), 1);
  const std::vector<float> said = full.predict(*data.table, *data.validation).values;
  const std::vector<double> linear = linear_of(data, *data.validation),
                            truth = forecasting::true_values(data, *data.validation);
  std::vector<double> products, squares;
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (i % 3 == 0) products.push_back(0), squares.push_back(0);
    products.back() += (said[i] - linear[i]) * (truth[i] - linear[i]);
    squares.back() += (said[i] - linear[i]) * (said[i] - linear[i]);
  }
  const double product = std::accumulate(products.begin(), products.end(), 0.0),
               square = std::accumulate(squares.begin(), squares.end(), 0.0), least = product / square;
  // Windows of 3 steps begin a row after the other.
  const auto error = [&](std::size_t w) { return products[w] - least * squares[w]; };
  double errors = 0;
  for (std::size_t w = 0; w < products.size(); ++w) {
    errors += error(w) * error(w);
    if (w >= 1) errors += 2 * (2.0 / 3) * error(w) * error(w - 1);
    if (w >= 2) errors += 2 * (1.0 / 3) * error(w) * error(w - 2);
  }
  const double windows = 1 + static_cast<double>(products.size() - 1) / 3,
               variance = windows / (windows - 1) * errors / (square * square);
  ASSERT_GT(forecaster.share(), 0.1);  // such networks know the training part too well
  ASSERT_LT(forecaster.share(), 0.9);
  EXPECT_NEAR(forecaster.share(), least - variance / least, 1e-4);
}

TEST(Forecaster, TakesTheShareThatIsAskedFor) {
  const Prepared data = sales_data();
  const Forecaster none = train_forecaster(small(data), data, {.epochs = 3}, {.members = 2, .share = 0.0});
  EXPECT_EQ(none.share(), 0);
  const Forecasts said = none.predict(*data.table, *data.test);
  const std::vector<double> linear = linear_of(data, *data.test);
  for (std::size_t i = 0; i < linear.size(); ++i) EXPECT_NEAR(said.values[i], linear[i], 3e-5);
  EXPECT_TRUE(said.low.empty());  // the networks have no part in it, and so no spread
  EXPECT_TRUE(said.high.empty());
}

TEST(Forecaster, LearnsWhatNoLinearMapKnows) {
  const Prepared data = windows(
      logistic(900), {.window = 4, .horizon = 1, .season = 1, .split = {.test = 0.2, .validation = 0.1}});
  const Forecaster forecaster = train_forecaster({.layers = {Lstm{.units = 16}, Dense{.units = 1}}}, data,
                                                 {.optimizer = {.rate = 0.01}, .epochs = 30}, {.members = 2});
  const std::vector<double> truth = forecasting::true_values(data, *data.test);
  const std::vector<double> linear = linear_of(data, *data.test);
  const double own = squares(forecaster.predict(*data.table, *data.test).values, truth),
               alone = squares(std::vector<float>(linear.begin(), linear.end()), truth);
  EXPECT_GT(forecaster.share(), 0.8);
  EXPECT_LT(own, 0.1 * alone);  // the next value is a function of the last one
}

TEST(Forecaster, DoesNotDependOnThreads) {
  const Prepared data = sales_data();
  const auto with = [&](int threads) {
    const Forecaster forecaster =
        train_forecaster(small(data), data, {.epochs = 2, .threads = threads}, {.members = 2});
    return std::pair(forecaster.share(), forecaster.predict(*data.table, *data.test, threads).values);
  };
  EXPECT_EQ(with(1), with(2));
}

TEST(Forecaster, ComesBackFromItsFileAsItWas) {
  const Folder folder("file");
  std::filesystem::create_directories(folder.path());
  const Prepared data = sales_data();
  const Forecaster forecaster = train_forecaster(small(data), data, {.epochs = 4}, {.members = 3});
  save_forecaster(forecaster, folder.path() + "/f.safetensors");
  const Forecaster back = load_forecaster(folder.path() + "/f.safetensors");
  EXPECT_EQ(back.share(), forecaster.share());
  EXPECT_EQ(back.start(), Start::linear);
  EXPECT_EQ(back.members().size(), 3u);
  EXPECT_EQ(back.predict(*data.table, *data.test).values, forecaster.predict(*data.table, *data.test).values);
  const Forecast ahead = forecast(forecaster, *data.table);
  EXPECT_EQ(ahead.high.size(), forecaster.share() > 0 ? ahead.values.size() : 0u);
  EXPECT_EQ(forecast(back, *data.table).high, ahead.high);
  expect_error(Code::model_mismatch, [&] { load_model(folder.path() + "/f.safetensors"); });
  save_forecaster(back, folder.path() + "/again.safetensors");
  EXPECT_EQ(folder.bytes("f.safetensors"), folder.bytes("again.safetensors"));
}

TEST(Forecaster, IsAlsoOneNetworkAlone) {
  const Folder folder("network");
  std::filesystem::create_directories(folder.path());
  const Prepared data = sales_data();
  const Model model = train(small(data), data, {.epochs = 1});
  save_model(model, folder.path() + "/m.safetensors");
  const Forecaster forecaster = load_forecaster(folder.path() + "/m.safetensors");
  EXPECT_EQ(forecaster.start(), Start::none);
  EXPECT_TRUE(forecaster.predict(*data.table, *data.test).low.empty());
  EXPECT_EQ(forecast(forecaster, *data.table).values, forecast(model, *data.table).values);
}

TEST(Forecaster, RefusesADamagedFile) {
  const Folder folder("damage");
  std::filesystem::create_directories(folder.path());
  const Prepared data = sales_data();
  save_forecaster(train_forecaster(small(data), data, {.epochs = 1}, {.members = 2}),
                  folder.path() + "/f.safetensors");
  const auto changed = [&](auto&& change) {
    files::SafetensorsFile file = files::read_safetensors(folder.path() + "/f.safetensors", Role::model);
    change(file);
    files::write_safetensors(folder.path() + "/bad.safetensors", file.arrays, file.metadata);
    expect_error(Code::model_bad_format, [&] { load_forecaster(folder.path() + "/bad.safetensors"); });
  };
  const auto says = [&](const std::string& from, const std::string& to) {
    changed([&](files::SafetensorsFile& file) {
      std::string& text = file.metadata.at("forecast");
      const std::size_t at = text.find(from);
      ASSERT_NE(at, std::string::npos) << text;
      text.replace(at, from.size(), to);
    });
  };
  says("\"members\":2", "\"members\":3");
  says("\"members\":2", "\"members\":0");
  says("\"members\":2", "\"members\":\"two\"");
  says("\"start\":\"linear\"", "\"start\":\"quadratic\"");
  says("\"share\":", "\"share\":7");
  says("\"share\":", "\"part\":");
  says("\"steps\":12", "\"steps\":13");
  changed([](files::SafetensorsFile& file) { file.metadata.at("forecast") = "[]"; });
  for (const std::string name : {"start.scale", "start.weights"})
    changed([&](files::SafetensorsFile& file) {
      std::erase_if(file.arrays, [&](const files::NamedArray& array) { return array.name == name; });
    });
}

TEST(Forecaster, RefusesWindowsOfAnotherTable) {
  const Prepared data = sales_data();
  const Forecaster forecaster(train(small(data), data, {.epochs = 1}));
  expect_error(Code::usage_shape, [&] { forecaster.predict(sales(40), *data.test); });
}

TEST(ForecasterTrainer, RefusesWhatItIsNotFor) {
  const Prepared data = sales_data();
  expect_error(Code::usage_bad_value,
               [&] { train_forecaster(small(data), data, {.epochs = 1}, {.members = 0}); });
  expect_error(Code::usage_conflict, [&] {
    train_forecaster(small(data), data, {.loss = Loss::binary_cross_entropy, .epochs = 1});
  });
  for (const double share : {-0.1, 1.1, std::nan("")})
    expect_error(Code::usage_bad_value,
                 [&] { train_forecaster(small(data), data, {.epochs = 1}, {.share = share}); });
  expect_error(Code::usage_conflict, [&] {
    train_forecaster(small(data), data, {.epochs = 1}, {.start = Start::none, .share = 0.5});
  });
  const std::vector<float> x(40, 1.0f), y(10, 1.0f);
  const Prepared sequences = arrays({.x = x, .rows = 10, .steps = 4, .features = 1, .values = y});
  expect_error(Code::usage_conflict, [&] {
    train_forecaster({.layers = {Lstm{.units = 2}, Dense{.units = 1}}}, sequences, {.epochs = 1});
  });
}

struct Watcher : ForecasterObserver {
  ForecasterTrainer* trainer = nullptr;
  int stop_in = 0, member_now = 0, epochs = 0;
  double naive = 0, linear = 0;
  std::vector<std::int64_t> begun_at;  ///< steps of each member that were done before
  void start_fitted(double a, double b) override { naive = a, linear = b; }
  void member(int number, int) override { member_now = number, epochs = 0; }
  void started(const StartEvent& event) override { begun_at.push_back(event.step); }
  void epoch(const EpochEvent&) override {
    if (++epochs == 2 && member_now == stop_in) trainer->request_stop();
  }
};

TEST(ForecasterTrainer, TellsTheErrorsOfTheStart) {
  const Prepared data = sales_data();
  ForecasterTrainer trainer(small(data), data, {.epochs = 1}, {.members = 1});
  Watcher watcher;
  EXPECT_TRUE(trainer.run(&watcher));
  const auto truth = forecasting::true_values(data, *data.validation);
  EXPECT_DOUBLE_EQ(watcher.linear, forecasting::errors(linear_of(data, *data.validation), truth).rmse);
  EXPECT_LT(watcher.linear, watcher.naive);
}

TEST(ForecasterTrainer, ADamagedForecasterIsMadeAnewFromItsMembers) {
  const Prepared data = sales_data();
  const Folder whole("whole_again"), folder("damaged");
  for (const std::string& path : {whole.path(), folder.path()})
    ForecasterTrainer(small(data), data, {.epochs = 2}, {.members = 2}, path).run();
  std::filesystem::resize_file(folder.path() + "/model.safetensors", 100);
  ForecasterTrainer(small(data), data, {.epochs = 2}, {.members = 2}, folder.path(), {}, true).run();
  EXPECT_EQ(folder.bytes("model.safetensors"), whole.bytes("model.safetensors"));
}

TEST(ForecasterTrainer, WithFewerMembersItKeepsSoMany) {
  const Prepared data = sales_data();
  const Folder folder("fewer");
  ForecasterTrainer(small(data), data, {.epochs = 2}, {.members = 3}, folder.path()).run();
  ForecasterTrainer(small(data), data, {.epochs = 2}, {.members = 2}, folder.path(), {}, true).run();
  EXPECT_EQ(load_forecaster(folder.path() + "/model.safetensors").members().size(), 2u);
}

TEST(ForecasterTrainer, StoppedInAnyMemberAndResumedWritesTheSameBytes) {
  const Prepared data = sales_data();
  const TrainOptions options{.epochs = 4};
  const ForecasterOptions forecast{.members = 3};
  const Folder whole("whole");
  ForecasterTrainer(small(data), data, options, forecast, whole.path()).run();
  for (const int member : {1, 2, 3}) {
    const Folder folder("stopped" + std::to_string(member));
    {
      ForecasterTrainer trainer(small(data), data, options, forecast, folder.path());
      Watcher watcher;
      watcher.trainer = &trainer;
      watcher.stop_in = member;
      EXPECT_FALSE(trainer.run(&watcher));
      EXPECT_EQ(trainer.records().size(), static_cast<std::size_t>(member));
      EXPECT_EQ(trainer.forecaster().members().size(), static_cast<std::size_t>(member));
    }
    EXPECT_NE(folder.bytes("model.safetensors"), whole.bytes("model.safetensors"));
    ForecasterTrainer trainer(small(data), data, options, forecast, folder.path(), {}, true);
    Watcher watcher;
    EXPECT_TRUE(trainer.run(&watcher));
    ASSERT_EQ(watcher.begun_at.size(), 3u);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(watcher.begun_at[static_cast<std::size_t>(i)] > 0, i < member) << i;
    for (const std::string file :
         {"model.safetensors", "members/0/last.safetensors", "members/1/last.safetensors",
          "members/2/last.safetensors", "members/2/history.csv"})
      EXPECT_EQ(folder.bytes(file), whole.bytes(file)) << file << ", stopped in member " << member;
  }
}

}  // namespace
}  // namespace carousel
