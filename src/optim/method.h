// Method: what every optimiser does: keep its state as named arrays, and move a tensor against its gradient.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

#include "carousel/optimizer.h"

namespace carousel::optim {

/// What clipping makes of a gradient, applied where it is read.
struct Clip {
  float scale = 1.0f;                                    ///< of clipping by norm
  float limit = std::numeric_limits<float>::infinity();  ///< of clipping by value

  float operator()(float g) const {
    g *= scale;
    g = g > limit ? limit : g;
    return g < -limit ? -limit : g;
  }
};

/// A run of numbers of one parameter tensor; none of the arrays overlap.
struct Tensor {
  std::size_t size = 0;
  float* w = nullptr;
  const float* g = nullptr;
  std::span<float* const> slots = {};  ///< as Method::slots() names them, zero before the first step
};

/// What a number grows by at most when it is divided by ε, or by something larger.
inline double over(float epsilon) {
  return epsilon < std::numeric_limits<float>::min() ? std::numeric_limits<double>::infinity()
                                                     : std::max(1.0, 1.0 / static_cast<double>(epsilon));
}

class Method {
 public:
  virtual ~Method() = default;

  /// Names of the state arrays that a parameter has, each of the parameter's shape: "m", "v", ...
  virtual std::span<const std::string_view> slots() const = 0;

  /// Moves w at step n = 1, 2, ...; the number n alone says how far training is. Each number is moved for
  /// itself: the result does not depend on how a tensor is cut into runs.
  virtual void update(std::int64_t n, double rate, const Clip& clip, const Tensor& tensor) const = 0;

  /// What no number that `update` computes exceeds, where no weight and no number of the state is larger than
  /// `size` and no clipped gradient larger than `gradient`. It tells, before anything is moved, that nothing
  /// can overflow. Infinite where it cannot tell.
  virtual double bound(std::int64_t n, double rate, double size, double gradient) const = 0;
};

/// The options with what was left out filled in. Throws usage_conflict for a setting that the kind does not
/// have.
Optimizer resolved(const Optimizer& options);

/// `options` as `resolved` gives them.
std::unique_ptr<Method> make_method(const Optimizer& options);

std::unique_ptr<Method> make_sgd(double momentum);
std::unique_ptr<Method> make_rmsprop(double rho, double epsilon);
std::unique_ptr<Method> make_adam(double beta1, double beta2, double epsilon);
std::unique_ptr<Method> make_adamw(double beta1, double beta2, double epsilon, double weight_decay);

}  // namespace carousel::optim
