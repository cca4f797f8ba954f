// Central differences against backward, tensor by tensor.
#include "train/gradcheck.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "base/team.h"
#include "carousel/error.h"
#include "loss/criterion.h"
#include "model/network.h"
#include "train/batches.h"
#include "train/fit.h"
#include "train/learner.h"

namespace carousel::training {
namespace {

using Numbers = std::vector<double>;

class Subject {
 public:
  Subject(const ModelSpec& spec, const TrainOptions& options, const GradcheckOptions& check)
      : check_(check),
        target_(target_shape(check, spec)),
        options_(resolved(options, target_)),
        network_(spec, check.inputs),
        weights_(network_.initialise(options_.seed)),
        gradients_(network_.zeros()),
        workspace_(network_.make_workspace()),
        criterion_(formula_of(options_)) {
    check_fit(network_.output(), target_, check.steps, options_);
    std::vector<std::string> names;
    for (const auto& weight : weights_) {
      names.push_back(weight.name);
      l2_.push_back(l2_of(weight.name, weight.l2, options_));
    }
    check_l2_weights(options_, names);
    fill();
    run_backward();
  }

  std::vector<GradcheckRow> rows() {
    std::vector<GradcheckRow> table;
    for (std::size_t i = 0; i < weights_.size(); ++i)
      table.push_back(compare(weights_[i].name, {weights_[i].values.data(), weights_[i].values.size()},
                              {gradients_[i].values.data(), gradients_[i].values.size()}, true));
    for (std::size_t i = 0; i < states_.size(); ++i)
      table.push_back(compare("initial " + network_.states()[i].name, states_[i], d_states_[i], false));
    table.push_back(compare("x", x_, dx_, false));
    return table;
  }

 private:
  static TargetShape target_shape(const GradcheckOptions& check, const ModelSpec& spec) {
    TargetShape target = check.target;
    if (target.values == 0 && target.classes == 0) {
      const layers::Flow output = model::Network<double>(spec, check.inputs).output();
      target.values = output.features;
      target.every_step = output.sequence;
    }
    return target;
  }

  Random random(std::uint32_t what) const { return {options_.seed, Random::Use::test, what}; }

  void fill() {
    // Initialisers such as zeros hide mistakes: every weight gets a random part.
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const Random draws = random(static_cast<std::uint32_t>(i));
      for (std::size_t k = 0; k < weights_[i].values.size(); ++k)
        weights_[i].values[k] += 0.3 * draws.normal(k);
    }
    network_.pack(weights_);
    const auto b = static_cast<std::size_t>(check_.rows), t = static_cast<std::size_t>(check_.steps);
    x_.resize(b * t * static_cast<std::size_t>(check_.inputs));
    dx_.resize(x_.size());
    const Random draws = random(1000);
    for (std::size_t k = 0; k < x_.size(); ++k) x_[k] = draws.normal(k);
    for (std::size_t s = 0; s < network_.states().size(); ++s) {
      const std::size_t size = b * static_cast<std::size_t>(network_.states()[s].units);
      states_.emplace_back(size), d_states_.emplace_back(size), final_.emplace_back(size),
          d_final_.emplace_back(size);
      const Random state = random(2000 + static_cast<std::uint32_t>(s));
      for (std::size_t k = 0; k < size; ++k)
        states_[s][k] = 0.5 * state.normal(k), d_final_[s][k] = state.normal(size + k);
    }
    for (auto& s : states_) initial_.push_back(s.data());
    for (auto& s : final_) final_pointers_.push_back(s.data());
    for (auto& s : d_final_) d_final_pointers_.push_back(s.data());
    for (auto& s : d_states_) d_initial_.push_back(s.data());
    fill_targets(b, t);
  }

  void fill_targets(std::size_t b, std::size_t t) {
    const std::size_t places = b * (target_.every_step ? t : 1);
    const Random draws = random(3000);
    if (target_.classes > 0) {
      for (std::size_t k = 0; k < places; ++k)
        classes_.push_back(
            static_cast<std::int32_t>(draws.bits(k) % static_cast<std::uint32_t>(target_.classes)));
    } else {
      values_.resize(places * static_cast<std::size_t>(target_.values));
      for (std::size_t k = 0; k < values_.size(); ++k) values_[k] = draws.uniform(k);
    }
    if (check_.ragged)
      for (int row = 0; row < check_.rows; ++row)
        lengths_.push_back(row == 1 && check_.rows > 2 ? 0 : std::max(1, check_.steps - row));
    if (check_.mask && target_.every_step)
      for (std::size_t k = 0; k < places; ++k) mask_.push_back(k % 3 == 1 ? 0.0f : 1.0f);
  }

  layers::Pass pass() {
    return {
        .training = true, .lengths = lengths_, .seed = options_.seed, .step = 1, .team = &Team::process()};
  }

  loss::Targets targets() const {
    return {.steps = target_.every_step ? check_.steps : 1,
            .longest = check_.steps,
            .values = target_.values,
            .numbers = values_.empty() ? nullptr : values_.data(),
            .classes = classes_.empty() ? nullptr : classes_.data(),
            .mask = mask_,
            .lengths = lengths_};
  }

  SeqView<const double> forward() {
    return network_.forward(pass(),
                            batch_major<const double>(x_.data(), check_.rows, check_.steps, check_.inputs),
                            initial_, workspace_);
  }

  double objective() {
    double value = criterion_(forward(), targets(), {}, *pass().team).value(options_.reduce_samples);
    network_.final_states(workspace_, final_pointers_);
    for (std::size_t s = 0; s < final_.size(); ++s)
      for (std::size_t k = 0; k < final_[s].size(); ++k) value += d_final_[s][k] * final_[s][k];
    for (std::size_t i = 0; i < weights_.size(); ++i)
      for (const double w : weights_[i].values) value += l2_[i] * 0.5 * w * w;
    return value;
  }

  void run_backward() {
    const SeqView<const double> y = forward();
    Numbers dy(static_cast<std::size_t>(y.steps) * static_cast<std::size_t>(y.rows) *
               static_cast<std::size_t>(y.features));
    const SeqView<double> dy_view = time_major(dy.data(), y.steps, y.rows, y.features);
    criterion_(y, targets(), dy_view, *pass().team);
    const SeqView<const double> dx = network_.backward(
        pass(), {.dy = dy_view, .d_final = d_final_pointers_, .d_initial = d_initial_, .want_dx = true},
        workspace_, gradients_);
    for (std::size_t i = 0; i < weights_.size(); ++i)
      for (std::size_t k = 0; k < weights_[i].values.size(); ++k)
        gradients_[i].values[k] += l2_[i] * weights_[i].values[k];
    for (int b = 0; b < check_.rows; ++b)
      for (int t = 0; t < check_.steps; ++t)
        if (lengths_.empty() || t < lengths_[static_cast<std::size_t>(b)])
          std::copy_n(dx.at(t, b), check_.inputs,
                      dx_.data() + static_cast<std::size_t>((b * check_.steps + t) * check_.inputs));
  }

  GradcheckRow compare(const std::string& name, std::span<double> values, std::span<const double> gradient,
                       bool packed) {
    GradcheckRow row{.tensor = name, .size = values.size()};
    row.checked = std::min(values.size(), static_cast<std::size_t>(check_.entries));
    double largest = 0;
    for (const double g : gradient) largest = std::max(largest, std::abs(g));
    for (std::size_t k = 0; k < row.checked; ++k) {
      const std::size_t i = k * values.size() / row.checked;
      const double difference = derivative(values[i], packed);
      const double size = std::max({std::abs(gradient[i]), std::abs(difference), 1e-3 * largest, 1e-8});
      const double error = std::abs(gradient[i] - difference) / size;
      if (!(error <= row.max_error) && !std::isnan(row.max_error))
        row.max_error = error, row.worst = i, row.backward = gradient[i], row.difference = difference;
    }
    row.passed = row.max_error <= check_.tolerance;
    return row;
  }

  double derivative(double& number, bool packed) {
    const double was = number;
    const auto at = [&](double value) {
      number = value;
      if (packed) network_.pack(weights_);
      return objective();
    };
    const double up = at(was + check_.difference), down = at(was - check_.difference);
    number = was;
    if (packed) network_.pack(weights_);
    return (up - down) / (2 * check_.difference);
  }

  GradcheckOptions check_;
  TargetShape target_;
  TrainOptions options_;
  model::Network<double> network_;
  model::Parameters<double> weights_, gradients_;
  model::Workspace<double> workspace_;
  loss::Criterion<double> criterion_;
  Numbers l2_;  // [tensor]
  Numbers x_, dx_;
  std::vector<Numbers> states_, d_states_, final_, d_final_;
  std::vector<const double*> initial_, d_final_pointers_;
  std::vector<double*> final_pointers_, d_initial_;
  std::vector<std::int32_t> lengths_, classes_;
  std::vector<float> values_, mask_;
};

}  // namespace

std::vector<GradcheckRow> gradcheck(const ModelSpec& spec, const TrainOptions& options,
                                    const GradcheckOptions& check) {
  return Subject(spec, options, check).rows();
}

}  // namespace carousel::training
