// Chooses the instruction set: the best that this machine runs, or what CAROUSEL_TARGET names.
#include "kernels/dispatch.h"

#include <cstdlib>

#include "base/nearest.h"
#include "base/text.h"
#include "carousel/error.h"

namespace carousel::kernels {

#define CAROUSEL_DECLARE(name)           \
  namespace name {                       \
  extern const Table<float> table_float; \
  }
CAROUSEL_DECLARE(scalar)
CAROUSEL_DECLARE(sse4)
CAROUSEL_DECLARE(avx2)
CAROUSEL_DECLARE(avx512)
CAROUSEL_DECLARE(neon)
#undef CAROUSEL_DECLARE
namespace scalar {
extern const Table<double> table_double;
}

const std::vector<Target>& targets() {
  static const std::vector<Target> found = [] {
    std::vector<Target> list = {{"scalar", &scalar::table_float}};
#if defined(__x86_64__)
    // What the flags of cmake/kernels.cmake let the compiler use, and whether the system saves the registers.
    // F16C and LZCNT, which clang's builtin does not know, came with or before AVX2 in every CPU.
    __builtin_cpu_init();
    const bool has_sse4 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul") &&
                          __builtin_cpu_supports("aes") && __builtin_cpu_supports("popcnt");
    const bool has_avx2 = has_sse4 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                          __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") &&
                            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd");
    if (has_sse4) list.push_back({"sse4", &sse4::table_float});
    if (has_avx2) list.push_back({"avx2", &avx2::table_float});
    if (has_avx512) list.push_back({"avx512", &avx512::table_float});
#elif defined(__aarch64__)
    list.push_back({"neon", &neon::table_float});
#endif
    return list;
  }();
  return found;
}

std::vector<std::string_view> available_targets() {
  std::vector<std::string_view> names;
  for (const Target& target : targets()) names.push_back(target.name);
  return names;
}

const Target& find_target(std::string_view name) {
  for (const Target& target : targets())
    if (target.name == name) return target;
  std::vector<std::string> known;
  for (const Target& target : targets()) known.emplace_back(target.name);
  throw Error(Code::usage_bad_value, {.where = "CAROUSEL_TARGET",
                                      .what = "this machine has no such instruction set",
                                      .expected = base::listed(known),
                                      .got = "'" + std::string(name) + "'",
                                      .hint = base::did_you_mean(name, known)});
}

const Target& choose_target(const char* forced) {
  return forced && *forced ? find_target(forced) : targets().back();
}

const Target& active_target() {
  static const Target& active = choose_target(std::getenv("CAROUSEL_TARGET"));
  return active;
}

const Table<double>& double_table() {
  return scalar::table_double;
}

}  // namespace carousel::kernels
