// What the programs of examples/ share: reading their arguments, checks that count failures, the RESULT line.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace example {

/// A word for each of `names`, such as "FOLDER"; then --short: a run of seconds, for the tests; --seed N.
/// Says so and exits with 2 on anything else.
struct Arguments {
  std::vector<std::string> words;
  bool short_run = false;
  std::uint64_t seed = 1;

  Arguments(int argc, char** argv, std::initializer_list<const char*> names = {}) {
    bool good = true;
    for (int i = 1; i < argc; ++i) {
      const std::string_view word = argv[i];
      char* end = nullptr;
      if (word == "--short")
        short_run = true;
      else if (word == "--seed" && i + 1 < argc)
        seed = std::strtoull(argv[++i], &end, 10), good = good && *argv[i] != '\0' && *end == '\0';
      else if (words.size() < names.size() && !word.starts_with("--"))
        words.emplace_back(word);
      else
        good = false;
    }
    if (good && words.size() == names.size()) return;
    std::fprintf(stderr, "usage: %s", argv[0]);
    for (const char* name : names) std::fprintf(stderr, " %s", name);
    std::fprintf(stderr, " [--short] [--seed N]\n");
    std::exit(2);
  }
};

/// Numbers in [-1, 1) that depend on the seed alone (SplitMix64).
template <class T = float>
std::vector<T> noise(std::size_t count, std::uint64_t seed) {
  std::vector<T> values(count);
  for (T& value : values) {
    std::uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    value = static_cast<T>(static_cast<double>((z ^ (z >> 31)) >> 40) / (1 << 23) - 1.0);
  }
  return values;
}

/// Collects name=value for the last line and whether every check held.
class Result {
 public:
  void add(std::string_view name, const std::string& value) {
    text_.append(" ").append(name).append("=").append(value);
  }
  void add(std::string_view name, double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.9g", value);
    add(name, std::string(buffer));
  }
  /// Prints what failed; true when it held.
  bool check(bool holds, const char* what) {
    if (!holds) std::printf("FAILED: %s\n", what), failed_ = true;
    return holds;
  }
  bool near(double value, double expected, double tolerance, const char* what) {
    const bool holds = std::abs(value - expected) <= tolerance;  // false for NaN
    if (!holds)
      std::printf("FAILED: %s: %.17g, expected %.17g within %g\n", what, value, expected, tolerance),
          failed_ = true;
    return holds;
  }
  /// Prints the RESULT line; the exit status of main.
  int finish() const {
    std::printf("RESULT ok=%s%s\n", failed_ ? "no" : "yes", text_.c_str());
    return failed_ ? 1 : 0;
  }

 private:
  std::string text_;
  bool failed_ = false;
};

}  // namespace example
