// The recurrent sweep as layers see it: pack the weights once, run a whole sequence forward, run it backward.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "base/aligned.h"
#include "base/team.h"
#include "base/view.h"
#include "cells/registry.h"
#include "kernels/dispatch.h"
#include "kernels/plan.h"

namespace carousel::kernels {

/// What a recurrent layer computes: one cell in one direction.
struct RecurrentConfig {
  cells::Kind cell;
  cells::Activations activations;  ///< gate, candidate, output
  int inputs = 0;                  ///< I
  int units = 0;                   ///< H
  bool reverse = false;            ///< runs from the last step of each row to step 0
};

/// Weights as files hold them, unpadded; G_x and G_h are the cell's gates fed by x and by h
/// (cells/registry.h).
template <class T>
struct CellWeights {
  const T* W = nullptr;   ///< [G_x·H, I]
  const T* U = nullptr;   ///< [G_h·H, H]
  const T* p = nullptr;   ///< [P, H] per-unit weights, null when the cell has none
  const T* b = nullptr;   ///< [G_x·H], null = zero
  const T* bu = nullptr;  ///< [G_h·H] recurrent bias, null = zero
};

/// Where the gradients go; null = not wanted. Overwritten, or with `add` continued: each number is then the
/// first term of its own sum, so that chunks of a sequence, last chunk first, give the bits of the whole.
template <class T>
struct CellGradients {
  T *dW = nullptr, *dU = nullptr, *dp = nullptr, *db = nullptr, *dbu = nullptr;
  bool add = false;
};

/// One pointer per state of the cell (h, then c), each a dense [B, H]; null = zero (in), not wanted (out).
template <class T>
struct StatePointers {
  T* state[2] = {nullptr, nullptr};
};

enum class Mode {
  infer,      ///< keeps h alone
  train,      ///< keeps what backward needs: the gates and the states of every step
  recompute,  ///< keeps the states; backward makes the gates again, some steps at a time, with the same bits
};

/// Packed weights: const use is shared by any number of sweeps and threads.
template <class T>
class RecurrentPack {
 public:
  /// Float runs on `active_target()`, double on one lane.
  explicit RecurrentPack(const RecurrentConfig& config);
  /// For a target that is named (tests): `*find_target("avx2").table`.
  RecurrentPack(const RecurrentConfig& config, const Table<T>& table);
  void reserve();

  /// Reads the weights; they may be freed afterwards. The first time takes the memory. A team shares the
  /// work.
  void pack(const CellWeights<T>& weights, Team* team = nullptr);

  const RecurrentConfig& config() const { return config_; }
  /// What a sweep over so many steps and frames would cost depends on.
  SweepSize size(int steps, std::int64_t frames) const;

 private:
  template <class U>
  friend class RecurrentTape;

  std::array<int, 1 + kMostPhases> gradient_features() const;

  RecurrentConfig config_;
  const Table<T>* table_;
  CellShape shape_;
  int padded_, inputs_padded_;
  AlignedBuffer<T> bias_, per_unit_, forward_x_, backward_x_, forward_h_[kMostPhases],
      backward_h_[kMostPhases];
};

template <class T>
class GradientFile;

/// Everything one forward keeps for its backward. Grown, never shrunk; reusable; knows its phase.
template <class T>
class RecurrentTape {
 public:
  /// Makes room for a backward on so many threads alone, after a forward.
  void reserve_threads(const RecurrentPack<T>& pack, int threads);

  /// h of every step after a forward: zero beyond a row's length. Rows are padded: use the strides.
  SeqView<const T> output() const;
  /// Copies the state of each row after its own last step (the initial one for length 0); null = not wanted.
  void final_state(StatePointers<T> to) const;
  /// What a forward in Mode::train kept of row b at its step t, below its length: sum k of the cell as its
  /// forward leaves it (cells/*.h), or state k, [H]. Throws usage_conflict after anything else.
  const T* kept_sum(int k, int t, int b) const;
  const T* kept_state(int k, int t, int b) const;

  // What the functions below call.
  void forward(const RecurrentPack<T>& pack, SeqView<const T> x, std::span<const std::int32_t> lengths,
               StatePointers<const T> initial, Mode mode, Team& team, const T* h_mask = nullptr);
  void carry_on(const RecurrentPack<T>& pack, const SeqView<const T>& x, Team& team);
  void backward(const RecurrentPack<T>& pack, SeqView<const T> x, SeqView<const T> dy,
                StatePointers<const T> d_final, SeqView<T> dx, StatePointers<T> d_initial,
                const CellGradients<T>& gradients, Team& team);

  // The same in parts, for a wavefront of layers. Forward: begin, then steps [0, ...) in chunks one after the
  // other, each on one thread. Backward: begin, the chunks from the last to the first, the gradients by all
  // workers of a team, end. `chunk` is wavefront_chunk's.
  void begin_forward(const RecurrentPack<T>& pack, SeqView<const T> x, std::span<const std::int32_t> lengths,
                     StatePointers<const T> initial, Mode mode, int chunk, const T* h_mask = nullptr);
  void forward_steps(int first, int end);
  void begin_backward(const RecurrentPack<T>& pack, SeqView<const T> x, SeqView<const T> dy,
                      StatePointers<const T> d_final, SeqView<T> dx, const CellGradients<T>& gradients,
                      int threads);
  void backward_steps(int first, int end);
  void add_gradients(const Team::Worker& worker) const;
  void end_backward(StatePointers<T> d_initial);
  /// Steps that some row reaches.
  int walked_steps() const;
  /// Between backward_steps: the gradient by a state after the step that is next, [1, B, H], but for what dy
  /// brings; of a row that has ended before it, that of its final state.
  SeqView<const T> state_gradient(int state) const;

 private:
  enum class Phase { empty, inferred, forwarded, spent };

  void order_rows(const RecurrentPack<T>& pack, int steps, int rows, std::span<const std::int32_t> lengths);
  void prepare(const RecurrentPack<T>& pack, int steps, int rows, std::span<const std::int32_t> lengths,
               Mode mode, Team* team, const T* h_mask = nullptr);
  // Room for the ordered rows: sequences within these sizes allocate nothing afterwards (on teams of up to
  // `threads`).
  void reserve(const RecurrentPack<T>& pack, int steps, int rows, Mode mode, int threads);
  int depth(const RecurrentPack<T>& pack) const;                   // of the weight gradients
  std::size_t scratch_stride(const RecurrentPack<T>& pack) const;  // numbers of a thread, for them
  void start(const RecurrentPack<T>& pack, SeqView<const T> x, StatePointers<const T> initial,
             const T* h_mask);
  void run(const RecurrentPack<T>& pack, Team& team);
  void clear_beyond(SeqView<T> y, int index, int count) const;
  void clear_h(int index, int count) const;
  void clear_dx(int index, int count) const;
  void start_backward(const RecurrentPack<T>& pack, SeqView<const T> x, SeqView<const T> dy,
                      StatePointers<const T> d_final, SeqView<T> dx, const CellGradients<T>& gradients,
                      int threads);  // begin_backward, but for zeros in dx
  Sweep<T> part_of(int first, int end) const;
  GradientFile<T> gradient_file() const;
  bool wants_gradients() const;
  Sweep<T> sweep_of(const RecurrentPack<T>& pack, SeqView<const T> x) const;
  Plan plan(const RecurrentPack<T>& pack, const Team& team, bool awake = false) const;
  static int segment_steps(int steps, int rows, Mode mode);
  void check_kept() const;
  Share share_of(Split split, const Team::Worker& worker) const;

  Phase phase_ = Phase::empty;
  const RecurrentPack<T>* pack_ = nullptr;
  int steps_ = 0, rows_ = 0, hoist_steps_ = 1;
  bool hoist_ = false, full_ = false, recompute_ = false, masked_ = false;
  Plan plan_;
  Sweep<T> sweep_{};
  CellGradients<T> gradients_;
  std::int64_t total_length_ = 0;
  std::vector<std::int32_t> order_, length_, active_;
  std::vector<std::ptrdiff_t> first_row_;
  AlignedBuffer<T> gates_, h_, c_, v_, h0_, c0_, dstate_[kMostStates], dv_, sums_x_, sums_h_, sums_b_,
      sums_p_, scratch_, h_mask_, h_masked_, h0_masked_;
};

/// Runs a whole sequence. x: [T, B, I] by its strides (features consecutive). `lengths`: steps of each row, 0
/// to T, empty = T for all; they need not be sorted. `h_mask`: what the h₋₁ of each row is multiplied by
/// where U multiplies it, a dense [B, H], copied; null = none (recurrent dropout). The results are
/// tape.output() and tape.final_state(). Row by row the same bits for any threads, other rows, padding,
/// chunks, and target with fused products. Throws usage_shape when sizes disagree.
template <class T>
void forward(const RecurrentPack<T>& pack, std::type_identity_t<SeqView<const T>> x,
             std::span<const std::int32_t> lengths, std::type_identity_t<StatePointers<const T>> initial,
             RecurrentTape<T>& tape, Mode mode, Team& team, const std::type_identity_t<T>* h_mask = nullptr) {
  tape.forward(pack, x, lengths, initial, mode, team, h_mask);
}

/// Goes on where the tape's last forward ended, which was in Mode::infer, forward in time, without lengths,
/// without mask and of as many rows, or where the last carry_on ended: the same as a forward from that final
/// state, with less around it, and without allocation when no longer sequence comes than any before. The
/// caller flushes denormals. Throws usage_conflict or usage_shape.
template <class T>
void carry_on(const RecurrentPack<T>& pack, const std::type_identity_t<SeqView<const T>>& x,
              RecurrentTape<T>& tape, Team& team) {
  tape.carry_on(pack, x, team);
}

/// The gradients of a sequence that the tape holds from a forward in Mode::train; once per forward.
/// `lengths` and `initial` are those of the forward, which the tape remembers. dy: gradient of output(),
/// absent = zero, not read beyond a row's length. d_final: gradient of the final state. dx: absent = not
/// wanted; zero beyond a row's length. d_initial, gradients: null = not wanted. Weight gradients add over
/// processed steps from the last to the first, then over b ascending. Throws usage_conflict when the tape has
/// no such forward, usage_shape when sizes disagree.
template <class T>
void backward(const RecurrentPack<T>& pack, std::type_identity_t<SeqView<const T>> x,
              [[maybe_unused]] std::span<const std::int32_t> lengths,
              [[maybe_unused]] std::type_identity_t<StatePointers<const T>> initial, RecurrentTape<T>& tape,
              std::type_identity_t<SeqView<const T>> dy, std::type_identity_t<StatePointers<const T>> d_final,
              std::type_identity_t<SeqView<T>> dx, std::type_identity_t<StatePointers<T>> d_initial,
              const CellGradients<T>& gradients, Team& team) {
  tape.backward(pack, x, dy, d_final, dx, d_initial, gradients, team);
}

}  // namespace carousel::kernels
