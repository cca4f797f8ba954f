// Arrays and images: shapes, lengths, masks, classes, parts and scales; and the stored preparation.
#include <zlib.h>

#include <cmath>
#include <numeric>

#include "carousel/data.h"
#include "data/idx.h"
#include "data/preparation_json.h"
#include "data/testing.h"
#include "files/npy.h"
#include "files/safetensors.h"
#include "support/sequences.h"

namespace carousel {
namespace {

using files::array_of;

Batch gather(const Dataset& data, std::vector<std::int64_t> indices) {
  Batch batch;
  data.gather(indices, batch);
  return batch;
}

// IDX by hand: 0 0 8 dimensions, sizes in big-endian, bytes.
std::string idx(const std::vector<int>& shape, const std::string& bytes) {
  std::string text("\0\0\x08", 3);
  text += static_cast<char>(shape.size());
  for (const int size : shape)
    text += std::string{'\0', '\0', static_cast<char>(size >> 8), static_cast<char>(size & 255)};
  return text + bytes;
}

constexpr Split kNoSplit{.test = 0.0, .validation = 0.0};

TEST(Arrays, RaggedRowsArePaddedWithZeros) {
  std::vector<float> x(3 * 4 * 2);
  std::iota(x.begin(), x.end(), 1.0f);
  const std::vector<std::int32_t> lengths = {2, 0, 3}, labels = {4, 0, 1};
  ArrayOptions options = testing::sequences(x, 3, 4, 2);
  options.labels = labels;
  options.lengths = lengths;
  const Prepared data = arrays(options);
  EXPECT_EQ(data.train->target().classes, 5);
  EXPECT_EQ(data.train->max_steps(), 4);
  const Batch batch = gather(*data.train, {2, 0, 1});
  EXPECT_EQ(batch.steps, 3);  // the longest of this batch
  EXPECT_EQ(batch.lengths, (std::vector<std::int32_t>{3, 2, 0}));
  EXPECT_EQ(batch.x, (std::vector<float>{17, 18, 19, 20, 21, 22, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(batch.classes, (std::vector<std::int32_t>{1, 4, 0}));
  EXPECT_EQ(gather(*data.train, {1}).steps, 1);
  Batch reused;  // what an earlier batch left behind is not padding
  data.train->gather(std::vector<std::int64_t>{2, 2}, reused);
  data.train->gather(std::vector<std::int64_t>{0, 1}, reused);
  EXPECT_EQ(reused.x, (std::vector<float>{1, 2, 3, 4, 0, 0, 0, 0}));
}

TEST(Arrays, TargetsAtEveryStepWithAMask) {
  const std::vector<float> x(2 * 3), y = {1, 2, 3, 4, 5, 6}, mask = {1, 0, 1, 1, 1, 0};
  ArrayOptions options = testing::sequences(x, 2, 3, 1);
  options.values = y;
  options.every_step = true;
  options.mask = mask;
  const Prepared data = arrays(options);
  const Batch batch = gather(*data.train, {1, 0});
  EXPECT_EQ(batch.target_steps, 3);
  EXPECT_EQ(batch.target_values, 1);
  EXPECT_EQ(batch.values, (std::vector<float>{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(batch.mask, (std::vector<float>{1, 1, 0, 1, 0, 1}));
}

// What a mask or a length leaves out may be any number.
TEST(Arrays, AClassThatDoesNotCountIsNone) {
  const std::vector<float> x(2 * 4), mask = {1, 0, 1, 1, 0, 1, 1, 1};
  const std::vector<std::int32_t> labels = {2, -1, 1, -1, -1, 0, -1, 9}, lengths = {3, 2};
  ArrayOptions options = testing::sequences(x, 2, 4, 1);
  options.labels = labels;
  options.every_step = true;
  options.lengths = lengths;
  options.mask = mask;
  const Prepared data = arrays(options);
  EXPECT_EQ(data.train->target().classes, 3);
  const Batch batch = gather(*data.train, {0, 1});
  EXPECT_EQ(batch.steps, 3);
  EXPECT_EQ(batch.classes, (std::vector<std::int32_t>{2, 0, 1, 0, 0, 0}));
  EXPECT_EQ(batch.mask, (std::vector<float>{1, 0, 1, 0, 1, 0}));
}

// What an earlier batch left behind is neither a target nor counted.
TEST(Arrays, TargetsAndMaskBeyondALengthAreZeroInAReusedBatch) {
  const std::vector<float> x(3 * 3), y = {1, 2, 3, 4, 5, 6, 7, 8, 9}, mask(9, 1.0f);
  const std::vector<std::int32_t> lengths = {3, 1, 2}, labels = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  ArrayOptions options = testing::sequences(x, 3, 3, 1);
  options.every_step = true;
  options.lengths = lengths;
  options.mask = mask;
  options.values = y;
  const Prepared values = arrays(options);
  options.values = {};
  options.labels = labels;
  const Prepared classes = arrays(options);
  Batch batch;
  values.train->gather(std::vector<std::int64_t>{0, 0}, batch);
  values.train->gather(std::vector<std::int64_t>{1, 2}, batch);
  EXPECT_EQ(batch.values, (std::vector<float>{4, 0, 7, 8}));
  EXPECT_EQ(batch.mask, (std::vector<float>{1, 0, 1, 1}));
  classes.train->gather(std::vector<std::int64_t>{0, 0}, batch);
  classes.train->gather(std::vector<std::int64_t>{1, 2}, batch);
  EXPECT_EQ(batch.classes, (std::vector<std::int32_t>{4, 0, 7, 8}));
  EXPECT_EQ(batch.mask, (std::vector<float>{1, 0, 1, 1}));
}

TEST(Arrays, TargetsBeyondALengthAreNotFitted) {
  const std::vector<float> x(2 * 3), y = {1, 3, 500, 5, 7, 9};
  const std::vector<std::int32_t> lengths = {2, 3};
  ArrayOptions options = testing::sequences(x, 2, 3, 1);
  options.values = y;
  options.every_step = true;
  options.lengths = lengths;
  options.scale = Scale::standard;
  const Prepared data = arrays(options);
  EXPECT_DOUBLE_EQ(data.preparation.targets[0].offset, 5.0);  // of 1 3 5 7 9
}

// Padding counts neither in the scale nor after it; targets are scaled and restored.
TEST(Arrays, StandardScaleOfTheValidStepsOfTheTrainingPart) {
  const std::vector<float> x = {1, 3, 99, 5, 7, 9, 1000, 1000, 1000}, y = {10, 20, 777};
  const std::vector<std::int32_t> lengths = {2, 3, 3};
  ArrayOptions options = testing::sequences(x, 3, 3, 1);
  options.split.test = 0.34;
  options.values = y;
  options.lengths = lengths;
  options.scale = Scale::standard;
  const Prepared data = arrays(options);
  ASSERT_EQ(data.train->count(), 2);
  EXPECT_DOUBLE_EQ(data.preparation.features[0].offset, 5.0);  // of 1 3 5 7 9
  EXPECT_NEAR(data.preparation.features[0].factor, std::sqrt(8.0), 1e-12);
  EXPECT_DOUBLE_EQ(data.preparation.targets[0].offset, 15.0);
  Batch batch = gather(*data.train, {0, 1});
  EXPECT_EQ(batch.values, (std::vector<float>{-1, 1}));
  EXPECT_EQ(batch.x[2], 0.0f);
  restore(data.preparation, batch.references, batch.values);
  EXPECT_EQ(batch.values, (std::vector<float>{10, 20}));
}

TEST(Arrays, SequenceScaleIsOfEachRow) {
  const std::vector<float> x = {1, 3, 10, 30};
  const std::vector<std::int32_t> labels = {0, 1};
  ArrayOptions options = testing::sequences(x, 2, 2, 1);
  options.labels = labels;
  options.scale = Scale::sequence;
  const Prepared data = arrays(options);
  EXPECT_EQ(gather(*data.train, {0, 1}).x, (std::vector<float>{-1, 1, -1, 1}));
}

TEST(Arrays, BinaryTargetsAreNotScaled) {
  const std::vector<float> x = {1, 2, 3, 4}, y = {0, 1};
  ArrayOptions options = testing::sequences(x, 2, 2, 1);
  options.values = y;
  options.scale = Scale::standard;
  const Prepared data = arrays(options);
  EXPECT_EQ(gather(*data.train, {0, 1}).values, (std::vector<float>{0, 1}));
  EXPECT_EQ(value_of(data.guesses, "target"), "0 or 1, not scaled");
}

TEST(Arrays, FromNpyAndSafetensors) {
  const Folder folder;
  std::vector<float> x(5 * 3 * 2);
  std::iota(x.begin(), x.end(), 0.0f);
  const std::vector<double> y = {0.5, 1.5, 2.5, 3.5, 4.5};
  const std::vector<std::int64_t> classes = {0, 1, 2, 1, 0}, lengths = {3, 1, 2, 3, 0};
  files::write_npy(folder.file("x.npy"), array_of("", {5, 3, 2}, x));
  files::write_npy(folder.file("y.npy"), array_of("", {5}, y));
  files::write_npy(folder.file("l.npy"), array_of("", {5}, lengths));
  files::write_safetensors(
      folder.file("d.safetensors"),
      {array_of("x", {5, 3, 2}, x), array_of("y", {5}, classes), array_of("n", {5}, lengths)});
  const DataOptions npy{.file = folder.file("x.npy"),
                        .target = {folder.file("y.npy")},
                        .scale = Scale::none,
                        .split = {.test = 0.2, .validation = 0.25},
                        .lengths = folder.file("l.npy")};
  const Prepared a = prepare(npy);
  EXPECT_EQ(a.train->count(), 3);
  EXPECT_EQ(a.validation->count(), 1);
  EXPECT_EQ(a.test->count(), 1);
  EXPECT_EQ(gather(*a.validation, {0}).values, (std::vector<float>{3.5f}));
  EXPECT_EQ(gather(*a.train, {1}).x, (std::vector<float>{6, 7}));
  const Prepared b = prepare(
      {.file = folder.file("d.safetensors"), .scale = Scale::none, .split = kNoSplit, .lengths = "n"});
  EXPECT_EQ(b.train->target().classes, 3);
  EXPECT_EQ(gather(*b.train, {2}).classes, (std::vector<std::int32_t>{2}));
  EXPECT_EQ(gather(*b.train, {2}).steps, 2);
  const Inputs inputs = read_inputs({.file = folder.file("x.npy")}, a.preparation);
  EXPECT_EQ(inputs.data->count(), 5);
  EXPECT_EQ(gather(*inputs.data, {4}).target_steps, 0);
}

TEST(Images, RowsAreTime) {
  const Folder folder;
  const std::string pixels("\0\x33\xff\x66\x01\x02\x03\x04\x05\x06\x07\x08", 12);
  folder.write("i", idx({2, 3, 2}, pixels));
  folder.write("l", idx({2}, std::string("\x07\x02", 2)));
  folder.write("ti", idx({1, 3, 2}, pixels.substr(0, 6)));
  folder.write("tl", idx({1}, "\x09"));
  const Prepared data = prepare({.file = folder.file("i"),
                                 .target = {folder.file("l")},
                                 .split = kNoSplit,
                                 .test_file = folder.file("ti"),
                                 .test_target = folder.file("tl")});
  EXPECT_EQ(data.preparation.kind, Preparation::Kind::images);
  EXPECT_EQ(data.preparation.classes, 10);  // the test part knows a 9
  EXPECT_EQ(data.test->count(), 1);
  const Batch batch = gather(*data.train, {0});
  EXPECT_EQ(batch.steps, 3);
  EXPECT_EQ(batch.features, 2);
  EXPECT_EQ(batch.classes, (std::vector<std::int32_t>{7}));
  EXPECT_EQ(batch.x[0], 0.0f);
  EXPECT_FLOAT_EQ(batch.x[1], 0.2f);
  EXPECT_EQ(batch.x[2], 1.0f);
}

TEST(Images, Mnist) {
  const std::string images = data_file("mnist/t10k-images-idx3-ubyte.gz");
  if (images.empty()) GTEST_SKIP() << "MNIST is not here";
  const Prepared data =
      prepare({.file = images, .target = {data_file("mnist/t10k-labels-idx1-ubyte.gz")}, .split = kNoSplit});
  EXPECT_EQ(data.train->count(), 10000);
  EXPECT_EQ(data.train->max_steps(), 28);
  EXPECT_EQ(data.train->features(), 28);
  EXPECT_EQ(data.train->target().classes, 10);
  EXPECT_EQ(gather(*data.train, {0, 1, 2, 3}).classes,
            (std::vector<std::int32_t>{7, 2, 1, 0}));  // known first digits
}

TEST(Idx, EveryTruncationIsRefused) {
  const std::string whole = idx({2, 2, 2}, "abcdefgh");
  EXPECT_EQ(data::parse_idx(bytes_of(whole), "i").shape, (std::vector<std::int64_t>{2, 2, 2}));
  const std::string many =
      idx({300}, std::string(300, 'x'));  // a size of two bytes: the order of bytes counts
  EXPECT_EQ(data::parse_idx(bytes_of(many), "i").shape, (std::vector<std::int64_t>{300}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    EXPECT_EQ(error_of([&] { data::parse_idx(bytes_of(cut), "i"); }).code(), Code::data_bad_format) << size;
  }
  for (const std::string& bad :
       {whole + "i", "\1" + whole.substr(1), std::string("\0\0\x0d\1\0\0\0\1xxxx", 12),
        std::string("\0\0\x08\0", 4), std::string("\0\0\x08\4", 4) + std::string(16, '\0'),
        std::string("\0\0\x08\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16)})
    EXPECT_EQ(error_of([&] { data::parse_idx(bytes_of(bad), "i"); }).code(), Code::data_bad_format);
}

struct BadCase {
  const char* name;
  std::vector<std::int64_t> x, y, lengths, mask;
  Code code;
};
void PrintTo(const BadCase& c, std::ostream* out) {
  *out << c.name;
}

class ArraysBad : public ::testing::TestWithParam<BadCase> {};

TEST_P(ArraysBad, IsRefused) {
  const BadCase& c = GetParam();
  const Folder folder;
  const auto write = [&](const char* name, const std::vector<std::int64_t>& shape, bool whole) {
    if (shape.empty()) return std::string();
    const auto count = static_cast<std::size_t>(files::count_of(shape, 8));
    const std::vector<float> numbers(count, 2.0f);
    const std::vector<std::int64_t> integers(count, 9);
    files::write_npy(folder.file(name), whole ? array_of("", shape, integers) : array_of("", shape, numbers));
    return folder.file(name);
  };
  DataOptions options{.file = write("x.npy", c.x, false),
                      .split = kNoSplit,
                      .lengths = write("l.npy", c.lengths, true),
                      .mask = write("m.npy", c.mask, false)};
  if (!c.y.empty()) options.target = {write("y.npy", c.y, false)};
  const Error error = error_of([&] { prepare(options); });
  EXPECT_EQ(error.code(), c.code) << error.what();
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ArraysBad,
    ::testing::Values(BadCase{"x_of_one_dimension", {4}, {4}, {}, {}, Code::data_shape},
                      BadCase{"x_of_four_dimensions", {4, 2, 2, 2}, {4}, {}, {}, Code::data_shape},
                      BadCase{"no_steps", {4, 0, 2}, {4}, {}, {}, Code::data_shape},
                      BadCase{"no_sequences", {0, 3, 2}, {4}, {}, {}, Code::data_empty},
                      BadCase{"no_target", {4, 3, 2}, {}, {}, {}, Code::usage_missing},
                      BadCase{"target_of_another_n", {4, 3, 2}, {5}, {}, {}, Code::data_shape},
                      BadCase{"target_of_other_steps", {4, 3, 2}, {4, 5, 1}, {}, {}, Code::data_shape},
                      BadCase{"lengths_of_another_n", {4, 3, 2}, {4}, {3}, {}, Code::data_shape},
                      BadCase{"lengths_too_long", {4, 3, 2}, {4}, {4}, {}, Code::data_shape},
                      BadCase{"mask_of_another_shape", {4, 3, 2}, {4, 3, 1}, {}, {4, 2}, Code::data_shape},
                      BadCase{"mask_of_two", {4, 3, 2}, {4, 3, 1}, {}, {4, 3}, Code::data_not_a_number}),
    [](const auto& test) { return test.param.name; });

TEST(Arrays, NumbersThatAreNotFiniteAreRefused) {
  std::vector<float> x = {1, 2, NAN, 4};
  const std::vector<float> y = {1, 2};
  EXPECT_EQ(error_of([&] { arrays({.x = x, .rows = 2, .steps = 2, .features = 1, .values = y}); }).code(),
            Code::data_not_a_number);
  const std::vector<std::int32_t> labels = {0, -1};
  x[2] = 3;
  EXPECT_EQ(
      error_of([&] { arrays({.x = x, .rows = 2, .steps = 2, .features = 1, .labels = labels}); }).code(),
      Code::data_not_a_number);
  EXPECT_EQ(error_of([&] { arrays({.x = x, .rows = 2, .steps = 2, .features = 1}); }).code(),
            Code::usage_conflict);
  EXPECT_EQ(error_of([&] { arrays({.x = x, .rows = 3, .steps = 2, .features = 1, .values = y}); }).code(),
            Code::usage_shape);
  const std::vector<std::int32_t> one_length = {2}, three_lengths = {1, 2, 2};
  for (const auto& lengths : {one_length, three_lengths})
    EXPECT_EQ(error_of([&] {
                arrays({.x = x, .rows = 2, .steps = 2, .features = 1, .values = y, .lengths = lengths});
              }).code(),
              Code::usage_shape)
        << lengths.size();
}

TEST(Arrays, ErrorsNameTheFileAndThePlace) {
  const Folder folder;
  std::vector<float> x(4 * 3 * 2, 1.0f), y(4, 1.0f);
  const std::vector<float> lengths(4, 2.0f);
  files::write_npy(folder.file("x.npy"), array_of("", {4, 3, 2}, x));
  files::write_npy(folder.file("y.npy"), array_of("", {4}, y));
  files::write_npy(folder.file("l.npy"), array_of("", {4}, lengths));
  const auto error = [&](const std::string& with_lengths) {
    return error_of([&] {
             prepare(
                 {.file = folder.file("x.npy"), .target = {folder.file("y.npy")}, .lengths = with_lengths});
           })
        .info();
  };
  EXPECT_EQ(error(folder.file("l.npy")).file, folder.file("l.npy"));
  EXPECT_EQ(error(folder.file("l.npy")).expected, "whole numbers [4]");
  EXPECT_EQ(error(folder.file("l.npy")).got, "F32 [4]");
  x[(2 * 3 + 1) * 2 + 1] = NAN;
  files::write_npy(folder.file("x.npy"), array_of("", {4, 3, 2}, x));
  EXPECT_EQ(error("").what, "a number of sequence 2, step 1, feature 1 is not a finite 32-bit number");
  EXPECT_EQ(error("").file, folder.file("x.npy"));
  x.assign(x.size(), 1.0f), y[3] = INFINITY;
  files::write_npy(folder.file("x.npy"), array_of("", {4, 3, 2}, x));
  files::write_npy(folder.file("y.npy"), array_of("", {4}, y));
  EXPECT_EQ(error("").what, "a target of sequence 3 is not a finite 32-bit number");
  EXPECT_EQ(error("").file, folder.file("y.npy"));
}

TEST(Arrays, AnotherKindThanTheModels) {
  const Folder folder;
  const std::string csv = folder.write("t.csv", "a\n1\n2\n3\n4\n5\n6\n7\n8\n");
  const Prepared table = prepare({.file = csv, .window = 2, .horizon = 1, .split = kNoSplit});
  const std::vector<float> x = {1, 2, 3, 4}, y = {5, 6};
  files::write_npy(folder.file("x.npy"), array_of("", {2, 2, 1}, x));
  EXPECT_EQ(error_of([&] { prepare({.file = folder.file("x.npy")}, table.preparation); }).code(),
            Code::model_mismatch);
  ArrayOptions options = testing::sequences(x, 2, 2, 1);
  options.values = y;
  const Prepared sequences = arrays(options);
  EXPECT_EQ(error_of([&] { prepare({.file = csv}, sequences.preparation); }).code(), Code::model_mismatch);
  files::write_npy(folder.file("x2.npy"), array_of("", {1, 2, 2}, x));
  EXPECT_EQ(error_of([&] { read_inputs({.file = folder.file("x2.npy")}, sequences.preparation); }).code(),
            Code::model_mismatch);
}

TEST(PreparationJson, IsReadBackAndStrict) {
  Preparation p{.kind = Preparation::Kind::table,
                .window = 24,
                .horizon = 12,
                .gap = 1,
                .season = 12,
                .subtract = Subtract::last,
                .scale = Scale::minmax,
                .features = {{"a", true, 0.1, 2.5}, {"b \"x\"", false, -3.0, 1e-3}},
                .targets = {{"a", true, 0.1, 2.5}}};
  const auto json = data::preparation_to_json(p);
  const Preparation read = data::preparation_from_json(Json::parse(json.dump()), "m");
  EXPECT_EQ(data::preparation_to_json(read).dump(), json.dump());
  EXPECT_EQ(read.features[0].offset, 0.1);
  EXPECT_EQ(read.features[1].name, "b \"x\"");
  for (const auto& [key, value] : json.items()) {
    auto changed = json;
    changed.erase(key);
    EXPECT_EQ(error_of([&] { data::preparation_from_json(changed, "m"); }).code(), Code::model_bad_format)
        << key;
    changed = json;
    changed[key] = {{"not", "this"}};
    EXPECT_EQ(error_of([&] { data::preparation_from_json(changed, "m"); }).code(), Code::model_bad_format)
        << key;
  }
  auto changed = json;
  changed["features"][0]["factor"] = 0.0;
  EXPECT_EQ(error_of([&] { data::preparation_from_json(changed, "m"); }).code(), Code::model_bad_format);
  changed = json;
  changed["scale"] = "standart";
  EXPECT_EQ(error_of([&] { data::preparation_from_json(changed, "m"); }).code(), Code::model_bad_format);
  changed = json;
  changed["unknown_key"] = 1;  // a newer minor version may know more
  EXPECT_NO_THROW(data::preparation_from_json(changed, "m"));
}

}  // namespace
}  // namespace carousel
