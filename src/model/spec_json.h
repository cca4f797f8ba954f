// A ModelSpec's settings described once, and the way of a list of layers to JSON and back.
#pragma once

#include "base/fields_json.h"
#include "carousel/spec.h"

namespace carousel {

template <>
struct EnumNames<Returns> {
  static constexpr std::array<std::pair<std::string_view, Returns>, 2> names{
      {{"sequence", Returns::sequence}, {"last", Returns::last}}};
};
template <>
struct EnumNames<Direction> {
  static constexpr std::array<std::pair<std::string_view, Direction>, 2> names{
      {{"forward", Direction::forward}, {"backward", Direction::backward}}};
};
template <>
struct EnumNames<Merge> {
  static constexpr std::array<std::pair<std::string_view, Merge>, 4> names{
      {{"sum", Merge::sum}, {"concat", Merge::concat}, {"mul", Merge::mul}, {"average", Merge::average}}};
};
template <>
struct EnumNames<InitPer> {
  static constexpr std::array<std::pair<std::string_view, InitPer>, 2> names{
      {{"gate", InitPer::gate}, {"joint", InitPer::joint}}};
};

inline constexpr int kMaxUnits = 1 << 20;
inline constexpr int kMaxMembers = 1000;  // of a forecaster

// What the text settings of layers take, for people; the names themselves stand in initialise.cc and act.h.
inline constexpr std::string_view kActivationChoices =
    "linear | sigmoid | tanh | relu | hard_sigmoid | hard_sigmoid_0_2 | softsign";
inline constexpr std::string_view kMatrixChoices =
    "zeros | ones | glorot_uniform | glorot_normal | he_uniform | he_normal | orthogonal | "
    "orthogonal(gain) | normal(sd) | uniform(a) | constant(v)";
inline constexpr std::string_view kVectorChoices = "zeros | ones | normal(sd) | uniform(a) | constant(v)";

// `cell` is not a field: it is the layer's "kind".
template <class Visitor>
void describe(Recurrent& s, Visitor&& visit) {
  visit(Field{.name = "units", .doc = "hidden units H", .low = 1, .high = kMaxUnits, .required = true},
        s.units);
  visit(Field{.name = "returns", .doc = "whether every step is put out or the last"}, s.returns);
  visit(Field{.name = "direction", .doc = "order in which the steps are read"}, s.direction);
  visit(Field{.name = "activation",
              .doc = "activation of the candidate; \"\" = the cell's own",
              .choices = kActivationChoices},
        s.activation);
  visit(Field{.name = "gate_activation",
              .doc = "activation of the gates; \"\" = sigmoid",
              .choices = kActivationChoices},
        s.gate_activation);
  visit(
      Field{
          .name = "output_activation", .doc = "φ of h = o⊙φ(c); \"\" = tanh", .choices = kActivationChoices},
      s.output_activation);
  visit(Field{.name = "recurrent_bias", .doc = "a second bias, on U h"}, s.recurrent_bias);
  visit(Field{.name = "forget_bias", .doc = "start of the forget gate's bias"}, s.forget_bias);
  visit(Field{.name = "w_init", .doc = "initialiser of W", .choices = kMatrixChoices}, s.w_init);
  visit(Field{.name = "u_init", .doc = "initialiser of U", .choices = kMatrixChoices}, s.u_init);
  visit(Field{.name = "p_init", .doc = "initialiser of the peepholes", .choices = kVectorChoices}, s.p_init);
  visit(Field{.name = "b_init",
              .doc = "initialiser of the biases, the forget gate's apart",
              .choices = kVectorChoices},
        s.b_init);
  visit(Field{.name = "init_per", .doc = "whether each gate block is initialised apart, or all as one"},
        s.init_per);
  visit(Field{.name = "l2_w", .doc = "adds l2_w · ½ Σ W² to what is minimised", .low = 0}, s.l2_w);
  visit(Field{.name = "l2_u", .doc = "adds l2_u · ½ Σ U² to what is minimised", .low = 0}, s.l2_u);
  visit(
      Field{.name = "dropout",
            .doc = "probability that a number which W multiplies is zeroed in training, one mask a sequence",
            .low = 0,
            .high = 0.999},
      s.dropout);
  visit(Field{.name = "recurrent_dropout",
              .doc = "the same for the h₋₁ that U multiplies",
              .low = 0,
              .high = 0.999},
        s.recurrent_dropout);
}

template <class Visitor>
void describe(Dense& s, Visitor&& visit) {
  visit(Field{.name = "units", .doc = "outputs K", .low = 1, .high = kMaxUnits, .required = true}, s.units);
  visit(Field{.name = "activation", .doc = "φ of y = φ(W x + b)", .choices = kActivationChoices},
        s.activation);
  visit(Field{.name = "returns", .doc = "whether it works on every step or the last"}, s.returns);
  visit(Field{.name = "bias", .doc = "b, or none"}, s.bias);
  visit(Field{.name = "w_init", .doc = "initialiser of W", .choices = kMatrixChoices}, s.w_init);
  visit(Field{.name = "b_init", .doc = "initialiser of b", .choices = kVectorChoices}, s.b_init);
  visit(Field{.name = "l2_w", .doc = "adds l2_w · ½ Σ W² to what is minimised", .low = 0}, s.l2_w);
}

template <class Visitor>
void describe(Activation& s, Visitor&& visit) {
  visit(Field{.name = "function", .doc = "φ of every number", .choices = kActivationChoices}, s.function);
}

template <class Visitor>
void describe(Dropout& s, Visitor&& visit) {
  visit(
      Field{
          .name = "rate", .doc = "probability that a number is zeroed in training", .low = 0, .high = 0.999},
      s.rate);
}

/// One layer as {"kind": "lstm", "units": 50, ...}.
Json layer_to_json(const Layer& layer);
/// Strict; `where` such as "layer[0]" stands in messages. Throws usage_*.
Layer layer_from_json(const Json& json, const std::string& where);

/// {"layers": [...]} and back.
Json spec_to_json(const ModelSpec& spec);
ModelSpec spec_from_json(const Json& json, const std::string& where = "");

/// Every layer kind that a settings file may name.
std::vector<std::string> layer_kinds();

}  // namespace carousel
