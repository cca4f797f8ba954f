// The table of a model's layers: output shape, parameters, FLOP a step, bytes of state.
#include <fmt/format.h>

#include <array>

#include "model/model_impl.h"

namespace carousel {
namespace {

std::string with_commas(double number) {
  std::string digits = fmt::format("{:.0f}", number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

std::string shape_of(layers::Flow flow) {
  return flow.sequence ? fmt::format("[B, T, {}]", flow.features) : fmt::format("[B, {}]", flow.features);
}

}  // namespace

std::string Model::summary() const {
  using Row = std::array<std::string, 5>;
  std::vector<Row> rows = {{"layer", "output", "parameters", "FLOP/step", "state bytes"}};
  const model::Network<float>& network = impl_->network;
  double all_parameters = 0, all_flop = 0, all_state = 0;
  for (std::size_t i = 0; i < network.layer_count(); ++i) {
    const layers::Layer<float>& layer = network.layer(i);
    double parameters = 0, state = 0;
    for (const layers::TensorSpec& tensor : layer.tensors()) {
      double size = 1;
      for (const int d : tensor.shape) size *= d;
      parameters += size;
    }
    for (const layers::StateSpec& s : layer.states()) state += s.units * static_cast<double>(sizeof(float));
    all_parameters += parameters, all_flop += layer.flop_per_step(), all_state += state;
    rows.push_back({fmt::format("{} {}", i, layer.kind()), shape_of(network.flow_into(i + 1)),
                    with_commas(parameters), with_commas(layer.flop_per_step()), with_commas(state)});
  }
  rows.push_back({"total", "", with_commas(all_parameters), with_commas(all_flop), with_commas(all_state)});

  std::array<std::size_t, 5> width{};
  for (const Row& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], row[c].size());
  std::string text;
  for (const Row& row : rows) {
    text += fmt::format("{:<{}}  {:<{}}", row[0], width[0], row[1], width[1]);
    for (std::size_t c = 2; c < row.size(); ++c) text += fmt::format("  {:>{}}", row[c], width[c]);
    text += "\n";
  }
  return text;
}

}  // namespace carousel
