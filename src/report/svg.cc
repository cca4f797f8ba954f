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

/// Bytes of the character that opens `text`, 0 when they are no UTF-8 or a character that XML forbids.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 || lead == '\n' || lead == '\t' || lead == '\r' ? 1 : 0;
  const std::size_t length = lead >= 0xC2 && lead < 0xE0   ? 2
                             : (lead & 0xF0) == 0xE0       ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  unsigned code = lead & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr unsigned kLowest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLowest[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) || code == 0xFFFE ||
      code == 0xFFFF)
    return 0;
  return length;
}

constexpr double kStroke = 8;  // pixels

std::string color_of(Color color) {
  return fmt::format("var(--c{})", static_cast<int>(color));
}

class Drawing {
 public:
  Drawing(const Chart& chart, Size size)
      : chart_(chart),
        size_(size),
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

  std::string draw(bool file) {
    out_ = open_svg(size_, name(), file);
    head();
    for (const Span& span : chart_.spans) draw_span(span);
    axes();
    for (const Series& series : chart_.series) draw_band(series);
    for (const Series& series : chart_.series) draw_series(series);
    for (const Strokes& strokes : chart_.strokes) draw_strokes(strokes);
    for (const Marker& marker : chart_.markers) draw_marker(marker);
    add("</svg>");
    return std::move(out_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  std::string name() const {
    std::string text = !chart_.title.empty()     ? chart_.title
                       : !chart_.y_label.empty() ? chart_.y_label
                                                 : "chart";
    for (const Series& series : chart_.series)
      if (!series.name.empty()) text += ", " + series.name;
    return text;
  }

  double px(double x) const { return left_ + x_(x) * (right_ - left_); }
  double py(double y) const { return bottom_ - y_(y) * (bottom_ - top_); }

  void text(double x, double y, std::string_view anchor, std::string_view fill, std::string_view words) {
    add("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"var(--{})\">{}</text>", x, y, anchor, fill,
        escape(words));
  }

  /// Title, then name of the y axis and legend, wrapped to the width; moves `top_` below them.
  void head() {
    if (!chart_.title.empty()) {
      add("<text x=\"0\" y=\"14\" fill=\"var(--ink)\" font-weight=\"600\">{}</text>", escape(chart_.title));
      top_ += kTextLine;
    }
    double x = 0, y = top_ + 6;
    if (!chart_.y_label.empty()) {
      text(0, y, "start", "dim", chart_.y_label);
      x = text_width(chart_.y_label) + 22;
    }
    for (const Series& series : chart_.series) {
      if (series.name.empty()) continue;
      const double width = 24 + text_width(series.name) + 14;
      if (x > 0 && x + width > size_.width) x = 0, y += kTextLine;
      add("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
          "stroke-width=\"2.5\"{}/>",
          x, x + 18, y - 4, y - 4, color_of(series.color), series.dashed ? " stroke-dasharray=\"5 4\"" : "");
      text(x + 24, y, "start", "ink", series.name);
      x += width;
    }
    for (const Strokes& strokes : chart_.strokes) {
      if (strokes.label.empty()) continue;
      const double width = 20 + text_width(strokes.label) + 14;
      if (x > 0 && x + width > size_.width) x = 0, y += kTextLine;
      for (const double at : {x + 2, x + 7, x + 12})
        add("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"var(--ink)\"/>", at,
            y - kStroke, y);
      text(x + 20, y, "start", "ink", strokes.label);
      x += width;
    }
    for (const Span& span : chart_.spans) {
      if (span.label.empty()) continue;
      const double width = 24 + text_width(span.label) + 14;
      if (x > 0 && x + width > size_.width) x = 0, y += kTextLine;
      add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"18\" height=\"11\" fill=\"var(--shade)\" "
          "stroke=\"var(--grid)\"/>",
          x, y - 9.5);
      text(x + 24, y, "start", "dim", span.label);
      x += width;
    }
    top_ = y + 12;
  }

  void axes() {
    for (const Tick& tick : y_ticks_) {
      const double y = py(tick.value);
      add("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"var(--grid)\"/>", left_,
          right_, y, y);
      text(left_ - 6, y + 4, "end", "dim", tick.label);
    }
    add("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"var(--dim)\"/>", left_,
        right_, bottom_, bottom_);
    const bool named = !chart_.x_names.empty();
    const int count = std::max(2, size_.width / 95);
    double free_from = -INFINITY;
    for (const Tick& tick : named ? name_ticks(x_, chart_.x_names, static_cast<int>((right_ - left_) / 6.8))
                                  : ticks(x_, count, chart_.x_whole)) {
      const double x = px(tick.value), half = text_width(tick.label) / 2;
      const double center = std::clamp(x, half, std::max(half, size_.width - half));
      if (center - half < free_from) continue;
      add("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"var(--dim)\"/>", x, x,
          bottom_, bottom_ + 4);
      text(center, bottom_ + kTextLine - 1, "middle", "dim", tick.label);
      free_from = center + half + 10;
    }
    if (!chart_.x_label.empty())
      text((left_ + right_) / 2, size_.height - 6, "middle", "dim", chart_.x_label);
  }

  void draw_span(const Span& span) {
    const double from = px(span.from), to = px(span.to);
    if (!(to > from)) return;
    add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"var(--shade)\"/>", from,
        top_, to - from, bottom_ - top_);
  }

  void draw_marker(const Marker& marker) {
    const double x = px(marker.x);
    add("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"var(--dim)\" "
        "stroke-dasharray=\"3 3\"/>",
        x, x, top_, bottom_);
    const bool fits_right = x + 6 + text_width(marker.label) < right_;
    text(fits_right ? x + 5 : x - 5, top_ + 10, fits_right ? "start" : "end", "dim", marker.label);
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
    if (!path.empty()) add("<path d=\"{}\" fill=\"none\" stroke=\"var(--ink)\"/>", path);
  }

  void draw_band(const Series& series) {
    std::string edges;
    std::vector<std::string> lower;
    const auto finish = [&] {
      std::for_each(lower.rbegin(), lower.rend(), [&](const std::string& point) { edges += point; });
      if (!edges.empty())
        add("<path d=\"M{}Z\" fill=\"{}\" fill-opacity=\"0.16\"/>", edges.substr(1), color_of(series.color));
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
        add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>", run[0].x, run[0].y, color);
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
      add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>", run.back().x, run.back().y, color);
    finish();
    if (!path.empty())
      add("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\" stroke-linejoin=\"round\"{}/>",
          path, color, series.dashed ? " stroke-dasharray=\"5 4\"" : "");
  }

  const Chart& chart_;
  Size size_;
  Scale x_, y_;
  std::vector<Tick> y_ticks_;
  double left_, right_, top_, bottom_;
  std::string out_;
};

}  // namespace

std::string svg(const Chart& chart, Size size) {
  return Drawing(chart, size).draw(false);
}

std::string svg_file(const Chart& chart, Size size) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + Drawing(chart, size).draw(true);
}

std::string open_svg(Size size, std::string_view name, bool file, std::string_view css) {
  std::string out =
      fmt::format("<svg {}viewBox=\"{} {} {} {}\" role=\"img\" aria-label=\"{}\" class=\"chart\">\n",
                  file ? "xmlns=\"http://www.w3.org/2000/svg\" " : "", file ? -12 : 0, file ? -10 : 0,
                  size.width + (file ? 24 : 0), size.height + (file ? 20 : 0), escape(name));
  if (file)
    out += fmt::format(
        "<style>{}{}.chart{{background:var(--paper);font:12px system-ui,sans-serif}}</style>\n"
        "<rect x=\"-12\" y=\"-10\" width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>\n",
        palette_css(), css);
  return out;
}

// Letters at 12 pixels are at most about 6.8 wide in the usual fonts.
double text_width(std::string_view text) {
  return 6.8 * static_cast<double>(
                   std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string_view palette_css() {
  return ":root{color-scheme:light "
         "dark;--paper:#fff;--ink:#1c2128;--dim:#5a6470;--grid:#e6e9ed;--shade:#f1f4f8;"
         "--c0:#59636f;--c1:#0072b2;--c2:#d55e00;--c3:#009e73;--c4:#b35a8d;--c5:#b58900;--c6:#2f8fc7}"
         "@media(prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6e9ed;--dim:#9aa5b1;--grid:#2a3038;"
         "--shade:#1c222a;--c0:#aab4bf;--c1:#5cb6f2;--c2:#ff8b3d;--c3:#3fd0a2;--c4:#ea9cc7;--c5:#f0c24b;--c6:"
         "#8fd0ff}}";
}

std::string escape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    const std::string_view character = text.substr(i, std::max<std::size_t>(length, 1));
    i += character.size();
    if (character == "&")
      out += "&amp;";
    else if (character == "<")
      out += "&lt;";
    else if (character == ">")
      out += "&gt;";
    else if (character == "\"")
      out += "&quot;";
    else if (character == "'")
      out += "&#39;";
    else
      out += length ? character : "\xEF\xBF\xBD";
  }
  return out;
}

}  // namespace carousel::report
