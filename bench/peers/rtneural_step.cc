// Times RTNeural's LSTM and GRU a step at a time, sizes fixed at compile time: a worker that reads one work
// item a line, answers in JSON.
//
//     {"cell": "lstm", "work": "stream", "shape": [1000, 1, 64, 64], "threads": 1, "seconds": 1.0}
//  -> {"best_ms": ..., "p10_ms": ..., "median_ms": ..., "runs": ..., "form": "..."}   or {"skip": true}
//
// work: stream alone, T steps of one sequence; I = H of 32, 64 or 128. bench/peers/setup builds it more than
// once with other flags; RTNEURAL_FORM names the build.
#define EIGEN_STACK_ALLOCATION_LIMIT 0  // layers of 128 units are larger than Eigen wants on a stack
#include <RTNeural/RTNeural.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;
using Rows = std::vector<std::vector<float>>;

template <int kSize>
using Lstm = RTNeural::LSTMLayerT<float, kSize, kSize>;
template <int kSize>
using Gru = RTNeural::GRULayerT<float, kSize, kSize>;

Rows filled(int rows, int columns, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> draw(-0.1f, 0.1f);
  Rows numbers(static_cast<std::size_t>(rows), std::vector<float>(static_cast<std::size_t>(columns)));
  for (auto& row : numbers)
    for (float& number : row) number = draw(random);
  return numbers;
}

// A function that does `steps` steps.
template <class Layer, int kSize, int kGates>
std::function<void()> runner(int steps) {
  const auto layer = std::make_shared<Layer>();
  layer->setWVals(filled(kSize, kGates * kSize, 1));
  layer->setUVals(filled(kSize, kGates * kSize, 2));
  if constexpr (kGates == 4)
    layer->setBVals(filled(1, kGates * kSize, 3).front());
  else
    layer->setBVals(filled(2, kGates * kSize, 3));
  layer->reset();
  const auto x = std::make_shared<Eigen::Matrix<float, kSize, 1>>();
  const std::vector<float> numbers = filled(1, kSize, 4).front();
  std::copy(numbers.begin(), numbers.end(), x->data());
  return [=] {
    for (int step = 0; step < steps; ++step) {
      layer->forward(*x);
      asm volatile("" : : "r"(layer.get()) : "memory");  // each step's output is wanted
    }
  };
}

template <int kSize>
std::function<void()> runner_of(const std::string& cell, int steps) {
  return cell == "lstm" ? runner<Lstm<kSize>, kSize, 4>(steps) : runner<Gru<kSize>, kSize, 3>(steps);
}

Json timed(const std::function<void()>& once, double seconds) {
  once();
  std::vector<double> times;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  };
  for (const auto begin = Clock::now(); times.size() < 3 || since(begin) < seconds * 1e3;) {
    const auto start = Clock::now();
    once();
    times.push_back(since(start));
  }
  std::sort(times.begin(), times.end());
  return {{"best_ms", times.front()},
          {"p10_ms", times[times.size() / 10]},
          {"median_ms", times[times.size() / 2]},
          {"runs", times.size()},
          {"form", RTNEURAL_FORM}};
}

}  // namespace

int main() {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040);  // denormals are zero, as everywhere
#endif
  std::cout << Json{{"RTNeural", RTNEURAL_VERSION}} << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const Json item = Json::parse(line);
    const std::string cell = item["cell"];
    const std::vector<int> n = item["shape"];
    std::function<void()> once;
    if (item["work"] == "stream" && (cell == "lstm" || cell == "gru") && n[1] == 1 && n[2] == n[3]) {
      if (n[3] == 32) once = runner_of<32>(cell, n[0]);
      if (n[3] == 64) once = runner_of<64>(cell, n[0]);
      if (n[3] == 128) once = runner_of<128>(cell, n[0]);
    }
    std::cout << (once ? timed(once, item["seconds"]) : Json{{"skip", true}}) << std::endl;
  }
}
