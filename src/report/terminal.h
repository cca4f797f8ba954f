// Charts for a terminal: a sparkline in one line, and a plot in braille dots.
#pragma once

#include <string>
#include <vector>

#include "report/chart.h"

namespace carousel::report {

/// At most `width` block characters from lowest to highest; the mean of neighbours when there are more values
/// than places. NaN leaves a gap; equal values stand at half height; nothing gives "".
std::string sparkline(const std::vector<double>& values, int width);

/// A plot of `columns` x `rows` characters with axis labels and legend, lines ending in '\n'. `color` adds
/// ANSI colours; without them the later series overwrite the earlier ones.
std::string terminal_plot(const Chart& chart, int columns = 72, int rows = 12, bool color = false);

}  // namespace carousel::report
