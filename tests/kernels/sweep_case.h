// A recurrent problem with random numbers, and one way to run it on the kernels: type, target, layout,
// threads.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/team.h"
#include "cells/registry.h"
#include "kernels/recurrent.h"
#include "oracle.h"

namespace carousel::kernels {

/// Sizes and options; `parts` says what is absent.
struct Case {
  cells::Kind cell = cells::Kind::lstm;
  int T = 1, B = 1, I = 1, H = 1;
  bool reverse = false;
  std::vector<std::int32_t> lengths = {};
  cells::Activations activations = {};
  bool recurrent_bias = true, bias = true, initial = true, d_final = true, dy = true;
  bool masked = false;  ///< recurrent dropout
};

inline std::string name_of(const Case& c) {
  std::string text = std::string(enum_name(c.cell)) + " T=" + std::to_string(c.T) +
                     " B=" + std::to_string(c.B) + " I=" + std::to_string(c.I) + " H=" + std::to_string(c.H) +
                     (c.reverse ? " reverse" : "");
  if (!c.lengths.empty()) text += " ragged";
  if (c.masked) text += " masked";
  return text;
}

/// Everything that a sweep takes, in double but exact in float.
struct Inputs {
  oracle::Problem problem;
  std::vector<double> dy;
  std::vector<double> d_final[2];
};

inline std::vector<double> random_numbers(std::mt19937& random, std::size_t n, double size) {
  std::uniform_real_distribution<float> uniform(static_cast<float>(-size), static_cast<float>(size));
  std::vector<double> numbers(n);
  for (double& v : numbers) v = uniform(random);
  return numbers;
}

inline Inputs make_inputs(const Case& c, unsigned seed = 1) {
  std::mt19937 random(seed);
  const oracle::Blocks blocks = oracle::blocks(c.cell);
  const auto n = [](int a, int b, int d = 1) { return static_cast<std::size_t>(a) * b * d; };
  Inputs in;
  oracle::Problem& q = in.problem;
  q.cell = c.cell, q.activations = c.activations;
  q.T = c.T, q.B = c.B, q.I = c.I, q.H = c.H, q.reverse = c.reverse;
  q.lengths.assign(c.lengths.begin(), c.lengths.end());
  const double w = 1.0 / std::sqrt(c.I), u = 1.0 / std::sqrt(c.H);
  q.x = random_numbers(random, n(c.T, c.B, c.I), 1);
  q.W = random_numbers(random, n(blocks.x * c.H, c.I), w);
  q.U = random_numbers(random, n(blocks.h * c.H, c.H), u);
  q.p = random_numbers(random, n(blocks.p, c.H), 0.5);
  if (c.bias) q.b = random_numbers(random, n(blocks.x, c.H), 0.5);
  if (c.recurrent_bias) q.bu = random_numbers(random, n(blocks.h, c.H), 0.5);
  for (int k = 0; k < blocks.states; ++k) {
    if (c.initial) q.initial[k] = random_numbers(random, n(c.B, c.H), 1);
    if (c.d_final) in.d_final[k] = random_numbers(random, n(c.B, c.H), 1);
  }
  if (c.dy) in.dy = random_numbers(random, n(c.T, c.B, c.H), 1);
  if (c.masked)
    for (std::size_t k = 0; k < n(c.B, c.H); ++k) q.h_mask.push_back(random() % 5 == 0 ? 0.0 : 1.25);
  return in;
}

template <class T>
struct Results {
  std::vector<T> y, final_state[2], dx, dW, dU, dp, db, dbu, d_initial[2];

  template <class F>
  void each(F&& f) const {
    f("y", y), f("final h", final_state[0]), f("final c", final_state[1]);
    f("dx", dx), f("dW", dW), f("dU", dU), f("dp", dp), f("db", db), f("dbu", dbu);
    f("d_initial h", d_initial[0]), f("d_initial c", d_initial[1]);
  }
  bool operator==(const Results&) const = default;
};

/// How it is run; the results are dense [T, B, F] whatever the layout.
struct Way {
  std::string target;                   ///< "" = active; ignored for double
  const Table<float>* table = nullptr;  ///< instead of a target
  int threads = 1;
  bool batch_major = false;  ///< x, dy and dx are [B, T, F + gap]
  int gap = 0;               ///< numbers between rows that must not be touched
  bool backward = true;
  Mode mode = Mode::train;
  bool streamed = false;  ///< a step at a time, each carried on from the one before; forward in time alone
};

/// An array with gaps: reads and writes go through `view`, the gaps hold NaN.
template <class T>
struct Strided {
  std::vector<T> data;
  SeqView<T> view;

  Strided(int steps, int rows, int features, const Way& way) {
    const std::ptrdiff_t row = features + way.gap;
    data.assign(static_cast<std::size_t>(steps) * rows * row, std::numeric_limits<T>::quiet_NaN());
    view = way.batch_major ? SeqView<T>{data.data(), steps, rows, features, row, row * steps}
                           : SeqView<T>{data.data(), steps, rows, features, row * rows, row};
  }
  void fill(const std::vector<double>& from) {
    std::size_t i = 0;
    for (int t = 0; t < view.steps; ++t)
      for (int b = 0; b < view.rows; ++b)
        for (int f = 0; f < view.features; ++f) view.at(t, b)[f] = static_cast<T>(from[i++]);
  }
};

template <class T>
std::vector<T> dense(SeqView<const T> view) {
  std::vector<T> out;
  for (int t = 0; t < view.steps; ++t)
    for (int b = 0; b < view.rows; ++b) out.insert(out.end(), view.at(t, b), view.at(t, b) + view.features);
  return out;
}

template <class T>
RecurrentPack<T> make_pack(const RecurrentConfig& config, const Way& way) {
  if constexpr (std::is_same_v<T, float>) {
    if (way.table) return RecurrentPack<T>(config, *way.table);
    if (!way.target.empty()) return RecurrentPack<T>(config, *find_target(way.target).table);
  }
  return RecurrentPack<T>(config);
}

template <class T>
Results<T> run_case(const Case& c, const Inputs& in, const Way& way = {}) {
  const oracle::Problem& q = in.problem;
  const oracle::Blocks blocks = oracle::blocks(c.cell);
  const auto cast = [](const std::vector<double>& v) { return std::vector<T>(v.begin(), v.end()); };
  const std::vector<T> W = cast(q.W), U = cast(q.U), p = cast(q.p), b = cast(q.b), bu = cast(q.bu);
  const auto or_null = [](auto& v) { return v.empty() ? nullptr : v.data(); };

  RecurrentPack<T> pack = make_pack<T>({c.cell, c.activations, c.I, c.H, c.reverse}, way);
  pack.pack({.W = W.data(), .U = U.data(), .p = or_null(p), .b = or_null(b), .bu = or_null(bu)});
  Team team(way.threads);
  RecurrentTape<T> tape;
  Strided<T> x(c.T, c.B, c.I, way), dy(c.T, c.B, c.H, way), dx(c.T, c.B, c.I, way);
  x.fill(q.x);
  if (!in.dy.empty()) dy.fill(in.dy);
  const std::vector<T> h0 = cast(q.initial[0]), c0 = cast(q.initial[1]);
  const std::vector<T> dh = cast(in.d_final[0]), dc = cast(in.d_final[1]);
  const StatePointers<const T> initial{{or_null(h0), or_null(c0)}}, d_final{{or_null(dh), or_null(dc)}};
  const std::vector<T> h_mask = cast(q.h_mask);
  Results<T> r;
  if (way.streamed) {
    const FlushDenormals flush;
    for (int t = 0; t < c.T; ++t) {
      SeqView<const T> step = x.view;
      step.data = x.view.at(t, 0), step.steps = 1;
      if (t == 0)
        forward(pack, step, {}, initial, tape, Mode::infer, team);
      else
        carry_on(pack, step, tape, team);
      const std::vector<T> y = dense(tape.output());
      r.y.insert(r.y.end(), y.begin(), y.end());
    }
  } else {
    forward(pack, x.view, c.lengths, initial, tape, way.mode, team, or_null(h_mask));
    r.y = dense(tape.output());
  }
  const auto state_size = static_cast<std::size_t>(c.B) * c.H;
  for (int k = 0; k < blocks.states; ++k)
    r.final_state[k].resize(state_size), r.d_initial[k].resize(state_size);
  tape.final_state({{or_null(r.final_state[0]), or_null(r.final_state[1])}});
  if (!way.backward) return r;
  r.dW.resize(W.size()), r.dU.resize(U.size()), r.dp.resize(p.size());
  r.db.resize(static_cast<std::size_t>(blocks.x) * c.H),
      r.dbu.resize(static_cast<std::size_t>(blocks.h) * c.H);
  // On a busy machine forward may have found that threads which meet should not; that passes, after 2 s at
  // most.
  for (int i = 0; i < 3000 && team.crowded(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  backward(
      pack, x.view, c.lengths, initial, tape, in.dy.empty() ? SeqView<const T>{} : SeqView<const T>(dy.view),
      d_final, dx.view, {{or_null(r.d_initial[0]), or_null(r.d_initial[1])}},
      {.dW = r.dW.data(), .dU = r.dU.data(), .dp = or_null(r.dp), .db = r.db.data(), .dbu = r.dbu.data()},
      team);
  r.dx = dense<T>(dx.view);
  return r;
}

inline Results<double> run_oracle(const Inputs& in) {
  const oracle::Outputs out = oracle::forward(in.problem);
  const oracle::Gradients g = oracle::backward(in.problem, in.dy, in.d_final);
  Results<double> r;
  r.y = out.y, r.dx = g.x, r.dW = g.W, r.dU = g.U, r.dp = g.p, r.db = g.b, r.dbu = g.bu;
  for (int k = 0; k < 2; ++k) r.final_state[k] = out.final[k], r.d_initial[k] = g.initial[k];
  return r;
}

}  // namespace carousel::kernels
