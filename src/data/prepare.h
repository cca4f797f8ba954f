// The two kinds of preparation behind prepare(): tables and arrays.
#pragma once

#include <memory>

#include "carousel/data.h"
#include "data/sequence_set.h"

namespace carousel::data {

/// Windows on a table. `fitted`: nullptr to fit and guess.
Prepared prepare_table(const Table& table, const WindowOptions& options, const Preparation* fitted);

/// Sequences; `test` is nullptr when the test part is a share of `data`.
Prepared prepare_sequences(std::shared_ptr<const Sequences> data, std::shared_ptr<const Sequences> test,
                           Scale scale, bool images, const Split& split, std::uint64_t seed,
                           const Preparation* fitted);

/// The sequences that the options name: the test_* ones when `test`.
std::shared_ptr<const Sequences> open_sequences(const DataOptions& options, bool test, bool* images);

/// Sizes of the parts of n rows or sequences.
struct Parts {
  std::int64_t train = 0, validation = 0, test = 0;
};
/// `least`: rows that a part has when its share is not 0.
Parts parts_in_time(std::int64_t n, const Split& split, std::int64_t least);
Parts parts_shuffled(std::int64_t n, const Split& split);

}  // namespace carousel::data
