// Session: live sequences through a model, a step at a time, without reading anything again.
#pragma once

#include <memory>
#include <span>

#include "carousel/model.h"

namespace carousel {

/// One or more live sequences. The weights are shared with the model; the state lives here and is a value.
///
/// step() equals the model's whole-sequence output bit for bit where every layer can be run step by step; a
/// model that reads backward in time cannot, and is refused.
class Session {
 public:
  /// `rows` sequences side by side. Throws model_mismatch for a model with a backward direction, usage_shape
  /// for rows < 1.
  explicit Session(const Model& model, int rows = 1);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  int inputs() const noexcept;
  int outputs() const noexcept;
  int rows() const noexcept;

  /// x [rows, inputs] -> y [rows, outputs], which stands until the next step. Does not allocate.
  /// Precondition: x.size() == rows * inputs.
  std::span<const float> step(std::span<const float> x) noexcept;
  /// The same with x checked: false, and nothing done, when its size is wrong.
  bool try_step(std::span<const float> x, std::span<const float>& y) noexcept;

  /// Back to the zero state.
  void reset() noexcept;
  /// A copy of the state.
  State state() const;
  /// Throws usage_shape when the state is of another model or number of rows.
  void set_state(const State& state);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carousel
