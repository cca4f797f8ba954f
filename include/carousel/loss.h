// Losses by name, and how the losses of steps and rows become one number.
#pragma once

namespace carousel {

/// What is minimised, of one step with outputs y [K] and target v; features are always averaged, classes
/// summed. Both cross-entropies take the network's linear output (logits): the last layer has no softmax and
/// no σ; the program applies them where it reports classes or probabilities.
enum class Loss {
  mse,                   ///< 1/K Σ (y - v)²
  mae,                   ///< 1/K Σ |y - v|
  cross_entropy,         ///< -Σ q log softmax(y); q is the class of the step, or its K class probabilities
  binary_cross_entropy,  ///< -1/K Σ (v log σ(y) + (1 - v) log(1 - σ(y))), v in [0, 1]
};

/// How the losses of steps (or samples) become one number.
enum class Reduce { mean, sum };

/// Which steps of a row count: every one that its length and its mask leave, or the last one within its
/// length.
enum class LossAt { every, last };

}  // namespace carousel
