// in_parts: a job cut into parts, each on a thread of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

#include "base/cores.h"

namespace carousel::data {

/// Into how many parts a job of `size` is worth cutting when none should be smaller than `least`: 1 to 8, as
/// there are cores.
inline std::size_t parts_of(std::size_t size, std::size_t least) {
  const auto most = std::min<std::size_t>(static_cast<std::size_t>(cores()), 8);
  return std::clamp<std::size_t>(size / least, 1, most);
}

/// work(i) for i in [0, count), part 0 on the calling thread; what the first part that failed threw is
/// thrown. Not on the Team, which flushes denormal numbers: files may hold them.
template <class Work>
void in_parts(std::size_t count, const Work& work) {
  std::vector<std::exception_ptr> failed(count);
  const auto guarded = [&](std::size_t i) {
    try {
      work(i);
    } catch (...) {
      failed[i] = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(count);
  std::size_t started = 1;
  try {
    for (; started < count; ++started) threads.emplace_back(guarded, started);
  } catch (const std::exception&) {  // no more threads, or no memory: the rest is this thread's
  }
  guarded(0);
  for (std::size_t i = started; i < count; ++i) guarded(i);
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& one : failed)
    if (one) std::rethrow_exception(one);
}

}  // namespace carousel::data
