// Arrays of sequences: opened, split, scaled.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "carousel/error.h"
#include "data/prepare.h"
#include "data/scaling.h"
#include "files/safetensors.h"

namespace carousel::data {
namespace {

using Order = std::shared_ptr<const Permutation>;

std::int64_t row_of(const Order& order, std::int64_t i) {
  return order ? (*order)(i) : i;
}

// The sequences of the training part are [0, count), perhaps through `order`.
void fit_features(const Sequences& s, std::int64_t count, const Order& order, Preparation& p) {
  const files::NamedArray& x = s.x.array;
  std::vector<Fit> fits(p.features.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = row_of(order, i);
    const std::int64_t first = row * s.steps * s.features;
    for (std::int64_t at = 0; at < std::int64_t{s.length(row)} * s.features; ++at)
      fits[static_cast<std::size_t>(at % s.features)].add(x.at(first + at));
  }
  for (std::size_t f = 0; f < fits.size(); ++f) fits[f].finish(p.scale, false, p.features[f]);
}

// Returns whether the targets are scaled: values of 0 and 1 alone are left as they are, for binary
// cross-entropy.
bool fit_targets(const Sequences& s, std::int64_t count, const Order& order, Preparation& p) {
  const files::NamedArray& y = s.target->array;
  const auto values = static_cast<std::int64_t>(p.targets.size());
  const std::int64_t steps = s.shape.every_step ? s.steps : 1;
  std::vector<Fit> fits(p.targets.size());
  bool binary = true;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = row_of(order, i);
    const std::int64_t known = s.shape.every_step ? s.length(row) : 1;
    for (std::int64_t at = 0; at < known * values; ++at) {
      const double v = y.at(row * steps * values + at);
      binary = binary && (v == 0.0 || v == 1.0);
      fits[static_cast<std::size_t>(at % values)].add(v);
    }
  }
  if (binary) return false;
  for (std::size_t k = 0; k < fits.size(); ++k) fits[k].finish(p.scale, false, p.targets[k]);
  return true;
}

void check_fits(const Sequences& s, const Preparation& fitted, bool needs_target) {
  if (s.features != static_cast<int>(fitted.features.size()))
    throw Error(Code::model_mismatch,
                {.what = "the sequences do not fit the model",
                 .expected = base::counted(std::ssize(fitted.features), "feature") + " a step",
                 .got = fmt::format("{}", s.features),
                 .file = s.name});
  if (!s.target) {
    if (!needs_target) return;
    throw Error(Code::usage_missing,
                {.where = "data.target",
                 .what = "the sequences have no targets",
                 .hint = "--target names the file of the targets, or their name in a .safetensors",
                 .file = s.name});
  }
  const bool classes = s.shape.classes > 0;
  const bool same = s.shape.every_step == fitted.every_step && classes == (fitted.classes > 0) &&
                    (classes ? s.shape.classes <= fitted.classes
                             : s.shape.values == static_cast<int>(fitted.targets.size()));
  if (!same)
    throw Error(Code::model_mismatch,
                {.what = "the targets do not fit the model",
                 .expected = fitted.classes > 0 ? fmt::format("classes below {}", fitted.classes)
                                                : base::counted(std::ssize(fitted.targets), "value"),
                 .got = files::text_of(s.target->array.shape) +
                        (classes ? fmt::format(" with classes to {}", s.shape.classes - 1) : ""),
                 .file = s.name});
}

Preparation fit(const Sequences& s, const Sequences* test, Scale scale, bool images, std::int64_t count,
                const Order& order, std::vector<Guess>& guesses) {
  Preparation p;
  p.kind = images ? Preparation::Kind::images : Preparation::Kind::arrays;
  p.window = s.steps;
  p.scale = images ? Scale::minmax : scale;
  p.every_step = s.shape.every_step;
  p.classes = s.shape.classes;
  if (p.classes > 0 && test) p.classes = std::max(p.classes, test->shape.classes);
  for (int f = 0; f < s.features; ++f) p.features.push_back({fmt::format("{}", f + 1)});
  if (p.classes == 0)
    for (int k = 0; k < s.shape.values; ++k) p.targets.push_back({fmt::format("{}", k + 1)});
  if (images) {  // a byte's range is known: nothing is fitted
    for (ColumnScale& column : p.features) column.factor = 255.0;
    guesses.push_back({"scale", "bytes to [0, 1]", false, ""});
  } else if (p.scale == Scale::standard || p.scale == Scale::minmax) {
    fit_features(s, count, order, p);
    if (p.classes == 0 && !fit_targets(s, count, order, p))
      guesses.push_back({"target", "0 or 1, not scaled", true, "--scale"});
  }
  const bool square = p.classes == 0 && s.shape.every_step && s.target->array.shape.size() == 2;
  if (square) guesses.push_back({"target", "[N, T]: one value a step", true, "--target"});
  return p;
}

}  // namespace

std::shared_ptr<const Sequences> open_sequences(const DataOptions& options, bool test, bool* images) {
  const std::string& file = test ? options.test_file : options.file;
  const std::string target = test                     ? options.test_target
                             : options.target.empty() ? ""
                                                      : options.target.front();
  const auto named = [&](const std::string& word, const char* name) -> std::optional<OwnedArray> {
    if (word.empty()) return std::nullopt;
    return read_beside(file, word, name);
  };
  OwnedArray x = read_array(file, "x");
  *images = x.array.dtype == files::Dtype::u8;
  std::optional<OwnedArray> y = named(target, "y");
  if (!y && is_safetensors(file) && files::read_safetensors(file, Role::data).find("y"))
    y = read_array(file, "y");
  if (y && is_safetensors(file) && y->array.name == x.array.name &&
      (target.empty() || target == x.array.name))
    throw Error(Code::usage_conflict, {.where = "data.target",
                                       .what = "the sequences and their targets are the same array",
                                       .got = "'" + x.array.name + "'",
                                       .hint = "a .safetensors holds the sequences as x, the targets as y",
                                       .file = file});
  return std::make_shared<const Sequences>(make_sequences(
      file, std::move(x), std::move(y), named(test ? options.test_lengths : options.lengths, "lengths"),
      named(test ? options.test_mask : options.mask, "mask")));
}

Prepared prepare_sequences(std::shared_ptr<const Sequences> data, std::shared_ptr<const Sequences> test,
                           Scale scale, bool images, const Split& split, std::uint64_t seed,
                           const Preparation* fitted) {
  if (scale == Scale::relative)
    throw Error(Code::usage_conflict,
                {.where = "data.scale",
                 .what = "scale = \"relative\" is for the windows of a table, not for arrays",
                 .hint = "standard | minmax | sequence | none"});
  if (!data->target)
    throw Error(Code::usage_missing,
                {.where = "data.target",
                 .what = "the sequences have no targets",
                 .hint = "target names the file of the targets, or their name in a .safetensors",
                 .file = data->name});
  Split share = split;
  if (test) share.test = 0.0;
  const bool shuffled = split.order == SplitOrder::shuffled;
  const Parts parts = shuffled ? parts_shuffled(data->rows, share) : parts_in_time(data->rows, share, 1);
  const std::int64_t rest = parts.train + parts.validation;
  if (parts.train < 1)
    throw Error(Code::data_too_short, {.what = "the training part holds no sequence",
                                       .got = base::counted(data->rows, "sequence") + " in all",
                                       .hint = "--test 0 --validation 0 keeps none apart",
                                       .file = data->name});
  const Order order =
      shuffled ? std::make_shared<const Permutation>(Random(seed, Random::Use::split), rest) : nullptr;

  Prepared prepared;
  if (fitted)
    prepared.preparation = *fitted;
  else
    prepared.preparation = fit(*data, test.get(), scale, images, parts.train, order, prepared.guesses);
  check_fits(*data, prepared.preparation, true);
  if (test) check_fits(*test, prepared.preparation, true);

  const auto shared = std::make_shared<const Preparation>(prepared.preparation);
  const auto part = [&](const std::shared_ptr<const Sequences>& of, std::int64_t first, std::int64_t count,
                        const Order& by) {
    auto set = std::make_shared<SequenceSet>(of, shared);
    set->select(first, count, by);
    return set;
  };
  prepared.train = part(data, 0, parts.train, order);
  prepared.validation = part(data, parts.train, parts.validation, order);
  prepared.test = test ? part(test, 0, test->rows, nullptr) : part(data, rest, parts.test, nullptr);
  prepared.train_rows = parts.train;
  prepared.validation_rows = parts.validation;
  prepared.test_rows = prepared.test->count();
  return prepared;
}

}  // namespace carousel::data
