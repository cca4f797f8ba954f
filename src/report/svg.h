// SVG: a chart as text; colours come from CSS variables, so that a page and a file follow light and dark
// alike.
#pragma once

#include <string>
#include <string_view>

#include "report/chart.h"

namespace carousel::report {

/// Width and height in pixels at which the chart is meant to be seen: its letters are 12 pixels there.
struct Size {
  int width = 760, height = 300;
};

/// An <svg> element for a page that contains `palette_css()`.
std::string svg(const Chart& chart, Size size = {});

/// The same as a file of its own.
std::string svg_file(const Chart& chart, Size size = {});

/// The colours, in light and in dark: Okabe and Ito's palette, which colour-blind people tell apart,
/// lightened for dark.
std::string_view palette_css();

/// What all drawings open with: the <svg> tag with its name for those who hear it; a file also the palette,
/// `css`, and paper under it.
std::string open_svg(Size size, std::string_view name, bool file, std::string_view css = {});

inline constexpr double kTextLine = 18;  ///< pixels a line of text

/// Pixels of text of 12 pixels, at most; letters are counted in code points.
double text_width(std::string_view text);

/// Text as content or attribute of XML and HTML; characters that XML forbids become U+FFFD.
std::string escape(std::string_view text);

}  // namespace carousel::report
