// Range and PerUnitGrad: the small tables by which a cell tells the kernels what feeds its sums and its
// per-unit weights.
#pragma once

namespace carousel::cells {

/// Sums [begin, end) of a cell. A sum in neither kFromX nor any kFromH is room of the cell's own: nothing
/// feeds it.
struct Range {
  int begin, end;

  constexpr int size() const { return end - begin; }
  constexpr bool contains(int sum) const { return begin <= sum && sum < end; }
};

/// Which state a product takes: the one before the step or the one after it.
enum When { Before, After };

/// The gradient of one per-unit weight: over rows and time, the sum of (gradient of `sum`)⊙(`state` at
/// `when`).
struct PerUnitGrad {
  int sum, state;
  When when;
};

}  // namespace carousel::cells
