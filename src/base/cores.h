// How many cores this process may use.
#pragma once

#include <string>

namespace carousel {

/// Of the machine's cores those that this thread may run on (`taskset`, a container's set), and of them no
/// more than the quota of time of its control groups is worth. At least 1.
int cores() noexcept;

/// `most`, or fewer where a control group of this process, or one that it stands in, has a quota (version 2,
/// cpu.max): rounded up. `root` stands before /proc and /sys.
int within_quota(int most, const std::string& root = "");

}  // namespace carousel
