// Model: creation, whole-sequence prediction in blocks of rows, and the facts about it.
#include "carousel/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "carousel/error.h"
#include "model/model_impl.h"

namespace carousel {
namespace {

// These bound the memory of a prediction; bits do not depend on them.
constexpr int kRowsAtOnce = 256, kStepsAtOnce = 1024;

int steps_at_once(const ModelSpec& spec, int steps) {
  const bool whole = std::any_of(spec.layers.begin(), spec.layers.end(), model::reads_backwards);
  return whole ? steps : std::min(steps, kStepsAtOnce);
}

/// Some rows of the sequences, taken in pieces of so many steps.
struct Block {
  const Sequences& x;
  int first, rows, steps_at_once;
  bool sequence;  ///< an output at every step is wanted

  int length(int row) const {
    return x.lengths.empty() ? x.steps : x.lengths[static_cast<std::size_t>(first + row)];
  }
  /// The input from a step on.
  SeqView<const float> from(int step, int steps) const {
    SeqView<const float> view = x.layout == Layout::batch_major
                                    ? batch_major(x.data, x.rows, x.steps, x.features)
                                    : time_major(x.data, x.steps, x.rows, x.features);
    view.data = view.at(step, first);
    view.rows = rows, view.steps = steps;
    return view;
  }
};

// The states go from piece to piece, so that only a piece's activations are in memory.
void predict_rows(const model::Network<float>& network, const Block& block, layers::Pass pass,
                  bool from_states, bool want_states, model::StateBlocks<float>& states,
                  model::Workspace<float>& workspace, Output& output) {
  const auto features = static_cast<std::size_t>(output.features);
  int longest = 0;
  for (int b = 0; b < block.rows; ++b) longest = std::max(longest, block.length(b));
  std::vector<std::int32_t> lengths;
  for (int from = 0, steps = 0; from == 0 || from < longest; from += steps) {
    steps = std::min(block.steps_at_once, block.x.steps - from);
    if (!block.x.lengths.empty()) {
      lengths.clear();
      for (int b = 0; b < block.rows; ++b) lengths.push_back(std::clamp(block.length(b) - from, 0, steps));
      pass.lengths = lengths;
    }
    const SeqView<const float> y =
        network.forward(pass, block.from(from, steps),
                        from_states || from > 0 ? states.in() : std::span<const float* const>{}, workspace);
    for (int b = 0; b < block.rows; ++b) {
      const int length = block.length(b);
      float* row = output.values.data() + static_cast<std::size_t>(block.first + b) *
                                              static_cast<std::size_t>(output.steps) * features;
      if (block.sequence) {
        for (int t = from; t < std::min(length, from + steps); ++t)
          std::copy_n(y.at(t - from, b), features, row + static_cast<std::size_t>(t) * features);
      } else if (length <= from + steps && (length > from || from == 0)) {  // the row ends here
        std::copy_n(y.at(0, b), features, row);
      }
    }
    if (want_states || from + steps < longest) network.final_states(workspace, states.out());
  }
}

}  // namespace

namespace model {

void check_input(const char* where, const Model& model, const Sequences& x, const State* initial) {
  const auto wrong_shape = [&](std::string what, std::string expected, std::string got) {
    throw Error(
        Code::usage_shape,
        {.where = where, .what = std::move(what), .expected = std::move(expected), .got = std::move(got)});
  };
  if (x.rows < 0 || x.steps < 1 || (!x.data && x.rows > 0))
    wrong_shape("there is nothing to predict from", "rows and steps of at least 1",
                fmt::format("{} rows of {} steps", x.rows, x.steps));
  if (x.features != model.inputs())
    wrong_shape("the model was made for another number of features", std::to_string(model.inputs()),
                std::to_string(x.features));
  if (!x.lengths.empty() && x.lengths.size() != static_cast<std::size_t>(x.rows))
    wrong_shape("there must be one length a row", std::to_string(x.rows), std::to_string(x.lengths.size()));
  for (const std::int32_t length : x.lengths)
    if (length < 0 || length > x.steps)
      wrong_shape("a length is out of range", fmt::format("0 to {}", x.steps), std::to_string(length));
  if (initial && (initial->rows != x.rows ||
                  initial->values.size() != static_cast<std::size_t>(x.rows) * model.state_size()))
    wrong_shape("the initial state is of another shape", fmt::format("[{}, {}]", x.rows, model.state_size()),
                fmt::format("{} rows, {} numbers", initial->rows, initial->values.size()));
}

bool reads_backwards(const Layer& layer) {
  const Recurrent* recurrent = std::get_if<Recurrent>(&layer);
  return std::holds_alternative<Bidirectional>(layer) ||
         (recurrent && recurrent->direction == Direction::backward);
}

Model make_model(ModelSpec spec, int inputs, Parameters<float> parameters, ModelNotes notes) {
  return Model(
      std::make_shared<const Model::Impl>(std::move(spec), inputs, std::move(parameters), std::move(notes)));
}

template <class T>
StateBlocks<T>::StateBlocks(const std::vector<StateInfo>& states, int rows) : states_(states), rows_(rows) {
  for (const StateInfo& state : states) state_size_ += static_cast<std::size_t>(state.units);
  values_.resize(state_size_ * static_cast<std::size_t>(rows));
  T* next = values_.data();
  for (const StateInfo& state : states) {
    out_.push_back(next);
    in_.push_back(next);
    next += static_cast<std::size_t>(rows) * static_cast<std::size_t>(state.units);
  }
}

template <class T>
void StateBlocks<T>::load(const State& state, int first_row) {
  for (std::size_t s = 0; s < states_.size(); ++s)
    for (int r = 0; r < rows_; ++r) {
      const float* from =
          state.values.data() + static_cast<std::size_t>(first_row + r) * state_size_ + states_[s].offset;
      std::copy_n(from, states_[s].units,
                  out_[s] + static_cast<std::size_t>(r) * static_cast<std::size_t>(states_[s].units));
    }
}

template <class T>
void StateBlocks<T>::store(State& state, int first_row) const {
  for (std::size_t s = 0; s < states_.size(); ++s)
    for (int r = 0; r < rows_; ++r) {
      float* to =
          state.values.data() + static_cast<std::size_t>(first_row + r) * state_size_ + states_[s].offset;
      const T* from = in_[s] + static_cast<std::size_t>(r) * static_cast<std::size_t>(states_[s].units);
      std::transform(from, from + states_[s].units, to, [](T v) { return static_cast<float>(v); });
    }
}

template class StateBlocks<float>;
template class StateBlocks<double>;

}  // namespace model

Model::Impl::Impl(ModelSpec s, int inputs, model::Parameters<float> p, ModelNotes n)
    : spec(std::move(s)), parameters(std::move(p)), network(spec, inputs), notes(std::move(n)) {
  network.pack(parameters);
}

Model Model::create(const ModelSpec& spec, int inputs, std::uint64_t seed) {
  return model::make_model(spec, inputs, model::Network<float>(spec, inputs).initialise(seed));
}

const ModelSpec& Model::spec() const {
  return impl_->spec;
}
int Model::inputs() const {
  return impl_->network.inputs();
}
int Model::outputs() const {
  return impl_->network.output().features;
}
bool Model::returns_sequence() const {
  return impl_->network.output().sequence;
}
const ModelNotes& Model::notes() const {
  return impl_->notes;
}
std::size_t Model::state_size() const {
  return impl_->network.state_size();
}
const std::vector<StateInfo>& Model::states() const {
  return impl_->network.states();
}

std::size_t Model::parameter_count() const {
  std::size_t count = 0;
  for (const auto& parameter : impl_->parameters) count += parameter.values.size();
  return count;
}

std::vector<TensorView> Model::tensors() const {
  std::vector<TensorView> views;
  for (const auto& p : impl_->parameters)
    views.push_back({p.name, p.shape, {p.values.data(), p.values.size()}});
  return views;
}

State Model::zero_state(int rows) const {
  return {rows, std::vector<float>(static_cast<std::size_t>(rows) * state_size(), 0.0f)};
}

Model Model::with_notes(ModelNotes notes) const {
  const Impl& old = *impl_;
  model::Parameters<float> copy;
  for (const auto& p : old.parameters) {
    copy.push_back({p.name, p.shape, p.l2, AlignedBuffer<float>(p.values.size())});
    std::copy_n(p.values.data(), p.values.size(), copy.back().values.data());
  }
  return model::make_model(old.spec, inputs(), std::move(copy), std::move(notes));
}

Output Model::predict(const Sequences& x, const PredictOptions& options) const {
  model::check_input("Model::predict", *this, x, options.initial);
  const bool sequence = returns_sequence() || options.every_step;
  Output output{x.rows, sequence ? x.steps : 1, outputs(), {}};
  output.values.resize(static_cast<std::size_t>(x.rows) * static_cast<std::size_t>(output.steps) *
                       static_cast<std::size_t>(output.features));
  State final = options.final ? zero_state(x.rows) : State{};  // options.initial may be the same object
  const ChosenTeam team(options.threads);
  model::Workspace<float> workspace = impl_->network.make_workspace();
  for (int first = 0; first < x.rows; first += kRowsAtOnce) {
    const int rows = std::min(kRowsAtOnce, x.rows - first);
    model::StateBlocks<float> states(this->states(), rows);
    if (options.initial) states.load(*options.initial, first);
    predict_rows(impl_->network, {x, first, rows, steps_at_once(spec(), x.steps), sequence},
                 {.every_step = options.every_step, .team = &*team}, options.initial != nullptr,
                 options.final != nullptr, states, workspace, output);
    if (options.final) states.store(final, first);
  }
  if (options.final) *options.final = std::move(final);
  return output;
}

}  // namespace carousel
