// Every cell of the registry, for tests that run over all of them.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "cells/kinds.h"

namespace carousel::testing {

inline std::vector<cells::Kind> every_cell() {
  std::vector<cells::Kind> kinds;
  for (int kind = 0; kind < cells::kKinds; ++kind) kinds.push_back(static_cast<cells::Kind>(kind));
  return kinds;
}

/// Name of a test case: the cell's name with '_' for '-'.
inline std::string case_name(cells::Kind kind) {
  std::string name = cells::kNames[static_cast<int>(kind)];
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace carousel::testing
