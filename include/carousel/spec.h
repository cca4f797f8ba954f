// Specs: what a network is, as plain data. Written as TOML by people, stored as JSON in the model file.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace carousel {

/// What a layer puts out: every step, [B, T, H], or the last one, [B, H]. The last of a row is the output at
/// its own length; the last of a backward direction is its output after it has read back to step 0.
enum class Returns { sequence, last };

/// The order in which a recurrent layer reads a sequence.
enum class Direction { forward, backward };

/// How the two directions of a bidirectional layer are joined; all but concat need equal widths.
enum class Merge { sum, concat, mul, average };

/// A matrix of several gate blocks is initialised block by block, or as one matrix (as Keras does).
enum class InitPer { gate, joint };

/// The name of a cell as a template argument.
template <std::size_t N>
struct CellName {
  char text[N];
  constexpr CellName(const char (&name)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = name[i];
  }
};

/// A recurrent layer; `Lstm{.units = 50}` is the same data with its cell named.
///
/// Initialisers: zeros, ones, glorot_uniform, glorot_normal, he_uniform, he_normal, orthogonal,
/// "orthogonal(gain)" (gain times such a matrix, gain > 0), "normal(sd)", "uniform(a)" (in [-a, a)),
/// "constant(v)". Activations: `carousel cells` lists them; "" takes the cell's own.
template <CellName kCell>
struct RecurrentOf {
  std::string cell = kCell.text;             ///< rnn, lstm, peephole-lstm, ...: see docs/cells.md
  int units = 0;                             ///< H, at least 1
  Returns returns = Returns::last;           ///< every step or the last
  Direction direction = Direction::forward;  ///< the order of reading
  std::string activation = "";               ///< of the candidate (the RNN's φ); "" = tanh
  std::string gate_activation = "";          ///< of the gates; "" = sigmoid
  std::string output_activation = "";        ///< φ of h = o⊙φ(c); "" = tanh
  bool recurrent_bias = false;               ///< a second bias, on U h
  float forget_bias = 1.0f;                  ///< start of the forget gate's bias, where the cell has one
  std::string w_init = "glorot_uniform";     ///< initialiser of W
  std::string u_init = "orthogonal";         ///< initialiser of U
  std::string p_init = "zeros";              ///< initialiser of the peepholes
  std::string b_init = "zeros";              ///< initialiser of the biases, the forget gate's apart
  InitPer init_per = InitPer::gate;          ///< each gate block apart, or all as one matrix
  float l2_w = 0.0f;                         ///< >= 0; adds l2_w · ½ Σ W² to what is minimised
  float l2_u = 0.0f;                         ///< >= 0; adds l2_u · ½ Σ U² to what is minimised
  /// In training each number that W multiplies is zero with this probability, 0 to 0.999, and otherwise
  /// divided by 1 - dropout; one mask a sequence, the same at every step and for every gate (Gal & Ghahramani
  /// 2016).
  float dropout = 0.0f;
  /// The same for h₋₁ where U multiplies it; h itself, and c, are passed on whole.
  float recurrent_dropout = 0.0f;

  operator RecurrentOf<"">() const requires(kCell.text[0] != '\0') {
    return {cell,
            units,
            returns,
            direction,
            activation,
            gate_activation,
            output_activation,
            recurrent_bias,
            forget_bias,
            w_init,
            u_init,
            p_init,
            b_init,
            init_per,
            l2_w,
            l2_u,
            dropout,
            recurrent_dropout};
  }
};

using Recurrent = RecurrentOf<"">;
using Rnn = RecurrentOf<"rnn">;
using Lstm = RecurrentOf<"lstm">;
using PeepholeLstm = RecurrentOf<"peephole-lstm">;
using CoupledLstm = RecurrentOf<"coupled-lstm">;
using Gru = RecurrentOf<"gru">;
using GruResetBefore = RecurrentOf<"gru-reset-before">;
using MinimalGatedUnit = RecurrentOf<"mgu">;

/// Two recurrent layers over the same input, one in each direction; `returns` and `direction` of the two are
/// this layer's to decide and must be left alone in them.
struct Bidirectional {
  Merge merge = Merge::concat;      ///< sum, concat, mul or average
  Returns returns = Returns::last;  ///< every step or the last
  Recurrent forward, backward;      ///< any two cells; equal units unless merge is concat
};

/// y = φ(W x + b), on every step of a sequence, or on the last only.
struct Dense {
  int units = 0;                      ///< K, at least 1
  std::string activation = "linear";  ///< φ
  Returns returns =
      Returns::sequence;  ///< sequence: every step that comes in; last: the last step of each row
  bool bias = true;       ///< b, or none
  std::string w_init = "glorot_uniform";  ///< initialiser of W [K, F]
  std::string b_init = "zeros";           ///< initialiser of b [K]
  float l2_w = 0.0f;                      ///< >= 0; adds l2_w · ½ Σ W² to what is minimised
};

/// φ of every number.
struct Activation {
  std::string function = "relu";
};

/// Zeroes each number with probability `rate` in training and scales the others by 1 / (1 - rate); a fresh
/// mask for every element and step. Absent in use.
struct Dropout {
  float rate = 0.5f;  ///< 0 to 0.999
};

using Layer = std::variant<Recurrent, Bidirectional, Dense, Activation, Dropout>;

/// A network: its layers from input to output.
struct ModelSpec {
  std::vector<Layer> layers;
};

}  // namespace carousel
