// The search for the largest number, by the active target.
#include "kernels/reduce.h"

#include "kernels/dispatch.h"

namespace carousel::kernels {

float largest(std::span<const float> x) {
  return active_target().table->largest(x.data(), x.size());
}
double largest(std::span<const double> x) {
  return double_table().largest(x.data(), x.size());
}

}  // namespace carousel::kernels
