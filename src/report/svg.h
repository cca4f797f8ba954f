// SVG: a chart as text; colours come from CSS variables, so that a page and a file follow light and dark
// alike.
#pragma once

#include <string>

#include "report/chart.h"
#include "report/svg_writer.h"

namespace carousel::report {

/// Lengths of strokes and gaps of each Dash, in pixels.
inline constexpr const char* kDashes[] = {"", "7 3", "2 3", "8 3 2 3"};

/// An <svg> element for a page that contains `palette_css()`.
std::string svg(const Chart& chart, Size size = {});

/// The same as a file of its own.
std::string svg_file(const Chart& chart, Size size = {});

}  // namespace carousel::report
