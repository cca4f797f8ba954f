// The machine's two ceilings, measured: multiply-adds a second, and bytes read a second from each level of
// memory.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/team.h"

namespace carousel::kernels {

struct Ceilings {
  struct Level {
    std::string name;       ///< "L1", "L2", "L3", "memory"
    std::size_t bytes = 0;  ///< what each thread reads again and again when all run
    double one_gbs = 0;     ///< 10^9 bytes a second by one thread
    double all_gbs = 0;     ///< by all threads together
  };
  double one_gflops = 0, all_gflops = 0;
  std::vector<Level> levels;
  int threads = 1;
  std::string target;
};

/// Best of many short runs, about `seconds` in all, on the active target. Each thread reads numbers of its
/// own: half of a level's size, and of memory many times the last cache.
Ceilings measure_ceilings(double seconds, Team& team);

}  // namespace carousel::kernels
