// Scale: the range of an axis, where its ticks stand, and what they say.
#pragma once

#include <string>
#include <vector>

#include "report/chart.h"

namespace carousel::report {

struct Tick {
  double value = 0;
  std::string label;
};

/// Maps values of [low, high] to [0, 1], by logarithm when `log`.
struct Scale {
  double low = 0, high = 1;
  bool log = false;

  /// NaN for what has no place on the axis (not finite; on a log axis not positive).
  double operator()(double value) const;
};

/// Smallest range that holds all finite y of the chart (positive ones when y_log), with some air; [0, 1]
/// without any.
Scale y_scale(const Chart& chart);
/// Range of x over all series, markers and spans, without air but for dots.
Scale x_scale(const Chart& chart);

/// At most about `count` ticks at round values: steps of 1, 2 or 5 times a power of ten; on a log axis
/// decades, every 1st, 2nd, 5th, 10th, ..., or 1, 2, 5 of few. `whole`: steps of at least 1.
std::vector<Tick> ticks(const Scale& scale, int count, bool whole = false);

/// Ticks on rows with names: where the year (month, day, hour) of names such as "2016-07-01 13:00" changes,
/// thinned to what an axis as wide as `letters` letters holds; on names that are no dates, every n-th row.
std::vector<Tick> name_ticks(const Scale& scale, const std::vector<std::string>& names, int letters);

/// A number for people: `digits` significant digits, without trailing zeros; "–" for NaN.
std::string number(double value, int digits = 4);

}  // namespace carousel::report
