// Looking up cells by kind and by name, and counting their parameters.
#include "cells/registry.h"

namespace carousel::cells {

const CellInfo& info(Kind kind) {
  return all()[static_cast<int>(kind)];
}

std::optional<Kind> find(std::string_view name) {
  return enum_value<Kind>(name);
}

std::int64_t parameter_count(Kind kind, int inputs, int units, bool recurrent_bias) {
  const CellInfo& cell = info(kind);
  const std::int64_t I = inputs, H = units;
  const std::int64_t x = cell.gate_blocks_x(), h = cell.gate_blocks_h(), p = std::ssize(cell.per_unit);
  return x * H * I + h * H * H + x * H + p * H + (recurrent_bias ? h * H : 0);
}

}  // namespace carousel::cells
