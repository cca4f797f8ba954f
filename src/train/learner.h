// Learner: a network that learns: its weights, their gradients, the optimiser's state, and the parts of one
// step.
#pragma once

#include <memory>
#include <vector>

#include "base/aligned.h"
#include "base/team.h"
#include "carousel/train.h"
#include "loss/criterion.h"
#include "model/network.h"
#include "optim/method.h"

namespace carousel::training {

class Learner {
 public:
  /// Throws usage_* when the spec or l2_weights are wrong.
  Learner(const ModelSpec& spec, int inputs, const TrainOptions& resolved, Team& team);

  /// Runs a batch of `rows` empty sequences of `steps` steps, so that no later batch must allocate.
  void reserve(int rows, int steps, bool ragged);

  // The parts of one step, in this order; `n` = 1, 2, ... is its number.
  SeqView<const float> forward(const Batch& batch, std::int64_t n);
  loss::Sum loss(SeqView<const float> y, const Batch& batch);
  void backward(const Batch& batch, std::int64_t n);
  /// Adds L2 to the gradients and returns the norm of all of them together.
  double gradient_norm();
  /// Whether clipping makes the gradients of that norm smaller.
  bool clips(double norm) const;
  /// Moves weights and state. Throws check_not_finite, with all of them as they were before, when one of
  /// their numbers would not be finite. `epoch` counts from 1.
  void update(double norm, std::int64_t n, int epoch);

  /// After the weights or the optimiser's state were changed from outside.
  void pack();

  /// Says what is not finite when the step is done again with checks. `epoch` counts from 1.
  [[noreturn]] void explain_not_finite(const Batch& batch, std::int64_t n, int epoch);

  const model::Network<float>& network() const { return network_; }
  model::Workspace<float>& workspace() { return workspace_; }
  model::Parameters<float>& weights() { return weights_; }
  const model::Parameters<float>& weights() const { return weights_; }
  /// Of the last step, with L2, before clipping.
  const model::Parameters<float>& gradients() const { return gradients_; }
  /// One for each of the optimiser's slots, with the names of the weights.
  std::vector<model::Parameters<float>>& slots() { return slots_; }
  std::span<const std::string_view> slot_names() const { return method_->slots(); }

 private:
  layers::Pass pass_of(const Batch& batch, std::int64_t n) const;
  void explain_gradients(const Batch& batch, std::int64_t n, const std::string& when);
  /// A part of a tensor, small enough for the first cache: what sums, moves and threads are cut into.
  struct Run {
    std::size_t tensor, first, size;
  };
  /// What an update is made with.
  struct Move {
    std::int64_t n;
    double rate;
    optim::Clip clip;
  };
  double numbers() const;  ///< of all weights
  void move(const Move& how, const Run& run, float* const* state) const;
  /// Moves a copy of a run in `scratch`: the new weights, then each slot, kRun numbers apart.
  void rehearse(const Move& how, const Run& run, float* scratch) const;
  /// Whether an update would make a number that is not finite.
  bool spoils(const Move& how);
  /// Says which tensor the update would spoil.
  [[noreturn]] void explain_update(const Move& how, int epoch);
  static constexpr std::size_t kRun = 2048;

  TrainOptions options_;
  Team& team_;
  model::Network<float> network_;
  model::Parameters<float> weights_, gradients_;
  std::vector<model::Parameters<float>> slots_;
  std::vector<std::vector<float*>> state_;  // [tensor][weight, then slots]
  std::vector<double> l2_;                  // [tensor]
  std::vector<Run> runs_;
  std::vector<double> squares_;    // [run] of the gradients
  std::vector<float> steepest_;    // [run] largest |gradient|, where clip_value is set
  std::vector<float> largest_of_;  // [run]
  double largest_;                 // |weight| or |number of the state|; infinite where that is not known
  AlignedBuffer<float> scratch_;   // of the threads, to rehearse in
  std::unique_ptr<optim::Method> method_;
  loss::Criterion<float> criterion_;
  model::Workspace<float> workspace_;
  AlignedBuffer<float> dy_memory_;
  SeqView<float> dy_;
};

/// λ of the weights of that name: what their layer asks for, and `l2` where l2_weights names them.
double l2_of(const std::string& name, float asked, const TrainOptions& options);
/// Throws usage_unknown_word when l2_weights names no weights.
void check_l2_weights(const TrainOptions& options, const std::vector<std::string>& names);

model::Parameters<float> copy_of(const model::Parameters<float>& parameters);
void copy_values(const model::Parameters<float>& from, model::Parameters<float>& to);

}  // namespace carousel::training
