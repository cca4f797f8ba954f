// What a Model holds: spec, weights, their pack and the notes. Never changed once made.
#pragma once

#include <algorithm>

#include "model/network.h"

namespace carousel {

struct Model::Impl {
  ModelSpec spec;
  model::Parameters<float> parameters;
  model::Network<float> network;
  ModelNotes notes;

  /// Packs the parameters; throws usage_* when they do not fit the spec.
  Impl(ModelSpec spec, int inputs, model::Parameters<float> parameters, ModelNotes notes);
};

namespace model {

/// Throws usage_shape when x, or the state that it begins with (null = zero), does not fit the model.
void check_input(const char* where, const Model& model, const Sequences& x, const State* initial);

/// Whether a layer reads backward in time, and so needs the whole of a sequence.
bool reads_backwards(const Layer& layer);

/// A model of these weights.
Model make_model(ModelSpec spec, int inputs, Parameters<float> parameters, ModelNotes notes = {});

/// Rows of a State as one dense [rows, units] for each of the states, and back.
template <class T>
class StateBlocks {
 public:
  StateBlocks(const std::vector<StateInfo>& states, int rows);
  void load(const State& state, int first_row);
  void store(State& state, int first_row) const;
  void clear() { std::fill(values_.begin(), values_.end(), T(0)); }
  std::span<const T* const> in() const { return in_; }
  std::span<T* const> out() { return out_; }

 private:
  const std::vector<StateInfo>& states_;
  std::size_t state_size_ = 0;
  int rows_;
  std::vector<T> values_;
  std::vector<T*> out_;
  std::vector<const T*> in_;
};

}  // namespace model
}  // namespace carousel
