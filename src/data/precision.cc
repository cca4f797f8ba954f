// Compares changes with the spacing of floats.
#include "data/precision.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace carousel::data {

std::string precision_warning(const Series& series) {
  constexpr double kFewSteps = 32, kWhole = 1 << 24;
  float largest = 0;
  double squares = 0, changes = 0;
  for (std::int64_t row = 0; row < series.rows; ++row) {
    const float value = series.table.at(row, series.column);
    if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
    const double change = row > 0 ? series.at(row) - series.at(row - 1) : 0;
    if (std::isfinite(change) && change != 0) squares += change * change, ++changes;
  }
  const double change = changes > 0 ? std::sqrt(squares / changes) : 0;
  const double step = static_cast<double>(std::nextafter(largest, INFINITY)) - largest;
  if (changes > 0 ? change >= kFewSteps * step : largest < kWhole) return "";
  return fmt::format(
      "column '{}': numbers as large as {} are read to within {:g}, {}; subtract a constant from them in the "
      "file",
      series.table.names()[static_cast<std::size_t>(series.column)], base::shown(largest), step,
      changes > 0 ? fmt::format("and these change by about {:.2g} from row to row", change)
                  : "and these never change");
}

}  // namespace carousel::data
