// Cores by affinity and by quota: on more threads than that, those that spin for each other share a core.
#include "base/cores.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <fstream>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace carousel {
namespace {

int by_affinity() noexcept {
#if defined(__linux__)
  constexpr int kMost = 1 << 16;                     // more than any kernel is built for
  for (int size = 1024; size <= kMost; size *= 2) {  // the kernel refuses a set that is smaller than its own
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(size));
    if (!set) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(size));
    const int found = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (found > 0) return found;
  }
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

int within_quota(int most, const std::string& root) {
  std::ifstream groups(root + "/proc/self/cgroup");
  std::string group;
  while (std::getline(groups, group) && !group.starts_with("0::/")) {
  }
  if (!groups) return most;
  for (group.erase(0, 3);; group.erase(group.rfind('/'))) {  // "/a/b", "/a", ""
    std::ifstream file(root + "/sys/fs/cgroup" + group + "/cpu.max");
    double quota = 0, period = 0;  // "max 100000" is none
    if (file >> quota >> period && quota > 0 && period > 0)
      most = std::clamp(static_cast<int>(std::ceil(std::min(quota / period, 1e6))), 1, most);
    if (group.empty()) return most;
  }
}

int cores() noexcept {
  const int found = by_affinity();
  try {
    return within_quota(found);
  } catch (const std::exception&) {  // no memory for a path
    return found;
  }
}

}  // namespace carousel
