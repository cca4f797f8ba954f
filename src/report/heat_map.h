// HeatMap: a matrix as colours, as plain data, and its drawing as SVG.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "report/chart.h"
#include "report/svg_writer.h"

namespace carousel::report {

/// Values as colours, row 0 on top, column 0 at the left.
struct HeatMap {
  std::string title;
  std::string x_label, y_label;
  std::size_t rows = 0, columns = 0;
  std::vector<float> values;  ///< [rows, columns]; NaN and infinite: no value, left blank
  double low = 0, high = 1;   ///< what the first and the last colour stand for; beyond them these colours
  /// Two hues that meet at the middle of [low, high], which has the colour of the paper; otherwise one ramp.
  bool diverging = false;
  std::string value_label;             ///< what the colours say, beside their legend
  double x_first = 0, x_step = 1;      ///< number of the first column, and from one to the next
  std::vector<std::string> row_names;  ///< one a row; empty: the row's number
  /// A numeric y axis instead of names: the values at the upper edge of the first row and at the lower edge
  /// of the last one.
  double y_top = kAbsent, y_bottom = kAbsent;
  std::vector<Marker> markers;  ///< vertical lines before the column of that number
  bool bare = false;            ///< cells and markers alone, for small pictures
};

/// [-m, m] and two hues where the matrix has values below 0, m its largest size; otherwise [0, m].
void fit_colors(HeatMap& map);

/// Number of colours; value v has colour floor((v - low) / (high - low) · kHeatLevels), within the range.
inline constexpr int kHeatLevels = 21;

/// Width as given, height by the number of rows.
Size heat_map_size(const HeatMap& map, int width = 760);

/// An <svg> element for a page that contains `palette_css()` and `heat_css()`. A cell is at least 2 x 2
/// pixels: where there are more rows or columns than that, neighbours are drawn as their mean, and the axis
/// says so. About 6 bytes for each run of one colour in a row.
std::string svg(const HeatMap& map, Size size);

/// The same as a file of its own.
std::string svg_file(const HeatMap& map, Size size);
inline std::string svg_file(const HeatMap& map) {
  return svg_file(map, heat_map_size(map));
}

/// The colours as variables --s0 ... (one ramp) and --d0 ... (two hues), in light and in dark. Lightness
/// changes in one direction along a ramp, away from the paper, and the two hues are blue and orange, so that
/// colour-blind people and grey printers see the same order.
std::string_view heat_css();

}  // namespace carousel::report
