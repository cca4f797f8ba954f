// Every allocation fails in its turn, through training a forecaster with its files, and a forecast: the
// caller is told, nothing crashes, leaks or is half written, and the run can be resumed.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "carousel/forecast.h"
#include "carousel/forecaster.h"
#include "support/count_allocations.h"
#include "support/fail_allocations.h"

namespace carousel {
namespace {

namespace fs = std::filesystem;
using testing::Folder;

Prepared data() {
  std::vector<float> values;
  for (int i = 0; i < 40; ++i) values.push_back(static_cast<float>(100 + 7 * i % 31));
  return windows(Table({"sales"}, std::move(values), "sales"), {.window = 6, .horizon = 2, .season = 1});
}

ForecasterTrainer trainer(const std::string& folder, bool resume) {
  return {{.layers = {Gru{.units = 2}, Dense{.units = 2}}},
          data(),
          {.batch = 6, .epochs = 1, .threads = 2},
          {.members = 2, .share = 0.5},
          folder,
          {},
          resume};
}

std::vector<float> work(const std::string& folder) {
  trainer(folder, false).run();
  const Forecaster forecaster = load_forecaster(folder + "/model.safetensors");
  const Forecast ahead = forecast(forecaster, *data().table, {.steps = 4, .threads = 2});
  std::vector<float> all = ahead.values;
  all.insert(all.end(), ahead.low.begin(), ahead.low.end());
  all.insert(all.end(), ahead.high.begin(), ahead.high.end());
  return all;
}

TEST(AllocationFailure, OfAForecasterIsToldAndHarmless) {
  const Folder whole("forecaster_whole");
  testing::fail_each_allocation(whole, work, [&](const Folder& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      if (entry.path().extension() != ".safetensors") continue;
      EXPECT_NO_THROW(load_forecaster(entry.path().string())) << entry.path();
    }
    trainer(folder.path(), true).run();
    for (const char* file : {"model.safetensors", "members/0/last.safetensors", "members/1/last.safetensors"})
      EXPECT_EQ(folder.bytes(file), whole.bytes(file)) << file;
  });
}

}  // namespace
}  // namespace carousel
