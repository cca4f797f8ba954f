// SequenceSet: sequences that stand in arrays [N, T, F], with targets, lengths and mask, as a dataset.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "carousel/data.h"
#include "data/idx.h"
#include "data/permutation.h"
#include "data/row_source.h"

namespace carousel::data {

/// The arrays of one file or part; shared by the datasets that are views of it.
struct Sequences {
  std::string name;                  ///< of the file, for messages
  OwnedArray x;                      ///< [N, T, F]
  std::int64_t rows = 0;             ///< N
  int steps = 0;                     ///< T
  int features = 0;                  ///< F
  std::optional<OwnedArray> target;  ///< integers: classes; floats: values
  TargetShape shape;
  std::vector<std::int32_t> lengths;  ///< [N]; empty: all T
  std::optional<OwnedArray> mask;     ///< [N, T]

  int length(std::int64_t row) const {
    return lengths.empty() ? steps : lengths[static_cast<std::size_t>(row)];
  }
};

/// Checks shapes, lengths, classes, mask and that numbers are finite, and fills rows ... shape. `lengths` [N]
/// may be empty. A target of floats [N, T] is one value a step; `guess` says so. Errors: data_shape,
/// data_not_a_number.
Sequences make_sequences(std::string name, OwnedArray x, std::optional<OwnedArray> target,
                         const std::optional<OwnedArray>& lengths, std::optional<OwnedArray> mask,
                         std::optional<bool> every_step = std::nullopt);

class SequenceSet : public RowSource {
 public:
  SequenceSet(std::shared_ptr<const Sequences> data, std::shared_ptr<const Preparation> preparation);
  /// The sequences [first, first + count), or those of their shuffled order.
  void select(std::int64_t first, std::int64_t count, std::shared_ptr<const Permutation> order = nullptr);

  std::int64_t count() const override { return count_; }
  int max_steps() const override { return data_->steps; }
  int features() const override { return data_->features; }
  TargetShape target() const override;
  std::int64_t id(std::int64_t index) const override {
    return order_ ? (*order_)(first_ + index) : first_ + index;
  }
  int length(std::int64_t index) const override { return data_->length(id(index)); }
  void start(std::span<const std::int64_t> indices, Batch& batch) const override;
  void fill(int first, int last, Batch& batch) const noexcept override;

 private:
  void gather_row(std::int64_t row, int length, float* out) const;
  void gather_target(std::int64_t row, std::size_t b, int length, Batch& batch) const;

  std::shared_ptr<const Sequences> data_;
  std::shared_ptr<const Preparation> preparation_;
  std::int64_t first_ = 0, count_ = 0;
  std::shared_ptr<const Permutation> order_;
  std::vector<float> of_byte_;  // what each byte becomes, where all features are scaled alike
};

}  // namespace carousel::data
