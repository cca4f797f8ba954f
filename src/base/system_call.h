// uninterrupted: makes a system call again that a signal cut off.
#pragma once

#include <cerrno>

namespace carousel::base {

/// What `call` returns once that is not -1 with EINTR.
template <class Call>
auto uninterrupted(Call&& call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace carousel::base
