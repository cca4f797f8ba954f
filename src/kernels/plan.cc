// The cost model of a sweep; its constants are rough, and only their proportions matter.
#include "kernels/plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace carousel::kernels {
namespace {

// Of one core: floating-point operations a nanosecond and vector lane (a bit less than one FMA a cycle).
constexpr double kSpeed = 6;
// Bytes of U that each step finds again in the first cache and in the second: three quarters of 32 KiB, for
// states, gates and x pass through it too, and nearly all of 1 MiB.
constexpr double kStaysInFirst = 24e3, kStaysInSecond = 1e6;
// Nanoseconds: of a barrier between threads that run, and of handing a sweep to threads that wait awake, or
// that may sleep.
constexpr double kBarrier = 300, kHandOverAwake = 600, kHandOver = 20e3;

double floor_rows(double bytes) {
  return bytes <= kStaysInFirst ? 1 : bytes <= kStaysInSecond ? 2 : 6;
}

}  // namespace

int threads_for(double nanoseconds, int threads) {
  return static_cast<int>(std::clamp(nanoseconds / kHandOver, 1.0, static_cast<double>(threads)));
}

double sweep_cost(const SweepSize& size, int threads, Split split) {
  if (size.frames == 0) return 0;
  const double active = static_cast<double>(size.frames) / size.steps, speed = kSpeed * size.lanes;
  const int rows_of = split == Split::rows ? threads : 1, units_of = split == Split::units ? threads : 1;
  const double rows = std::ceil(active / rows_of),
               share = std::ceil(static_cast<double>(size.panels) / units_of) / size.panels;
  const double bytes = size.flop_h / 2 * sizeof(float) * share;
  const double step = share * (size.flop_x * rows + size.flop_h * std::max(rows, floor_rows(bytes))) / speed +
                      (units_of > 1 ? size.phases * kBarrier : 0);
  return size.steps * step + (threads == 1 ? 0 : size.awake ? kHandOverAwake : kHandOver);
}

std::int64_t frames_of(std::span<const std::int32_t> lengths, int steps, int rows) {
  return lengths.empty() ? std::int64_t{steps} * rows
                         : std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
}

int wavefront_chunk(int steps, int rows) {
  const int chunk = std::clamp(steps / 8, 4, 16);
  const int hoisted = rows < kHoistRows ? std::max(1, kHoistBlock / std::max(1, rows)) : 1;
  return chunk < hoisted ? chunk : chunk / hoisted * hoisted;
}

double wavefront_cost(std::span<const SweepSize> layers, int chunk, int threads) {
  const int count = static_cast<int>(layers.size()), workers = std::min(count, threads);
  double slowest = 0;
  for (int w = 0; w < workers; ++w) {
    double all = 0;
    for (int i = w; i < count; i += workers) {
      const SweepSize& size = layers[static_cast<std::size_t>(i)];
      if (size.frames > 0) all += sweep_cost(size, 1, Split::rows) / size.steps * chunk;
    }
    slowest = std::max(slowest, all);
  }
  const int steps = layers.empty() ? 0 : layers[0].steps;
  return ((steps + chunk - 1) / chunk + count - 1) * (slowest + kBarrier) + kHandOver;
}

Plan plan_sweep(const SweepSize& size, int threads, bool may_meet) {
  Plan best;
  double least = sweep_cost(size, 1, Split::rows);
  for (int count = 2; count <= threads; ++count)
    for (const Split split : {Split::rows, Split::units}) {
      if (split == Split::units && !may_meet) continue;
      if (const double cost = sweep_cost(size, count, split); cost < least)
        least = cost, best.threads = count, best.split = split;
    }
  const double gradients =
      static_cast<double>(size.frames) * (size.flop_x + size.flop_h) / (kSpeed * size.lanes);
  best.gradient_threads = gradients * (1 - 1.0 / threads) > kHandOver ? threads : best.threads;
  return best;
}

bool side_by_side(const SweepSize& one, const SweepSize& other, int threads, bool may_meet) {
  if (threads != 2) return false;
  const auto divided = [&](const SweepSize& size) {
    const Plan plan = plan_sweep(size, threads, may_meet);
    return sweep_cost(size, plan.threads, plan.split);
  };
  const double longer = std::max(sweep_cost(one, 1, Split::rows), sweep_cost(other, 1, Split::rows));
  return longer + kHandOver < divided(one) + divided(other);
}

}  // namespace carousel::kernels
