// Session: a step is a sequence of length one through the same network, a chunk a longer one; the state stays
// with the layers' tapes from one to the next.
#include "carousel/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/team.h"
#include "carousel/error.h"
#include "model/model_impl.h"

namespace carousel {
namespace {

constexpr int kFramesAtOnce = 64;  // steps times rows of a chunk: as many as the kernels take together

void check_causal(const ModelSpec& spec) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (model::reads_backwards(spec.layers[i]))
      throw Error(
          Code::model_mismatch,
          {.where = "Session",
           .what = fmt::format("layer {} reads backward in time, so it cannot run a step at a time", i),
           .hint = "Model::predict runs whole sequences"});
  }
}

}  // namespace

struct Session::Impl {
  Model model;
  const model::Network<float>& network;
  int rows, inputs, chunk;  // of chunk: steps that run() does at once
  Team team;
  layers::Pass pass;
  model::Workspace<float> workspace;
  model::StateBlocks<float> states;  // what the next step begins with, unless the tapes carried it on
  bool carried = false;
  std::vector<float> y;

  Impl(const Model& m, const SessionOptions& options)
      : model(m),
        network(model.impl().network),
        rows(options.rows),
        inputs(model.inputs()),
        chunk(std::max(1, kFramesAtOnce / options.rows)),
        team(options.threads),
        pass{.every_step = true, .carry = true, .team = &team},
        workspace(network.make_workspace()),
        states(m.states(), rows),
        y(numbers(m.outputs())) {}

  std::size_t numbers(int features) const {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(features);
  }

  // x [steps, rows, inputs]; the result stands in the workspace until the next forward.
  SeqView<const float> forward(const float* x, int steps) {
    const FlushDenormals flush;
    const SeqView<const float> in = time_major(x, steps, rows, inputs);
    if (carried) return network.carry_on(pass, in, workspace);
    carried = true;
    return network.forward({.every_step = true, .team = &team}, in, states.in(), workspace);
  }

  void run(const float* x, int steps, float* to) {
    while (steps > 0) {
      const int some = std::min(steps, chunk);
      const SeqView<const float> out = forward(x, some);
      for (int t = 0; t < some; ++t)
        for (int b = 0; b < rows; ++b, to += out.features) std::copy_n(out.at(t, b), out.features, to);
      x += numbers(inputs) * static_cast<std::size_t>(some);
      steps -= some;
    }
  }

  // The state into `states`, wherever it is.
  void settle() {
    if (carried) network.final_states(workspace, states.out());
    carried = false;
  }
};

Session::Session(const Model& model, int rows) : Session(model, SessionOptions{.rows = rows}) {}

Session::Session(const Model& model, const SessionOptions& options) {
  check_causal(model.spec());
  if (options.rows < 1)
    throw Error(Code::usage_shape, {.where = "Session",
                                    .what = "a session has at least one sequence",
                                    .got = std::to_string(options.rows)});
  if (options.threads < 1)
    throw Error(Code::usage_bad_value, {.where = "SessionOptions.threads",
                                        .what = "a session has at least one thread",
                                        .got = std::to_string(options.threads)});
  impl_ = std::make_unique<Impl>(model, options);
  // A whole chunk and a step now make every buffer, so that no later one allocates.
  const auto steps = static_cast<std::size_t>(impl_->chunk);
  const std::vector<float> zeros(steps * impl_->numbers(inputs()));
  impl_->forward(zeros.data(), impl_->chunk);
  impl_->forward(zeros.data(), 1);
  reset();
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

int Session::inputs() const noexcept {
  return impl_->model.inputs();
}
int Session::outputs() const noexcept {
  return impl_->model.outputs();
}
int Session::rows() const noexcept {
  return impl_->rows;
}

std::span<const float> Session::step(std::span<const float> x) noexcept {
  const SeqView<const float> out = impl_->forward(x.data(), 1);
  if (out.rows == 1 || out.row_stride == out.features) return {out.data, impl_->y.size()};
  for (int b = 0; b < out.rows; ++b)
    std::copy_n(out.at(0, b), out.features, impl_->y.data() + static_cast<std::ptrdiff_t>(b) * out.features);
  return impl_->y;
}

void Session::run(std::span<const float> x, std::span<float> y) noexcept {
  impl_->run(x.data(), static_cast<int>(x.size() / impl_->numbers(inputs())), y.data());
}

StepCode Session::try_step(std::span<const float> x, std::span<const float>& y) noexcept {
  if (x.size() != impl_->numbers(inputs())) return StepCode::wrong_input;
  y = step(x);
  return StepCode::ok;
}

StepCode Session::try_run(std::span<const float> x, std::span<float> y) noexcept {
  const std::size_t in = impl_->numbers(inputs()), out = impl_->numbers(outputs());
  if (x.size() % in != 0) return StepCode::wrong_input;
  if (y.size() != x.size() / in * out) return StepCode::wrong_output;
  run(x, y);
  return StepCode::ok;
}

void Session::reset() noexcept {
  impl_->states.clear();
  impl_->carried = false;
}

State Session::state() const {
  State state;
  this->state(state);
  return state;
}

void Session::state(State& to) const {
  to.rows = rows();
  to.values.resize(static_cast<std::size_t>(rows()) * impl_->model.state_size());
  impl_->settle();
  impl_->states.store(to, 0);
}

void Session::set_state(const State& state) {
  const std::size_t size = static_cast<std::size_t>(rows()) * impl_->model.state_size();
  if (state.rows != rows() || state.values.size() != size)
    throw Error(Code::usage_shape,
                {.where = "Session::set_state",
                 .what = "the state is of another model or number of rows",
                 .expected = fmt::format("{} rows, {} numbers", rows(), size),
                 .got = fmt::format("{} rows, {} numbers", state.rows, state.values.size())});
  impl_->states.load(state, 0);
  impl_->carried = false;
}

}  // namespace carousel
