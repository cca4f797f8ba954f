// Activations: what the gates and states of a model's recurrent layers do over one sequence.
#pragma once

#include <string>
#include <vector>

#include "carousel/model.h"

namespace carousel {

/// One gate, candidate or state of a layer over the steps of a sequence.
struct Trace {
  enum class Kind {
    gate,       ///< through the gate activation: in [0, 1] where that is σ
    candidate,  ///< what could be written: in [-1, 1] where its activation is tanh
    state,      ///< c or h after the step
  };
  std::string name;  ///< its letter in the cell's equation (docs/cells.md): i f g o, r z n, ..., c, h
  Kind kind = Kind::gate;
  std::vector<float> values;  ///< [T, H]
};

/// A recurrent layer, or one direction of a bidirectional one, over one sequence.
struct LayerActivations {
  int layer = 0;                             ///< its place in ModelSpec::layers
  Direction direction = Direction::forward;  ///< in which it reads; steps count from the sequence's first one
  std::string cell;                          ///< "lstm", ...
  int units = 0, steps = 0;                  ///< H, T
  std::vector<Trace> traces;                 ///< gate blocks in file order, then states, h last: i f g o c h
  /// [H] how long a unit remembers, in steps; infinity for one that forgets nothing.
  /// Where a gate says which share k of a unit's memory a step keeps (f; z; 1 - i of a coupled LSTM; 1 - f of
  /// a minimal gated unit): 1 / (1 - mean k) over the steps, the steps that a value lasts at the sequence's
  /// mean rate of forgetting. In a cell without such a gate: 1 + ρ(1) + ρ(2) + ..., up to the last ρ before
  /// the first that is not positive, with ρ(l) = Σ_t (h_t - m)(h_{t+l} - m) / Σ_t (h_t - m)² and m the mean
  /// of h: the same number where h decays by a constant k; 0 for a unit that never changes.
  std::vector<double> memory;
  std::string memory_formula;  ///< "1 / (1 - mean f)"

  /// The trace of that name, or null.
  const Trace* find(const std::string& name) const;
  /// The units, longest memory first; equal ones by number.
  std::vector<int> by_memory() const;
};

struct ActivationsOptions {
  int row = 0;                     ///< which row of x
  const State* initial = nullptr;  ///< of all rows of x; null = zero
  int threads = 0;                 ///< 0 = all cores (one for tiny work)
};

/// Runs the model over one row of x as in use (no dropout), and hands out what its recurrent layers computed
/// on the way, from the first to the last layer; of a bidirectional one forward, then backward. Empty for a
/// model without recurrent layers. The numbers are those of Model::predict, bit for bit. Throws usage_shape
/// when x does not fit, usage_bad_value when it has no such row.
std::vector<LayerActivations> activations(const Model& model, const Sequences& x,
                                          const ActivationsOptions& options = {});

}  // namespace carousel
