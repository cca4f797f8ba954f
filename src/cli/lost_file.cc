// Answers SIGBUS: only what a signal handler may call is called here.
#include "cli/lost_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "carousel/error.h"

namespace carousel::cli {
namespace {

void say(std::string_view text) {
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

/// A hexadecimal number, and `at` behind it.
std::uintptr_t number(const char*& at) {
  std::uintptr_t value = 0;
  for (;; ++at) {
    const bool digit = *at >= '0' && *at <= '9';
    if (!digit && !(*at >= 'a' && *at <= 'f')) return value;
    value = value * 16 + static_cast<std::uintptr_t>(digit ? *at - '0' : *at - 'a' + 10);
  }
}

/// The file that is mapped at an address, by /proc/self/maps, whose lines are
/// "from-to rights offset device inode     /the/file"; "" for none.
const char* file_at(std::uintptr_t address) {
  static char line[5000];
  const int maps = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  std::size_t used = 0;
  for (char c; ::read(maps, &c, 1) == 1;) {
    if (c != '\n') {
      if (used + 1 < sizeof line) line[used++] = c;
      continue;
    }
    line[used] = '\0';
    used = 0;
    const char* at = line;
    const std::uintptr_t from = number(at);
    const std::uintptr_t to = number(++at);
    const char* path = std::strchr(at, '/');
    if (from <= address && address < to) return path ? path : "";
  }
  return "";
}

extern "C" void answer_lost_file(int, siginfo_t* info, void*) {
  const char* file = file_at(reinterpret_cast<std::uintptr_t>(info->si_addr));
  say("\nE401 ");
  say(*file ? file : "a file");
  say(": it was cut off while it was read, or its disk failed\n"
      "  hint: what was saved stands; carousel resume goes on with it once the data is whole again\n");
  ::_exit(static_cast<int>(Role::resource));
}

}  // namespace

void answer_lost_files() noexcept {
  struct sigaction action {};
  action.sa_sigaction = answer_lost_file;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace carousel::cli
