// The table of functions that every target fills, and the plain structs that they take: raw pointers only, so
// that the files compiled per target include nothing else.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cells/act.h"
#include "cells/range.h"

namespace carousel::kernels {

inline constexpr int kMostStates = 2, kMostPhases = 2, kMostPerUnit = 4, kMostSums = 4;
inline constexpr int kMostDepth = 1024;  // of gradient_depth (pack.h)

/// A cell's tables as numbers, the same as the constants of its header.
struct CellShape {
  int sums, states, per_unit, phases;
  cells::Range from_x, from_h[kMostPhases];
  cells::PerUnitGrad per_unit_grads[kMostPerUnit];
};

/// How the work is split: rows need no barrier, units need one a step and phase.
enum class Split { rows, units };

/// Which share of a sweep a thread does.
struct Share {
  int index = 0, count = 1;
  Split split = Split::rows;
  int row_begin = 0, row_end = 0;  ///< places in `order` that this thread owns when rows are split
  void (*barrier)(const void* worker) = nullptr;
  const void* worker = nullptr;
};

/// One sweep. A tape row is (position in time, b): row(s, b) = first_row[b] + s * row_step for processed step
/// s, 0 <= s < length[b]. `padded` is H rounded up to whole vectors.
template <class T>
struct Sweep {
  CellShape cell;
  cells::Activations activations;
  int steps, rows, inputs, units, padded, inputs_padded;
  int first_step;    ///< the sweep walks steps [first_step, steps)
  bool keep_states;  ///< those of every step are kept for backward
  bool keep_gates;   ///< and the gates of the steps that are walked
  bool hoist;        ///< products of x for several steps at once, before the steps
  int hoist_steps;   ///< how many steps at once; also those that `gates` has room for when !keep_gates
  bool turned;  ///< the first step walks the units back: what the step before read last is still in the cache
  const std::int32_t *order, *length;  ///< rows, longest first; steps of row b
  const std::int32_t* active;          ///< [steps] how many of `order` still run at step s
  const std::ptrdiff_t* first_row;
  std::ptrdiff_t row_step;

  const T* x;  ///< of (position, b) at x + position * x_step + b * x_row
  std::ptrdiff_t x_step, x_row;
  bool reverse;

  T *h, *c;      ///< tape: [rows of the tape][padded]
  T *gates, *v;  ///< [steps walked][B][sums][padded], [steps walked][B][padded]
  T *h0, *c0;    ///< [B][padded] initial states; c0 also the running one when !keep_states

  // recurrent dropout: what U multiplies is a row's mask times its h₋₁, kept beside h
  const T* h_mask;          ///< [B][padded]; null = none, and the two below are not read
  T *h_masked, *h0_masked;  ///< as h, as h0

  // pack
  const T *bias, *per_unit;  ///< [sums][padded], [per_unit][padded]
  const T *forward_x, *forward_h[kMostPhases];

  // backward only
  const T *backward_x, *backward_h[kMostPhases];
  const T* dy;  ///< like x; null = zero
  std::ptrdiff_t dy_step, dy_row;
  T* dx;  ///< like x; null = not wanted
  std::ptrdiff_t dx_step, dx_row;
  T* dstate[kMostStates];  ///< [B][padded] gradient of the states, from the last step to the first
  T* dv;                   ///< [B][padded]
  T* sums_x;               ///< [I][sums * padded] dW, transposed, as SumsLayout has it; null = not wanted
  T* sums_h;               ///< [H][sums * padded] dU, as sums_x
  bool fresh_sums;         ///< sums_x and sums_h start at zero, whatever stands there
  T* sums_b;               ///< [sums * padded] column sums
  T* sums_p;               ///< [per_unit][padded]
  T* scratch;              ///< of thread i at i * scratch_stride: gradient_scratch (pack.h)
  std::size_t scratch_stride;
  int depth;  ///< gradient_depth (pack.h)
};

/// Many rows times a matrix: y = C_in + x W, the dense layer's products; y is zero from a row's length on.
template <class T>
struct Product {
  int in, out, out_padded;
  const T* x;  ///< row (t, b) at x + t * x_step + b * x_row
  int batch;
  const std::int32_t* length;  ///< [batch], null = none ends early
  std::ptrdiff_t x_step, x_row;
  const T* packed;  ///< panels of [in][vectors * lanes]
  const T* bias;    ///< [out_padded], null = zero
  T* y;
  std::ptrdiff_t y_step, y_row;
};

/// d[i][o] += Σ over rows of x[row][i] * g[row][o]; rows (t, b), t descending, then b ascending.
template <class T>
struct Gradient {
  int steps, batch, in, out, out_padded;
  const std::int32_t* length;  ///< [batch], null = none ends early
  const T *x, *g;
  std::ptrdiff_t x_step, x_row, g_step, g_row;
  T* sums;          ///< [in][out_padded] as SumsLayout has it; null = not wanted
  bool fresh_sums;  ///< sums starts at zero, whatever stands there
  T* column;        ///< [out_padded], null = not wanted
  T* scratch;       ///< as Sweep's
  std::size_t scratch_stride;
  int depth;
};

/// Which random words: the key and the high half of the counter of base/random.h.
struct RandomStream {
  std::uint32_t key[2], high[2];
};

/// Functions of one target for one type of number.
template <class T>
struct Table {
  int lanes;
  int panel;      ///< vectors in a full panel of the packed matrices
  int tile_rows;  ///< features of x that are packed side by side for weight gradients
  void (*forward)(int kind, const Sweep<T>&, const Share&);
  void (*backward)(int kind, const Sweep<T>&, const Share&);
  void (*weight_gradients)(const Sweep<T>&, const Share&);
  void (*product)(const Product<T>&, std::int64_t first, std::int64_t last);  ///< rows t * batch + b
  void (*gradient)(const Gradient<T>&, const Share&);
  void (*activate)(cells::Activation, const T* x, T* y, std::size_t n);
  void (*activate_back)(cells::Activation, const T* y, const T* dy, T* dx, std::size_t n);
  T (*largest)(const T*, std::size_t n);
  void (*exp)(const double* x, double* y, std::size_t n);
  void (*log)(const double* x, double* y, std::size_t n);
  void (*log1p)(const double* x, double* y, std::size_t n);
  void (*dropout)(const RandomStream&, std::uint64_t first, std::uint32_t threshold, T scale, const T* x,
                  T* y, std::size_t n);
  // kernels/limits.h: what `carousel bench --roofline` measures
  int chains;  ///< multiply_add takes chains * lanes + 2 numbers
  void (*multiply_add)(T* numbers, std::size_t turns);
  T (*read)(const T* numbers, std::size_t n, std::size_t turns);
};

}  // namespace carousel::kernels
