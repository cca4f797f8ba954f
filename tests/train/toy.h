// Small datasets in memory for the tests of training.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "base/random.h"
#include "carousel/train.h"

namespace carousel::testing {

/// Sequences of numbers with targets of any kind; `lengths` empty: all have `steps`.
class Toy : public Dataset {
 public:
  int steps = 1, inputs = 1;
  TargetShape shape;
  std::vector<float> x;               // [N, T, F]
  std::vector<float> values;          // [N, Ty, K]
  std::vector<std::int32_t> classes;  // [N, Ty]
  std::vector<std::int32_t> lengths;  // [N]
  std::vector<float> mask;            // [N, Ty]

  std::int64_t count() const override { return static_cast<std::int64_t>(x.size()) / (steps * inputs); }
  int max_steps() const override { return steps; }
  int features() const override { return inputs; }
  TargetShape target() const override { return shape; }
  std::int64_t id(std::int64_t index) const override { return 100 + index; }
  int length(std::int64_t i) const override {
    return lengths.empty() ? steps : lengths[static_cast<std::size_t>(i)];
  }

  void gather(std::span<const std::int64_t> indices, Batch& batch) const override {
    batch.rows = static_cast<int>(indices.size());
    batch.features = inputs;
    batch.steps = lengths.empty() ? steps : 1;
    batch.lengths.clear(), batch.ids.clear(), batch.x.clear();
    batch.values.clear(), batch.classes.clear(), batch.mask.clear();
    for (const std::int64_t i : indices) {
      if (!lengths.empty())
        batch.lengths.push_back(length(i)), batch.steps = std::max(batch.steps, length(i));
      batch.ids.push_back(id(i));
    }
    batch.target_steps = shape.every_step ? batch.steps : 1;
    batch.target_values = shape.values;
    for (const std::int64_t i : indices) {
      copy(x, i, steps, batch.steps, inputs, batch.x);
      const int all = shape.every_step ? steps : 1;
      if (!values.empty()) copy(values, i, all, batch.target_steps, shape.values, batch.values);
      if (!classes.empty()) copy(classes, i, all, batch.target_steps, 1, batch.classes);
      if (!mask.empty()) copy(mask, i, all, batch.target_steps, 1, batch.mask);
    }
  }

 private:
  template <class T>
  static void copy(const std::vector<T>& from, std::int64_t i, int all, int some, int each,
                   std::vector<T>& to) {
    const T* first = from.data() + i * all * each;
    to.insert(to.end(), first, first + some * each);
  }
};

/// Windows of a sine with the next value as target.
inline std::shared_ptr<Toy> sine(int count, int steps, double phase = 0) {
  auto toy = std::make_shared<Toy>();
  toy->steps = steps;
  toy->shape = {.values = 1};
  for (int i = 0; i < count; ++i) {
    for (int t = 0; t < steps; ++t) toy->x.push_back(static_cast<float>(std::sin(0.3 * (i + t) + phase)));
    toy->values.push_back(static_cast<float>(std::sin(0.3 * (i + steps) + phase)));
  }
  return toy;
}

/// Random sequences of 2 features and lengths 1 ... steps; the class says whether the first feature's sum is
/// positive.
inline std::shared_ptr<Toy> signs(int count, int steps, std::uint64_t seed, bool ragged = true) {
  auto toy = std::make_shared<Toy>();
  const Random random(seed, Random::Use::test);
  toy->steps = steps;
  toy->inputs = 2;
  toy->shape = {.classes = 2};
  std::uint64_t draw = 0;
  for (int i = 0; i < count; ++i) {
    const int length =
        ragged ? 1 + static_cast<int>(random.bits(draw++) % static_cast<std::uint32_t>(steps)) : steps;
    if (ragged) toy->lengths.push_back(length);
    double sum = 0;
    for (int t = 0; t < steps; ++t)
      for (int f = 0; f < 2; ++f) {
        const float v = t < length ? 2 * random.uniform(draw++) - 1 : 0;
        if (f == 0) sum += static_cast<double>(v);
        toy->x.push_back(v);
      }
    toy->classes.push_back(sum > 0 ? 1 : 0);
  }
  return toy;
}

/// Ragged sequences whose target at every step is the mean of the inputs so far; a third of the steps is
/// masked.
inline std::shared_ptr<Toy> means(int count, int steps, std::uint64_t seed) {
  auto toy = signs(count, steps, seed);
  toy->classes.clear();
  toy->shape = {.values = 1, .every_step = true};
  for (int i = 0; i < count; ++i) {
    float sum = 0;
    for (int t = 0; t < steps; ++t) {
      sum += toy->x[static_cast<std::size_t>((i * steps + t) * 2)];
      toy->values.push_back(sum / static_cast<float>(t + 1));
      toy->mask.push_back((i + t) % 3 == 1 ? 0.0f : 1.0f);
    }
  }
  return toy;
}

inline Prepared prepared(std::shared_ptr<const Dataset> train,
                         std::shared_ptr<const Dataset> validation = nullptr) {
  Prepared data;
  data.train = std::move(train);
  data.validation = std::move(validation);
  return data;
}

}  // namespace carousel::testing
