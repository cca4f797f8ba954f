// Reductions by the active target.
#include "kernels/reduce.h"

#include "kernels/dispatch.h"

namespace carousel::kernels {

float sum(std::span<const float> x) {
  return active_target().table->sum(x.data(), x.size());
}
double sum(std::span<const double> x) {
  return double_table().sum(x.data(), x.size());
}
float sum_of_squares(std::span<const float> x) {
  return active_target().table->sum_of_squares(x.data(), x.size());
}
double sum_of_squares(std::span<const double> x) {
  return double_table().sum_of_squares(x.data(), x.size());
}
float dot(std::span<const float> x, std::span<const float> y) {
  return active_target().table->dot(x.data(), y.data(), x.size());
}
double dot(std::span<const double> x, std::span<const double> y) {
  return double_table().dot(x.data(), y.data(), x.size());
}
bool all_finite(std::span<const float> x) {
  return active_target().table->finite(x.data(), x.size());
}
bool all_finite(std::span<const double> x) {
  return double_table().finite(x.data(), x.size());
}

}  // namespace carousel::kernels
