// RowSource: a dataset whose batches are filled in row by row, by any threads.
#pragma once

#include "carousel/data.h"

namespace carousel::data {

class RowSource : public Dataset {
 public:
  /// Makes the batch ready for these sequences: sizes, ids, lengths, and memory for all else.
  virtual void start(std::span<const std::int64_t> indices, Batch& batch) const = 0;
  /// Fills in the rows [first, last) of a batch that was started; others may be filled in at the same time.
  virtual void fill(int first, int last, Batch& batch) const noexcept = 0;

  void gather(std::span<const std::int64_t> indices, Batch& batch) const final {
    start(indices, batch);
    fill(0, batch.rows, batch);
  }
};

}  // namespace carousel::data
