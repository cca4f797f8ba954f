// Terminal: data on standard output, talk on standard error, and what each of the two can show.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/fields_json.h"

namespace carousel::cli {

class Terminal {
 public:
  Terminal();

  bool quiet = false;  ///< --quiet: no talk but warnings and errors
  bool json = false;   ///< --json: one object a line on standard output instead of text

  bool live() const { return live_; }      ///< standard error is a terminal: lines may be redrawn
  bool colour() const { return colour_; }  ///< standard error may be coloured (NO_COLOR unset, TERM not dumb)
  bool pictures() const { return pictures_; }  ///< standard output is a terminal
  int width() const;                           ///< columns of standard error now, 80 when it is no terminal

  /// A line of talk.
  template <class... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    if (!quiet) line_of_talk(fmt::format(text, std::forward<Args>(args)...));
  }
  /// A line that is said even when quiet.
  template <class... Args>
  void warn(fmt::format_string<Args...> text, Args&&... args) {
    line_of_talk("warning: " + fmt::format(text, std::forward<Args>(args)...));
  }
  /// Text for standard output, as it stands. Throws resource_io when it cannot be written.
  void print(std::string_view text);
  /// An object on standard output, when --json.
  void event(const Json& object);
  /// Draws over the last line of talk (live terminals only); an ordinary line wipes it.
  void redraw(const std::string& text);
  /// Leaves the redrawn line standing.
  void keep();
  /// Flushes; throws resource_io when something did not get through.
  void finish();

 private:
  void line_of_talk(const std::string& text);

  bool live_ = false, colour_ = false, pictures_ = false, drawn_ = false;
};

}  // namespace carousel::cli
