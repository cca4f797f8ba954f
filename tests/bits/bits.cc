// Prints a hash of the bits of every cell's results on every instruction set; tools/check_bits compares
// compilers.
#include <cstdio>
#include <cstring>

#include "kernels/sweep_case.h"

namespace {

using namespace carousel;
using namespace carousel::kernels;

// FNV-1a.
std::uint64_t hash_of(const Results<float>& results) {
  std::uint64_t hash = 1469598103934665603u;
  results.each([&](const char*, const std::vector<float>& v) {
    for (const float x : v) {
      std::uint32_t bits;
      std::memcpy(&bits, &x, sizeof bits);
      hash = (hash ^ bits) * 1099511628211u;
    }
  });
  return hash;
}

}  // namespace

int main() {
  for (int kind = 0; kind < cells::kKinds; ++kind)
    for (const std::string_view target : available_targets()) {
      const Case c{.cell = static_cast<cells::Kind>(kind), .T = 9, .B = 37, .I = 21, .H = 43, .lengths = {}};
      const std::uint64_t hash = hash_of(run_case<float>(c, make_inputs(c), {.target = std::string(target)}));
      std::printf("%-18s %-8s %016llx\n", std::string(enum_name(c.cell)).c_str(), std::string(target).c_str(),
                  static_cast<unsigned long long>(hash));
    }
}
