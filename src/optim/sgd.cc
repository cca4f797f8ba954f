// Stochastic gradient descent with momentum (Polyak 1964, as Sutskever et al. 2013 count it, rate outside):
//   m = μ m + g        w = w - rate · m        (μ = 0: w = w - rate · g, and no state).
#include "optim/method.h"

namespace carousel::optim {
namespace {

class Sgd : public Method {
 public:
  explicit Sgd(double momentum) : momentum_(static_cast<float>(momentum)) {}

  std::span<const std::string_view> slots() const override {
    static constexpr std::string_view kNames[] = {"m"};
    return momentum_ == 0.0f ? std::span<const std::string_view>{} : kNames;
  }

  void update(std::int64_t, double rate, const Clip& clip, const Tensor& tensor) const override {
    const float r = static_cast<float>(rate), mu = momentum_;
    float* __restrict w = tensor.w;
    const float* __restrict g = tensor.g;
    if (mu == 0.0f) {
      for (std::size_t i = 0; i < tensor.size; ++i) w[i] -= r * clip(g[i]);
      return;
    }
    float* __restrict m = tensor.slots[0];
    for (std::size_t i = 0; i < tensor.size; ++i) {
      m[i] = mu * m[i] + clip(g[i]);
      w[i] -= r * m[i];
    }
  }

  double bound(std::int64_t, double rate, double size, double gradient) const override {
    return size + std::max(1.0, rate) * (static_cast<double>(momentum_) * size + gradient);
  }

 private:
  float momentum_;
};

}  // namespace

std::unique_ptr<Method> make_sgd(double momentum) {
  return std::make_unique<Sgd>(momentum);
}

}  // namespace carousel::optim
