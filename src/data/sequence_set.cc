// Checks arrays of sequences and gathers them into batches.
#include "data/sequence_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/text.h"
#include "carousel/error.h"
#include "data/scaling.h"

namespace carousel::data {
namespace {

using files::NamedArray;

constexpr double kMostClass = 1e6;

[[noreturn]] void bad_shape(const std::string& name, std::string what, std::string expected,
                            const NamedArray& got) {
  throw Error(Code::data_shape,
              {.what = std::move(what),
               .expected = std::move(expected),
               .got = fmt::format("{} {}", files::name_of(got.dtype), files::text_of(got.shape)),
               .file = name});
}

// "sequence 3, step 0, feature 2": where number i stands, counted from 0 as arrays are.
std::string place_of(std::int64_t i, const NamedArray& array, const std::array<std::string_view, 3>& axes) {
  const auto& shape = array.shape;
  std::int64_t each = 1;
  for (const std::int64_t size : shape) each *= size;
  std::string text;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    each /= shape[d];
    text += fmt::format("{}{} {}", d ? ", " : "", axes[d], i / each % shape[d]);
  }
  return text;
}

void check_finite(const std::string& name, const NamedArray& array, const char* what,
                  const std::array<std::string_view, 3>& axes) {
  if (files::is_integer(array.dtype) || array.dtype == files::Dtype::boolean) return;
  for (std::int64_t i = 0; i < array.count(); ++i)
    if (!std::isfinite(static_cast<float>(array.at(i))))
      throw Error(Code::data_not_a_number, {.what = fmt::format("{} of {} is not a finite 32-bit number",
                                                                what, place_of(i, array, axes)),
                                            .expected = "finite numbers; lengths or a mask leave steps out",
                                            .got = base::shown(array.at(i)),
                                            .file = name});
}

void check_classes(Sequences& s) {
  const NamedArray& array = s.target->array;
  std::int64_t most = -1;
  for (std::int64_t i = 0; i < array.count(); ++i) {
    const std::int64_t row = s.shape.every_step ? i / s.steps : i;
    if (s.shape.every_step && i % s.steps >= s.length(row)) continue;
    if (s.mask && s.mask->array.at(i) == 0.0) continue;
    const double value = array.at(i);
    if (value < 0 || value > kMostClass)
      throw Error(Code::data_not_a_number, {.what = fmt::format("the class of sequence {} cannot be", row),
                                            .expected = "whole numbers from 0 to 1000000",
                                            .got = fmt::format("{}", value),
                                            .file = s.target->file});
    most = std::max(most, static_cast<std::int64_t>(value));
  }
  s.shape.classes = static_cast<int>(most) + 1;
  s.shape.values = 0;
}

void check_target(Sequences& s, std::optional<bool> every_step) {
  const NamedArray& array = s.target->array;
  const auto& shape = array.shape;
  const bool classes = files::is_integer(array.dtype) || array.dtype == files::Dtype::boolean;
  const std::string expected = classes ? "[N] or [N, T]" : "[N], [N, K], [N, T] or [N, T, K]";
  if (shape.empty() || shape.size() > (classes ? 2u : 3u) || shape[0] != s.rows)
    bad_shape(s.target->file, "the targets do not fit the sequences",
              expected + fmt::format(" with N = {}", s.rows), array);
  const bool found =
      shape.size() == 3 || (shape.size() == 2 && shape[1] == s.steps && (classes || s.steps > 1));
  const bool per_step = every_step.value_or(found);
  if ((shape.size() == 3 && shape[1] != s.steps) || (classes && shape.size() == 2 && !per_step))
    bad_shape(s.target->file, "the targets do not fit the steps",
              expected + fmt::format(" with T = {}", s.steps), array);
  s.shape.every_step = per_step;
  s.shape.values = static_cast<int>(shape.size() == 3               ? shape[2]
                                    : per_step || shape.size() == 1 ? 1
                                                                    : shape[1]);
  if (s.mask && !per_step)
    throw Error(Code::usage_conflict, {.what = "a mask of steps needs targets at every step",
                                       .expected = "targets [N, T] or [N, T, K]",
                                       .hint = "leave the mask out, or use lengths",
                                       .file = s.mask->file});
  if (classes)
    check_classes(s);
  else
    check_finite(s.target->file, array, "a target",
                 {"sequence", shape.size() == 3 || per_step ? "step" : "value", "value"});
}

}  // namespace

Sequences make_sequences(std::string name, OwnedArray x, std::optional<OwnedArray> target,
                         const std::optional<OwnedArray>& lengths, std::optional<OwnedArray> mask,
                         std::optional<bool> every_step) {
  Sequences s;
  s.name = std::move(name);
  const auto& shape = x.array.shape;
  if (shape.size() < 2 || shape.size() > 3)
    bad_shape(s.name, "this is no array of sequences", "[N, T, F], or [N, T] for one feature", x.array);
  for (std::size_t d = 1; d < shape.size(); ++d)
    if (shape[d] < 1 || shape[d] > 10'000'000)
      bad_shape(s.name, "sequences cannot have that size", "T and F of at least 1", x.array);
  if (shape[0] == 0)
    throw Error(Code::data_empty, {.what = "the array holds no sequences",
                                   .expected = "[N, T, F] with N of at least 1",
                                   .got = files::text_of(shape),
                                   .file = s.name});
  s.rows = shape[0];
  s.steps = static_cast<int>(shape[1]);
  s.features = shape.size() == 3 ? static_cast<int>(shape[2]) : 1;
  s.x = std::move(x);
  check_finite(s.name, s.x.array, "a number", {"sequence", "step", "feature"});
  if (lengths) {
    const NamedArray& array = lengths->array;
    if (!files::is_integer(array.dtype) || array.shape != std::vector<std::int64_t>{s.rows})
      bad_shape(lengths->file, "the lengths do not fit the sequences",
                fmt::format("whole numbers [{}]", s.rows), array);
    for (const std::int64_t length : files::to_integers(array)) {
      if (length < 0 || length > s.steps)
        throw Error(Code::data_shape,
                    {.what = fmt::format("the length of sequence {} cannot be", s.lengths.size()),
                     .expected = fmt::format("0 to {}", s.steps),
                     .got = fmt::format("{}", length),
                     .file = lengths->file});
      s.lengths.push_back(static_cast<std::int32_t>(length));
    }
  }
  if (mask) {
    if (mask->array.shape != std::vector<std::int64_t>{s.rows, s.steps})
      bad_shape(mask->file, "the mask does not fit the sequences", fmt::format("[{}, {}]", s.rows, s.steps),
                mask->array);
    for (std::int64_t i = 0; i < mask->array.count(); ++i)
      if (const double value = mask->array.at(i); value != 0.0 && value != 1.0)
        throw Error(Code::data_not_a_number,
                    {.what = fmt::format("the mask of sequence {} cannot be", i / s.steps),
                     .expected = "0 or 1",
                     .got = fmt::format("{}", value),
                     .file = mask->file});
    s.mask = std::move(mask);
  }
  if (target) {
    s.target = std::move(target);
    check_target(s, every_step);
  }
  return s;
}

SequenceSet::SequenceSet(std::shared_ptr<const Sequences> data,
                         std::shared_ptr<const Preparation> preparation)
    : data_(std::move(data)), preparation_(std::move(preparation)), count_(data_->rows) {
  const auto& scales = preparation_->features;
  const bool alike = std::all_of(scales.begin(), scales.end(), [&](const ColumnScale& s) {
    return s.offset == scales.front().offset && s.factor == scales.front().factor;
  });
  if (data_->x.array.dtype == files::Dtype::u8 && alike && preparation_->scale != Scale::sequence)
    for (int byte = 0; byte < 256; ++byte) of_byte_.push_back(Affine({}, scales.front())(byte));
}

void SequenceSet::select(std::int64_t first, std::int64_t count, std::shared_ptr<const Permutation> order) {
  first_ = first;
  count_ = count;
  order_ = std::move(order);
}

TargetShape SequenceSet::target() const {
  if (preparation_->classes > 0)
    return {.classes = preparation_->classes, .every_step = preparation_->every_step};
  return {.values = static_cast<int>(preparation_->targets.size()), .every_step = preparation_->every_step};
}

void SequenceSet::gather_row(std::int64_t row, int length, float* out) const {
  const auto features = static_cast<std::size_t>(data_->features);
  const std::size_t numbers = static_cast<std::size_t>(length) * features;
  const NamedArray& x = data_->x.array;
  const std::int64_t first = row * data_->steps * data_->features;
  if (!of_byte_.empty()) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(x.bytes.data()) + first;
    for (std::size_t i = 0; i < numbers; ++i) out[i] = of_byte_[bytes[i]];
    return;
  }
  files::copy_to(x, first, {out, numbers});
  if (preparation_->scale == Scale::none) return;
  for (std::size_t f = 0; f < features; ++f) {
    const Reference reference =
        preparation_->scale == Scale::sequence
            ? reference_of(Subtract::none, Scale::sequence, length,
                           [&](int t) { return out[static_cast<std::size_t>(t) * features + f]; })
            : Reference{};
    const Affine affine(reference, preparation_->features[f]);
    for (std::size_t i = f; i < numbers; i += features) out[i] = affine(out[i]);
  }
}

void SequenceSet::gather_target(std::int64_t row, std::size_t b, int length, Batch& batch) const {
  const NamedArray& target = data_->target->array;
  const bool every_step = data_->shape.every_step;
  const auto batch_steps = static_cast<std::size_t>(batch.target_steps);
  const std::int64_t file_steps = every_step ? data_->steps : 1;
  const std::size_t steps = every_step ? static_cast<std::size_t>(length) : 1;
  if (preparation_->classes > 0) {
    std::int32_t* const out = batch.classes.data() + b * batch_steps;
    for (std::size_t t = 0; t < steps; ++t)
      // What a mask leaves out may be any number, -1 for instance; it is not handed on.
      out[t] = static_cast<std::int32_t>(
          std::clamp(target.at(row * file_steps + static_cast<std::int64_t>(t)), 0.0, kMostClass));
    std::fill(out + steps, out + batch_steps, 0);
    return;
  }
  const std::size_t values = preparation_->targets.size(), numbers = steps * values;
  const std::int64_t first = row * file_steps * static_cast<std::int64_t>(values);
  float* const out = batch.values.data() + b * batch_steps * values;
  const bool floats = target.dtype == files::Dtype::f32;
  if (floats) files::copy_to(target, first, {out, numbers});
  for (std::size_t k = 0; k < values; ++k) {
    const ColumnScale& scale = preparation_->targets[k];
    const Affine affine({}, scale);
    if (!floats)
      for (std::size_t i = k; i < numbers; i += values)
        out[i] = affine(target.at(first + static_cast<std::int64_t>(i)));
    else if (scale.offset != 0.0 || scale.factor != 1.0)
      for (std::size_t i = k; i < numbers; i += values) out[i] = affine(out[i]);
  }
  std::fill(out + numbers, out + batch_steps * values, 0.0f);
}

void SequenceSet::start(std::span<const std::int64_t> indices, Batch& batch) const {
  const auto rows = indices.size();
  const bool ragged = !data_->lengths.empty();
  batch.rows = static_cast<int>(rows);
  batch.features = data_->features;
  batch.ids.resize(rows);
  batch.lengths.resize(ragged ? rows : 0);
  batch.steps = ragged ? 1 : data_->steps;  // a batch of empty sequences still has a step, of padding
  for (std::size_t b = 0; b < rows; ++b) {
    batch.ids[b] = id(indices[b]);
    if (ragged) batch.lengths[b] = data_->length(batch.ids[b]);
    if (ragged) batch.steps = std::max(batch.steps, batch.lengths[b]);
  }
  const bool every_step = data_->shape.every_step;
  const bool classes = preparation_->classes > 0;
  batch.target_steps = !data_->target ? 0 : every_step ? batch.steps : 1;
  batch.target_values = classes ? 0 : static_cast<int>(preparation_->targets.size());
  const auto steps = static_cast<std::size_t>(batch.steps);
  const std::size_t row_numbers = steps * static_cast<std::size_t>(batch.features);
  const std::size_t target_steps = rows * static_cast<std::size_t>(batch.target_steps);
  batch.x.resize(rows * row_numbers);
  batch.classes.resize(classes ? target_steps : 0);
  batch.values.resize(target_steps * static_cast<std::size_t>(batch.target_values));
  batch.references.resize(2 * rows * static_cast<std::size_t>(batch.target_values));
  for (std::size_t i = 0; i < batch.references.size(); ++i) batch.references[i] = i % 2 ? 1.0 : 0.0;
  batch.mask.resize(data_->mask && batch.target_steps ? target_steps : 0);
}

void SequenceSet::fill(int first, int last, Batch& batch) const noexcept {
  const auto steps = static_cast<std::size_t>(batch.steps);
  const std::size_t row_numbers = steps * static_cast<std::size_t>(batch.features);
  for (auto b = static_cast<std::size_t>(first); b < static_cast<std::size_t>(last); ++b) {
    const std::int64_t row = batch.ids[b];
    const int length = data_->length(row);
    float* const out = batch.x.data() + b * row_numbers;
    gather_row(row, length, out);
    std::fill(out + static_cast<std::size_t>(length) * static_cast<std::size_t>(batch.features),
              out + row_numbers, 0.0f);
    if (batch.target_steps) gather_target(row, b, length, batch);
    if (batch.mask.empty()) continue;
    const auto counted = std::min(length, batch.target_steps);
    float* const mask = batch.mask.data() + b * static_cast<std::size_t>(batch.target_steps);
    for (int t = 0; t < counted; ++t)
      mask[t] = static_cast<float>(data_->mask->array.at(row * data_->steps + t));
    std::fill(mask + counted, mask + batch.target_steps, 0.0f);
  }
}

}  // namespace carousel::data
