// Criterion: the loss of a batch of outputs against its targets, and the gradient by the outputs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/aligned.h"
#include "base/team.h"
#include "base/view.h"
#include "carousel/loss.h"

namespace carousel::loss {

struct Formula {
  Loss loss = Loss::mse;
  Reduce time = Reduce::mean;     ///< over the steps of a row that count
  Reduce samples = Reduce::mean;  ///< over the rows with a step that counts
  LossAt at = LossAt::every;
};

/// The targets of B rows; nothing is owned.
struct Targets {
  int steps = 1;                               ///< Ty: the steps of y, or 1
  int longest = 1;                             ///< T: the length of rows where `lengths` is empty
  int values = 0;                              ///< K of `numbers`
  const float* numbers = nullptr;              ///< [B, Ty, K], or
  const std::int32_t* classes = nullptr;       ///< [B, Ty], each in 0 ... K-1
  std::span<const float> mask = {};            ///< [B, Ty], 0 = does not count; empty: all count
  std::span<const std::int32_t> lengths = {};  ///< [B]; a row without steps does not count
};

/// Loss and accuracy of some rows; sums of batches add up to those of a whole part.
struct Sum {
  double total = 0.0;       ///< Σ_b L(b)
  std::int64_t rows = 0;    ///< B: rows with a step that counts
  std::int64_t steps = 0;   ///< Σ_b n(b)
  std::int64_t judged = 0;  ///< classes (labels) that were compared; 0 where the loss has none
  std::int64_t right = 0;   ///< of these, the right ones

  Sum& operator+=(const Sum& other);
  /// total, divided by the rows where samples = mean; 0 without rows.
  double value(Reduce samples) const;
  std::optional<double> accuracy() const;
};

/// L of TrainOptions (include/carousel/train.h) and dL/dy. The sum over a step's features, over a row's steps
/// and over rows each have one fixed order of adding; a row's loss does not depend on the rows and the
/// padding beside it.
template <class T>
class Criterion {
 public:
  explicit Criterion(const Formula& formula) : formula_(formula) {}

  /// Memory for batches up to this size, of `features` outputs a step, on teams of up to `threads`.
  void reserve(int rows, int steps, int features, int threads);

  /// y: [B, T, K], or one step a row where the network returns the last. `dy`, of y's shape, is overwritten
  /// (zero where nothing counts); absent: no gradient is taken. Throws usage_shape when y and the targets do
  /// not fit together.
  Sum operator()(SeqView<const T> y, const Targets& targets, SeqView<T> dy, Team& team);

  const Formula& formula() const { return formula_; }

  /// The step whose loss is not finite, first by row, then by time, of the last call; nothing when all are
  /// finite.
  struct Place {
    int row, step;
  };
  std::optional<Place> not_finite() const;

 private:
  struct Range {
    int first = 0, last = 0;  // steps [first, last) of y, before the mask
    int target = 0;           // the target of step `first`
  };
  Range range(int row, int y_steps, const Targets& targets) const;
  void count(int rows, int y_steps, const Targets& targets);
  /// Which of the targets is that of step `step` of y.
  std::size_t target_of(int row, int step, const Targets& targets) const;

  Formula formula_;
  int rows_ = 0, steps_ = 0;
  std::vector<double> step_losses_;   // [T, B], 0 where a step does not count
  std::vector<double> row_losses_;    // [B]
  std::vector<std::int32_t> counts_;  // [B]: n(b)
  std::vector<Range> ranges_;         // [B]
  AlignedBuffer<double> scratch_;     // of the threads
};

extern template class Criterion<float>;
extern template class Criterion<double>;

}  // namespace carousel::loss
