// The cores that a process may use: fewer where it is pinned, or where its control groups have a quota.
#include "base/cores.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/team.h"

#if defined(__linux__)
#include <sched.h>
#include <sys/wait.h>
#endif

namespace carousel {
namespace {

TEST(Cores, AreNoMoreThanTheMachineHas) {
  EXPECT_GE(cores(), 1);
  EXPECT_LE(cores(), static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}

#if defined(__linux__)
TEST(Cores, AreThoseThatTheProcessIsPinnedTo) {
  const pid_t child = fork();
  if (child == 0) {
    cpu_set_t set, one;
    if (sched_getaffinity(0, sizeof(set), &set) != 0) _exit(100);
    int core = 0;
    while (!CPU_ISSET(core, &set)) ++core;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    if (sched_setaffinity(0, sizeof(one), &one) != 0) _exit(101);
    unsetenv("CAROUSEL_THREADS");
    _exit(10 * cores() + Team().threads());
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 11);
}
#endif

// A machine of files: this process is in the control group /a/b.
class Quota : public ::testing::Test {
 protected:
  Quota() { write("/proc/self/cgroup", "4:memory:/elsewhere\n0::/a/b\n"); }
  ~Quota() override { std::filesystem::remove_all(root_); }

  void write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = root_ + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  const std::string root_ = ::testing::TempDir() + "carousel_quota_" + std::to_string(getpid());
};

TEST_F(Quota, IsRoundedUpAndAtLeastOne) {
  write("/sys/fs/cgroup/a/b/cpu.max", "250000 100000\n");
  EXPECT_EQ(within_quota(64, root_), 3);
  EXPECT_EQ(within_quota(2, root_), 2);
  write("/sys/fs/cgroup/a/b/cpu.max", "1000 100000\n");
  EXPECT_EQ(within_quota(64, root_), 1);
}

TEST_F(Quota, IsTheLeastOfTheGroupsAround) {
  write("/sys/fs/cgroup/a/b/cpu.max", "800000 100000\n");
  write("/sys/fs/cgroup/a/cpu.max", "400000 100000\n");
  EXPECT_EQ(within_quota(64, root_), 4);
  write("/sys/fs/cgroup/cpu.max", "200000 100000\n");  // a container's own group is its root
  EXPECT_EQ(within_quota(64, root_), 2);
}

TEST_F(Quota, IsNoneWhereNothingIsSaid) {
  EXPECT_EQ(within_quota(64, root_), 64);
  write("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(within_quota(64, root_), 64);
  EXPECT_EQ(within_quota(64, root_ + "/nowhere"), 64);
  write("/proc/self/cgroup", "4:memory:/a/b\n");
  write("/sys/fs/cgroup/a/b/cpu.max", "100000 100000\n");
  EXPECT_EQ(within_quota(64, root_), 64);
}

}  // namespace
}  // namespace carousel
