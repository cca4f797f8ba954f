// Batches: views, memory, order and fingerprint of the data of a run.
#include "train/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <span>

#include "carousel/error.h"
#include "data/row_source.h"
#include "kernels/share_out.h"

namespace carousel::training {
namespace {

constexpr std::int64_t kFingerprinted = 256;

// FNV-1a, 64 bits (Fowler, Noll & Vo).
class Hash {
 public:
  template <class T>
  void add(std::span<const T> numbers) {
    for (const std::byte b : std::as_bytes(numbers))
      value_ = (value_ ^ static_cast<std::uint64_t>(b)) * 0x100000001b3ULL;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

}  // namespace

SeqView<const float> input_of(const Batch& batch) {
  return batch_major(batch.x.data(), batch.rows, batch.steps, batch.features);
}

loss::Targets targets_of(const Batch& batch) {
  if (batch.target_steps == 0 || (batch.classes.empty() && batch.values.empty()))
    throw Error(
        Code::usage_missing,
        {.where = "train", .what = "the data has no targets to learn from", .hint = "--target names them"});
  return {.steps = batch.target_steps,
          .longest = batch.steps,
          .values = batch.target_values,
          .numbers = batch.classes.empty() ? batch.values.data() : nullptr,
          .classes = batch.classes.empty() ? nullptr : batch.classes.data(),
          .mask = batch.mask,
          .lengths = batch.lengths};
}

loss::Formula formula_of(const TrainOptions& resolved) {
  return {*resolved.loss, resolved.reduce_time, resolved.reduce_samples, resolved.loss_at};
}

void reserve(Batch& batch, int rows, const Dataset& data) {
  const TargetShape target = data.target();
  const auto b = static_cast<std::size_t>(rows), t = static_cast<std::size_t>(data.max_steps());
  const std::size_t target_steps = target.every_step ? t : 1;
  const auto values = static_cast<std::size_t>(std::max(target.values, 1));
  batch.x.reserve(b * t * static_cast<std::size_t>(data.features()));
  batch.lengths.reserve(b);
  batch.values.reserve(b * target_steps * values);
  batch.classes.reserve(b * target_steps);
  batch.mask.reserve(b * target_steps);
  batch.references.reserve(b * values * 2);
  batch.ids.reserve(b);
}

void gather(const Dataset& data, std::span<const std::int64_t> indices, Batch& batch, Team& team) {
  const auto* rows = dynamic_cast<const data::RowSource*>(&data);
  if (!rows) {
    data.gather(indices, batch);
    return;
  }
  constexpr double kNumber = 1;  // nanoseconds, roughly
  rows->start(indices, batch);
  kernels::share_out(team, batch.rows, kNumber * static_cast<double>(batch.x.size() + batch.values.size()),
                     [&](std::int64_t first, std::int64_t last, int) {
                       rows->fill(static_cast<int>(first), static_cast<int>(last), batch);
                     });
}

bool is_ragged(const Dataset& data) {
  const int longest = data.max_steps();
  for (std::int64_t i = 0; i < data.count(); ++i)
    if (data.length(i) != longest) return true;
  return false;
}

std::string fingerprint(const Dataset& data) {
  Hash hash;
  const std::int64_t count = data.count();
  const TargetShape target = data.target();
  const std::int64_t shape[] = {count,         data.max_steps(), data.features(),
                                target.values, target.classes,   target.every_step ? 1 : 0};
  hash.add(std::span<const std::int64_t>(shape));
  Batch batch;
  const std::int64_t parts = std::min(count, kFingerprinted);
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t index = parts > 1 ? (count - 1) * part / (parts - 1) : 0;
    data.gather({&index, 1}, batch);
    hash.add(std::span<const float>(batch.x));
    hash.add(std::span<const float>(batch.values));
    hash.add(std::span<const std::int32_t>(batch.classes));
    hash.add(std::span<const float>(batch.mask));
    hash.add(std::span<const std::int32_t>(batch.lengths));
  }
  return fmt::format("{:016x}", hash.value());
}

Order::Order(const TrainOptions& options, std::int64_t count) : count_(count), batch_(options.batch) {
  if (options.shuffle) shuffled_.emplace(options.seed, 0, count, options.batch);
}

void Order::indices(int epoch, std::int64_t number, std::vector<std::int64_t>& out) {
  if (shuffled_) {
    if (epoch != epoch_) shuffled_->set_epoch(static_cast<std::uint32_t>(epoch));
    epoch_ = epoch;
    shuffled_->indices(number, out);
    return;
  }
  const std::int64_t first = number * batch_;
  out.resize(static_cast<std::size_t>(std::min(batch_, count_ - first)));
  std::iota(out.begin(), out.end(), first);
}

std::int64_t batches_of(const TrainOptions& options, std::int64_t count) {
  return (count + options.batch - 1) / options.batch;
}

}  // namespace carousel::training
