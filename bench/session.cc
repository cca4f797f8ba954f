// A saved model at work in a program of its own: the first prediction after the start, and text that goes on.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "carousel/session.h"

using namespace carousel;

namespace {

// The most memory that this process has held, in KiB; 0 where the system does not tell.
long most_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + std::strlen("VmHWM:"));
  return 0;
}

}  // namespace

// usage: bench_session MODEL COUNT [THREADS]. COUNT steps of one sequence; what was put out most becomes the
// next step's one-hot input, where there are as many outputs as inputs. Prints the seconds of the steps and
// the memory of the process.
int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const Model model = load_model(argv[1]);
  Session session(model, {.threads = argc > 3 ? std::atoi(argv[3]) : 1});
  std::vector<float> x(static_cast<std::size_t>(session.inputs()));
  const bool goes_on = session.inputs() == session.outputs();
  const int count = std::atoi(argv[2]);
  const auto start = std::chrono::steady_clock::now();
  std::size_t sum = 0;
  for (int i = 0; i < count; ++i) {
    const std::span<const float> y = session.step(x);
    const auto next = static_cast<std::size_t>(std::max_element(y.begin(), y.end()) - y.begin());
    sum += next;
    if (!goes_on) continue;
    std::fill(x.begin(), x.end(), 0.0f);
    x[next] = 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("{\"seconds\": %.9f, \"steps\": %d, \"sum\": %zu, \"memory_kib\": %ld}\n", took.count(), count,
              sum, most_memory());
  return 0;
}
