// A batch as the network and the loss take it, and the numbers of a run's batches.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/team.h"
#include "base/view.h"
#include "carousel/data.h"
#include "carousel/train.h"
#include "loss/criterion.h"

namespace carousel::training {

/// [B, T, F] of a batch.
SeqView<const float> input_of(const Batch& batch);

/// Throws usage_missing when the batch has no targets.
loss::Targets targets_of(const Batch& batch);

loss::Formula formula_of(const TrainOptions& resolved);

/// Memory for any `rows` sequences of `data`, so that gather does not allocate later.
void reserve(Batch& batch, int rows, const Dataset& data);

/// data.gather, by all threads that it is worth.
void gather(const Dataset& data, std::span<const std::int64_t> indices, Batch& batch, Team& team);

/// Whether the sequences differ in length.
bool is_ragged(const Dataset& data);

/// A number that tells one dataset from another: counts, shapes and all bytes (numbers, targets, masks,
/// lengths) of 256 sequences, spread evenly, or of all when there are fewer.
std::string fingerprint(const Dataset& data);

/// Which sequences are in which batch: shuffled by (seed, epoch), or in the order of the data.
class Order {
 public:
  Order(const TrainOptions& options, std::int64_t count);
  /// Batch `number`, from 0, of `epoch`, from 0.
  void indices(int epoch, std::int64_t number, std::vector<std::int64_t>& out);

 private:
  std::int64_t count_, batch_;
  int epoch_ = 0;
  std::optional<BatchOrder> shuffled_;
};

/// Batches in an epoch.
std::int64_t batches_of(const TrainOptions& options, std::int64_t count);

}  // namespace carousel::training
