// The search for what is not finite, by the active target.
#include "kernels/reduce.h"

#include "kernels/dispatch.h"

namespace carousel::kernels {

bool all_finite(std::span<const float> x) {
  return active_target().table->finite(x.data(), x.size());
}
bool all_finite(std::span<const double> x) {
  return double_table().finite(x.data(), x.size());
}

}  // namespace carousel::kernels
