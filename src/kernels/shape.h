// A cell's constants as numbers that can be looked up by kind.
#pragma once

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

}  // namespace carousel::kernels
