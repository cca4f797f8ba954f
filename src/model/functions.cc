// The textbook step functions rnn and lstm on plain arrays: the same cells, with weights turned from [in,
// out].
#include <fmt/format.h>

#include <algorithm>

#include "carousel/error.h"
#include "carousel/step.h"

namespace carousel {
namespace {

void check(const Matrix& m, int rows, int columns, const char* name) {
  if (m.rows == rows && m.columns == columns &&
      m.values.size() == static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns))
    return;
  throw Error(Code::usage_shape,
              {.where = name,
               .what = "an array is of another shape",
               .expected = fmt::format("[{}, {}]", rows, columns),
               .got = fmt::format("[{}, {}] with {} numbers", m.rows, m.columns, m.values.size())});
}

// [in, out] into a gate block of [G·out, in].
void turn(const Matrix& from, std::span<float> to) {
  for (int i = 0; i < from.rows; ++i)
    for (int j = 0; j < from.columns; ++j)
      to[static_cast<std::size_t>(j * from.rows + i)] =
          from.values[static_cast<std::size_t>(i * from.columns + j)];
}

struct Gate {
  const Matrix &W_x, &W_h, &b;
};

// One recurrent step and the dense layer after it.
Matrix run(StepLayer<float>& cell, const std::vector<Gate>& gates, const Matrix& x, std::vector<float>& state,
           int units, const Matrix& W_hq, const Matrix& b_q) {
  for (const Gate& gate : gates) {
    check(gate.W_x, x.columns, units, "W_x");
    check(gate.W_h, units, units, "W_h");
    check(gate.b, 1, units, "b");
  }
  check(W_hq, units, W_hq.columns, "W_hq");
  check(b_q, 1, W_hq.columns, "b_q");
  const auto H = static_cast<std::size_t>(units), I = static_cast<std::size_t>(x.columns);
  const auto parameters = cell.parameters();
  for (std::size_t g = 0; g < gates.size(); ++g) {
    turn(gates[g].W_x, parameters[0].value.subspan(g * H * I, H * I));
    turn(gates[g].W_h, parameters[1].value.subspan(g * H * H, H * H));
    std::copy(gates[g].b.values.begin(), gates[g].b.values.end(),
              parameters[2].value.begin() + static_cast<std::ptrdiff_t>(g * H));
  }
  StepLayer<float> dense(Dense{.units = W_hq.columns, .w_init = "zeros"}, units);
  const auto dense_parameters = dense.parameters();
  turn(W_hq, dense_parameters[0].value);
  std::copy(b_q.values.begin(), b_q.values.end(), dense_parameters[1].value.begin());

  StepLayer<float>::Tape cell_tape, dense_tape;
  const std::vector<float> h = cell.step(x.values, state, cell_tape);
  std::vector<float> none;
  return {x.rows, W_hq.columns, dense.step(h, none, dense_tape)};
}

}  // namespace

Matrix init_state(int rows, int units) {
  return {rows, units,
          std::vector<float>(static_cast<std::size_t>(rows) * static_cast<std::size_t>(units), 0.0f)};
}

std::pair<Matrix, Matrix> rnn(const Matrix& x, const Matrix& state, const RnnParams& p) {
  check(x, x.rows, x.columns, "x");
  check(state, x.rows, p.W_hh.rows, "state");
  StepLayer<float> cell(Rnn{.units = state.columns, .w_init = "zeros", .u_init = "zeros"}, x.columns);
  std::vector<float> h = state.values;
  Matrix y = run(cell, {{p.W_xh, p.W_hh, p.b_h}}, x, h, state.columns, p.W_hq, p.b_q);
  return {std::move(y), {x.rows, state.columns, std::move(h)}};
}

std::pair<Matrix, std::pair<Matrix, Matrix>> lstm(const Matrix& x, const std::pair<Matrix, Matrix>& state,
                                                  const LstmParams& p) {
  check(x, x.rows, x.columns, "x");
  check(state.first, x.rows, p.W_hi.rows, "h");
  check(state.second, x.rows, p.W_hi.rows, "c");
  const int units = state.first.columns;
  StepLayer<float> cell(Lstm{.units = units, .w_init = "zeros", .u_init = "zeros"}, x.columns);
  std::vector<float> both = state.first.values;
  both.insert(both.end(), state.second.values.begin(), state.second.values.end());
  const std::vector<Gate> gates = {// in the order of our files: i f g o
                                   {p.W_xi, p.W_hi, p.b_i},
                                   {p.W_xf, p.W_hf, p.b_f},
                                   {p.W_xc, p.W_hc, p.b_c},
                                   {p.W_xo, p.W_ho, p.b_o}};
  Matrix y = run(cell, gates, x, both, units, p.W_hq, p.b_q);
  const auto half = both.begin() + static_cast<std::ptrdiff_t>(both.size() / 2);
  return {std::move(y), {{x.rows, units, {both.begin(), half}}, {x.rows, units, {half, both.end()}}}};
}

}  // namespace carousel
