// How [train] describes itself: names, documentation and ranges of TrainOptions and its optimizer.
#pragma once

#include <array>
#include <utility>

#include "base/fields.h"
#include "carousel/train.h"

namespace carousel {

template <>
struct EnumNames<Loss> {
  static constexpr std::array<std::pair<std::string_view, Loss>, 4> names{
      {{"mse", Loss::mse},
       {"mae", Loss::mae},
       {"cross_entropy", Loss::cross_entropy},
       {"binary_cross_entropy", Loss::binary_cross_entropy}}};
};
template <>
struct EnumNames<Reduce> {
  static constexpr std::array<std::pair<std::string_view, Reduce>, 2> names{
      {{"mean", Reduce::mean}, {"sum", Reduce::sum}}};
};
template <>
struct EnumNames<LossAt> {
  static constexpr std::array<std::pair<std::string_view, LossAt>, 2> names{
      {{"every", LossAt::every}, {"last", LossAt::last}}};
};
template <>
struct EnumNames<OptimizerKind> {
  static constexpr std::array<std::pair<std::string_view, OptimizerKind>, 4> names{
      {{"sgd", OptimizerKind::sgd},
       {"rmsprop", OptimizerKind::rmsprop},
       {"adam", OptimizerKind::adam},
       {"adamw", OptimizerKind::adamw}}};
};
template <>
struct EnumNames<Finish> {
  static constexpr std::array<std::pair<std::string_view, Finish>, 4> names{{{"epochs", Finish::epochs},
                                                                             {"steps", Finish::steps},
                                                                             {"patience", Finish::patience},
                                                                             {"stopped", Finish::stopped}}};
};
template <>
struct EnumNames<Keep> {
  static constexpr std::array<std::pair<std::string_view, Keep>, 2> names{
      {{"best", Keep::best}, {"last", Keep::last}}};
};

template <class Visitor>
void describe(Optimizer& s, Visitor&& visit) {
  visit(Field{.name = "kind", .doc = "how the weights move"}, s.kind);
  visit(Field{.name = "rate", .doc = "learning rate; auto: 0.01 for sgd, 0.001 for the others", .low = 0},
        s.rate);
  visit(Field{.name = "momentum",
              .doc = "sgd: share of the last move that is kept; auto: 0",
              .low = 0,
              .high = 0.9999999},
        s.momentum);
  visit(Field{.name = "beta1",
              .doc = "adam, adamw: decay of the gradient's mean; auto: 0.9",
              .low = 0,
              .high = 0.9999999},
        s.beta1);
  visit(Field{.name = "beta2",
              .doc = "adam, adamw: decay of the squared gradient's mean; auto: 0.999",
              .low = 0,
              .high = 0.9999999},
        s.beta2);
  visit(Field{.name = "rho",
              .doc = "rmsprop: decay of the squared gradient's mean; auto: 0.9",
              .low = 0,
              .high = 0.9999999},
        s.rho);
  visit(Field{.name = "epsilon",
              .doc = "rmsprop, adam, adamw: added to the root of the squared gradient's mean; auto: 1e-8",
              .low = 0},
        s.epsilon);
  visit(Field{.name = "weight_decay",
              .doc = "adamw: share of rate * w taken off each step; auto: 0.01",
              .low = 0},
        s.weight_decay);
}

template <class Visitor>
void describe(TrainOptions& s, Visitor&& visit) {
  visit(Field{.name = "loss", .doc = "what is minimised; auto: mse for values, cross_entropy for classes"},
        s.loss);
  visit(Field{.name = "optimizer", .doc = "how the weights move"}, s.optimizer);
  visit(Field{.name = "batch", .doc = "rows a step", .low = 1, .high = 1e6}, s.batch);
  visit(Field{.name = "epochs",
              .doc = "passes over the training part; auto: 20, or as many as make 2000 steps (at most 200) "
                     "or `steps`, if that is more",
              .low = 1,
              .high = 1e6},
        s.epochs);
  visit(
      Field{.name = "steps", .doc = "stops after so many steps in all; 0 = no limit", .low = 0, .high = 4e9},
      s.steps);
  visit(Field{.name = "seed", .doc = "of initialisation, dropout and shuffling", .low = 0}, s.seed);
  visit(Field{.name = "shuffle", .doc = "another order each epoch"}, s.shuffle);
  visit(Field{.name = "clip_norm", .doc = "largest norm of all gradients together; 0 = off", .low = 0},
        s.clip_norm);
  visit(
      Field{.name = "clip_value", .doc = "largest size of one gradient, after clip_norm; 0 = off", .low = 0},
      s.clip_value);
  visit(Field{.name = "reduce_time", .doc = "how the losses of the steps of a row become one"},
        s.reduce_time);
  visit(Field{.name = "reduce_samples", .doc = "how the losses of the rows of a batch become one"},
        s.reduce_samples);
  visit(Field{.name = "loss_at", .doc = "which steps of a row count"}, s.loss_at);
  visit(Field{.name = "l2", .doc = "adds l2 * (sum of w^2) / 2 of l2_weights to what is minimised", .low = 0},
        s.l2);
  visit(Field{.name = "l2_weights", .doc = "the weights that l2 is for, e.g. \"layers.0.W\" or \"*.W\""},
        s.l2_weights);
  visit(Field{.name = "patience",
              .doc = "stops after so many epochs without a smaller loss; 0 = never",
              .low = 0,
              .high = 1e6},
        s.patience);
  visit(Field{.name = "keep", .doc = "the weights to end with"}, s.keep);
  visit(
      Field{.name = "checkpoint_every",
            .doc = "steps from one checkpoint to the next; 0 = at the end of an epoch, once a second at most",
            .low = 0,
            .high = 4e9},
      s.checkpoint_every);
  visit(Field{.name = "recompute",
              .doc = "recurrent layers make their gates again in backward instead of keeping them: less "
                     "memory, about a third more time, the same numbers"},
        s.recompute);
  visit(Field{.name = "histograms",
              .doc = "count at each epoch's end how weights and gradients are spread, for report.html"},
        s.histograms);
  visit(Field{.name = "tensorboard",
              .doc = "write events.out.tfevents for TensorBoard into the run folder; makes histograms too"},
        s.tensorboard);
  visit(Field{.name = "threads",
              .doc = "0 = all cores, one for a tiny model; the numbers do not depend on it",
              .low = 0,
              .high = 1024},
        s.threads);
}

}  // namespace carousel
