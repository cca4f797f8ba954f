// What equal bits cost: products whose sums have one order, whatever the number of threads, beside products
// whose sums are cut between the threads and added at the end, as a library may that promises no bits.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/random.h"
#include "kernels/dense.h"

using namespace carousel;

namespace {

using Numbers = std::vector<float>;

std::size_t size_of(int a, int b) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

Numbers noise(std::size_t count, std::uint32_t stream) {
  const Random random(1, Random::Use::test, stream);
  Numbers values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = random.uniform(i) - 0.5f;
  return values;
}

// Best milliseconds of each of two bodies, in turns.
template <class A, class B>
void best_of(double seconds, double flop, A&& fixed, B&& cut, const char* name) {
  double best[2] = {1e9, 1e9};
  const int calls = std::max(1, static_cast<int>(1e7 / flop));
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto measure = [&](auto&& body, double& least) {
    const auto from = now();
    for (int i = 0; i < calls; ++i) body();
    least = std::min(least, std::chrono::duration<double, std::milli>(now() - from).count() / calls);
  };
  for (const auto end = now() + std::chrono::duration<double>(seconds); now() < end;)
    measure(fixed, best[0]), measure(cut, best[1]);
  std::printf("{\"product\": \"%s\", \"fixed_ms\": %.6f, \"cut_ms\": %.6f, \"cost\": %.4f}\n", name, best[0],
              best[1], best[0] / best[1]);
}

}  // namespace

// usage: bench_order [SECONDS a product]. Two threads. cost above 1: the fixed order takes longer.
int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 0.5;
  Team both(2), ones[2] = {Team(1), Team(1)};
  char name[64];

  // Weight gradients: all steps and rows are summed. Fixed: a thread has half of dW. Cut: half of the steps.
  constexpr int kGradients[][3] = {{4096, 128, 256}, {2048, 512, 1024}, {8192, 1024, 2048}};
  for (const auto& [rows, in, out] : kGradients) {
    const Numbers x = noise(size_of(rows, in), 1), dy = noise(size_of(rows, out), 2);
    Numbers dW(size_of(in, out)), part[2] = {dW, dW};
    kernels::DenseScratch<float> scratch, halves[2];
    std::snprintf(name, sizeof name, "weight gradients of %d rows, %d x %d", rows, in, out);
    best_of(
        seconds, 2.0 * rows * in * out,
        [&] {
          kernels::dense_gradients<float>(time_major(x.data(), rows, 1, in),
                                          time_major(dy.data(), rows, 1, out), {}, dW.data(), nullptr,
                                          scratch, both);
        },
        [&] {
          both.run(2, [&](const Team::Worker& worker) {
            const auto i = static_cast<std::size_t>(worker.index);
            const int half = rows / 2, first = worker.index * half;
            kernels::dense_gradients<float>(time_major(x.data() + size_of(first, in), half, 1, in),
                                            time_major(dy.data() + size_of(first, out), half, 1, out), {},
                                            part[i].data(), nullptr, halves[i], ones[i]);
            worker.barrier();
            const std::size_t end = dW.size() / 2 * (i + 1);
            for (std::size_t n = dW.size() / 2 * i; n < end; ++n) dW[n] = part[0][n] + part[1][n];
          });
        },
        name);
  }

  // One row of a step: the inputs are summed. Fixed: a thread has half of the outputs. Cut: half of the
  // inputs.
  constexpr int kSteps[][2] = {{256, 1024}, {1024, 2048}, {2048, 4096}};
  for (const auto& [in, out] : kSteps) {
    const Numbers W = noise(size_of(out, in), 3), x = noise(static_cast<std::size_t>(in), 4);
    Numbers y(static_cast<std::size_t>(out)), part[2] = {y, y};
    kernels::DensePack<float> outputs[2] = {{in, out / 2}, {in, out / 2}},
                              inputs[2] = {{in / 2, out}, {in / 2, out}};
    for (int i = 0; i < 2; ++i) {
      outputs[i].pack(W.data() + size_of(i * out / 2, in), nullptr);
      inputs[i].pack(W.data() + size_of(i * out / 2, in), nullptr);  // as many numbers
    }
    std::snprintf(name, sizeof name, "one row, %d inputs, %d outputs", in, out);
    best_of(
        seconds, 2.0 * in * out,
        [&] {
          both.run(2, [&](const Team::Worker& worker) {
            const auto i = static_cast<std::size_t>(worker.index);
            outputs[i].forward(time_major(x.data(), 1, 1, in), {},
                               time_major(y.data() + size_of(worker.index, out / 2), 1, 1, out / 2), ones[i]);
          });
        },
        [&] {
          both.run(2, [&](const Team::Worker& worker) {
            const auto i = static_cast<std::size_t>(worker.index);
            inputs[i].forward(time_major(x.data() + size_of(worker.index, in / 2), 1, 1, in / 2), {},
                              time_major(part[i].data(), 1, 1, out), ones[i]);
            worker.barrier();
            const std::size_t end = y.size() / 2 * (i + 1);
            for (std::size_t n = y.size() / 2 * i; n < end; ++n) y[n] = part[0][n] + part[1][n];
          });
        },
        name);
  }
  return 0;
}
