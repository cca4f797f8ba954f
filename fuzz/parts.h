// What the targets do with prepared data: a batch of all that each part holds.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "carousel/data.h"

namespace carousel::fuzz {

inline void gather_all(const Dataset& part) {
  Batch batch;
  std::vector<std::int64_t> indices(static_cast<std::size_t>(part.count()));
  std::iota(indices.begin(), indices.end(), 0);
  part.gather(indices, batch);
}

inline void gather_parts(const Prepared& prepared) {
  gather_all(*prepared.train);
  gather_all(*prepared.validation);
  gather_all(*prepared.test);
}

}  // namespace carousel::fuzz
