// Reads the constants of every cell's header into the kernels' structs; writes shapes.
#include "kernels/shape.h"

#include <algorithm>
#include <iterator>

#include "carousel/error.h"

namespace carousel::kernels {

CellShape shape_of(cells::Kind kind) {
  return cells::visit_with(kind, cells::Standard{}, [](auto cell, const auto&) {
    using Cell = decltype(cell);
    static_assert(Cell::kSums <= kMostSums && Cell::kStates <= kMostStates && Cell::kPhases <= kMostPhases &&
                  Cell::kPerUnit <= kMostPerUnit);
    CellShape shape{};
    shape.sums = Cell::kSums, shape.states = Cell::kStates;
    shape.per_unit = Cell::kPerUnit, shape.phases = Cell::kPhases;
    shape.from_x = Cell::kFromX;
    std::copy(std::begin(Cell::kFromH), std::end(Cell::kFromH), shape.from_h);
    if constexpr (Cell::kPerUnit > 0)
      std::copy_n(std::begin(Cell::kPerUnitGrads), Cell::kPerUnit, shape.per_unit_grads);
    return shape;
  });
}

FileOrder file_order_of(cells::Kind kind) {
  return cells::visit_with(kind, cells::Standard{}, [](auto cell, const auto&) {
    using Cell = decltype(cell);
    FileOrder order;
    order.blocks_x = static_cast<int>(std::size(Cell::kFileX));
    order.blocks_h = static_cast<int>(std::size(Cell::kFileH));
    std::copy(std::begin(Cell::kFileX), std::end(Cell::kFileX), order.sum_x);
    std::copy(std::begin(Cell::kFileH), std::end(Cell::kFileH), order.sum_h);
    return order;
  });
}

std::string shape_text(int steps, int rows, int features) {
  return "T=" + std::to_string(steps) + " B=" + std::to_string(rows) + " F=" + std::to_string(features);
}

void bad_shape(const char* where, std::string what, std::string expected, std::string got) {
  throw Error(
      Code::usage_shape,
      {.where = where, .what = std::move(what), .expected = std::move(expected), .got = std::move(got)});
}

void check_lengths(const char* where, std::span<const std::int32_t> lengths, int rows) {
  if (!lengths.empty() && lengths.size() != static_cast<std::size_t>(rows))
    bad_shape(where, "lengths has the wrong size", std::to_string(rows), std::to_string(lengths.size()));
}

}  // namespace carousel::kernels
