// Session: one step is a sequence of length one through the same network, from and into one buffer of states.
#include "carousel/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "carousel/error.h"
#include "model/model_impl.h"

namespace carousel {
namespace {

void check_causal(const ModelSpec& spec) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const Recurrent* recurrent = std::get_if<Recurrent>(&spec.layers[i]);
    if (std::holds_alternative<Bidirectional>(spec.layers[i]) ||
        (recurrent && recurrent->direction == Direction::backward))
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
  int rows;
  Team team{1};  // one thread: handing over costs more than a step
  model::Workspace<float> workspace;
  model::StateBlocks<float> states;
  std::vector<float> y;

  Impl(const Model& m, int r)
      : model(m),
        rows(r),
        workspace(m.impl().network.make_workspace()),
        states(m.states(), r),
        y(static_cast<std::size_t>(r) * static_cast<std::size_t>(m.outputs())) {}

  void step(const float* x) {
    const model::Network<float>& network = model.impl().network;
    const SeqView<const float> in = batch_major(x, rows, 1, network.inputs());
    const SeqView<const float> out = network.forward({.team = &team}, in, states.in(), workspace);
    network.final_states(workspace, states.out());
    for (int b = 0; b < rows; ++b)
      std::copy_n(out.at(0, b), out.features, y.data() + static_cast<std::ptrdiff_t>(b) * out.features);
  }
};

Session::Session(const Model& model, int rows) {
  check_causal(model.spec());
  if (rows < 1)
    throw Error(
        Code::usage_shape,
        {.where = "Session", .what = "a session has at least one sequence", .got = std::to_string(rows)});
  impl_ = std::make_unique<Impl>(model, rows);
  // One step now makes every buffer, so that no later one allocates.
  const std::vector<float> zeros(static_cast<std::size_t>(rows) * static_cast<std::size_t>(inputs()));
  impl_->step(zeros.data());
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
  impl_->step(x.data());
  return impl_->y;
}

bool Session::try_step(std::span<const float> x, std::span<const float>& y) noexcept {
  if (x.size() != static_cast<std::size_t>(rows()) * static_cast<std::size_t>(inputs())) return false;
  y = step(x);
  return true;
}

void Session::reset() noexcept {
  impl_->states.clear();
}

State Session::state() const {
  State state = impl_->model.zero_state(rows());
  impl_->states.store(state, 0);
  return state;
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
}

}  // namespace carousel
