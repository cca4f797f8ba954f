// Layer: what every layer of a network does: say its parameters, pack them, run forward, run backward.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/aligned.h"
#include "base/team.h"
#include "base/view.h"

namespace carousel::cells {
struct CellInfo;
}
namespace carousel::kernels {
template <class T>
class RecurrentTape;
}

namespace carousel::layers {

/// A parameter that a layer asks for.
struct TensorSpec {
  std::string name;        ///< inside the layer: "W", "forward.U", ...
  std::vector<int> shape;  ///< [rows, columns] or [n]
  std::string init;        ///< initialiser by name
  int blocks = 1;          ///< gate blocks along axis 0, each initialised apart
  int forget_block = -1;   ///< the block that starts at forget_value instead (biases)
  float forget_value = 0;
  float l2 = 0;  ///< λ of λ · ½ Σ w²
};

/// A state that a layer carries from step to step.
struct StateSpec {
  std::string name;  ///< "h", "forward.c", ...
  int units;
};

/// A cell that ran over a sequence, with what its sweep kept.
template <class T>
struct Ran {
  const cells::CellInfo* cell;
  int units;
  bool reverse;
  const kernels::RecurrentTape<T>* tape;
};

/// What flows between layers: features of every step of a sequence, or of one vector a row.
struct Flow {
  int features = 0;
  bool sequence = true;
};

/// What one pass over a network is told beside its input.
struct Pass {
  bool training = false;    ///< keep what backward needs
  bool dropout = true;      ///< in training: draw the masks; off to look at a model as it is used
  bool recompute = false;   ///< recurrent layers make their gates again in backward instead of keeping them
  bool every_step = false;  ///< layers that return the last step return every step (not in training)
  bool carry = false;  ///< go on from the states that the tapes' last forward ended with (not in training)
  bool add_gradients = false;  ///< backward adds to the parameters' gradients instead of replacing them
  std::span<const std::int32_t>
      lengths;             ///< of the rows, empty = all full (empty after a layer that returns the last)
  std::uint64_t seed = 0;  ///< of dropout masks
  std::uint32_t step = 0;  ///< training step: another mask each
  Team* team = nullptr;

  /// Whether masks of this rate are drawn.
  bool drops(float rate) const { return training && dropout && rate > 0; }
};

/// What a layer keeps from forward to backward; one for each workspace.
template <class T>
class Tape {
 public:
  virtual ~Tape() = default;
};

/// A dense [T, B, features] array of the size of `other` in `memory`, which grows when it must.
template <class T>
SeqView<T> like(AlignedBuffer<T>& memory, SeqView<const T> other, int features) {
  memory.resize(static_cast<std::size_t>(other.steps) * static_cast<std::size_t>(other.rows) *
                static_cast<std::size_t>(features));
  return time_major(memory.data(), other.steps, other.rows, features);
}
template <class T>
SeqView<T> like(AlignedBuffer<T>& memory, SeqView<const T> other) {
  return like(memory, other, other.features);
}

template <class T>
class RecurrentLayer;

/// Is shown the gradient by the states of a recurrent layer as backward comes past: for looking at it.
template <class T>
class StateWatch {
 public:
  virtual ~StateWatch() = default;
  /// Called, by one thread at a time, before backward takes processed step `step` (from the last to 0; of a
  /// layer that reads in `reverse`, step s of a row of n is its time n - 1 - s). `carried`: for each state,
  /// [1, B, H], the gradient by its value after that step, of all that the steps behind it make of it. `dy`,
  /// [T, B, H]: the gradient by the output h of every time, which comes to that; absent = 0. Rows that have
  /// ended do not count.
  virtual void step(bool reverse, int step, std::span<const SeqView<const T>> carried,
                    SeqView<const T> dy) = 0;
};

template <class T>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual std::string kind() const = 0;       ///< for the summary: "lstm", "dense", ...
  virtual Flow output(Flow input) const = 0;  ///< shape out of shape in
  virtual std::vector<TensorSpec> tensors() const { return {}; }
  virtual std::vector<StateSpec> states() const { return {}; }
  virtual double flop_per_step() const = 0;  ///< of one row's forward step

  /// Takes the parameters (as tensors() lists them) into the form that the kernels read; a team, where there
  /// is one, shares the work.
  virtual void pack(std::span<const T* const> parameters, Team* team) { (void)parameters, (void)team; }
  virtual std::unique_ptr<Tape<T>> make_tape() const = 0;

  /// x -> y, which lives in the tape until its next forward. `initial`: one dense [B, H] for each of
  /// states(), or empty for zero.
  virtual SeqView<const T> forward(const Pass& pass, const SeqView<const T>& x,
                                   std::span<const T* const> initial, Tape<T>& tape) const = 0;

  /// The states after each row's last step, to one dense [B, H] for each of states().
  virtual void final_states(const Tape<T>& tape, std::span<T* const> out) const { (void)tape, (void)out; }

  /// The cells of the layer, to look at what a training forward kept.
  virtual std::vector<Ran<T>> ran(const Tape<T>& tape) const { return (void)tape, std::vector<Ran<T>>{}; }

  struct Backward {
    SeqView<const T> x, dy;             ///< as in forward; the gradient by its result
    std::span<const T* const> initial;  ///< as in forward
    std::span<const T* const> d_final;  ///< gradient by the final states, or empty
    std::span<T* const> d_initial;      ///< gradient by the initial states, or empty when not wanted
    std::span<T* const> gradients;      ///< one for each of tensors(), overwritten
    bool want_dx = true;
    AlignedBuffer<T>* memory = nullptr;  ///< for dx, not where dy stands; null: the tape's own
    StateWatch<T>* watch = nullptr;      ///< of recurrent layers, without Pass::recompute; null: nobody looks

    /// A dense array of x's size for dx.
    SeqView<T> dx_in(AlignedBuffer<T>& own) const { return like(memory ? *memory : own, x); }
  };
  /// Itself where its step s needs nothing later than step s of its input, so that a layer after it may
  /// follow at its heels (wavefront.h).
  virtual const RecurrentLayer<T>* in_time() const { return nullptr; }

  /// dy -> dx, absent unless wanted; it may be dy. It lives until the next backward, or in `memory`.
  virtual SeqView<const T> backward(const Pass& pass, const Backward& args, Tape<T>& tape) const = 0;
};

}  // namespace carousel::layers
