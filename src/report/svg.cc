// Draws a chart as SVG: legend, axes, spans, lines, markers.
#include "report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "report/scale.h"

namespace carousel::report {
namespace {

constexpr double kStroke = 8;  // pixels

std::string color_of(Color color) {
  return fmt::format("c{}", static_cast<int>(color));
}

std::string name_of(const Chart& chart) {
  std::string text = !chart.title.empty() ? chart.title : !chart.y_label.empty() ? chart.y_label : "chart";
  for (const Series& series : chart.series)
    if (!series.name.empty()) text += ", " + series.name;
  return text;
}

class Drawing {
 public:
  Drawing(const Chart& chart, Size size, bool file)
      : chart_(chart),
        size_(size),
        out_(size, name_of(chart), file),
        x_(x_scale(chart)),
        y_(y_scale(chart)),
        y_ticks_(ticks(y_, size.height / 45)) {
    double widest = 0;
    for (const Tick& tick : y_ticks_) widest = std::max(widest, text_width(tick.label));
    left_ = widest + 12;
    right_ = size.width - 12;
    bottom_ = size.height - kTextLine - 6 - (chart.x_label.empty() ? 0 : kTextLine);
    top_ = 8;
  }

  std::string draw() {
    head();
    for (const Span& span : chart_.spans) draw_span(span);
    axes();
    for (const Series& series : chart_.series) draw_band(series);
    for (const Series& series : chart_.series) draw_series(series);
    for (const Strokes& strokes : chart_.strokes) draw_strokes(strokes);
    for (const Marker& marker : chart_.markers) draw_marker(marker);
    return out_.finish();
  }

 private:
  double px(double x) const { return left_ + x_(x) * (right_ - left_); }
  double py(double y) const { return bottom_ - y_(y) * (bottom_ - top_); }

  /// Title, then name of the y axis and legend, wrapped to the width; moves `top_` below them.
  void head() {
    if (!chart_.title.empty()) {
      out_.title(chart_.title);
      top_ += kTextLine;
    }
    double x = 0, y = top_ + 6;
    if (!chart_.y_label.empty()) {
      out_.text(0, y, "start", "dim", chart_.y_label);
      x = text_width(chart_.y_label) + 22;
    }
    for (const Series& series : chart_.series) {
      if (series.name.empty()) continue;
      const double width = 24 + text_width(series.name) + 14;
      if (x > 0 && x + width > size_.width) x = 0, y += kTextLine;
      out_.line(x, y - 4, x + 18, y - 4, color_of(series.color),
                series.dashed ? " stroke-width=\"2.5\" stroke-dasharray=\"5 4\"" : " stroke-width=\"2.5\"");
      out_.text(x + 24, y, "start", "ink", series.name);
      x += width;
    }
    for (const Strokes& strokes : chart_.strokes) {
      if (strokes.label.empty()) continue;
      const double width = 20 + text_width(strokes.label) + 14;
      if (x > 0 && x + width > size_.width) x = 0, y += kTextLine;
      for (const double at : {x + 2, x + 7, x + 12}) out_.line(at, y - kStroke, at, y, "ink");
      out_.text(x + 20, y, "start", "ink", strokes.label);
      x += width;
    }
    for (const Span& span : chart_.spans) {
      if (span.label.empty()) continue;
      const double width = 24 + text_width(span.label) + 14;
      if (x > 0 && x + width > size_.width) x = 0, y += kTextLine;
      out_.rect(x, y - 9.5, 18, 11, "shade", " stroke=\"var(--grid)\"");
      out_.text(x + 24, y, "start", "dim", span.label);
      x += width;
    }
    top_ = y + 12;
  }

  void axes() {
    for (const Tick& tick : y_ticks_) {
      const double y = py(tick.value);
      out_.line(left_, y, right_, y, "grid");
      out_.text(left_ - 6, y + 4, "end", "dim", tick.label);
    }
    out_.line(left_, bottom_, right_, bottom_, "dim");
    const bool named = !chart_.x_names.empty();
    const int count = std::max(2, size_.width / 95);
    double free_from = -INFINITY;
    for (const Tick& tick : named ? name_ticks(x_, chart_.x_names, static_cast<int>((right_ - left_) / 6.8))
                                  : ticks(x_, count, chart_.x_whole)) {
      const double x = px(tick.value), half = text_width(tick.label) / 2;
      const double center = std::clamp(x, half, std::max(half, size_.width - half));
      if (center - half < free_from) continue;
      out_.line(x, bottom_, x, bottom_ + 4, "dim");
      out_.text(center, bottom_ + kTextLine - 1, "middle", "dim", tick.label);
      free_from = center + half + 10;
    }
    if (!chart_.x_label.empty())
      out_.text((left_ + right_) / 2, size_.height - 6, "middle", "dim", chart_.x_label);
  }

  void draw_span(const Span& span) {
    const double from = px(span.from), to = px(span.to);
    if (!(to > from)) return;
    out_.rect(from, top_, to - from, bottom_ - top_, "shade");
  }

  void draw_marker(const Marker& marker) {
    const double x = px(marker.x);
    out_.line(x, top_, x, bottom_, "dim", " stroke-dasharray=\"3 3\"");
    const bool fits_right = x + 6 + text_width(marker.label) < right_;
    out_.text(fits_right ? x + 5 : x - 5, top_ + 10, fits_right ? "start" : "end", "dim", marker.label);
  }

  /// At most one in each column of pixels.
  void draw_strokes(const Strokes& strokes) {
    std::string path;
    double last = -INFINITY;
    for (const double at : strokes.x) {
      const double x = std::round(px(at));
      if (!std::isfinite(x) || x == last) continue;
      fmt::format_to(std::back_inserter(path), "M{} {:.1f}v-{}", last = x, bottom_, kStroke);
    }
    if (!path.empty()) out_.add("<path d=\"{}\" fill=\"none\" stroke=\"var(--ink)\"/>", path);
  }

  void draw_band(const Series& series) {
    std::string edges;
    std::vector<std::string> lower;
    const auto finish = [&] {
      std::for_each(lower.rbegin(), lower.rend(), [&](const std::string& point) { edges += point; });
      if (!edges.empty())
        out_.add("<path d=\"M{}Z\" fill=\"var(--{})\" fill-opacity=\"0.16\"/>", edges.substr(1),
                 color_of(series.color));
      edges.clear(), lower.clear();
    };
    for (std::size_t i = 0; i < std::min(series.low.size(), series.high.size()); ++i) {
      const double x = px(series.x.empty() ? static_cast<double>(i) : series.x[i]), high = py(series.high[i]),
                   low = chart_.y_log && series.low[i] <= 0 ? bottom_ : py(series.low[i]);
      if (std::isfinite(x) && std::isfinite(low) && std::isfinite(high)) {
        fmt::format_to(std::back_inserter(edges), "L{:.1f} {:.1f}", x, high);
        lower.push_back(fmt::format("L{:.1f} {:.1f}", x, low));
      } else {
        finish();
      }
    }
    finish();
  }

  /// First, lowest, highest and last point of each pixel column say all that can be seen of a long line.
  void draw_series(const Series& series) {
    struct Point {
      double x, y;
    };
    std::vector<Point> run;
    std::string path;
    const std::string color = color_of(series.color);
    const auto finish = [&] {
      if (run.size() == 1)
        out_.add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"var(--{})\"/>", run[0].x, run[0].y,
                 color);
      for (std::size_t i = 0; run.size() > 1 && i < run.size();) {
        std::size_t end = i + 1;
        while (end < run.size() && std::floor(run[end].x) == std::floor(run[i].x)) ++end;
        const auto by_y = [](const Point& a, const Point& b) { return a.y < b.y; };
        const auto [low, high] = std::minmax_element(run.begin() + i, run.begin() + end, by_y);
        std::vector<std::size_t> kept = {i, static_cast<std::size_t>(low - run.begin()),
                                         static_cast<std::size_t>(high - run.begin()), end - 1};
        std::sort(kept.begin(), kept.end());
        kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
        for (const std::size_t k : kept)
          fmt::format_to(std::back_inserter(path), "{}{:.1f} {:.1f}", k == 0 ? 'M' : 'L', run[k].x, run[k].y);
        i = end;
      }
      run.clear();
    };
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      const double x = px(series.x.empty() ? static_cast<double>(i) : series.x[i]), y = py(series.y[i]);
      if (std::isfinite(y) && std::isfinite(x))
        run.push_back({x, y});
      else
        finish();
    }
    if (series.end_dot && run.size() > 1)
      out_.add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"var(--{})\"/>", run.back().x, run.back().y,
               color);
    finish();
    if (!path.empty())
      out_.add(
          "<path d=\"{}\" fill=\"none\" stroke=\"var(--{})\" stroke-width=\"1.8\" "
          "stroke-linejoin=\"round\"{}/>",
          path, color, series.dashed ? " stroke-dasharray=\"5 4\"" : "");
  }

  const Chart& chart_;
  Size size_;
  SvgWriter out_;
  Scale x_, y_;
  std::vector<Tick> y_ticks_;
  double left_, right_, top_, bottom_;
};

}  // namespace

std::string svg(const Chart& chart, Size size) {
  return Drawing(chart, size, false).draw();
}

std::string svg_file(const Chart& chart, Size size) {
  return Drawing(chart, size, true).draw();
}

}  // namespace carousel::report
