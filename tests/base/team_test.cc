// The thread team: everybody runs once, waits at the barrier, callers never wait for each other, flags are
// restored.
#include "base/team.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <thread>
#include <vector>

#include "carousel/error.h"
#include "support/sanitized.h"

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/wait.h>
#endif

namespace carousel {
namespace {

TEST(TeamThreads, EveryWorkerRunsOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    Team team(threads);
    EXPECT_EQ(team.threads(), threads);
    for (const int wanted : {1, 2, threads, threads + 3}) {
      std::vector<int> runs(static_cast<std::size_t>(threads), 0);
      team.run(wanted, [&](const Team::Worker& worker) {
        EXPECT_EQ(worker.count, std::min(wanted, threads));
        ++runs[static_cast<std::size_t>(worker.index)];
      });
      for (int i = 0; i < threads; ++i) EXPECT_EQ(runs[static_cast<std::size_t>(i)], i < wanted ? 1 : 0);
    }
  }
}

TEST(TeamThreads, JobsOfAnySizeFollowEachOther) {
  Team team(4);
  int total = 0;
  for (int job = 0; job < 2000; ++job) {
    std::array<int, 4> mine{};
    team.run(1 + job % 4,
             [&](const Team::Worker& worker) { mine[static_cast<std::size_t>(worker.index)] = 1; });
    for (const int one : mine) total += one;
  }
  EXPECT_EQ(total, 500 * (1 + 2 + 3 + 4));
}

TEST(TeamThreads, BarrierHoldsUntilAllHaveCome) {
  Team team(5);  // more than the cores of most test machines: waiting must not depend on running at once
  std::array<int, 5> step{};
  bool apart = false;
  team.run(5, [&](const Team::Worker& worker) {
    for (int s = 1; s <= 200; ++s) {
      step[static_cast<std::size_t>(worker.index)] = s;
      worker.barrier();
      for (const int other : step)
        if (other != s && worker.index == 0) apart = true;
      worker.barrier();
    }
  });
  EXPECT_FALSE(apart);
}

// A worker that is late at each meeting looks like one whose core is taken.
TEST(TeamThreads, NoticesThatMeetingsTakeLong) {
  Team team(2);
  EXPECT_FALSE(team.crowded());
  const auto late = [&](int meetings) {
    team.run(2, [&](const Team::Worker& worker) {
      for (int i = 0; i < meetings; ++i) {
        if (worker.index == 1) std::this_thread::sleep_for(std::chrono::milliseconds(3));
        worker.barrier();
      }
    });
  };
  late(3);  // a few waits are no reason
  EXPECT_FALSE(team.crowded());
  const auto paused = [&] {
    const auto from = std::chrono::steady_clock::now();
    late(5);
    while (team.crowded()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return std::chrono::steady_clock::now() - from;
  };
  EXPECT_GE(paused(), std::chrono::milliseconds(50));
  EXPECT_GE(paused(), std::chrono::milliseconds(100));  // for twice as long
  EXPECT_GE(paused(), std::chrono::milliseconds(200));
}

// Threads that are not equally fast sleep at the few meetings of a sweep by rows, all but one of them.
TEST(TeamThreads, ALateWorkerAmongManyIsNoCrowd) {
  Team team(8);
  team.run(8, [&](const Team::Worker& worker) {
    for (int i = 0; i < 2; ++i) {
      if (worker.index == 1) std::this_thread::sleep_for(std::chrono::milliseconds(3));
      worker.barrier();
    }
  });
  EXPECT_FALSE(team.crowded());
}

TEST(TeamThreads, ABusyTeamLetsTheCallerRunAlone) {
  Team team(3);
  std::array<int, 3> inner{};
  team.run(3, [&](const Team::Worker& outer) {
    team.run(3, [&](const Team::Worker& worker) {
      EXPECT_EQ(worker.count, 1);
      worker.barrier();
      ++inner[static_cast<std::size_t>(outer.index)];
    });
  });
  EXPECT_EQ(inner, (std::array<int, 3>{1, 1, 1}));
}

TEST(TeamThreads, HostThreadsMayShareIt) {
  Team team(2);
  std::array<long, 4> sums{};
  std::vector<std::thread> hosts;
  for (std::size_t host = 0; host < sums.size(); ++host)
    hosts.emplace_back([&, host] {
      for (int job = 0; job < 300; ++job) {
        std::array<int, 2> mine{};
        team.run(2, [&](const Team::Worker& worker) { mine[static_cast<std::size_t>(worker.index)] = 1; });
        sums[host] += mine[0];
      }
    });
  for (std::thread& host : hosts) host.join();
  EXPECT_EQ(sums, (std::array<long, 4>{300, 300, 300, 300}));
}

// Memory by a child's limit on its addresses, which the sanitizers cannot do without.
#if defined(__linux__) && !defined(CAROUSEL_SANITIZED)
TEST(TeamThreads, RunsAloneUntilThereIsMemoryForItsThreads) {
  const pid_t child = fork();
  if (child == 0) {
    Team team(200);
    const auto workers = [&](rlim_t addresses) {
      rlimit limit{};
      if (getrlimit(RLIMIT_AS, &limit) != 0) _exit(100);
      limit.rlim_cur = std::min(addresses, limit.rlim_max);
      if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(101);
      if (addresses == 1)  // what the heap has lying about
        for (void* volatile taken = &limit; taken;) taken = std::malloc(16 << 10);
      int count = 0;
      team.run(2, [&](const Team::Worker& worker) {
        if (worker.index == 0) count = worker.count;
      });
      return count;
    };
    const int without = workers(1), with = workers(RLIM_INFINITY);
    _exit(10 * without + with);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 12);  // one, then two
}
#endif

TEST(TeamThreads, ReadsTheEnvironment) {
  setenv("CAROUSEL_THREADS", "3", 1);
  EXPECT_EQ(Team().threads(), 3);
  EXPECT_EQ(Team(2).threads(), 2);
  for (const char* bad : {"0", "-1", "two", "3x", "99999"}) {
    setenv("CAROUSEL_THREADS", bad, 1);
    EXPECT_THROW(Team(), Error) << bad;
  }
  unsetenv("CAROUSEL_THREADS");
  EXPECT_GE(Team().threads(), 1);
  EXPECT_THROW(Team(-2), Error);
  EXPECT_THROW(Team(5000), Error);
}

volatile float smallest = std::numeric_limits<float>::min();
volatile float one_half = 0.5f;
float denormal() {
  return smallest * one_half;
}

TEST(TeamThreads, FlushesDenormalsInsideAndRestoresOutside) {
  ASSERT_GT(denormal(), 0.0f);
  Team team(2);
  std::array<float, 2> inside{1.0f, 1.0f};
  team.run(2,
           [&](const Team::Worker& worker) { inside[static_cast<std::size_t>(worker.index)] = denormal(); });
  EXPECT_EQ(inside, (std::array<float, 2>{0.0f, 0.0f}));
  EXPECT_GT(denormal(), 0.0f);
}

}  // namespace
}  // namespace carousel
