// Draws a heat map as SVG: for each colour one path of the runs of cells that have it.
#include "report/heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "report/scale.h"

namespace carousel::report {
namespace {

constexpr double kLeastCell = 2;  // pixels
constexpr int kSwatch = 6;        // pixels a colour of the legend

using Rgb = std::array<int, 3>;
using Ramp = std::array<Rgb, 5>;

// From the colour of 0 to that of 1, and from that of -1 to that of 1.
constexpr Ramp kSequentialLight = {
    {{0xF8, 0xF8, 0xE6}, {0xB3, 0xDA, 0xB8}, {0x4F, 0xA6, 0xB6}, {0x29, 0x66, 0xA6}, {0x1B, 0x1D, 0x58}}};
constexpr Ramp kSequentialDark = {
    {{0x1E, 0x22, 0x38}, {0x2A, 0x4B, 0x8C}, {0x2E, 0x8D, 0xA8}, {0x80, 0xCE, 0x9C}, {0xF8, 0xF5, 0xB4}}};
constexpr Ramp kDivergingLight = {
    {{0x08, 0x3F, 0x73}, {0x4B, 0x9A, 0xD1}, {0xF6, 0xF6, 0xF6}, {0xEC, 0x8A, 0x45}, {0x80, 0x2E, 0x00}}};
constexpr Ramp kDivergingDark = {
    {{0xA6, 0xDD, 0xFF}, {0x37, 0x82, 0xBE}, {0x1E, 0x24, 0x2C}, {0xC9, 0x66, 0x1C}, {0xFF, 0xCB, 0x99}}};

void add_ramp(std::string& css, char letter, const Ramp& ramp) {
  for (int level = 0; level < kHeatLevels; ++level) {
    const double at = static_cast<double>(level) / (kHeatLevels - 1) * (ramp.size() - 1);
    const auto from = std::min(static_cast<std::size_t>(at), ramp.size() - 2);
    const double share = at - static_cast<double>(from);
    css += fmt::format("--{}{}:#", letter, level);
    for (std::size_t k = 0; k < 3; ++k)
      css += fmt::format("{:02x}", std::lround((1 - share) * ramp[from][k] + share * ramp[from + 1][k]));
    css += ';';
  }
}

/// A matrix of at most so many rows and columns: neighbours are replaced by the mean of their values.
struct Cells {
  std::size_t rows, columns, rows_each, columns_each;
  std::vector<int> levels;  // -1: no value
  bool some_absent = false;

  Cells(const HeatMap& map, std::size_t most_rows, std::size_t most_columns) {
    rows_each = (map.rows + most_rows - 1) / most_rows;
    columns_each = (map.columns + most_columns - 1) / most_columns;
    rows = (map.rows + rows_each - 1) / rows_each;
    columns = (map.columns + columns_each - 1) / columns_each;
    levels.reserve(rows * columns);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t c = 0; c < columns; ++c) {
        double sum = 0;
        int count = 0;
        for (std::size_t i = r * rows_each; i < std::min(map.rows, (r + 1) * rows_each); ++i)
          for (std::size_t k = c * columns_each; k < std::min(map.columns, (c + 1) * columns_each); ++k)
            if (const double v = map.values[i * map.columns + k]; std::isfinite(v)) sum += v, ++count;
        levels.push_back(count ? level_of(map, sum / count) : -1);
        some_absent = some_absent || count == 0;
      }
  }

  static int level_of(const HeatMap& map, double value) {
    const double share = map.high > map.low ? (value - map.low) / (map.high - map.low) : 0.5;
    return static_cast<int>(std::clamp(std::floor(share * kHeatLevels), 0.0, kHeatLevels - 1.0));
  }
};

std::string name_of(const HeatMap& map) {
  std::string name = map.title.empty() ? "heat map" : map.title;
  for (const std::string* more : {&map.y_label, &map.value_label})
    if (!more->empty()) name += ", " + *more;
  return name;
}

class HeatDrawing {
 public:
  HeatDrawing(const HeatMap& map, Size size, bool file)
      : map_(map),
        size_(size),
        out_(size, name_of(map), file, file ? heat_css() : ""),
        numeric_(std::isfinite(map.y_top) && std::isfinite(map.y_bottom)) {
    if (map.bare) {
      left_ = 0.5, top_ = 0.5, right_ = size.width - 0.5, bottom_ = size.height - 0.5;
      return;
    }
    top_ = 8 + kTextLine + (map.title.empty() ? 0 : kTextLine);
    right_ = size.width - 12;
    lay_out(!map.x_label.empty());
    if (map.x_label.empty() && (map.columns > most_columns() || map.rows > most_rows())) lay_out(true);
  }

  std::string draw() {
    if (!map_.title.empty()) out_.title(map_.title);
    if (map_.rows > 0 && map_.columns > 0) {
      const Cells cells(map_, most_rows(), most_columns());
      if (!map_.bare) legend(cells.some_absent);
      paint(cells);
      if (!map_.bare) axes(cells);
      for (const Marker& marker : map_.markers) draw_marker(marker);
    }
    return out_.finish();
  }

 private:
  void text(double x, double y, std::string_view anchor, std::string_view words) {
    out_.text(x, y, anchor, "dim", words);
  }

  static std::size_t at_most(double pixels) {
    return static_cast<std::size_t>(std::max(1.0, std::floor(pixels / kLeastCell)));
  }

  std::size_t most_rows() const { return at_most(bottom_ - top_); }
  std::size_t most_columns() const { return at_most(right_ - left_); }

  /// With or without a line of words below the numbers of the x axis.
  void lay_out(bool words_below) {
    bottom_ = std::max(top_ + 10, size_.height - kTextLine - 6 - (words_below ? kTextLine : 0));
    y_ticks_.clear();
    place_rows();
    left_ = 12;
    for (const Tick& tick : y_ticks_) left_ = std::max(left_, text_width(tick.label) + 12);
  }

  std::string color(int level) const { return fmt::format("{}{}", map_.diverging ? 'd' : 's', level); }

  /// Ticks of y, whose values are shares of the height: names thinned to lines of text, or numbers.
  void place_rows() {
    const double height = bottom_ - top_;
    if (numeric_) {
      const Scale scale{std::min(map_.y_top, map_.y_bottom), std::max(map_.y_top, map_.y_bottom), false};
      if (!(scale.low < scale.high)) return;
      for (const Tick& tick : ticks(scale, std::max(2, static_cast<int>(height / 24))))
        y_ticks_.push_back({(tick.value - map_.y_top) / (map_.y_bottom - map_.y_top), tick.label});
      return;
    }
    const double row = height / static_cast<double>(std::max<std::size_t>(map_.rows, 1));
    const auto step = static_cast<std::size_t>(std::max(1.0, std::ceil((kTextLine - 4) / row)));
    for (std::size_t r = 0; r < map_.rows; r += step)
      y_ticks_.push_back({(static_cast<double>(r) + 0.5) / static_cast<double>(map_.rows),
                          r < map_.row_names.size() ? map_.row_names[r] : std::to_string(r)});
  }

  double px(double number) const {
    return left_ +
           (number - map_.x_first) / (map_.x_step * static_cast<double>(map_.columns)) * (right_ - left_);
  }

  /// Name of the y axis at the left, the colours with their ends at the right of the same line.
  void legend(bool some_absent) {
    const double y = top_ - 10;
    text(0, y, "start", map_.y_label);
    const std::string high = number(map_.high, 3), low = number(map_.low, 3);
    double x = size_.width - 12 - text_width(high);
    text(x, y, "start", high);
    x -= 6 + kSwatch * kHeatLevels;
    for (int level = 0; level < kHeatLevels; ++level)
      out_.rect(x + level * kSwatch, y - 9.5, kSwatch, 11, color(level));
    x -= 6;
    text(x, y, "end", low);
    x -= text_width(low) + 10;
    std::string words = map_.value_label;
    if (some_absent) words += words.empty() ? "blank: no value" : " (blank: no value)";
    text(x, y, "end", words);
  }

  void paint(const Cells& cells) {
    const double width = (right_ - left_) / static_cast<double>(map_.columns) *
                         static_cast<double>(cells.columns_each),
                 height =
                     (bottom_ - top_) / static_cast<double>(map_.rows) * static_cast<double>(cells.rows_each);
    struct Path {
      std::string d;
      long x = 0, y = 0;  // where the pen is
    };
    std::vector<Path> paths(kHeatLevels);
    for (std::size_t r = 0; r < cells.rows; ++r)
      for (std::size_t c = 0, end; c < cells.columns; c = end) {
        const int level = cells.levels[r * cells.columns + c];
        for (end = c + 1; end < cells.columns && cells.levels[r * cells.columns + end] == level;) ++end;
        if (level < 0) continue;
        Path& path = paths[static_cast<std::size_t>(level)];
        const long x = static_cast<long>(c), y = static_cast<long>(r);
        fmt::format_to(std::back_inserter(path.d), "m{} {}h{}", x - path.x, y - path.y, end - c);
        path.x = static_cast<long>(end), path.y = y;
      }
    // The last cells may stand for fewer rows or columns than the others; what stands over is cut off.
    out_.add("<svg x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\">", left_, top_,
             right_ - left_, bottom_ - top_);
    out_.add(
        "<g transform=\"scale({:.6g} {:.6g}) translate(0 .5)\" fill=\"none\" shape-rendering=\"crispEdges\">",
        width, height);
    for (int level = 0; level < kHeatLevels; ++level)
      if (const std::string& d = paths[static_cast<std::size_t>(level)].d; !d.empty())
        out_.add("<path stroke=\"var(--{})\" d=\"{}\"/>", color(level), d);
    out_.add("</g></svg>");
    out_.rect(left_, top_, right_ - left_, bottom_ - top_, "none", " stroke=\"var(--dim)\"");
  }

  void axes(const Cells& cells) {
    for (const Tick& tick : y_ticks_) {
      const double y = top_ + tick.value * (bottom_ - top_);
      out_.line(left_ - 4, y, left_, y, "dim");
      text(left_ - 7, y + 4, "end", tick.label);
    }
    const double last = map_.x_first + map_.x_step * static_cast<double>(map_.columns - 1);
    double free_from = -INFINITY;
    const double half_cell = map_.x_step / 2;  // a column's number stands under its middle
    for (const Tick& tick : ticks({map_.x_first, last > map_.x_first ? last : map_.x_first + 1, false},
                                  std::max(2, size_.width / 95), map_.x_step == std::floor(map_.x_step))) {
      if (tick.value > last) continue;
      const double x = px(tick.value + half_cell), half = text_width(tick.label) / 2;
      const double center = std::clamp(x, half, std::max(half, size_.width - half));
      if (center - half < free_from) continue;
      out_.line(x, bottom_, x, bottom_ + 4, "dim");
      text(center, bottom_ + kTextLine - 1, "middle", tick.label);
      free_from = center + half + 10;
    }
    std::string label = map_.x_label;
    if (cells.columns_each * cells.rows_each > 1)
      label += fmt::format("{}(a cell is the mean of {} x {} values)", label.empty() ? "" : " ",
                           cells.rows_each, cells.columns_each);
    if (!label.empty()) text((left_ + right_) / 2, size_.height - 6, "middle", label);
  }

  void draw_marker(const Marker& marker) {
    const double x = px(marker.x);
    if (!(x >= left_ && x <= right_)) return;
    out_.line(x, map_.bare ? top_ : top_ - 4, x, bottom_, "ink", " stroke-dasharray=\"3 3\"");
    if (!marker.label.empty()) text(x, top_ - 6, "middle", marker.label);
  }

  const HeatMap& map_;
  Size size_;
  SvgWriter out_;
  bool numeric_;
  double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
  std::vector<Tick> y_ticks_;
};

}  // namespace

void fit_colors(HeatMap& map) {
  double least = 0, most = 0;
  for (const float v : map.values)
    if (std::isfinite(v)) least = std::min<double>(least, v), most = std::max<double>(most, v);
  const double size = std::max(most, -least);
  map.diverging = least < 0;
  map.high = size > 0 ? size : 1;
  map.low = map.diverging ? -map.high : 0;
}

Size heat_map_size(const HeatMap& map, int width) {
  const int around = 8 + static_cast<int>(kTextLine) * (3 + (map.title.empty() ? 0 : 1)) + 6;
  const double rows = static_cast<double>(map.rows);
  // Some rows deserve broad stripes; more than 128 share the height of 128.
  return {width,
          around + static_cast<int>(std::clamp(rows * std::clamp(120 / std::max(rows, 1.0), kLeastCell, 24.0),
                                               24.0, 128 * kLeastCell))};
}

std::string svg(const HeatMap& map, Size size) {
  return HeatDrawing(map, size, false).draw();
}

std::string svg_file(const HeatMap& map, Size size) {
  return HeatDrawing(map, size, true).draw();
}

std::string_view heat_css() {
  static const std::string css = [] {
    std::string text = ":root{";
    add_ramp(text, 's', kSequentialLight);
    add_ramp(text, 'd', kDivergingLight);
    text += "}@media screen and (prefers-color-scheme:dark){:root{";
    add_ramp(text, 's', kSequentialDark);
    add_ramp(text, 'd', kDivergingDark);
    return text + "}}";
  }();
  return css;
}

}  // namespace carousel::report
