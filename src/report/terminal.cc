// Draws sparklines and plots with Unicode characters.
#include "report/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/scale.h"

namespace carousel::report {
namespace {

constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr const char* kAnsi[] = {"\x1b[90m", "\x1b[34m", "\x1b[33m", "\x1b[32m",
                                 "\x1b[35m", "\x1b[93m", "\x1b[36m"};
constexpr const char* kReset = "\x1b[0m";

/// Bit of a braille character's dot; column 0 or 1, row 0 (top) to 3.
constexpr unsigned dot(int column, int row) {
  constexpr unsigned bits[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
  return bits[column][row];
}

std::string braille(unsigned bits) {
  const unsigned code = 0x2800 + bits;
  return {static_cast<char>(0xE0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 0x3F)),
          static_cast<char>(0x80 | (code & 0x3F))};
}

struct Grid {
  int columns, rows;
  std::vector<unsigned> bits;
  std::vector<int> owner;  // the series drawn last in a character, -1 for none

  Grid(int c, int r) : columns(c), rows(r), bits(c * r), owner(c * r, -1) {}

  void set(int x, int y, int series) {
    const int at = y / 4 * columns + x / 2;
    bits[at] |= dot(x % 2, y % 4);
    owner[at] = series;
  }
  void line(int x0, int y0, int x1, int y1, int series) {
    const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
    for (int i = 0; i <= steps; ++i) set(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps, series);
  }
};

/// Spaces that bring `text` to `width` characters; counts code points.
std::string pad(const std::string& text, int width) {
  const auto length = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
  return std::string(static_cast<std::size_t>(std::max<long>(0, width - length)), ' ');
}

}  // namespace

std::string sparkline(const std::vector<double>& values, int width) {
  if (values.empty() || width <= 0) return "";
  const std::size_t places = std::min<std::size_t>(values.size(), static_cast<std::size_t>(width));
  std::vector<double> means(places);
  double low = INFINITY, high = -INFINITY;
  for (std::size_t p = 0; p < places; ++p) {
    double sum = 0;
    int count = 0;
    for (std::size_t i = p * values.size() / places; i < (p + 1) * values.size() / places; ++i)
      if (std::isfinite(values[i])) sum += values[i], ++count;
    means[p] = count ? sum / count : kAbsent;
    if (count) low = std::min(low, means[p]), high = std::max(high, means[p]);
  }
  std::string out;
  for (const double mean : means) {
    if (std::isnan(mean))
      out += ' ';
    else
      out += kBlocks[high > low ? std::min(7, static_cast<int>((mean - low) / (high - low) * 8)) : 3];
  }
  return out;
}

std::string terminal_plot(const Chart& chart, int columns, int rows, bool color) {
  const Scale xs = x_scale(chart), ys = y_scale(chart);
  const std::string high = number(ys.high), low = number(ys.low);
  const int margin = static_cast<int>(std::max(high.size(), low.size())) + 1;
  Grid grid(std::max(columns - margin - 1, 8), std::max(rows, 2));
  const int width = 2 * grid.columns - 1, height = 4 * grid.rows - 1;

  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    const Series& series = chart.series[s];
    int last_x = 0, last_y = 0;
    bool open = false;
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      const double x = xs(series.x.empty() ? static_cast<double>(i) : series.x[i]), y = ys(series.y[i]);
      if (!std::isfinite(x) || !std::isfinite(y)) {
        open = false;
        continue;
      }
      const int px = static_cast<int>(std::lround(x * width)),
                py = static_cast<int>(std::lround((1 - y) * height));
      grid.line(open ? last_x : px, open ? last_y : py, px, py, static_cast<int>(s));
      last_x = px, last_y = py, open = true;
    }
  }

  const auto paint = [&](int series, const std::string& text) {
    return color ? kAnsi[static_cast<int>(chart.series[series].color)] + text + kReset : text;
  };
  std::string out;
  for (std::size_t s = 0; s < chart.series.size(); ++s)
    if (!chart.series[s].name.empty())
      out += (out.empty() ? pad("", margin + 1) : "   ") +
             paint(static_cast<int>(s), "━━ " + chart.series[s].name);
  if (!out.empty()) out += '\n';
  for (int r = 0; r < grid.rows; ++r) {
    const std::string label = r == 0 ? high : r + 1 == grid.rows ? low : "";
    out += pad(label, margin) + label + "│";
    for (int c = 0, end; c < grid.columns; c = end) {  // one colour code for each run of a series
      const int owner = grid.owner[r * grid.columns + c];
      std::string run;
      for (end = c; end < grid.columns && grid.owner[r * grid.columns + end] == owner; ++end)
        run += owner < 0 ? " " : braille(grid.bits[r * grid.columns + end]);
      out += owner < 0 ? run : paint(owner, run);
    }
    out += '\n';
  }
  const auto x_name = [&](double x) {
    const auto i = static_cast<std::size_t>(std::max(x, 0.0));
    return i < chart.x_names.size() ? chart.x_names[i] : number(x);
  };
  const std::string first = x_name(xs.low), last = x_name(xs.high);
  out += pad("", margin + 1) + first + pad(first + last, grid.columns) + last + '\n';
  return out;
}

}  // namespace carousel::report
