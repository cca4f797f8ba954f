// Activations: each function with its slope taken from its output, and the policies that cells are templated
// on.
#pragma once

namespace carousel::cells {

// What a value type V offers, as hidden friends found by argument-dependent lookup; float and double have it
// from here.
//   V(number)   + - * /   abs(v)
//   max(v, bound), min(v, bound)   v when v is not a number, so that relu does not hide a NaN
//   positive(v)                    1 where v > 0, otherwise 0
//   sigmoid(v), tanh(v)
// Cells themselves use V(number), + - * and a policy below; the rest is for `apply` and `slope`.
// Defined in act.cc, not here: an inline function in a file that is compiled for one instruction set could be
// picked by the linker for the whole program.
double abs(double v);
double max(double v, double bound);
double min(double v, double bound);
double positive(double v);
double sigmoid(double v);
double tanh(double v);
float abs(float v);
float max(float v, float bound);
float min(float v, float bound);
float positive(float v);
float sigmoid(float v);
float tanh(float v);

/// The activations that users name; all have a slope that follows from the output, so that the input is not
/// kept.
enum class Activation {
  linear,            ///< v
  sigmoid,           ///< 1 / (1 + exp(-v))
  tanh,              ///< the hyperbolic tangent
  relu,              ///< max(v, 0)
  hard_sigmoid,      ///< v/6 + 1/2 within [0, 1]: PyTorch's, and Keras' from version 3
  hard_sigmoid_0_2,  ///< 0.2 v + 0.5 within [0, 1]: ONNX's default, and Keras' before version 3
  softsign,          ///< v / (1 + |v|)
};

template <class V>
constexpr V apply(Activation activation, V v) {
  switch (activation) {
    case Activation::linear:
      break;
    case Activation::sigmoid:
      return sigmoid(v);
    case Activation::tanh:
      return tanh(v);
    case Activation::relu:
      return max(v, V(0));
    case Activation::hard_sigmoid:
      return min(max(v * V(1.0 / 6) + V(0.5), V(0)), V(1));
    case Activation::hard_sigmoid_0_2:
      return min(max(v * V(0.2) + V(0.5), V(0)), V(1));
    case Activation::softsign:
      return v / (V(1) + abs(v));
  }
  return v;
}

/// The derivative of `apply` where its output is y; 0 at the corners of relu and of the hard sigmoids.
template <class V>
constexpr V slope(Activation activation, V y) {
  switch (activation) {
    case Activation::linear:
      break;
    case Activation::sigmoid:
      return y * (V(1) - y);
    case Activation::tanh:
      return V(1) - y * y;
    case Activation::relu:
      return positive(y);
    case Activation::hard_sigmoid:
      return V(1.0 / 6) * positive(y) * positive(V(1) - y);
    case Activation::hard_sigmoid_0_2:
      return V(0.2) * positive(y) * positive(V(1) - y);
    case Activation::softsign:
      return (V(1) - abs(y)) * (V(1) - abs(y));
  }
  return V(1);
}

/// The three places of a cell: its gates, its candidate, and the output taken of its memory (f, g, h of
/// ONNX).
struct Activations {
  Activation gate = Activation::sigmoid;
  Activation candidate = Activation::tanh;
  Activation output = Activation::tanh;

  friend constexpr bool operator==(const Activations&, const Activations&) = default;
};

/// Policy σ, tanh, tanh: no branch.
struct Standard {
  template <class V>
  static constexpr V gate(V v) {
    return sigmoid(v);
  }
  template <class V>
  static constexpr V candidate(V v) {
    return tanh(v);
  }
  template <class V>
  static constexpr V output(V v) {
    return tanh(v);
  }
  template <class V>
  static constexpr V gate_slope(V y) {
    return y * (V(1) - y);
  }
  template <class V>
  static constexpr V candidate_slope(V y) {
    return V(1) - y * y;
  }
  template <class V>
  static constexpr V output_slope(V y) {
    return V(1) - y * y;
  }
};

/// Policy with three named activations: a branch for each, the same for every lane.
struct Named {
  Activations names;

  template <class V>
  constexpr V gate(V v) const {
    return apply(names.gate, v);
  }
  template <class V>
  constexpr V candidate(V v) const {
    return apply(names.candidate, v);
  }
  template <class V>
  constexpr V output(V v) const {
    return apply(names.output, v);
  }
  template <class V>
  constexpr V gate_slope(V y) const {
    return slope(names.gate, y);
  }
  template <class V>
  constexpr V candidate_slope(V y) const {
    return slope(names.candidate, y);
  }
  template <class V>
  constexpr V output_slope(V y) const {
    return slope(names.output, y);
  }
};

}  // namespace carousel::cells
