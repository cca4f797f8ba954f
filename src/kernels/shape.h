// A cell's constants as numbers that can be looked up by kind, and errors about shapes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cells/registry.h"
#include "kernels/table.h"

namespace carousel::kernels {

/// The gate blocks of W and b, of U and bu: the sum of each, in file order.
struct FileOrder {
  int blocks_x = 0, blocks_h = 0;
  int sum_x[kMostSums] = {}, sum_h[kMostSums] = {};
};

CellShape shape_of(cells::Kind kind);
FileOrder file_order_of(cells::Kind kind);

/// "T=5 B=2 F=3", for errors.
std::string shape_text(int steps, int rows, int features);

/// Throws usage_shape.
[[noreturn]] void bad_shape(const char* where, std::string what, std::string expected, std::string got);

/// Throws usage_shape unless there is a length for each row, or none at all.
void check_lengths(const char* where, std::span<const std::int32_t> lengths, int rows);

}  // namespace carousel::kernels
