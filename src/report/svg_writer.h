// SvgWriter: the elements of an SVG drawing as text, in colours that CSS variables hold.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>

namespace carousel::report {

/// Width and height in pixels at which a drawing is meant to be seen: its letters are 12 pixels there.
struct Size {
  int width = 760, height = 300;
};

/// One <svg> element, written from the first to the last. Colours are names of variables: "ink" is
/// var(--ink).
class SvgWriter {
 public:
  /// Opens the element with its name for those who hear it; a file is one of its own: with the palette,
  /// `css`, and paper under it.
  SvgWriter(Size size, std::string_view name, bool file, std::string_view css = {});

  /// An element as it stands.
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }
  /// The drawing's title, in its first line.
  void title(std::string_view words);
  /// `anchor` is start, middle or end; the words are escaped.
  void text(double x, double y, std::string_view anchor, std::string_view color, std::string_view words);
  /// `more`: further attributes, each with a space before it.
  void line(double x1, double y1, double x2, double y2, std::string_view color, std::string_view more = {});
  /// `color` "none" leaves it open.
  void rect(double x, double y, double width, double height, std::string_view color,
            std::string_view more = {});

  /// Closes the element and hands out all of it.
  std::string finish();

 private:
  std::string out_;
};

inline constexpr double kTextLine = 18;  ///< pixels a line of text

/// Pixels of text of 12 pixels, at most; letters are counted in code points.
double text_width(std::string_view text);

/// The colours, in light and in dark: Okabe and Ito's palette, which colour-blind people tell apart,
/// lightened for dark.
std::string_view palette_css();

/// An SVG file whose colours are those of light paper, without variables: for readers that know none.
std::string with_light_colors(std::string_view svg);

/// Text as content or attribute of XML and HTML; characters that XML forbids become U+FFFD.
std::string escape(std::string_view text);

}  // namespace carousel::report
