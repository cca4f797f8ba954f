// Walks back through sequences in double and takes the norm of the states' gradients at every step.
#include "carousel/gradflow.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>

#include "base/team.h"
#include "carousel/error.h"
#include "loss/criterion.h"
#include "model/model_impl.h"
#include "train/batches.h"
#include "train/fit.h"
#include "train/gradflow_fit.h"

namespace carousel {
namespace {

constexpr int kRowsAtOnce = 8;  // bounds the memory of a thread; bits do not depend on it

/// sqrt(Σ (a + b)²) without leaving double's range on the way; infinite where a number is not finite.
double norm_of(const double* a, const double* b, int n) {
  const auto at = [&](int j) { return std::abs(b ? a[j] + b[j] : a[j]); };
  double largest = 0, sum = 0;
  for (int j = 0; j < n; ++j) {
    if (!std::isfinite(at(j))) return INFINITY;
    largest = std::max(largest, at(j));
  }
  if (largest == 0) return 0;
  for (int j = 0; j < n; ++j) sum += std::pow(at(j) / largest, 2);
  return largest * std::sqrt(sum);
}

/// Of what is 0 at its start no share is left; of what is beyond double's range at its start none is known.
double share_of(double norm, double start) {
  if (start == 0) return 0;
  return std::isfinite(start) ? norm / start : INFINITY;
}

using Norms = std::vector<std::vector<double>>;  // [sequence][lag]

/// Writes down the norms of one layer.
class Recorder final : public layers::StateWatch<double> {
 public:
  /// Numbers of the layer's first state, and of the first one of its direction that reads in reverse.
  Recorder(std::vector<Norms>& norms, std::size_t first, std::size_t first_reverse, bool returns_last)
      : norms_(norms), first_{first, first_reverse}, returns_last_(returns_last) {}

  void next_batch(std::size_t first_sequence, std::span<const std::int32_t> lengths) {
    first_sequence_ = first_sequence, lengths_ = lengths;
  }

  void step(bool reverse, int step, std::span<const SeqView<const double>> carried,
            SeqView<const double> dy) override {
    for (int b = 0; b < carried[0].rows; ++b) {
      const int length = lengths_[static_cast<std::size_t>(b)], back = length - 1 - step;
      if (back < 0) continue;
      const auto lag = static_cast<std::size_t>(reverse && !returns_last_ ? step : back);
      for (std::size_t k = 0; k < carried.size(); ++k) {
        std::vector<double>& to = norms_[first_[reverse] + k][first_sequence_ + static_cast<std::size_t>(b)];
        const double* output = k == 0 && dy ? dy.at(reverse ? back : step, b) : nullptr;
        if (lag < to.size()) to[lag] = norm_of(carried[k].at(0, b), output, carried[k].features);
      }
    }
  }

 private:
  std::vector<Norms>& norms_;
  std::size_t first_[2];
  bool returns_last_;
  std::size_t first_sequence_ = 0;
  std::span<const std::int32_t> lengths_;
};

bool returns_last(const Layer& layer) {
  if (const auto* one = std::get_if<Recurrent>(&layer)) return one->returns == Returns::last;
  if (const auto* both = std::get_if<Bidirectional>(&layer)) return both->returns == Returns::last;
  return false;
}

class Walk {
 public:
  Walk(const Model& model, const Dataset& data, const TrainOptions& options, const GradflowOptions& flow)
      : spec_(model.spec()), data_(data), flow_(flow), network_(model.spec(), model.inputs()) {
    if (network_.states().empty())
      throw Error(Code::usage_conflict,
                  {.where = "gradflow",
                   .what = "no layer of the network is recurrent",
                   .hint = "what flows back through time are the gradients of recurrent layers"});
    if (data.features() != model.inputs())
      throw Error(Code::usage_shape, {.where = "gradflow",
                                      .what = "the model was made for another number of features",
                                      .expected = std::to_string(model.inputs()),
                                      .got = std::to_string(data.features())});
    TrainOptions last = options;
    last.loss_at = LossAt::last;
    last = resolved(last, data.target());
    training::check_fit(network_.output(), data.target(), data.max_steps(), last);
    formula_ = {*last.loss, Reduce::mean, Reduce::sum, LossAt::last};  // each sequence's own loss

    model::Parameters<double> parameters = network_.zeros();
    const std::vector<TensorView> tensors = model.tensors();
    for (std::size_t i = 0; i < tensors.size(); ++i)
      std::copy(tensors[i].values.begin(), tensors[i].values.end(), parameters[i].values.data());
    network_.pack(parameters);
    choose_sequences();
  }

  Gradflow run() {
    const auto batches = static_cast<std::int64_t>((indices_.size() + kRowsAtOnce - 1) / kRowsAtOnce);
    std::atomic<std::int64_t> next{0};
    std::mutex mutex;
    std::int64_t failed_batch = batches;  // the first one, whichever thread it was
    std::exception_ptr failed;
    const ChosenTeam chosen(flow_.threads);
    Team& team = *chosen;
    team.run(static_cast<int>(std::min<std::int64_t>(batches, team.threads())), [&](const Team::Worker&) {
      std::int64_t batch = batches;
      try {
        Desk desk(*this);
        while ((batch = next.fetch_add(1)) < batches)
          desk.walk(static_cast<std::size_t>(batch) * kRowsAtOnce);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failed || batch < failed_batch) failed = std::current_exception(), failed_batch = batch;
      }
    });
    if (failed) std::rethrow_exception(failed);
    return curves();
  }

 private:
  /// What one thread works with.
  class Desk {
   public:
    explicit Desk(Walk& walk)
        : walk_(walk),
          workspace_(walk.network_.make_workspace()),
          gradients_(walk.network_.zeros()),
          criterion_(walk.formula_) {
      std::size_t state = 0;
      recorders_.reserve(walk.network_.layer_count());
      for (std::size_t i = 0; i < walk.network_.layer_count(); ++i) {
        const std::vector<layers::StateSpec> states = walk.network_.layer(i).states();
        const auto forward = static_cast<std::size_t>(std::count_if(
            states.begin(), states.end(), [](const auto& one) { return one.name.starts_with("forward."); }));
        recorders_.emplace_back(walk.norms_, state, state + forward, returns_last(walk.spec_.layers[i]));
        watches_.push_back(&recorders_.back());
        state += states.size();
      }
    }

    /// The sequences from number `first` on.
    void walk(std::size_t first) {
      const auto indices = std::span(walk_.indices_).subspan(first);
      walk_.data_.gather(indices.first(std::min<std::size_t>(indices.size(), kRowsAtOnce)), batch_);
      x_.assign(batch_.x.begin(), batch_.x.end());
      lengths_ = batch_.lengths;
      if (lengths_.empty()) lengths_.assign(static_cast<std::size_t>(batch_.rows), batch_.steps);
      for (Recorder& recorder : recorders_) recorder.next_batch(first, lengths_);

      const layers::Pass pass{.training = true, .dropout = false, .lengths = batch_.lengths, .team = &alone_};
      const SeqView<const double> y = walk_.network_.forward(
          pass, batch_major<const double>(x_.data(), batch_.rows, batch_.steps, batch_.features), {},
          workspace_);
      const SeqView<double> dy = layers::like(dy_memory_, y);
      criterion_(y, training::targets_of(batch_), dy, alone_);
      look_at_output(first, y, dy);
      walk_.network_.backward(pass, {.dy = dy, .watches = watches_}, workspace_, gradients_);
    }

   private:
    void look_at_output(std::size_t first, SeqView<const double> y, SeqView<const double> dy) {
      for (int b = 0; b < y.rows; ++b) {
        bool finite = true, slope = false;
        const int length = lengths_[static_cast<std::size_t>(b)];
        for (int t = 0; t < std::min(y.steps, length); ++t)
          for (int k = 0; k < y.features; ++k) {
            finite = finite && std::isfinite(y.at(t, b)[k]) && std::isfinite(dy.at(t, b)[k]);
            slope = slope || dy.at(t, b)[k] != 0;
          }
        const auto place = static_cast<std::size_t>(b);
        if (!finite)
          throw Error(
              Code::check_not_finite,
              {.where = "gradflow",
               .what = "the network's output for sequence " + std::to_string(batch_.ids[place]) +
                       " is not finite",
               .hint = "look for input that is far from what training saw, or for weights that explode"});
        walk_.has_gradient_[first + place] = slope;
      }
    }

    Walk& walk_;
    Team alone_{1};
    model::Workspace<double> workspace_;
    model::Parameters<double> gradients_;  // of the weights: nobody reads them
    loss::Criterion<double> criterion_;
    std::vector<Recorder> recorders_;
    std::vector<layers::StateWatch<double>*> watches_;
    Batch batch_;
    std::vector<double> x_;
    std::vector<std::int32_t> lengths_;
    AlignedBuffer<double> dy_memory_;
  };

  void choose_sequences() {
    const std::int64_t count = data_.count();
    const std::int64_t wanted = flow_.sequences > 0 ? std::min<std::int64_t>(flow_.sequences, count) : count;
    for (std::int64_t k = 0; k < wanted; ++k) indices_.push_back(k * count / wanted);
    has_gradient_.resize(indices_.size());
    norms_.resize(network_.states().size());
    for (Norms& norms : norms_)
      for (const std::int64_t index : indices_) {
        const int length = data_.length(index);
        const bool all = flow_.lags <= 0 || flow_.lags >= length;
        norms.emplace_back(static_cast<std::size_t>(all ? length : flow_.lags + 1));
      }
  }

  Gradflow curves() {
    Gradflow result;
    result.sequences =
        static_cast<int>(std::count(has_gradient_.begin(), has_gradient_.end(), std::uint8_t{1}));
    result.without_gradient = static_cast<int>(indices_.size()) - result.sequences;
    if (result.sequences == 0)
      throw Error(Code::data_empty, {.where = "gradflow",
                                     .what = "the loss of the last step has no slope in any sequence",
                                     .got = std::to_string(indices_.size()) + " sequences",
                                     .hint = "the last step must count: it has a target, and its mask is 1"});
    const std::vector<StateInfo>& states = network_.states();
    for (std::size_t s = 0; s < states.size(); ++s) {
      const bool cell = states[s].name.ends_with(".c");  // stands behind its h
      Norms used;
      for (std::size_t i = 0; i < indices_.size(); ++i) {
        if (!has_gradient_[i]) continue;
        used.push_back(norms_[s][i]);
        if (flow_.relative)
          for (double& norm : used.back()) norm = share_of(norm, norms_[cell ? s - 1 : s][i][0]);
      }
      result.flows.push_back(training::flow_of(states[s].name, used));
    }
    return result;
  }

  ModelSpec spec_;
  const Dataset& data_;
  GradflowOptions flow_;
  model::Network<double> network_;
  loss::Formula formula_;
  std::vector<std::int64_t> indices_;
  std::vector<std::uint8_t> has_gradient_;  // [sequence]
  std::vector<Norms> norms_;                // [state]
};

}  // namespace

Gradflow gradflow(const Model& model, const Dataset& data, const TrainOptions& options,
                  const GradflowOptions& flow) {
  return Walk(model, data, options, flow).run();
}

}  // namespace carousel
