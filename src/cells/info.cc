// The text of each cell: equation, sources, gates in file order, and how other frameworks call and order it.
#include <array>

#include "cells/registry.h"

namespace carousel::cells {
namespace {

using Lines = std::span<const std::string_view>;

constexpr std::string_view kH[] = {"h"}, kHC[] = {"h", "c"};

// Equations stand once more, letter for letter, on top of each header; a test compares the two.

constexpr std::string_view kRnnEquation[] = {"h = φ(W x + U h₋₁ + b)"};
constexpr std::string_view kRnnSources[] = {"Elman 1990, Finding structure in time, Cognitive Science 14(2)"};
constexpr std::string_view kRnnGates[] = {"h"};
constexpr Elsewhere kRnnElsewhere[] = {
    {"PyTorch", "torch.nn.RNN", "h", "two biases, which are added (recurrent_bias = true); tanh or relu"},
    {"Keras", "SimpleRNN", "h", "kernel [I, H] and recurrent_kernel [H, H] are Wᵀ and Uᵀ"},
    {"ONNX", "RNN", "h", "W [directions, H, I], R; B holds b, then bu"},
    {"TF1", "BasicRNNCell", "h", "one kernel [I+H, H]: Wᵀ above Uᵀ"},
    {"tutorials", "rnn(x, state, params)", "h", "W_xh, W_hh stored [in, out]: Wᵀ and Uᵀ"},
};
constexpr std::string_view kRnnConventions[] = {
    "φ is `activation`: tanh by default; relu and sigmoid are usual too.",
    "A text that writes state·W_h has U = W_hᵀ; from a zero state the mistake shows from the second step on.",
};

constexpr std::string_view kLstmEquation[] = {
    "i = σ(W_i x + U_i h₋₁ + b_i)",     //
    "f = σ(W_f x + U_f h₋₁ + b_f)",     //
    "g = tanh(W_g x + U_g h₋₁ + b_g)",  //
    "c = f⊙c₋₁ + i⊙g",                  //
    "o = σ(W_o x + U_o h₋₁ + b_o)",     //
    "h = o⊙tanh(c)",
};
constexpr std::string_view kLstmSources[] = {
    "Hochreiter & Schmidhuber 1997, Long short-term memory, Neural Computation 9(8)",
    "Gers, Schmidhuber & Cummins 2000, Learning to forget, Neural Computation 12(10): the forget gate",
};
constexpr std::string_view kLstmGates[] = {"i", "f", "g", "o"};
constexpr Elsewhere kLstmElsewhere[] = {
    {"PyTorch", "torch.nn.LSTM", "i f g o",
     "two biases, which are added (recurrent_bias = true); no forget bias of 1"},
    {"Keras", "LSTM", "i f g o", "calls g c; kernel [I, 4·H] is Wᵀ; unit_forget_bias is the 1 in b_f"},
    {"ONNX", "LSTM", "i o f g",
     "calls g c; B holds b, then bu; its activations f, g, h are gate_activation, activation, "
     "output_activation"},
    {"TF1", "BasicLSTMCell, LSTMCell", "i g f o",
     "calls g j; one kernel [I+H, 4·H]: Wᵀ above Uᵀ; adds 1 to b_f when it runs"},
    {"tutorials", "lstm(x, (h, c), params)", "i f o g",
     "call g c̃ (W_xc, W_hc, b_c); twelve arrays stored [in, out]"},
};
constexpr std::string_view kLstmConventions[] = {
    "The bias of the forget gate starts at 1, so that a fresh cell remembers.",
    "The candidate is called g here; elsewhere c̃, j, z or a. The output activation φ of h = o⊙φ(c) is "
    "`output_activation`.",
};

constexpr std::string_view kPeepholeEquation[] = {
    "i = σ(W_i x + U_i h₋₁ + b_i + p_i⊙c₋₁)",  //
    "f = σ(W_f x + U_f h₋₁ + b_f + p_f⊙c₋₁)",  //
    "g = tanh(W_g x + U_g h₋₁ + b_g)",         //
    "c = f⊙c₋₁ + i⊙g",                         //
    "o = σ(W_o x + U_o h₋₁ + b_o + p_o⊙c)",    //
    "h = o⊙tanh(c)",
};
constexpr std::string_view kPeepholeSources[] = {
    "Gers & Schmidhuber 2000, Recurrent nets that time and count, IJCNN",
    "Graves 2012, Supervised sequence labelling with recurrent neural networks, chapter 4",
};
constexpr std::string_view kPeepholes[] = {"p_i", "p_f", "p_o"};
constexpr Elsewhere kPeepholeElsewhere[] = {
    {"PyTorch", "none", "", "torch.nn.LSTM has no peepholes"},
    {"Keras", "none", "", "LSTM has no peepholes"},
    {"ONNX", "LSTM with input P", "i o f g", "P [directions, 3·H] is p_i, p_o, p_f"},
    {"TF1", "LSTMCell(use_peepholes=True)", "i g f o",
     "w_i_diag, w_f_diag, w_o_diag are p_i, p_f, p_o; adds 1 to b_f when it runs"},
};
constexpr std::string_view kPeepholeConventions[] = {
    "The input and forget gates see the old c, the output gate sees the new one.",
    "Peepholes are diagonal: a unit's gates see that unit's c alone. They start at 0 unless an initialiser "
    "is given.",
    "The bias of the forget gate starts at 1, so that a fresh cell remembers.",
};

constexpr std::string_view kCoupledEquation[] = {
    "i = σ(W_i x + U_i h₋₁ + b_i)",     //
    "g = tanh(W_g x + U_g h₋₁ + b_g)",  //
    "o = σ(W_o x + U_o h₋₁ + b_o)",     //
    "c = (1-i)⊙c₋₁ + i⊙g",              //
    "h = o⊙tanh(c)",
};
constexpr std::string_view kCoupledSources[] = {
    "Greff, Srivastava, Koutník, Steunebrink & Schmidhuber 2017, LSTM: a search space odyssey, IEEE TNNLS "
    "28(10)",
};
constexpr std::string_view kCoupledGates[] = {"i", "g", "o"};
constexpr Elsewhere kCoupledElsewhere[] = {
    {"PyTorch", "none", "", ""},
    {"Keras", "none", "", ""},
    {"ONNX", "LSTM, input_forget = 1", "i o f g", "f = 1 - i; its block f is not used"},
    {"TF1", "CoupledInputForgetGateLSTMCell", "g f o",
     "has f and i = 1 - f: i's rows here are its f rows negated; adds 1 to b_f when it runs"},
};
constexpr std::string_view kCoupledConventions[] = {
    "The forget gate is f = 1 - i and has no weights: three gate blocks for four.",
    "No bias starts at 1; a negative bias of i makes a fresh cell remember.",
};

constexpr std::string_view kGruEquation[] = {
    "r = σ(W_r x + b_r + U_r h₋₁ + bu_r)",         //
    "z = σ(W_z x + b_z + U_z h₋₁ + bu_z)",         //
    "n = tanh(W_n x + b_n + r⊙(U_n h₋₁ + bu_n))",  //
    "h = (1-z)⊙n + z⊙h₋₁",
};
constexpr std::string_view kGruSources[] = {
    "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder, EMNLP",
    "cuDNN's and Keras' form of it: the reset gate after the product, so that a step has one product with U",
};
constexpr std::string_view kGruGates[] = {"r", "z", "n"};
constexpr Elsewhere kGruElsewhere[] = {
    {"PyTorch", "torch.nn.GRU", "r z n", "two biases (recurrent_bias = true)"},
    {"Keras", "GRU(reset_after=True)", "z r n",
     "calls n h; kernel [I, 3·H] is Wᵀ; bias [2, 3·H] is b, then bu"},
    {"ONNX", "GRU, linear_before_reset = 1", "z r n", "calls n h; B holds b, then bu"},
    {"cuDNN", "CUDNN_GRU", "r z n", "calls z i and n h'"},
    {"TF1", "CudnnCompatibleGRUCell", "r z | n", "calls z u and n c"},
};
constexpr std::string_view kGruConventions[] = {
    "z keeps: where z is 1, h stays as it was. PyTorch, Keras, ONNX, cuDNN, TF1, Cho et al. 2014 and two of "
    "the "
    "tutorials have it so (TF1 and the tutorials call it u).",
    "Chung et al. 2014 and one tutorial write h = (1-u)⊙h₋₁ + u⊙n. That is z = 1-u: the same network with "
    "that gate's "
    "rows of W, U, b and bu negated.",
    "The textbook (Goodfellow, Bengio & Courville 2016, section 10.10.2) writes h = u⊙h₋₁ + (1-u)⊙σ(...), "
    "the reset "
    "gate before the product: z = u and activation = \"sigmoid\". It prints its gates with index t-1; that "
    "is "
    "a way of "
    "counting, no delay, and nothing is delayed here.",
    "bu_n stands inside r⊙(...), so b_n and bu_n are two different biases; with recurrent_bias = false there "
    "is only b_n.",
};

constexpr std::string_view kBeforeEquation[] = {
    "r = σ(W_r x + U_r h₋₁ + b_r)",         //
    "z = σ(W_z x + U_z h₋₁ + b_z)",         //
    "n = tanh(W_n x + U_n (r⊙h₋₁) + b_n)",  //
    "h = (1-z)⊙n + z⊙h₋₁",
};
constexpr std::string_view kBeforeSources[] = {
    "Cho et al. 2014, Learning phrase representations using RNN encoder-decoder, EMNLP",
};
constexpr Elsewhere kBeforeElsewhere[] = {
    {"PyTorch", "none", "", "torch.nn.GRU resets after the product"},
    {"Keras", "GRU(reset_after=False)", "z r n", "calls n h; kernel [I, 3·H] is Wᵀ; one bias"},
    {"ONNX", "GRU, linear_before_reset = 0", "z r n", "the default there; calls n h; B holds b, then bu"},
    {"TF1", "GRUCell", "r z | n",
     "calls z u and n c; two kernels, [I+H, 2·H] and [I+H, H]: Wᵀ above Uᵀ; its gates' bias starts at 1"},
    {"tutorials", "W_xr W_hr b_r, W_xz ...", "z r n", "call n h̃; stored [in, out]"},
};

constexpr std::string_view kMguEquation[] = {
    "f = σ(W_f x + U_f h₋₁ + b_f)",         //
    "n = tanh(W_n x + U_n (f⊙h₋₁) + b_n)",  //
    "h = (1-f)⊙h₋₁ + f⊙n",
};
constexpr std::string_view kMguSources[] = {
    "Zhou, Wu, Zhang & Zhou 2016, Minimal gated unit for recurrent neural networks, "
    "International Journal of Automation and Computing 13(3)",
};
constexpr std::string_view kMguGates[] = {"f", "n"};
constexpr Elsewhere kMguElsewhere[] = {
    {"PyTorch", "none", "", ""},
    {"Keras", "none", "", ""},
    {"ONNX", "none", "", ""},
    {"TF1", "none", "", ""},
};
constexpr std::string_view kMguConventions[] = {
    "A large f renews: where f is 1, the old h goes. The paper calls f the forget gate and writes h̃ for n.",
    "No bias starts at 1.",
};

template <Kind kKind>
constexpr CellInfo with_numbers(CellInfo info) {
  info.kind = kKind;
  info.name = kNames[static_cast<int>(kKind)];
  info.sums = Cell<kKind>::kSums;
  info.phases = Cell<kKind>::kPhases;
  return info;
}

constexpr std::array kAll = {
    with_numbers<Kind::rnn>({.title = "Elman's recurrent network",
                             .header = "elman.h",
                             .equation = kRnnEquation,
                             .sources = kRnnSources,
                             .gates_x = kRnnGates,
                             .gates_h = kRnnGates,
                             .states = kH,
                             .elsewhere = kRnnElsewhere,
                             .conventions = kRnnConventions,
                             .uses_gate = false,
                             .candidate = 0}),
    with_numbers<Kind::lstm>({.title = "LSTM",
                              .header = "lstm.h",
                              .equation = kLstmEquation,
                              .sources = kLstmSources,
                              .gates_x = kLstmGates,
                              .gates_h = kLstmGates,
                              .states = kHC,
                              .elsewhere = kLstmElsewhere,
                              .conventions = kLstmConventions,
                              .uses_output = true,
                              .forget_gate = 1,
                              .candidate = 2,
                              .keeping_gate = 1}),
    with_numbers<Kind::peephole_lstm>({.title = "LSTM with peepholes",
                                       .header = "lstm.h",
                                       .equation = kPeepholeEquation,
                                       .sources = kPeepholeSources,
                                       .gates_x = kLstmGates,
                                       .gates_h = kLstmGates,
                                       .states = kHC,
                                       .per_unit = kPeepholes,
                                       .elsewhere = kPeepholeElsewhere,
                                       .conventions = kPeepholeConventions,
                                       .uses_output = true,
                                       .forget_gate = 1,
                                       .candidate = 2,
                                       .keeping_gate = 1}),
    with_numbers<Kind::coupled_lstm>({.title = "LSTM with coupled input and forget gates",
                                      .header = "coupled_lstm.h",
                                      .equation = kCoupledEquation,
                                      .sources = kCoupledSources,
                                      .gates_x = kCoupledGates,
                                      .gates_h = kCoupledGates,
                                      .states = kHC,
                                      .elsewhere = kCoupledElsewhere,
                                      .conventions = kCoupledConventions,
                                      .uses_output = true,
                                      .candidate = 1,
                                      .keeping_gate = 0,
                                      .keeps_rest = true}),
    with_numbers<Kind::gru>({.title = "GRU, reset gate after the product",
                             .header = "gru.h",
                             .equation = kGruEquation,
                             .sources = kGruSources,
                             .gates_x = kGruGates,
                             .gates_h = kGruGates,
                             .states = kH,
                             .elsewhere = kGruElsewhere,
                             .conventions = kGruConventions,
                             .candidate = 2,
                             .keeping_gate = 1}),
    with_numbers<Kind::gru_reset_before>({.title = "GRU, reset gate before the product",
                                          .header = "gru_reset_before.h",
                                          .equation = kBeforeEquation,
                                          .sources = kBeforeSources,
                                          .gates_x = kGruGates,
                                          .gates_h = kGruGates,
                                          .states = kH,
                                          .elsewhere = kBeforeElsewhere,
                                          .conventions = Lines(kGruConventions).first(3),
                                          .candidate = 2,
                                          .keeping_gate = 1}),
    with_numbers<Kind::mgu>({.title = "minimal gated unit",
                             .header = "minimal_gated.h",
                             .equation = kMguEquation,
                             .sources = kMguSources,
                             .gates_x = kMguGates,
                             .gates_h = kMguGates,
                             .states = kH,
                             .elsewhere = kMguElsewhere,
                             .conventions = kMguConventions,
                             .candidate = 1,
                             .keeping_gate = 0,
                             .keeps_rest = true}),
};
static_assert(kAll.size() == kKinds);

}  // namespace

std::span<const CellInfo> all() {
  return kAll;
}

}  // namespace carousel::cells
