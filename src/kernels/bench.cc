// Timings of the recurrent sweep.
#include "kernels/bench.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "kernels/pack.h"
#include "kernels/recurrent.h"

namespace carousel::kernels {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Numbers in (-size, size), the same on every run; their quality does not matter.
std::vector<float> numbers(std::size_t n, float size, std::uint32_t seed) {
  std::vector<float> v(n);
  for (float& x : v) {
    seed = seed * 1664525u + 1013904223u;
    x = size * (static_cast<float>(seed >> 8) / 8388608.0f - 1.0f);
  }
  return v;
}

}  // namespace

BenchResult time_runs(const std::function<void()>& body, double flop, double seconds, const Team& team) {
  body();
  std::vector<double> times;
  const Clock::time_point begin = Clock::now();
  while (times.size() < 3 || milliseconds_since(begin) < seconds * 1e3) {
    const Clock::time_point start = Clock::now();
    body();
    times.push_back(milliseconds_since(start));
  }
  std::sort(times.begin(), times.end());
  BenchResult result;
  result.best_ms = times.front();
  result.p10_ms = times[times.size() / 10];
  result.median_ms = times[times.size() / 2];
  result.gflops = flop / result.best_ms * 1e-6;
  result.runs = static_cast<int>(times.size());
  result.threads = team.threads();
  result.target = active_target().name;
  return result;
}

double forward_flop(cells::Kind cell, const BenchShape& shape) {
  const cells::CellInfo& info = cells::info(cell);
  return 2.0 * shape.steps * shape.rows * shape.units *
         (static_cast<double>(info.gate_blocks_x()) * shape.inputs +
          static_cast<double>(info.gate_blocks_h()) * shape.units);
}

BenchResult bench_recurrent(cells::Kind cell, BenchWork work, const BenchShape& shape, double seconds,
                            Team& team) {
  const int T = shape.steps, B = shape.rows, I = shape.inputs, H = shape.units;
  const cells::CellInfo& info = cells::info(cell);
  const int gx = info.gate_blocks_x(), gh = info.gate_blocks_h(),
            per_unit = static_cast<int>(info.per_unit.size());
  std::vector<float> W = numbers(count(gx * H, I), 0.1f, 1), U = numbers(count(gh * H, H), 0.1f, 2);
  std::vector<float> b = numbers(count(gx, H), 0.1f, 3), p = numbers(count(per_unit, H), 0.1f, 4);
  std::vector<float> x = numbers(count(T * B, I), 1.0f, 5), dy = numbers(count(T * B, H), 1.0f, 6),
                     dx(x.size());
  std::vector<float> dW(W.size()), dU(U.size()), db(b.size()), dp(p.size());
  const CellWeights<float> weights{.W = W.data(), .U = U.data(), .p = p.data(), .b = b.data()};
  const CellGradients<float> gradients{.dW = dW.data(), .dU = dU.data(), .dp = dp.data(), .db = db.data()};

  RecurrentPack<float> pack({cell, info.activations, I, H, false});
  RecurrentTape<float> tape;
  pack.pack(weights, &team);
  const auto body = [&] {
    const SeqView<const float> xs = time_major<const float>(x.data(), T, B, I);
    if (work == BenchWork::infer) {
      forward(pack, xs, {}, {}, tape, Mode::infer, team);
      return;
    }
    pack.pack(weights, &team);
    forward(pack, xs, {}, {}, tape, Mode::train, team);
    backward(pack, xs, {}, {}, tape, time_major<const float>(dy.data(), T, B, H), {},
             time_major(dx.data(), T, B, I), {}, gradients, team);
  };
  return time_runs(body, forward_flop(cell, shape) * (work == BenchWork::infer ? 1 : 3), seconds, team);
}

}  // namespace carousel::kernels
