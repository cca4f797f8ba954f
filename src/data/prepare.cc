// The public way in: files, tables and arrays to prepared datasets.
#include "data/prepare.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "carousel/error.h"
#include "data/window_set.h"

namespace carousel {
namespace {

CsvOptions csv_options(const DataOptions& options) {
  return {.delimiter = options.delimiter,
          .decimal = options.decimal,
          .header = options.header,
          .time = options.time,
          .order = options.order,
          .missing = options.missing};
}

WindowOptions window_options(const DataOptions& o, std::uint64_t seed) {
  return {.target = o.target,
          .features = o.features,
          .window = o.window,
          .horizon = o.horizon,
          .season = o.season,
          .stride = o.stride,
          .test_stride = o.test_stride,
          .gap = o.gap,
          .subtract = o.subtract,
          .log = o.log,
          .scale = o.scale,
          .split = o.split,
          .seed = seed};
}

std::vector<std::string> names_of(const std::vector<ColumnScale>& columns) {
  std::vector<std::string> names;
  for (const ColumnScale& column : columns) names.push_back(column.name);
  return names;
}

// The columns that are read: what is named, or what holds numbers.
CsvOptions with_columns(CsvOptions csv, std::vector<std::string> features, std::vector<std::string> targets) {
  if (features.empty()) {
    csv.needed = std::move(targets);
  } else {
    features.insert(features.end(), targets.begin(), targets.end());
    csv.columns = std::move(features);
  }
  return csv;
}

void check_split(const Split& split) {
  for (const double share : {split.test, split.validation})
    if (!(share >= 0.0 && share <= 0.9))
      throw Error(Code::usage_bad_value, {.where = "data.split",
                                          .what = "a share cannot have that value",
                                          .expected = "0 to 0.9",
                                          .got = fmt::format("{}", share)});
}

Prepared prepare_any(const DataOptions& options, const Preparation* fitted, std::uint64_t seed) {
  check_split(options.split);
  if (options.file.empty())
    throw Error(Code::usage_missing, {.where = "data.file",
                                      .what = "no data file was named",
                                      .expected = "a CSV, IDX, .npy or .safetensors file"});
  const bool arrays_given = data::holds_arrays(options.file);
  if (fitted && (fitted->kind != Preparation::Kind::table) != arrays_given)
    throw Error(Code::model_mismatch, {.what = "the model was trained on another kind of data",
                                       .expected = arrays_given ? "a table" : "arrays of sequences",
                                       .file = options.file});
  if (arrays_given) {
    bool images = false, test_images = false;
    const auto sequences = data::open_sequences(options, false, &images);
    const auto test = options.test_file.empty() ? nullptr : data::open_sequences(options, true, &test_images);
    return data::prepare_sequences(sequences, test, options.scale, images, options.split, seed, fitted);
  }
  if (!options.test_file.empty())
    throw Error(Code::usage_conflict, {.where = "data.test_file",
                                       .what = "a table has its test part in itself",
                                       .hint = "split = { test = 0.1 } sets its share"});
  const auto targets = fitted ? names_of(fitted->targets) : options.target;
  const auto features = fitted ? names_of(fitted->features) : options.features;
  const Table table = read_csv(options.file, with_columns(csv_options(options), features, targets));
  return data::prepare_table(table, window_options(options, seed), fitted);
}

data::OwnedArray own(std::vector<std::int64_t> shape, std::span<const float> numbers) {
  auto memory = std::make_shared<const std::vector<float>>(numbers.begin(), numbers.end());
  return {files::array_of("", std::move(shape), std::span<const float>(*memory)), memory};
}

data::OwnedArray own(std::vector<std::int64_t> shape, std::span<const std::int32_t> numbers) {
  auto memory = std::make_shared<const std::vector<std::int32_t>>(numbers.begin(), numbers.end());
  return {{"", files::Dtype::i32, std::move(shape), std::as_bytes(std::span(*memory))}, memory};
}

void check_size(const char* what, std::size_t got, std::int64_t expected) {
  if (expected < 0 || static_cast<std::int64_t>(got) != expected)
    throw Error(Code::usage_shape, {.where = std::string("arrays: ") + what,
                                    .what = "the numbers do not fill the array",
                                    .expected = fmt::format("{}", expected),
                                    .got = fmt::format("{}", got)});
}

}  // namespace

Prepared prepare(const DataOptions& options, std::uint64_t seed) {
  return prepare_any(options, nullptr, seed);
}

Prepared prepare(const DataOptions& options, const Preparation& fitted, std::uint64_t seed) {
  return prepare_any(options, &fitted, seed);
}

Prepared windows(const Table& table, const WindowOptions& options) {
  check_split(options.split);
  return data::prepare_table(table, options, nullptr);
}

std::shared_ptr<const Dataset> all_windows(const Table& table, const Preparation& fitted, int stride) {
  if (fitted.kind != Preparation::Kind::table)
    throw Error(Code::model_mismatch, {.what = "the model was trained on sequences, not on a table",
                                       .expected = "an array [N, T, F]"});
  if (table.rows() < fitted.window)
    throw Error(Code::data_too_short, {.what = "the table is shorter than one window",
                                       .expected = "at least " + base::counted(fitted.window, "row"),
                                       .got = base::counted(table.rows(), "row"),
                                       .file = table.file()});
  // Counted from the end, so that the last window always ends with the last row.
  const std::int64_t first = (table.rows() - fitted.window) % std::max(1, stride);
  data::WindowStarts starts(table, first, table.rows(), fitted.window, std::max(1, stride));
  return std::make_shared<data::WindowSet>(table, std::make_shared<const Preparation>(fitted),
                                           std::move(starts));
}

Inputs read_inputs(const DataOptions& options, const Preparation& fitted) {
  if (fitted.kind == Preparation::Kind::table) {
    const bool references = data::needs_references(fitted);
    const Table table = read_csv(
        options.file, with_columns(csv_options(options), names_of(fitted.features),
                                   references ? names_of(fitted.targets) : std::vector<std::string>{}));
    return {all_windows(table, fitted), table, table.guesses()};
  }
  bool images = false;
  auto sequences = data::open_sequences(options, false, &images);
  if (sequences->features != static_cast<int>(fitted.features.size()))
    throw Error(Code::model_mismatch,
                {.what = "the sequences do not fit the model",
                 .expected = base::counted(std::ssize(fitted.features), "feature") + " a step",
                 .got = fmt::format("{}", sequences->features),
                 .file = options.file});
  return {
      std::make_shared<data::SequenceSet>(std::move(sequences), std::make_shared<const Preparation>(fitted)),
      {},
      {}};
}

Prepared arrays(const ArrayOptions& o) {
  check_split(o.split);
  const std::int64_t rows = o.rows, steps = o.steps;
  check_size("x", o.x.size(), rows * steps * o.features);
  if (o.values.empty() == o.labels.empty())
    throw Error(Code::usage_conflict, {.where = "arrays",
                                       .what = "give values or labels, one of them",
                                       .got = o.values.empty() ? "neither" : "both"});
  std::optional<data::OwnedArray> target, lengths, mask;
  if (!o.labels.empty()) {
    check_size("labels", o.labels.size(), o.every_step ? rows * steps : rows);
    target = own(o.every_step ? std::vector<std::int64_t>{rows, steps} : std::vector<std::int64_t>{rows},
                 o.labels);
  } else {
    const std::int64_t each = rows > 0 ? static_cast<std::int64_t>(o.values.size()) / rows : 0;
    const std::int64_t values = o.every_step && steps > 0 ? each / steps : each;
    check_size("values", o.values.size(), o.every_step ? rows * steps * values : rows * values);
    target = own(o.every_step  ? std::vector<std::int64_t>{rows, steps, values}
                 : values == 1 ? std::vector<std::int64_t>{rows}
                               : std::vector<std::int64_t>{rows, values},
                 o.values);
  }
  if (!o.lengths.empty()) {
    check_size("lengths", o.lengths.size(), rows);
    lengths = own({rows}, o.lengths);
  }
  if (!o.mask.empty()) {
    check_size("mask", o.mask.size(), rows * steps);
    mask = own({rows, steps}, o.mask);
  }
  auto sequences = std::make_shared<const data::Sequences>(data::make_sequences(
      "", own({rows, steps, o.features}, o.x), std::move(target), lengths, std::move(mask), o.every_step));
  return data::prepare_sequences(std::move(sequences), nullptr, o.scale, false, o.split, o.seed, nullptr);
}

}  // namespace carousel
