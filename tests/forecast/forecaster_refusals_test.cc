// Forecasters of unusual networks and of damaged files.
#include "carousel/forecaster.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "checkpoint/model_file.h"
#include "model/model_impl.h"
#include "support/folder.h"

namespace carousel {
namespace {

using testing::expect_error;

Table waves(int rows) {
  std::vector<float> values;
  for (int t = 0; t < rows; ++t) values.push_back(static_cast<float>(20 + std::sin(0.4 * t)));
  return Table({"a"}, std::move(values), "waves");
}

const WindowOptions kWindows = {.target = "a", .window = 8, .horizon = 2, .season = 1};

/// The same weights whatever it returns.
Model network(Returns returns) {
  const ModelNotes notes =
      train({.layers = {Lstm{.units = 3}, Dense{.units = 2}}}, windows(waves(60), kWindows), {.epochs = 1})
          .notes();
  return Model::create({.layers = {Lstm{.units = 3, .returns = returns}, Dense{.units = 2}}}, 1)
      .with_notes(notes);
}

// loss_at = "last" trains a network that puts out every step; its forecast is what it says last.
TEST(Forecaster, OfANetworkThatPutsOutEveryStepIsItsLast) {
  const Table table = waves(60);
  const Forecaster every(network(Returns::sequence)), last(network(Returns::last));
  const auto inputs = all_windows(table, last.preparation());
  const Forecasts expected = last.predict(table, *inputs);
  ASSERT_EQ(expected.values.size(), 53u * 2);
  EXPECT_EQ(every.predict(table, *inputs).values, expected.values);
}

TEST(Forecaster, IsRefusedWhereItsNetworkHasOtherOutputs) {
  const Model model =
      Model::create({.layers = {Lstm{.units = 3}}}, 1).with_notes(network(Returns::last).notes());
  expect_error(Code::model_mismatch, [&] { Forecaster{model}; });
}

TEST(Forecaster, OfAFileWhoseStartIsNoTextIsRefused) {
  const testing::Folder folder("start");
  std::filesystem::create_directories(folder.path());
  const std::string path = folder.path() + "/f.safetensors";
  const Model model = network(Returns::last);
  checkpoint::View view{model.spec(), model.inputs(), {&model.impl().parameters}, model.notes()};
  view.forecast = {{"start", 3}, {"members", 1}, {"share", 1.0}};
  checkpoint::write(path, view);
  expect_error(Code::model_bad_format, [&] { load_forecaster(path); });
}

}  // namespace
}  // namespace carousel
