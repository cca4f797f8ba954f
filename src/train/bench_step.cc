// Training steps over data that never ends.
#include "train/bench_step.h"

#include <algorithm>

#include "base/random.h"
#include "carousel/train.h"

namespace carousel::training {
namespace {

constexpr int kClasses = 10;

// 256 random sequences, again and again: ten thousand steps are one epoch.
class Endless final : public Dataset {
 public:
  explicit Endless(const kernels::BenchShape& shape)
      : shape_(shape), size_(static_cast<std::size_t>(shape.steps) * static_cast<std::size_t>(shape.inputs)) {
    const Random random(1, Random::Use::synth);
    x_.resize(kDistinct * size_);
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = random.uniform(i) - 0.5f;
  }

  std::int64_t count() const override { return std::int64_t{10000} * shape_.rows; }
  int max_steps() const override { return shape_.steps; }
  int features() const override { return shape_.inputs; }
  TargetShape target() const override { return {.classes = kClasses}; }
  std::int64_t id(std::int64_t index) const override { return index; }
  int length(std::int64_t) const override { return shape_.steps; }

  void gather(std::span<const std::int64_t> indices, Batch& batch) const override {
    batch.rows = static_cast<int>(indices.size());
    batch.steps = shape_.steps;
    batch.features = shape_.inputs;
    batch.target_steps = 1;
    batch.x.resize(indices.size() * size_);
    batch.classes.resize(indices.size());
    for (std::size_t b = 0; b < indices.size(); ++b) {
      const auto which = static_cast<std::size_t>(indices[b]) % kDistinct;
      std::copy_n(x_.data() + which * size_, size_, batch.x.data() + b * size_);
      batch.classes[b] = static_cast<std::int32_t>(which % kClasses);
    }
  }

 private:
  static constexpr std::size_t kDistinct = 256;
  kernels::BenchShape shape_;
  std::size_t size_;
  std::vector<float> x_;
};

}  // namespace

kernels::BenchResult bench_step(cells::Kind cell, const kernels::BenchShape& shape, double seconds,
                                int threads) {
  Prepared prepared;
  prepared.train = std::make_shared<const Endless>(shape);
  const ModelSpec spec{{Recurrent{.cell = std::string(cells::info(cell).name), .units = shape.units},
                        Dense{.units = kClasses}}};
  Team team(threads);
  Trainer trainer(spec, prepared,
                  {.batch = shape.rows, .epochs = 1000000, .clip_norm = 1.0, .threads = team.threads()});
  const double dense = 2.0 * shape.rows * shape.units * kClasses;
  const double dx = 2.0 * shape.steps * shape.rows * shape.units * cells::info(cell).gate_blocks_x() *
                    shape.inputs;  // of the first layer, which no training needs
  return kernels::time_runs([&] { trainer.step(); }, 3 * (kernels::forward_flop(cell, shape) + dense) - dx,
                            seconds, team);
}

}  // namespace carousel::training
