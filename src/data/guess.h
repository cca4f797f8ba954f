// Guesses about a series from its training part: season, logarithm, window.
#pragma once

#include <cstdint>
#include <functional>

#include "carousel/table.h"

namespace carousel::data {

/// Column `column` of the rows [0, rows) of a table.
struct Series {
  const Table& table;
  int column;
  std::int64_t rows;

  double at(std::int64_t row) const { return table.at(row, column); }
};

/// Rows of a season, 1 for none, at most 96 and a third of the rows. With a known spacing the calendar's
/// season (12 for months, 24 for hours, ...) where the first differences correlate by at least 0.3 at that
/// lag. Without one each lag's mean autocorrelation of first differences at the lag and at its multiples, up
/// to four and half the rows: the first peak of these that reaches 0.5 and nine tenths of the highest peak.
int guess_season(const Series& series);

/// Whether the spread grows with the level: the series is cut into blocks of a season (at least 12 rows); of
/// each the mean m and the standard deviation s of its first differences. True when all values are positive,
/// there are 6 blocks, the largest m is at least 1.5 times the smallest, and ln s correlates with ln m by at
/// least 0.6 with a slope of 0.5.
bool spread_grows(const Series& series, int season);

/// As many whole seasons as fit into 4 seasons, 96 rows and a third of the rows, at least one season; without
/// a season 4 horizons, or a sixteenth of the rows within 32 to 64 where that is more; at most 96 rows and a
/// quarter of the rows.
int guess_window(int season, int horizon, std::int64_t rows);

}  // namespace carousel::data
