// Model: a network with its weights, immutable and cheap to copy; State: every h and c of it, as a value.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "carousel/spec.h"

namespace carousel {

/// The order of the axes of a dense array of sequences.
enum class Layout { batch_major, time_major };

/// A read-only view of sequences: B rows of T steps of F numbers, float32, as [B, T, F] or [T, B, F].
struct Sequences {
  const float* data = nullptr;
  int rows = 0, steps = 0, features = 0;
  Layout layout = Layout::batch_major;
  std::span<const std::int32_t> lengths = {};  ///< steps of each row, 0 ... T; empty = all T
};

/// One parameter of a model: "layers.0.W" [4·H, I] and so on; values row-major.
struct TensorView {
  std::string name;
  std::vector<int> shape;
  std::span<const float> values;
};

/// The state of one recurrent layer (or direction) inside a State: "layers.0.h", "layers.1.backward.c", ...
struct StateInfo {
  std::string name;
  int units = 0;
  std::size_t offset = 0;  ///< of a row's numbers inside that row of State::values
};

/// Every h and c of a model for some rows: a value, to copy, save, send and put back.
struct State {
  int rows = 0;
  std::vector<float> values;  ///< [rows, Model::state_size()]
};

/// What a model knows beside its weights, as JSON text: how its input was prepared, its classes, how it was
/// trained.
struct ModelNotes {
  std::string preparation = "{}";
  std::string training = "{}";
  std::vector<std::string> classes;
};

struct PredictOptions {
  const State* initial = nullptr;  ///< null = zero
  State* final = nullptr;   ///< where the state after each row's last step goes, if wanted; may be `initial`
  bool every_step = false;  ///< the last layers' output at every step although they return only the last one
  int threads = 0;          ///< 0 = all cores (one for tiny work)
};

/// What a model puts out: [rows, steps, features]; steps is 1 where the model returns the last step.
/// Numbers beyond a row's length are 0.
struct Output {
  int rows = 0, steps = 0, features = 0;
  std::vector<float> values;
};

/// A network with its weights. Copies share them; nothing changes them.
class Model {
 public:
  /// Freshly initialised for `inputs` features a step. Throws usage_* when the spec is wrong.
  static Model create(const ModelSpec& spec, int inputs, std::uint64_t seed = 1);

  const ModelSpec& spec() const;
  int inputs() const;             ///< F of what goes in
  int outputs() const;            ///< features of what comes out
  bool returns_sequence() const;  ///< an output for every step, or one for each row
  std::size_t parameter_count() const;
  std::vector<TensorView> tensors() const;  ///< in file order
  const ModelNotes& notes() const;
  std::size_t state_size() const;  ///< numbers of state a row has
  const std::vector<StateInfo>& states() const;
  State zero_state(int rows) const;  ///< rows >= 0

  /// The table of layers: output shape, parameters, FLOP a step, bytes of state.
  std::string summary() const;

  /// Runs whole sequences. The memory that it takes beside x and the output does not grow with the steps,
  /// except where a layer reads backward in time. Throws usage_shape when x does not fit.
  Output predict(const Sequences& x, const PredictOptions& options = {}) const;

  /// The same weights with other notes.
  Model with_notes(ModelNotes notes) const;

  struct Impl;
  explicit Model(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Writes the model as one safetensors file: to a temporary file, fsync, rename. Throws resource_io.
void save_model(const Model& model, const std::string& path);

/// Reads what save_model wrote, strictly. Throws model_*.
Model load_model(const std::string& path);

}  // namespace carousel
