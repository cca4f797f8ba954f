// Steps for a user's own loop: one layer run a step at a time, forward and backward; and the step functions
// of textbooks.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "carousel/spec.h"

namespace carousel {

/// One layer of a network for a loop of one's own: step() as often as there are steps, then step_backward()
/// for each of them from the last to the first. That sum of gradients equals the layer's over the whole
/// sequence bit for bit, because both add over steps from the last to the first. T is float or double. Rows B
/// are given by the size of x.
template <class T>
class StepLayer {
 public:
  /// What one step keeps for its backward.
  class Tape {
   public:
    Tape();
    ~Tape();
    Tape(Tape&&) noexcept;
    Tape& operator=(Tape&&) noexcept;

   private:
    friend class StepLayer;
    struct Kept;
    std::unique_ptr<Kept> kept_;
  };

  /// A parameter tensor with its gradient, both row-major.
  struct Parameter {
    std::string name;  ///< "W", "U", "b", ...
    std::vector<int> shape;
    std::span<T> value, gradient;
  };

  /// A layer for `inputs` features, initialised from `seed`. Throws usage_* for a wrong spec, and for a layer
  /// that reads backward in time.
  explicit StepLayer(const Layer& spec, int inputs, std::uint64_t seed = 1);
  ~StepLayer();
  StepLayer(StepLayer&&) noexcept;
  StepLayer& operator=(StepLayer&&) noexcept;

  int inputs() const;
  int outputs() const;
  /// Views that stay good. After changing values, call this, zero_gradients() or step_backward() before the
  /// next step(), which then sees them.
  std::vector<Parameter> parameters();
  void zero_gradients();

  /// The state before the first step: for h, then c, a dense [B, H] of zeros. Empty for a layer without
  /// state. Precondition: rows >= 0.
  std::vector<T> zero_state(int rows) const;

  /// Other masks of `dropout` and `recurrent_dropout` from here on: a recurrent layer keeps them for a
  /// sequence. (A Dropout layer draws anew for each step.)
  void next_sequence();

  /// x [B, inputs] -> y [B, outputs]; `state` is replaced by the new one; `tape` is what step_backward needs.
  /// Throws usage_shape.
  std::vector<T> step(std::span<const T> x, std::vector<T>& state, Tape& tape);

  /// dy [B, outputs] -> dx [B, inputs]; adds to the gradients of the parameters. `d_state`: the gradient of
  /// the loss by the state after that step (zeros for the last one), replaced by that of the state before it.
  /// Throws usage_shape, and usage_conflict for a tape without a step or whose backward was taken.
  std::vector<T> step_backward(std::span<const T> dy, std::vector<T>& d_state, Tape& tape);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

extern template class StepLayer<float>;
extern template class StepLayer<double>;

/// A row-major matrix; a vector has one row.
struct Matrix {
  int rows = 0, columns = 0;
  std::vector<float> values;
};

/// Weights of one textbook step, stored [in, out]: h = tanh(x W_xh + h₋₁ W_hh + b_h), y = h W_hq + b_q.
struct RnnParams {
  Matrix W_xh, W_hh, b_h, W_hq, b_q;
};

/// The same for an LSTM, gates i f o and candidate c: i = σ(x W_xi + h₋₁ W_hi + b_i) and so on, y = h W_hq +
/// b_q.
struct LstmParams {
  Matrix W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c, W_hq, b_q;
};

/// A [rows, units] state of zeros; neither below 0.
Matrix init_state(int rows, int units);

/// x [B, I], state h [B, H] -> (y [B, Q], h). Throws usage_shape.
std::pair<Matrix, Matrix> rnn(const Matrix& x, const Matrix& state, const RnnParams& params);

/// x [B, I], state (h, c) -> (y [B, Q], (h, c)). Throws usage_shape.
std::pair<Matrix, std::pair<Matrix, Matrix>> lstm(const Matrix& x, const std::pair<Matrix, Matrix>& state,
                                                  const LstmParams& params);

}  // namespace carousel
