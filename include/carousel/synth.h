// Synthetic tasks: data from a definition, with the scores of a perfect and of a trivial predictor known
// beforehand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "carousel/data.h"

namespace carousel {

/// A task that `synth` can make.
struct SynthTask {
  std::string_view name;     ///< "adding"
  std::string_view summary;  ///< what has to be learnt, in one line
  std::string_view source;   ///< who described it first, or whose form this is
  std::string_view length;   ///< what the option `length` says for this task
  int sequences = 0;         ///< how many are made when nobody says
  int default_length = 0;    ///< `length` when nobody says
  int shortest = 1;          ///< smallest `length`
  int longest = 1'000'000;   ///< largest `length`
  std::string_view flags;    ///< settings with which `carousel train` learns it, e.g. "--units 32 --epochs 5"
};

struct SynthOptions {
  std::optional<int> sequences;  ///< N, 1 ... 10⁷; none: the task's own
  std::optional<int> length;     ///< shortest ... longest of the task; none: the task's own
  std::uint64_t seed = 1;        ///< sequence i is a function of task, length, seed and i alone
};

/// What a predictor scores that needs no training.
struct SynthScore {
  std::string predictor;  ///< "perfect", or what it does: "0.5 for every sequence"
  std::string metric;     ///< accuracy | rmse | loss, of the steps that count, as `carousel train` shows them
  double value = 0.0;     ///< expected over all sequences that could be drawn
};

/// The sequences of a task. Exactly one of `values` and `labels` is filled.
struct Synthetic {
  std::string task;
  std::int64_t rows = 0;              ///< N
  int steps = 0;                      ///< T: of the longest sequence
  int features = 0;                   ///< F
  std::vector<float> x;               ///< [N, T, F], zero beyond a sequence's length
  int outputs = 0;                    ///< K: values at a step; 0 for classes
  int classes = 0;                    ///< number of classes; 0 for values
  std::vector<float> values;          ///< [N, K], or [N, T, K] with every_step; zero beyond the length
  std::vector<std::int32_t> labels;   ///< [N], or [N, T] with every_step; zero beyond the length
  bool every_step = false;            ///< a target at every step, or one a sequence
  std::vector<std::int32_t> lengths;  ///< [N]; empty: all sequences are T long
  std::vector<float> mask;            ///< [N, T], 0 or 1; empty: every step counts
  Scale scale = Scale::none;          ///< how x and values should be scaled
  std::string loss;                   ///< what to minimise: mse | cross_entropy | binary_cross_entropy
  std::vector<SynthScore> scores;     ///< the perfect predictor's first, where it is known

  /// A view for `carousel::arrays`; lives as long as this object is not changed.
  ArrayOptions arrays() const;
};

/// All tasks, in the order in which `carousel synth` lists them.
const std::vector<SynthTask>& synth_tasks();

/// Makes a task. Throws usage_unknown_word for a name that is none, with the nearest one; usage_bad_value for
/// a number out of range, or more than 2³⁰ numbers in x.
Synthetic synth(std::string_view task, const SynthOptions& options = {});

}  // namespace carousel
