// L2, norm and clipping of gradients.
#include "optim/clip.h"

#include "kernels/reduce.h"

namespace carousel::optim {

void add_l2(double lambda, std::span<const float> w, std::span<float> g) {
  const float l = static_cast<float>(lambda);
  for (std::size_t i = 0; i < g.size(); ++i) g[i] += l * w[i];
}

double sum_of_squares(std::span<const float> g) {
  const float* p = g.data();
  return kernels::sum_of(static_cast<int>(g.size()), [p](int i) {
    const double v = p[i];
    return v * v;
  });
}

Clip make_clip(double norm, double clip_norm, double clip_value) {
  Clip clip;
  if (clip_norm > 0 && norm > clip_norm) clip.scale = static_cast<float>(clip_norm / norm);
  if (clip_value > 0) clip.limit = static_cast<float>(clip_value);
  return clip;
}

}  // namespace carousel::optim
