// Windows: their counts, contents and parts, what they are scaled by, and that nothing leaks from the test
// part.
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <set>

#include "carousel/data.h"
#include "data/testing.h"

namespace carousel {
namespace {

// Rows 0, 1, 2, ...: a number tells its row.
Table ramp(int rows, int columns = 1, float slope = 1.0f) {
  std::vector<std::string> names;
  std::vector<float> values;
  for (int c = 0; c < columns; ++c) names.push_back(std::string(1, static_cast<char>('a' + c)));
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      values.push_back(slope * static_cast<float>(r) + 1000.0f * static_cast<float>(c));
  return Table(names, values);
}

Batch gather(const Dataset& data, std::vector<std::int64_t> indices) {
  Batch batch;
  data.gather(indices, batch);
  return batch;
}

const WindowOptions kPlain{.target = "a",
                           .window = 3,
                           .horizon = 2,
                           .subtract = Subtract::none,
                           .log = Log::off,
                           .scale = Scale::none,
                           .split = {.test = 0.0, .validation = 0.0}};

TEST(Windows, AreViewsOfTheTable) {
  WindowOptions options = kPlain;
  options.gap = 1;
  const Prepared data = windows(ramp(10, 2), options);
  EXPECT_EQ(data.train->count(), 10 - (3 + 1 + 2) + 1);
  EXPECT_EQ(data.train->features(), 2);
  EXPECT_EQ(data.train->target().values, 2);
  const Batch batch = gather(*data.train, {4, 0});
  EXPECT_EQ(batch.x, (std::vector<float>{4, 1004, 5, 1005, 6, 1006, 0, 1000, 1, 1001, 2, 1002}));
  EXPECT_EQ(batch.values, (std::vector<float>{8, 9, 4, 5}));
  EXPECT_EQ(batch.ids, (std::vector<std::int64_t>{8, 4}));
  EXPECT_EQ(batch.target_steps, 1);
}

TEST(Windows, SeveralTargetsStandTogetherStepByStep) {
  WindowOptions options = kPlain;
  options.target = {"b", "a"};
  options.features = "b";
  const Batch batch = gather(*windows(ramp(10, 2), options).train, {0});
  EXPECT_EQ(batch.x, (std::vector<float>{1000, 1001, 1002}));
  EXPECT_EQ(batch.values, (std::vector<float>{1003, 3, 1004, 4}));
}

TEST(Windows, StrideCountsFromTheStartOfEachPart) {
  WindowOptions options = kPlain;
  options.stride = 3;
  options.split = {.test = 0.4, .validation = 0.0};
  const Prepared data = windows(ramp(20), options);
  EXPECT_EQ(data.train->count(), (12 - 5) / 3 + 1);
  EXPECT_EQ(data.train->id(1), 6);
  EXPECT_EQ(data.test->id(0), 12);  // the first target row of the test part
  EXPECT_EQ(data.test->count(), (8 - 2) / 3 + 1);
}

// A window belongs to the part in which its whole target lies; counted here by going through all of them.
TEST(Windows, PartsInTime) {
  for (const int gap : {0, 2})
    for (const double validation : {0.0, 0.2}) {
      WindowOptions options = kPlain;
      options.gap = gap;
      options.split = {.test = 0.25, .validation = validation};
      const Prepared data = windows(ramp(40), options);
      const int test_rows = 10, validation_rows = validation > 0 ? 6 : 0;  // of 40 rows, and of the 30 before
      const int border = 40 - test_rows, first_border = border - validation_rows;
      EXPECT_EQ(data.train_rows, first_border);
      EXPECT_EQ(data.validation_rows, validation_rows);
      EXPECT_EQ(data.test_rows, test_rows);
      std::vector<std::int64_t> expected[3];
      for (int target = 3 + gap; target + 2 <= 40; ++target) {
        if (target + 2 <= first_border) expected[0].push_back(target);
        if (target >= first_border && target + 2 <= border) expected[1].push_back(target);
        if (target >= border) expected[2].push_back(target);
      }
      const Dataset* parts[] = {data.train.get(), data.validation.get(), data.test.get()};
      for (int i = 0; i < 3; ++i) {
        std::vector<std::int64_t> got;
        for (std::int64_t k = 0; k < parts[i]->count(); ++k) got.push_back(parts[i]->id(k));
        EXPECT_EQ(got, expected[i]) << "part " << i << ", gap " << gap;
      }
    }
}

TEST(Windows, ShuffledPartsAreAPartitionOfAllButTheTestWindows) {
  WindowOptions options = kPlain;
  options.horizon = 1;
  options.split = {.test = 0.1, .validation = 0.25, .order = SplitOrder::shuffled};
  const Prepared data = windows(ramp(103), options);  // 100 windows
  EXPECT_EQ(data.test->count(), 10);
  EXPECT_EQ(data.train->count(), 67);  // floor(90 · 0.75)
  EXPECT_EQ(data.validation->count(), 23);
  std::set<std::int64_t> ids;
  bool sorted = true;
  for (std::int64_t i = 0; i < 67; ++i) {
    ids.insert(data.train->id(i));
    sorted = sorted && (i == 0 || data.train->id(i) > data.train->id(i - 1));
  }
  for (std::int64_t i = 0; i < 23; ++i) ids.insert(data.validation->id(i));
  EXPECT_EQ(ids.size(), 90u);
  EXPECT_EQ(*ids.rbegin(), 92);
  EXPECT_EQ(data.test->id(0), 93);
  EXPECT_FALSE(sorted);
  ASSERT_EQ(data.warnings.size(), 1u);
  options.seed = 2;
  EXPECT_NE(windows(ramp(103), options).train->id(0), data.train->id(0));
}

TEST(Windows, ShuffledTargetsDoNotReachIntoTheTestPart) {
  for (const int stride : {1, 2, 5}) {
    WindowOptions options = kPlain;
    options.horizon = 4;
    options.stride = stride;
    options.split = {.test = 0.2, .validation = 0.25, .order = SplitOrder::shuffled};
    const Prepared data = windows(ramp(106), options);  // 100 windows of 7 rows
    const std::int64_t all = 99 / stride + 1, test = std::llround(0.2 * static_cast<double>(all));
    ASSERT_EQ(data.test->count(), test);
    std::int64_t last = 0;
    for (const auto& part : {data.train, data.validation})
      for (std::int64_t i = 0; i < part->count(); ++i) last = std::max(last, part->id(i) + 3);
    EXPECT_LT(last, data.test->id(0));
    EXPECT_GE(last + stride, data.test->id(0));  // no more are left out than must be
    EXPECT_TRUE(data.counts_windows);
    EXPECT_EQ(data.train_rows, data.train->count());
    EXPECT_EQ(data.validation_rows, data.validation->count());
    EXPECT_EQ(data.test_rows, data.test->count());
  }
}

// The protocol of a well-known tutorial: 4,171 closes, windows of 50 + 1 rows as p/p0 - 1.
TEST(Windows, StandardAndPoorsProtocol) {
  const std::string file = data_file("sp500/sp500.csv");
  if (file.empty()) GTEST_SKIP() << "sp500.csv is not here";
  const Prepared data = prepare({.file = file,
                                 .window = 50,
                                 .horizon = 1,
                                 .scale = Scale::relative,
                                 .split = {.test = 0.1, .validation = 0.05, .order = SplitOrder::shuffled}});
  EXPECT_EQ(data.table->rows(), 4171);
  EXPECT_EQ(data.train->count(), 3523);
  EXPECT_EQ(data.validation->count(), 186);
  EXPECT_EQ(data.train->count() + data.validation->count() + data.test->count(), 4171 - 50);
  const Batch batch = gather(*data.train, {7});
  const std::int64_t target = batch.ids[0];
  const double p0 = data.table->at(target - 50, 0);
  EXPECT_EQ(batch.x[0], 0.0f);
  EXPECT_FLOAT_EQ(batch.x[49], static_cast<float>(data.table->at(target - 1, 0) / p0 - 1.0));
  EXPECT_FLOAT_EQ(batch.values[0], static_cast<float>(data.table->at(target, 0) / p0 - 1.0));
}

TEST(Scaler, StandardIsOfTheTrainingRowsAlone) {
  WindowOptions options = kPlain;
  options.scale = Scale::standard;
  options.split = {.test = 0.5, .validation = 0.0};
  const Prepared data = windows(ramp(40), options);
  // mean and sd of 0 ... 19, by the formulas of the uniform distribution on whole numbers
  EXPECT_DOUBLE_EQ(data.preparation.features[0].offset, 9.5);
  EXPECT_NEAR(data.preparation.features[0].factor, std::sqrt((20.0 * 20.0 - 1.0) / 12.0), 1e-12);
  options.scale = Scale::minmax;
  const Prepared minmax = windows(ramp(40), options);
  EXPECT_EQ(minmax.preparation.features[0].offset, 0.0);
  EXPECT_EQ(minmax.preparation.features[0].factor, 19.0);
}

TEST(Scaler, SubtractedWindowsAreScaledAboutZero) {
  WindowOptions options = kPlain;
  options.subtract = Subtract::last;
  options.scale = Scale::standard;
  const Prepared data = windows(ramp(50, 1, 3.0f), options);
  // Every window of a ramp is the same: inputs -6, -3, 0 and targets 3, 6.
  const double rms = std::sqrt((36.0 + 9.0 + 0.0 + 9.0 + 36.0) / 5.0);
  EXPECT_EQ(data.preparation.features[0].offset, 0.0);
  EXPECT_NEAR(data.preparation.features[0].factor, rms, 1e-9);
  const Batch batch = gather(*data.train, {11});
  EXPECT_FLOAT_EQ(batch.x[0], static_cast<float>(-6.0 / rms));
  EXPECT_EQ(batch.x[2], 0.0f);
  EXPECT_FLOAT_EQ(batch.values[1], static_cast<float>(6.0 / rms));
  EXPECT_EQ(batch.references[0], 39.0);  // row 13 of a slope of 3
}

// Every combination undoes itself to the last bits of a float.
TEST(Scaler, RestoreIsTheInverse) {
  std::vector<float> values;
  for (int i = 0; i < 200; ++i) {
    values.push_back(static_cast<float>(50.0 + 0.3 * i + 20.0 * std::sin(0.7 * i)));
    values.push_back(static_cast<float>(2000.0 + 900.0 * std::cos(0.3 * i)));
  }
  const Table table({"a", "b"}, values);
  for (const Subtract subtract : {Subtract::last, Subtract::first, Subtract::none})
    for (const Log log : {Log::on, Log::off})
      for (const Scale scale :
           {Scale::standard, Scale::minmax, Scale::relative, Scale::sequence, Scale::none}) {
        if (scale == Scale::relative && log == Log::on) continue;
        const Prepared data = windows(table, {.target = {"b", "a"},
                                              .window = 7,
                                              .horizon = 3,
                                              .subtract = subtract,
                                              .log = log,
                                              .scale = scale});
        Batch batch = gather(*data.test, {0, 5});
        restore(data.preparation, batch.references, batch.values);
        for (std::size_t b = 0; b < 2; ++b)
          for (std::size_t h = 0; h < 3; ++h)
            for (std::size_t k = 0; k < 2; ++k) {
              const float expected = table.at(batch.ids[b] + static_cast<std::int64_t>(h), k == 0 ? 1 : 0);
              EXPECT_NEAR(batch.values[(b * 3 + h) * 2 + k], expected, 2e-6 * expected)
                  << static_cast<int>(subtract) << static_cast<int>(log) << static_cast<int>(scale);
            }
      }
}

TEST(Scaler, AConstantColumnStaysFinite) {
  const Table table({"a"}, std::vector<float>(60, 0.1f));
  for (const Subtract subtract : {Subtract::last, Subtract::none}) {
    WindowOptions options = kPlain;
    options.subtract = subtract;
    options.scale = Scale::standard;
    const Batch batch = gather(*windows(table, options).train, {3});
    for (const float x : batch.x) EXPECT_EQ(x, 0.0f);
  }
}

// What the test part holds cannot be seen in anything that was fitted or guessed.
TEST(Leakage, TestRowsChangeNothingThatWasFitted) {
  std::vector<float> values;
  for (int i = 0; i < 300; ++i)
    values.push_back(static_cast<float>(std::exp(0.01 * i) * (10.0 + 3.0 * std::sin(i * 0.5236))));
  const WindowOptions options{.target = "a", .split = {.test = 0.2, .validation = 0.1}};
  const Prepared before = windows(Table({"a"}, values), options);
  for (std::size_t i = 240; i < 300; ++i) values[i] = 5000.0f - static_cast<float>(i);
  const Prepared after = windows(Table({"a"}, values), options);
  EXPECT_EQ(before.preparation.features[0].factor, after.preparation.features[0].factor);
  EXPECT_EQ(before.preparation.features[0].log, after.preparation.features[0].log);
  EXPECT_EQ(before.preparation.window, after.preparation.window);
  EXPECT_EQ(before.preparation.horizon, after.preparation.horizon);
  EXPECT_EQ(gather(*before.train, {0, 50}).x, gather(*after.train, {0, 50}).x);
  EXPECT_TRUE(before.preparation.features[0].log);  // the swing grows with the level here
  EXPECT_EQ(before.preparation.season, 12);         // 2π / 0.5236
}

TEST(Windows, OfTheTestPartHaveAStrideOfTheirOwn) {
  std::vector<float> values(144);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  WindowOptions options{
      .target = "a", .window = 24, .horizon = 12, .split = {.test = 1.0 / 3, .validation = 0}};
  options.test_stride = 12;
  const Prepared data = windows(Table({"a"}, values), options);
  ASSERT_EQ(data.test->count(), 4);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(data.test->id(i), 96 + 12 * i);
  EXPECT_EQ(data.train->count(), 96 - 36 + 1);
  options.test_stride = 0;
  EXPECT_THROW(windows(Table({"a"}, values), options), Error);
}

TEST(Missing, MaskLeavesOutTheWindowsThatTouchARow) {
  std::string text = "v\n";
  for (int i = 0; i < 30; ++i) text += i == 10 || i == 11 || i == 20 ? "NA\n" : std::to_string(i) + "\n";
  const Table table = parse_csv(text, {.missing = Missing::mask});
  WindowOptions options = kPlain;
  options.target = "v";
  const Prepared data = windows(table, options);
  std::vector<std::int64_t> expected, got;
  for (int start = 0; start + 5 <= 30; ++start) {
    const auto touches = [&](int row) { return row >= start && row < start + 5; };
    if (!touches(10) && !touches(11) && !touches(20)) expected.push_back(start + 3);
  }
  for (std::int64_t i = 0; i < data.train->count(); ++i) {
    got.push_back(data.train->id(i));
    EXPECT_EQ(gather(*data.train, {i}).values[0], static_cast<float>(got.back()));
  }
  EXPECT_EQ(got, expected);
}

TEST(Inputs, TheLastWindowEndsWithTheLastRow) {
  WindowOptions options = kPlain;
  options.subtract = Subtract::last;
  const Prepared data = windows(ramp(20), options);
  const auto inputs = all_windows(ramp(25), data.preparation);
  EXPECT_EQ(inputs->count(), 23);
  Batch batch = gather(*inputs, {22});
  EXPECT_EQ(batch.target_steps, 0);
  EXPECT_EQ(batch.ids[0], 25);
  EXPECT_EQ(batch.x, (std::vector<float>{-2, -1, 0}));
  std::vector<float> forecast = {1, 2};
  restore(data.preparation, batch.references, forecast);
  EXPECT_EQ(forecast, (std::vector<float>{25, 26}));
  batch = gather(*inputs, {20});
  EXPECT_EQ(batch.target_steps, 1);
  EXPECT_EQ(batch.values, (std::vector<float>{1, 2}));
}

TEST(Refusals, HaveTheirCodes) {
  const auto code = [](const Table& table, WindowOptions options) {
    return error_of([&] { windows(table, options); }).code();
  };
  WindowOptions options = kPlain;
  EXPECT_EQ(code(ramp(4), options), Code::data_too_short);
  options.target = "aa";
  EXPECT_EQ(code(ramp(40), options), Code::data_unknown_column);
  options.target = {};
  EXPECT_EQ(code(ramp(40, 2), options), Code::usage_missing);
  options = kPlain;
  options.log = Log::on;
  EXPECT_EQ(code(ramp(40), options), Code::usage_conflict);  // row 0 is 0
  options.log = Log::automatic;
  options.scale = Scale::relative;
  EXPECT_EQ(code(ramp(40), options), Code::usage_conflict);
  options = kPlain;
  options.stride = 0;
  EXPECT_EQ(code(ramp(40), options), Code::usage_bad_value);
  options = kPlain;
  options.split.test = 0.95;
  EXPECT_EQ(code(ramp(40), options), Code::usage_bad_value);
  EXPECT_EQ(error_of([] { prepare({}); }).code(), Code::usage_missing);
  EXPECT_EQ(error_of([] { prepare({.file = "/nonexistent.csv"}); }).code(), Code::data_missing_file);
}

TEST(Refusals, OfAShortPartTellItsRows) {
  WindowOptions options = kPlain;
  options.window = 8;
  options.split = {.test = 0.3, .validation = 0.0};
  const Error error = error_of([&] { windows(ramp(10), options); });
  EXPECT_EQ(error.code(), Code::data_too_short);
  EXPECT_EQ(error.info().got, "7 rows there, 10 in all");
  EXPECT_EQ(error.info().expected.substr(0, 22), "at least 10 rows there");
}

TEST(Gather, AllocatesOnlyOnce) {
  const Prepared data = windows(ramp(500, 3), kPlain);
  Batch batch;
  std::vector<std::int64_t> indices(32);
  std::iota(indices.begin(), indices.end(), 5);
  data.train->gather(indices, batch);
  const float* const before = batch.x.data();
  indices.resize(20);
  data.train->gather(indices, batch);
  indices.resize(32, 100);
  data.train->gather(indices, batch);
  EXPECT_EQ(batch.x.data(), before);
}

TEST(BatchOrder, IsAPermutationOfItsSeedAndEpoch) {
  for (const std::int64_t count : {1, 2, 7, 4096, 4097, 100000}) {
    BatchOrder order(7, 3, count, 50);
    EXPECT_EQ(order.batches(), (count + 49) / 50);
    std::vector<std::int64_t> all, batch;
    for (std::int64_t i = 0; i < order.batches(); ++i) {
      order.indices(i, batch);
      EXPECT_LE(batch.size(), 50u);
      all.insert(all.end(), batch.begin(), batch.end());
    }
    std::vector<std::int64_t> again;
    BatchOrder(7, 3, count, static_cast<int>(count)).indices(0, again);
    EXPECT_EQ(all, again);  // the order does not depend on the size of batches
    if (count > 100) {
      BatchOrder(7, 4, count, static_cast<int>(count)).indices(0, again);
      EXPECT_NE(all, again);
      order.set_epoch(4);
      order.indices(1, batch);
      EXPECT_TRUE(std::equal(batch.begin(), batch.end(), again.begin() + 50));
      // neighbours are spread: the mean distance of a random order is n / 3
      double distance = 0;
      for (std::size_t i = 1; i < all.size(); ++i)
        distance += std::fabs(static_cast<double>(all[i] - all[i - 1])) / static_cast<double>(all.size() - 1);
      EXPECT_NEAR(distance, static_cast<double>(count) / 3, 0.05 * static_cast<double>(count));
    }
    std::sort(all.begin(), all.end());
    for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(all[static_cast<std::size_t>(i)], i);
  }
}

// Anonymous memory of this process, in bytes.
double anonymous() {
  std::ifstream smaps("/proc/self/smaps_rollup");
  for (std::string line; std::getline(smaps, line);)
    if (line.starts_with("Anonymous:")) return 1024.0 * std::stod(line.substr(10));
  return 0.0;
}

TEST(Memory, StaysWithinOneAndAHalfTimesTheFloats) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep memory of their own";
#endif
  const Folder folder;
  const int rows = 3000000;  // one column: the hardest case for whatever is kept for each row
  {
    std::ofstream out(folder.file("big.csv"));
    for (int i = 0; i < rows; ++i) out << i % 1000 << '\n';
  }
  ::malloc_trim(0);  // memory that other tests freed would be used again and not be counted
  const double before = anonymous();
  const Prepared data = prepare({.file = folder.file("big.csv"), .window = 50, .horizon = 5});
  Batch batch;
  std::vector<std::int64_t> indices;
  const BatchOrder order(1, 0, data.train->count(), 64);
  for (std::int64_t i = 0; i < order.batches(); i += 1000) {
    order.indices(i, indices);
    data.train->gather(indices, batch);
  }
  const double floats = 4.0 * rows;
  const double batch_bytes = 4.0 * static_cast<double>(batch.x.capacity() + batch.values.capacity());
  EXPECT_LT(anonymous() - before, 1.5 * floats + batch_bytes);
  EXPECT_GT(anonymous() - before, 0.5 * floats);  // the measurement itself works
}

}  // namespace
}  // namespace carousel
