// Distributions over epochs as heat maps.
#pragma once

#include <string>
#include <vector>

#include "report/heat_map.h"

namespace carousel::report {

/// So many numbers in [low, high).
struct Bucket {
  double low = 0, high = 0, count = 0;
};

/// What the rows are.
enum class Rows {
  even,    ///< of one width, over what holds all but 1 % of the numbers of every epoch
  decades  ///< four a decade of |value|, on both sides of 0: four decades from a power of ten downwards
};

/// One column for each of `epochs` (ascending buckets), at x = first, first + step, ...: what share of its
/// numbers lies in each row. What lies beyond the rows is in the outer ones. A bucket's numbers are spread
/// evenly over its width.
HeatMap distribution_map(std::string title, Rows rows, double first, double step,
                         const std::vector<std::vector<Bucket>>& epochs);

}  // namespace carousel::report
