// Times the active target's multiply-adds and reads on one thread and on all.
#include "kernels/roofline.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

#include "base/aligned.h"
#include "kernels/dispatch.h"

namespace carousel::kernels {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kBurst = 4e-3;       // seconds; long beside a meeting of threads, short beside others' turns
constexpr std::size_t kBlock = 4096;  // numbers: what is read is a multiple of it
constexpr std::size_t kLeastMemory = std::size_t{256} << 20, kMostMemory = std::size_t{1} << 30;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The least seconds that `threads` threads take for `body(thread, turns)`, a turn each: best of many bursts.
template <class Body>
double best_turn(Team& team, int threads, double seconds, Body&& body) {
  std::size_t turns = 1;
  double best = 1e9;
  for (const Clock::time_point begin = Clock::now(); seconds_since(begin) < seconds;) {
    double took = 0;
    team.run(threads, [&](const Team::Worker& worker) {
      worker.barrier();
      const Clock::time_point start = Clock::now();
      body(worker.index, turns);
      worker.barrier();
      if (worker.index == 0) took = seconds_since(start);
    });
    if (took < kBurst / 2)
      turns *= 2;
    else
      best = std::min(best, took / static_cast<double>(turns));
  }
  return best;
}

// Of a core's data cache of that level, as the system tells it (glibc's sysconf is wrong of some machines).
std::size_t cache_bytes(int level, std::size_t otherwise) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    const auto read = [&](const char* name) {
      std::string word;
      std::ifstream(folder + name) >> word;
      return word;
    };
    if (read("level") != std::to_string(level) || read("type") == "Instruction") continue;
    const std::string size = read("size");
    const std::size_t number = static_cast<std::size_t>(std::strtoul(size.c_str(), nullptr, 10));
    if (number > 0) return number << (size.back() == 'M' ? 20 : size.back() == 'K' ? 10 : 0);
  }
  return otherwise;
}

}  // namespace

Ceilings measure_ceilings(double seconds, Team& team) {
  const Table<float>& table = *active_target().table;
  const int all = team.threads();
  Ceilings found{.threads = all, .target = std::string(active_target().name)};
  const std::size_t each = static_cast<std::size_t>(all);
  const std::size_t first = cache_bytes(1, 32u << 10), second = cache_bytes(2, 1u << 20),
                    last = std::max(cache_bytes(3, 32u << 20), 4 * second);
  const auto whole_blocks = [](std::size_t bytes) {
    return std::max(kBlock, bytes / sizeof(float) / kBlock * kBlock) * sizeof(float);
  };
  found.levels = {{"L1", whole_blocks(first / 2)},
                  {"L2", whole_blocks(second / 2)},
                  {"L3", whole_blocks(std::max(last / 2 / each, 2 * second))},
                  {"memory", whole_blocks(std::clamp(4 * last, kLeastMemory, kMostMemory) / each)}};

  const double turn = seconds / static_cast<double>(2 + 2 * found.levels.size());
  const std::size_t chain = static_cast<std::size_t>(table.chains * table.lanes);
  std::vector<AlignedBuffer<float>> numbers(each);
  for (AlignedBuffer<float>& buffer : numbers) {
    buffer.resize(found.levels.back().bytes / sizeof(float));
    std::fill(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(chain), 1.0f);
  }
  const auto flop = [&](int threads) {
    const double best = best_turn(team, threads, turn, [&](int thread, std::size_t turns) {
      float* own = numbers[static_cast<std::size_t>(thread)].data();
      own[chain] = 0.5f, own[chain + 1] = 0.5f;  // 1 stays 1
      table.multiply_add(own, turns);
    });
    return 2e-9 * static_cast<double>(chain) * threads / best;
  };
  found.one_gflops = flop(1), found.all_gflops = flop(all);
  std::atomic<float> kept{0};
  for (Ceilings::Level& level : found.levels) {
    const auto rate = [&](int threads) {
      const double best = best_turn(team, threads, turn, [&](int thread, std::size_t turns) {
        const float* own = numbers[static_cast<std::size_t>(thread)].data();
        kept.store(table.read(own, level.bytes / sizeof(float), turns), std::memory_order_relaxed);
      });
      return 1e-9 * static_cast<double>(level.bytes) * threads / best;
    };
    level.one_gbs = rate(1), level.all_gbs = rate(all);
  }
  return found;
}

}  // namespace carousel::kernels
