// Session: live sequences through a model, a step or a chunk at a time; and their state as a file.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "carousel/model.h"

namespace carousel {

/// How a Session runs.
struct SessionOptions {
  int rows = 1;  ///< live sequences side by side
  /// Threads that share one step, the caller's among them. More than one is outside the promise that steps
  /// are fit for a thread with deadlines: threads wait for each other, by the system where that takes long.
  /// It pays for layers of 256 units and more; with 128 it gains little or nothing. The numbers are the same.
  int threads = 1;
};

/// What try_step and try_run found.
enum class StepCode {
  ok = 0,
  wrong_input,   ///< x has another size; nothing was done
  wrong_output,  ///< y has another size; nothing was done
};

/// One or more live sequences. The weights are shared with the model; the state lives here and is a value.
///
/// Steps and chunks of any length equal the model's whole-sequence output bit for bit where every layer can
/// be run step by step; a model that reads backward in time cannot, and is refused.
///
/// On one thread, step and run are fit for a thread with deadlines: they do not allocate, lock, throw or
/// enter the operating system, do the same work whatever the numbers are, flush denormals, and leave the
/// caller's floating-point settings as they were. A Session is used by one thread at a time; several may
/// share a model.
class Session {
 public:
  /// Makes room for everything; zero state. Throws model_mismatch for a model with a backward direction,
  /// usage_shape for rows < 1, usage_bad_value for threads outside 1 to 1024.
  Session(const Model& model, const SessionOptions& options);
  /// One thread.
  explicit Session(const Model& model, int rows = 1);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  int inputs() const noexcept;
  int outputs() const noexcept;
  int rows() const noexcept;

  /// x [rows, inputs] -> y [rows, outputs], which stands until the next step or run.
  /// Precondition: x.size() == rows * inputs.
  std::span<const float> step(std::span<const float> x) noexcept;
  /// T steps, T >= 0: x [T, rows, inputs] -> y [T, rows, outputs], the output of every step. The same bits as
  /// T calls of step, sooner. x and y must not overlap. Precondition: x.size() == T * rows * inputs, y.size()
  /// == T * rows * outputs.
  void run(std::span<const float> x, std::span<float> y) noexcept;

  /// step and run with the sizes checked.
  StepCode try_step(std::span<const float> x, std::span<const float>& y) noexcept;
  StepCode try_run(std::span<const float> x, std::span<float> y) noexcept;

  /// Back to the zero state.
  void reset() noexcept;
  /// A copy of the state.
  State state() const;
  /// The same into `to`, without allocation where it holds as many rows of this model already.
  void state(State& to) const;
  /// Throws usage_shape when the state is of another model or number of rows. Does not allocate.
  void set_state(const State& state);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes a state of `model` as a safetensors file: one array [rows, units] for each of Model::states(), and
/// in the metadata which model it belongs to. Atomic. Throws usage_shape when it is not one of this model,
/// resource_io.
void save_state(const Model& model, const State& state, const std::string& path);

/// Reads what save_state wrote. Throws model_missing_file, model_bad_format, model_version; model_mismatch
/// when it was written for other layers or other weights.
State load_state(const Model& model, const std::string& path);

}  // namespace carousel
