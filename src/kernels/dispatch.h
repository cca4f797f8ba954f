// Which instruction set the kernels run on: found once, forced by CAROUSEL_TARGET, switched by tests.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "kernels/table.h"

namespace carousel::kernels {

/// One target of this build that this machine can run.
struct Target {
  std::string_view name;  ///< "scalar", "sse4", "avx2", "avx512" or "neon"
  const Table<float>* table;
};

/// The target that new packs are made for: the best one, or what the environment variable CAROUSEL_TARGET
/// names. Throws usage_bad_value when that is none of `available_targets`.
const Target& active_target();
/// Names of the targets that this build has and this machine runs, slowest first.
std::vector<std::string_view> available_targets();
/// All of them; packs take one, so that tests can run each in one process.
const std::vector<Target>& targets();
const Target& find_target(std::string_view name);
/// What `active_target` does with the environment's text: null and "" give the best target.
const Target& choose_target(const char* forced);

/// double: one lane over the same cells, wherever it runs.
const Table<double>& double_table();

/// What packs and functions run on when nothing else is named.
template <class T>
const Table<T>& default_table() {
  if constexpr (std::is_same_v<T, float>)
    return *active_target().table;
  else
    return double_table();
}

}  // namespace carousel::kernels
