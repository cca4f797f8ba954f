// Walks once over the sequences of a dataset, some at a time.
#pragma once

#include <functional>

#include "carousel/data.h"

namespace carousel::data {

/// Calls `use` with every `stride`-th sequence, in order, in batches of up to 256.
inline void each_batch(const Dataset& part, const std::function<void(const Batch&)>& use,
                       std::int64_t stride = 1) {
  constexpr std::ptrdiff_t kRows = 256;
  Batch batch;
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < part.count();) {
    indices.clear();
    for (; i < part.count() && std::ssize(indices) < kRows; i += stride) indices.push_back(i);
    part.gather(indices, batch);
    use(batch);
  }
}

}  // namespace carousel::data
