// L2, norm and clipping of gradients.
#include "optim/clip.h"

#include <algorithm>

#include "kernels/reduce.h"

namespace carousel::optim {

void add_l2(double lambda, std::span<const float> w, std::span<float> g) {
  const float l = static_cast<float>(lambda);
  for (std::size_t i = 0; i < g.size(); ++i) g[i] += l * w[i];
}

double sum_of_squares(std::span<const float> g) {
  constexpr std::size_t kAtOnce = std::size_t{1} << 30;  // sum_of counts with int
  double sum = 0.0;
  for (std::size_t first = 0; first < g.size(); first += kAtOnce) {
    const float* p = g.data() + first;
    sum += kernels::sum_of(static_cast<int>(std::min(kAtOnce, g.size() - first)), [p](int i) {
      const double v = p[i];
      return v * v;
    });
  }
  return sum;
}

Clip make_clip(double norm, double clip_norm, double clip_value) {
  Clip clip;
  if (clip_norm > 0 && norm > clip_norm) clip.scale = static_cast<float>(clip_norm / norm);
  if (clip_value > 0) clip.limit = static_cast<float>(clip_value);
  return clip;
}

}  // namespace carousel::optim
