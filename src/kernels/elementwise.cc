// Elementwise loops of the active target.
#include "kernels/elementwise.h"

#include "kernels/dispatch.h"

namespace carousel::kernels {
namespace {

template <class T>
void dropout_on(const Random& random, std::uint64_t first, float rate, std::span<const T> x, std::span<T> y) {
  // Compared in 32 bits, so the rate is exact to 2^-32.
  const auto threshold = static_cast<std::uint32_t>(static_cast<double>(rate) * 0x1p32);
  const Random::Place place = random.place();
  default_table<T>().dropout({{place.key[0], place.key[1]}, {place.high[0], place.high[1]}}, first, threshold,
                             T(1) / (T(1) - static_cast<T>(rate)), x.data(), y.data(), x.size());
}

}  // namespace

void exp(std::span<const double> x, std::span<double> y) {
  active_target().table->exp(x.data(), y.data(), x.size());
}
void log1p(std::span<const double> x, std::span<double> y) {
  active_target().table->log1p(x.data(), y.data(), x.size());
}
double log(double x) {
  active_target().table->log(&x, &x, 1);
  return x;
}

void dropout(const Random& random, std::uint64_t first, float rate, std::span<const float> x,
             std::span<float> y) {
  dropout_on(random, first, rate, x, y);
}
void dropout(const Random& random, std::uint64_t first, float rate, std::span<const double> x,
             std::span<double> y) {
  dropout_on(random, first, rate, x, y);
}

}  // namespace carousel::kernels
