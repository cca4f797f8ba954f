// The table of a model's layers: output shape, parameters, FLOP a step, bytes of state.
#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "model/model_impl.h"

namespace carousel {
namespace {

using base::grouped;

std::string shape_of(layers::Flow flow) {
  return flow.sequence ? fmt::format("[B, T, {}]", flow.features) : fmt::format("[B, {}]", flow.features);
}

}  // namespace

std::string Model::summary() const {
  std::vector<std::vector<std::string>> rows = {
      {"layer", "output", "parameters", "FLOP/step", "state bytes"}};
  const model::Network<float>& network = impl_->network;
  std::int64_t all_parameters = 0, all_state = 0;
  double all_flop = 0;
  for (std::size_t i = 0; i < network.layer_count(); ++i) {
    const layers::Layer<float>& layer = network.layer(i);
    std::int64_t parameters = 0, state = 0;
    for (const layers::TensorSpec& tensor : layer.tensors()) {
      std::int64_t size = 1;
      for (const int d : tensor.shape) size *= d;
      parameters += size;
    }
    for (const layers::StateSpec& s : layer.states())
      state += s.units * static_cast<std::int64_t>(sizeof(float));
    all_parameters += parameters, all_flop += layer.flop_per_step(), all_state += state;
    rows.push_back({fmt::format("{} {}", i, layer.kind()), shape_of(network.flow_into(i + 1)),
                    grouped(parameters), grouped(std::llround(layer.flop_per_step())), grouped(state)});
  }
  rows.push_back({"total", "", grouped(all_parameters), grouped(std::llround(all_flop)), grouped(all_state)});
  return base::aligned(rows, 2);
}

}  // namespace carousel
