// WindowSet: windows on a table as a dataset; views, prepared as they are gathered.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "carousel/data.h"
#include "data/permutation.h"
#include "data/row_source.h"

namespace carousel::data {

/// First rows of windows: every `stride`-th row, without those that touch an incomplete row.
class WindowStarts {
 public:
  /// Windows of `span` rows that start at `first`, first + stride, ... and end before `end`.
  WindowStarts(const Table& table, std::int64_t first, std::int64_t end, std::int64_t span,
               std::int64_t stride);
  std::int64_t count() const { return count_; }
  std::int64_t operator[](std::int64_t index) const;

 private:
  struct Run {
    std::int64_t start, count, before;  // before: windows of the runs before this one
  };
  std::vector<Run> runs_;
  std::int64_t stride_;
  std::int64_t count_ = 0;
};

class WindowSet : public RowSource {
 public:
  WindowSet(Table table, std::shared_ptr<const Preparation> preparation, WindowStarts starts);
  /// The windows [first, first + count) of the starts, or of their shuffled order.
  void select(std::int64_t first, std::int64_t count, std::shared_ptr<const Permutation> order = nullptr);

  std::int64_t count() const override { return count_; }
  int max_steps() const override { return preparation_->window; }
  int features() const override { return static_cast<int>(features_.size()); }
  TargetShape target() const override;
  std::int64_t id(std::int64_t index) const override;
  int length(std::int64_t) const override { return preparation_->window; }
  void start(std::span<const std::int64_t> indices, Batch& batch) const override;
  void fill(int first, int last, Batch& batch) const noexcept override;

  /// First row of a window.
  std::int64_t first_row(std::int64_t index) const;

 private:
  std::int64_t target_row(std::int64_t start) const {
    return start + preparation_->window + preparation_->gap;
  }

  Table table_;
  std::shared_ptr<const Preparation> preparation_;
  WindowStarts starts_;
  std::int64_t first_ = 0, count_ = 0;
  std::shared_ptr<const Permutation> order_;
  std::vector<int> features_,
      targets_;  // columns; a target is -1 where the table has none and it is not needed
};

/// Whether each window's own target column is needed to undo the preparation.
bool needs_references(const Preparation& preparation);

}  // namespace carousel::data
