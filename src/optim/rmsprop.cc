// RMSprop (Tieleman & Hinton 2012, lecture 6.5), ε outside the root:
//   v = ρ v + (1 - ρ) g²        w = w - rate · g / (√v + ε).
#include <cmath>

#include "optim/method.h"

namespace carousel::optim {
namespace {

class RmsProp : public Method {
 public:
  RmsProp(double rho, double epsilon) : rho_(rho), epsilon_(static_cast<float>(epsilon)) {}

  std::span<const std::string_view> slots() const override {
    static constexpr std::string_view kNames[] = {"v"};
    return kNames;
  }

  void update(std::int64_t, double rate, const Clip& clip, const Tensor& tensor) const override {
    const float r = static_cast<float>(rate), keep = static_cast<float>(rho_),
                take = static_cast<float>(1.0 - rho_);
    const float epsilon = epsilon_;
    float* __restrict w = tensor.w;
    const float* __restrict g = tensor.g;
    float* __restrict v = tensor.slots[0];
    for (std::size_t i = 0; i < tensor.size; ++i) {
      const float d = clip(g[i]);
      v[i] = keep * v[i] + take * d * d;
      w[i] -= r * d / (std::sqrt(v[i]) + epsilon);
    }
  }

  double bound(std::int64_t, double rate, double size, double gradient) const override {
    return size + std::max(gradient * gradient, rate * gradient * over(epsilon_));
  }

 private:
  double rho_;
  float epsilon_;
};

}  // namespace

std::unique_ptr<Method> make_rmsprop(double rho, double epsilon) {
  return std::make_unique<RmsProp>(rho, epsilon);
}

}  // namespace carousel::optim
