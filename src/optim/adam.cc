// Adam (Kingma & Ba 2015, algorithm 1), and AdamW (Loshchilov & Hutter 2019, algorithm 2), which first takes
// rate · λ · w off w:
//   m = β1 m + (1 - β1) g
//   v = β2 v + (1 - β2) g²
//   w = w - rate · (m / (1 - β1^n)) / (√(v / (1 - β2^n)) + ε)
#include <cmath>

#include "optim/method.h"

namespace carousel::optim {
namespace {

// β^n by squaring: the same bits everywhere, which pow does not promise.
double power(double base, std::int64_t n) {
  double result = 1.0;
  for (; n > 0; n /= 2, base *= base)
    if (n % 2) result *= base;
  return result;
}

class Adam : public Method {
 public:
  Adam(double beta1, double beta2, double epsilon, double weight_decay)
      : beta1_(beta1), beta2_(beta2), epsilon_(static_cast<float>(epsilon)), weight_decay_(weight_decay) {}

  std::span<const std::string_view> slots() const override {
    static constexpr std::string_view kNames[] = {"m", "v"};
    return kNames;
  }

  void update(std::int64_t n, double rate, const Clip& clip, const Tensor& tensor) const override {
    const float b1 = static_cast<float>(beta1_), take1 = static_cast<float>(1.0 - beta1_);
    const float b2 = static_cast<float>(beta2_), take2 = static_cast<float>(1.0 - beta2_);
    const float move = static_cast<float>(rate / (1.0 - power(beta1_, n)));
    const float root_scale = static_cast<float>(1.0 / std::sqrt(1.0 - power(beta2_, n)));
    const float shrink = static_cast<float>(1.0 - rate * weight_decay_), epsilon = epsilon_;
    float* __restrict w = tensor.w;
    const float* __restrict g = tensor.g;
    float* __restrict m = tensor.slots[0];
    float* __restrict v = tensor.slots[1];
    for (std::size_t i = 0; i < tensor.size; ++i) {
      const float d = clip(g[i]);
      m[i] = b1 * m[i] + take1 * d;
      v[i] = b2 * v[i] + take2 * d * d;
      w[i] = w[i] * shrink - move * m[i] / (std::sqrt(v[i]) * root_scale + epsilon);
    }
  }

  double bound(std::int64_t n, double rate, double size, double gradient) const override {
    const double move = rate / (1.0 - power(beta1_, n)), m = size + gradient, v = size + gradient * gradient;
    return std::max(v / (1.0 - power(beta2_, n)),  // more than its root, where it is large
                    size * std::abs(1.0 - rate * weight_decay_) + std::max(1.0, move) * m * over(epsilon_));
  }

 private:
  double beta1_, beta2_;
  float epsilon_;
  double weight_decay_;
};

}  // namespace

std::unique_ptr<Method> make_adam(double beta1, double beta2, double epsilon) {
  return std::make_unique<Adam>(beta1, beta2, epsilon, 0.0);
}

std::unique_ptr<Method> make_adamw(double beta1, double beta2, double epsilon, double weight_decay) {
  return std::make_unique<Adam>(beta1, beta2, epsilon, weight_decay);
}

}  // namespace carousel::optim
