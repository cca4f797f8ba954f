// Writes the elements of an SVG drawing.
#include "report/svg_writer.h"

#include <algorithm>

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

}  // namespace

SvgWriter::SvgWriter(Size size, std::string_view name, bool file, std::string_view css) {
  out_ = file ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" : "";
  out_ += fmt::format("<svg {}viewBox=\"{} {} {} {}\" role=\"img\" aria-label=\"{}\" class=\"chart\">\n",
                      file ? "xmlns=\"http://www.w3.org/2000/svg\" " : "", file ? -12 : 0, file ? -10 : 0,
                      size.width + (file ? 24 : 0), size.height + (file ? 20 : 0), escape(name));
  if (file)
    out_ += fmt::format(
        "<style>{}{}.chart{{background:var(--paper);font:12px system-ui,sans-serif}}</style>\n"
        "<rect x=\"-12\" y=\"-10\" width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>\n",
        palette_css(), css);
}

void SvgWriter::title(std::string_view words) {
  add("<text x=\"0\" y=\"14\" fill=\"var(--ink)\" font-weight=\"600\">{}</text>", escape(words));
}

void SvgWriter::text(double x, double y, std::string_view anchor, std::string_view color,
                     std::string_view words) {
  add("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"var(--{})\">{}</text>", x, y, anchor, color,
      escape(words));
}

void SvgWriter::line(double x1, double y1, double x2, double y2, std::string_view color,
                     std::string_view more) {
  add("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"var(--{})\"{}/>", x1, x2, y1,
      y2, color, more);
}

void SvgWriter::rect(double x, double y, double width, double height, std::string_view color,
                     std::string_view more) {
  add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"{}/>", x, y, width,
      height, color == "none" ? "none" : fmt::format("var(--{})", color), more);
}

std::string SvgWriter::finish() {
  return std::move(out_) + "</svg>\n";
}

// Letters at 12 pixels are at most about 6.8 wide in the usual fonts.
double text_width(std::string_view text) {
  return 6.8 * static_cast<double>(
                   std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string_view palette_css() {
  return "@media screen{:root{color-scheme:light "
         "dark}}:root{--paper:#fff;--ink:#1c2128;--dim:#5a6470;--grid:#e6e9ed;--shade:#f1f4f8;"
         "--c0:#59636f;--c1:#0072b2;--c2:#d55e00;--c3:#009e73;--c4:#b35a8d;--c5:#b58900;--c6:#2f8fc7}"
         "@media screen and "
         "(prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6e9ed;--dim:#9aa5b1;--grid:#2a3038;"
         "--shade:#1c222a;--c0:#aab4bf;--c1:#5cb6f2;--c2:#ff8b3d;--c3:#3fd0a2;--c4:#ea9cc7;--c5:#f0c24b;--c6:"
         "#8fd0ff}}";
}

std::string with_light_colors(std::string_view svg) {
  // A name's first value in the file's own style is the light one.
  const auto value_of = [&](std::string_view name) {
    const std::string declared = fmt::format("{}:#", name);
    const std::size_t at = svg.find(declared);
    if (at == std::string_view::npos) return std::string_view("#000");
    const std::size_t from = at + declared.size() - 1;
    return svg.substr(from, svg.find_first_of(";}", from) - from);
  };
  std::string out;
  for (std::size_t i = 0; i < svg.size();) {
    const std::size_t at = std::min(svg.find("var(--", i), svg.size());
    out += svg.substr(i, at - i);
    if (at == svg.size()) break;
    const std::size_t end = svg.find(')', at);
    out += value_of(svg.substr(at + 4, end - at - 4));
    i = end + 1;
  }
  return out;
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
