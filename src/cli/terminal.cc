// Writes to the two standard streams; asks once what they are.
#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace carousel::cli {
namespace {

[[noreturn]] void lost_output() {
  throw Error(Code::resource_io, {.where = "standard output",
                                  .what = "cannot be written",
                                  .hint = "is the disk full, or the reader gone?"});
}

}  // namespace

Terminal::Terminal() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool dumb = !term || std::string_view(term) == "dumb" || std::string_view(term).empty();
  live_ = isatty(STDERR_FILENO) && !dumb;
  pictures_ = isatty(STDOUT_FILENO);
  colour_ = live_ && !(no_colour && *no_colour);
}

int Terminal::width() const {
  winsize size{};
  if (live_ && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// Both streams may end in one pipe or file: what was printed before comes before.
void Terminal::line_of_talk(const std::string& text) {
  std::fflush(stdout);
  if (drawn_) std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
  std::fputs((text + "\n").c_str(), stderr);
}

void Terminal::redraw(const std::string& text) {
  if (quiet || !live_) return;
  std::fputs(("\r" + text + "\x1b[K").c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void Terminal::keep() {
  if (drawn_) std::fputs("\n", stderr);
  drawn_ = false;
}

void Terminal::print(std::string_view text) {
  keep();
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) lost_output();
}

void Terminal::event(const Json& object) {
  if (!json) return;
  print(object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  if (std::fflush(stdout) != 0) lost_output();
}

void Terminal::finish() {
  keep();
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) lost_output();
}

}  // namespace carousel::cli
