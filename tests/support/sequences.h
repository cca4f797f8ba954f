// sequences: arrays of sequences for tests, of which nothing is kept apart unless the test says so.
#pragma once

#include <span>

#include "carousel/data.h"

namespace carousel::testing {

inline ArrayOptions sequences(std::span<const float> x, int rows, int steps, int features) {
  return {
      .x = x, .rows = rows, .steps = steps, .features = features, .split = {.test = 0.0, .validation = 0.0}};
}

}  // namespace carousel::testing
