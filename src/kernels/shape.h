// A cell's constants as numbers that can be looked up by kind, and shapes as text.
#pragma once

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

}  // namespace carousel::kernels
