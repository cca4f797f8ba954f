// What one product for all gates gains: the sums of an LSTM step as one product, as one for each gate, and as
// two for each gate.
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

Numbers noise(std::size_t count, std::uint32_t stream) {
  const Random random(1, Random::Use::test, stream);
  Numbers values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(random.normal(i)) * 0.1f;
  return values;
}

// Best seconds of a call of each candidate, in turns, so that a busy moment of the machine meets all of them.
template <class... Bodies>
std::vector<double> best_of(double seconds, int calls, Bodies&&... bodies) {
  std::vector<double> best(sizeof...(bodies), 1e9);
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto end = now() + std::chrono::duration<double>(seconds);
  do {
    std::size_t index = 0;
    const auto measure = [&](auto&& body) {
      const auto from = now();
      for (int i = 0; i < calls; ++i) body();
      best[index] = std::min(best[index], std::chrono::duration<double>(now() - from).count() / calls);
      ++index;
    };
    (measure(bodies), ...);
  } while (now() < end);
  return best;
}

}  // namespace

// usage: bench_gates [SECONDS per shape]. One thread. Prints microseconds a step and the gain of the single
// product.
int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
  constexpr int kGates = 4;
  Team team(1);
  bool same = true;
  double gain_mnist = 0.0;
  std::printf(
      "   B    I    H  |  one product   4, a gate each   8, x and h apart  |  gain over 4   over 8\n");
  constexpr int kShapes[][3] = {{1, 32, 32}, {1, 128, 128}, {32, 64, 64}, {128, 28, 128}, {64, 512, 512}};
  for (const auto& shape : kShapes) {
    const int B = shape[0], I = shape[1], H = shape[2];
    const auto n = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
    const int K = I + H;
    const Numbers xh = noise(n(B, K), 0), weights = noise(n(kGates * H, K), 1), bias = noise(n(kGates, H), 2);
    Numbers x, h;
    for (int b = 0; b < B; ++b) {
      x.insert(x.end(), xh.begin() + b * K, xh.begin() + b * K + I);
      h.insert(h.end(), xh.begin() + b * K + I, xh.begin() + (b + 1) * K);
    }
    kernels::DensePack<float> joint(K, kGates * H);
    joint.pack(weights.data(), bias.data());
    std::vector<kernels::DensePack<float>> gate, gate_x, gate_h;
    for (int g = 0; g < kGates; ++g) {
      const float *from = weights.data() + n(g * H, K), *b = bias.data() + g * H;
      gate.emplace_back(K, H).pack(from, b);
      Numbers W, U;
      for (int row = 0; row < H; ++row) {
        W.insert(W.end(), from + n(row, K), from + n(row, K) + I);
        U.insert(U.end(), from + n(row, K) + I, from + n(row + 1, K));
      }
      gate_x.emplace_back(I, H).pack(W.data(), b);
      gate_h.emplace_back(H, H).pack(U.data(), nullptr);
    }
    Numbers one(n(B, kGates * H)), four(one.size()), part(n(B, H)), eight(one.size());
    const SeqView<const float> xh_view = batch_major(xh.data(), B, 1, K),
                               x_view = batch_major(x.data(), B, 1, I),
                               h_view = batch_major(h.data(), B, 1, H);
    // Each gate's sums into its slice of [B, 4H].
    const auto slice = [B, H](Numbers& all, int g) {
      return SeqView<float>{all.data() + g * H, 1, B, H, 0, std::ptrdiff_t{kGates} * H};
    };
    const double products = 2.0 * B * K * kGates * H;
    const int calls = std::max(1, static_cast<int>(2e7 / products));
    const std::vector<double> best = best_of(
        seconds, calls, [&] { joint.forward(xh_view, {}, batch_major(one.data(), B, 1, kGates * H), team); },
        [&] {
          for (int g = 0; g < kGates; ++g)
            gate[static_cast<std::size_t>(g)].forward(xh_view, {}, slice(four, g), team);
        },
        [&] {
          for (int g = 0; g < kGates; ++g) {
            const SeqView<float> to = slice(eight, g);
            gate_x[static_cast<std::size_t>(g)].forward(x_view, {}, to, team);
            gate_h[static_cast<std::size_t>(g)].forward(h_view, {}, batch_major(part.data(), B, 1, H), team);
            for (int b = 0; b < B; ++b)
              for (int j = 0; j < H; ++j) to.at(0, b)[j] += part[n(b, H) + static_cast<std::size_t>(j)];
          }
        });
    same = same && one == four;
    if (B == 128) gain_mnist = best[1] / best[0];
    std::printf("%4d %4d %4d  |  %11.2f  %15.2f  %18.2f  |  %11.2f  %7.2f\n", B, I, H, 1e6 * best[0],
                1e6 * best[1], 1e6 * best[2], best[1] / best[0], best[2] / best[0]);
  }
  std::printf("microseconds a step, best of many, one thread; one product and four give the same bits: %s\n",
              same ? "yes" : "NO");
  std::printf("RESULT ok=%s gain_128_28_128=%.3f\n", same ? "yes" : "no", gain_mnist);
  return same ? 0 : 1;
}
