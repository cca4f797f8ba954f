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
constexpr const char* kBandOpacity = " fill-opacity=\"0.16\"";

std::string color_of(Color color) {
  return fmt::format("c{}", static_cast<int>(color));
}

std::string dash_of(Dash dash) {
  const char* const pattern = kDashes[static_cast<int>(dash)];
  return *pattern ? fmt::format(" stroke-dasharray=\"{}\"", pattern) : "";
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
    // Where the script of a page finds what it draws anew, and on which axes it stands.
    out_.add(
        "<g class=\"plot\" data-box=\"{:.1f} {:.1f} {:.1f} {:.1f}\" data-x=\"{:.12g} {:.12g}\" "
        "data-y=\"{:.12g} {:.12g}\">",
        left_, top_, right_, bottom_, x_.low, x_.high, y_.low, y_.high);
    for (const Span& span : chart_.spans) draw_span(span);
    axes();
    for (const Series& series : chart_.series) draw_band(series);
    for (const Series& series : chart_.series) draw_series(series);
    for (const Strokes& strokes : chart_.strokes) draw_strokes(strokes);
    for (const Marker& marker : chart_.markers) draw_marker(marker);
    out_.add("</g>");
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
    const std::string y_name =
        chart_.y_log && !chart_.y_label.empty() ? chart_.y_label + ", logarithmic" : chart_.y_label;
    if (!y_name.empty()) {
      out_.add("<text class=\"y\" x=\"0\" y=\"{:.1f}\" fill=\"var(--dim)\">{}</text>", y, escape(y_name));
      x = text_width(y_name) + 22;
    }
    // `draw` draws the key, 18 pixels wide, left of its word.
    const auto entry = [&](const std::string& word, const char* color, auto&& draw) {
      if (word.empty()) return;
      const double width = 24 + text_width(word) + 14;
      if (x > 0 && x + width > size_.width) x = 0, y += kTextLine;
      draw();
      out_.text(x + 24, y, "start", color, word);
      x += width;
    };
    for (const Series& series : chart_.series) {
      const std::string color = color_of(series.color);
      entry(series.name, "ink", [&] {
        if (series.mark == Mark::line)
          out_.line(x, y - 4, x + 18, y - 4, color, " stroke-width=\"2.5\"" + dash_of(series.dash));
        else
          out_.add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"var(--{})\"/>", x + 9, y - 4, color);
      });
      entry(series.band, "ink", [&] { out_.rect(x, y - 9.5, 18, 11, color, kBandOpacity); });
    }
    for (const Strokes& strokes : chart_.strokes)
      entry(strokes.label, "ink", [&] {
        for (const double at : {x + 4, x + 9, x + 14}) out_.line(at, y - kStroke, at, y, "ink");
      });
    for (const Span& span : chart_.spans)
      entry(span.label, "dim", [&] { out_.rect(x, y - 9.5, 18, 11, "shade", " stroke=\"var(--grid)\""); });
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
        out_.add("<path d=\"M{}Z\" fill=\"var(--{})\"{}/>", edges.substr(1), color_of(series.color),
                 kBandOpacity);
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
    if (series.mark != Mark::line) return draw_points(series);
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
          path, color, dash_of(series.dash));
  }

  /// Dots are ends of lines without length, so that thousands take one path.
  void draw_points(const Series& series) {
    std::string dots, stems;
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      const double x = px(series.x.empty() ? static_cast<double>(i) : series.x[i]), y = py(series.y[i]);
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      fmt::format_to(std::back_inserter(dots), "M{:.1f} {:.1f}h0", x, y);
      fmt::format_to(std::back_inserter(stems), "M{:.1f} {:.1f}V{:.1f}", x, y, py(0));
    }
    if (dots.empty()) return;
    const std::string color = color_of(series.color);
    if (series.mark == Mark::stems)
      out_.add("<path d=\"{}\" stroke=\"var(--{})\" stroke-width=\"1.8\"/>", stems, color);
    out_.add("<path d=\"{}\" stroke=\"var(--{})\" stroke-width=\"5\" stroke-linecap=\"round\"{}/>", dots,
             color, series.mark == Mark::points ? " stroke-opacity=\"0.55\"" : "");
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
