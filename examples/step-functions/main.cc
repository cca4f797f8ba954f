// The step functions of the exercise, rnn and lstm on plain arrays, checked in shape and value.
#include <utility>

#include "carousel/step.h"
#include "example.h"
#include "lines.h"

using carousel::LstmParams;
using carousel::Matrix;
using carousel::RnnParams;

namespace {

constexpr int kRows = 2, kInputs = 5, kUnits = 4, kOutputs = 3;

double at(const Matrix& m, int row, int column) {
  return m.values[static_cast<std::size_t>(row * m.columns + column)];
}

// (x W_x + h W_h + b)[row][j], term by term in double.
double sum(const Matrix& x, const Matrix& W_x, const Matrix& h, const Matrix& W_h, const Matrix& b, int row,
           int j) {
  double total = at(b, 0, j);
  for (int i = 0; i < x.columns; ++i) total += at(x, row, i) * at(W_x, i, j);
  for (int i = 0; i < h.columns; ++i) total += at(h, row, i) * at(W_h, i, j);
  return total;
}

double output(const Matrix& h, const Matrix& W_hq, const Matrix& b_q, int row, int j) {
  double total = at(b_q, 0, j);
  for (int i = 0; i < h.columns; ++i) total += at(h, row, i) * at(W_hq, i, j);
  return total;
}

bool shaped(const Matrix& m, int rows, int columns) {
  return m.rows == rows && m.columns == columns &&
         m.values.size() == static_cast<std::size_t>(rows * columns);
}

bool close(double a, double b) {
  return std::abs(a - b) <= 1e-6 + 1e-5 * std::abs(b);
}

double sigmoid(double v) {
  return 1 / (1 + std::exp(-v));
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  example::Result result;
  std::uint64_t seed = arguments.seed << 8;
  const auto draw = [&](int rows, int columns) {
    return Matrix{rows, columns, example::noise(static_cast<std::size_t>(rows * columns), seed++)};
  };

  const Matrix zero = carousel::init_state(kRows, kUnits);
  bool zeros = shaped(zero, kRows, kUnits);
  for (const float v : zero.values) zeros = zeros && v == 0.0f;
  if (result.check(zeros, "init_state gives zeros [B, H]")) std::printf("init success!\n");

  const Matrix x = draw(kRows, kInputs), h0 = draw(kRows, kUnits), c0 = draw(kRows, kUnits);
  const RnnParams p{.W_xh = draw(kInputs, kUnits),
                    .W_hh = draw(kUnits, kUnits),
                    .b_h = draw(1, kUnits),
                    .W_hq = draw(kUnits, kOutputs),
                    .b_q = draw(1, kOutputs)};
  const auto [y, h] = rnn(x, h0, p);
  bool right = shaped(y, kRows, kOutputs) && shaped(h, kRows, kUnits);
  for (int b = 0; right && b < kRows; ++b) {
    for (int j = 0; j < kUnits; ++j)
      right = right && close(at(h, b, j), std::tanh(sum(x, p.W_xh, h0, p.W_hh, p.b_h, b, j)));
    for (int j = 0; j < kOutputs; ++j) right = right && close(at(y, b, j), output(h, p.W_hq, p.b_q, b, j));
  }
  if (result.check(right, "rnn gives y [B, Q] and h [B, H] as written out")) std::printf("rnn success!\n");

  const auto gate = [&] { return std::pair{draw(kInputs, kUnits), draw(kUnits, kUnits)}; };
  const auto [W_xi, W_hi] = gate();
  const auto [W_xf, W_hf] = gate();
  const auto [W_xo, W_ho] = gate();
  const auto [W_xc, W_hc] = gate();
  const Matrix b_i = draw(1, kUnits), b_f = draw(1, kUnits), b_o = draw(1, kUnits), b_c = draw(1, kUnits);
  const LstmParams q{.W_xi = W_xi,
                     .W_hi = W_hi,
                     .b_i = b_i,
                     .W_xf = W_xf,
                     .W_hf = W_hf,
                     .b_f = b_f,
                     .W_xo = W_xo,
                     .W_ho = W_ho,
                     .b_o = b_o,
                     .W_xc = W_xc,
                     .W_hc = W_hc,
                     .b_c = b_c,
                     .W_hq = draw(kUnits, kOutputs),
                     .b_q = draw(1, kOutputs)};
  const auto [z, state] = lstm(x, {h0, c0}, q);
  right =
      shaped(z, kRows, kOutputs) && shaped(state.first, kRows, kUnits) && shaped(state.second, kRows, kUnits);
  for (int b = 0; right && b < kRows; ++b) {
    for (int j = 0; j < kUnits; ++j) {
      const double i = sigmoid(sum(x, W_xi, h0, W_hi, b_i, b, j)),
                   f = sigmoid(sum(x, W_xf, h0, W_hf, b_f, b, j)),
                   o = sigmoid(sum(x, W_xo, h0, W_ho, b_o, b, j)),
                   g = std::tanh(sum(x, W_xc, h0, W_hc, b_c, b, j)), c = f * at(c0, b, j) + i * g;
      right = right && close(at(state.second, b, j), c) && close(at(state.first, b, j), o * std::tanh(c));
    }
    for (int j = 0; j < kOutputs; ++j)
      right = right && close(at(z, b, j), output(state.first, q.W_hq, q.b_q, b, j));
  }
  if (result.check(right, "lstm gives y [B, Q], h and c [B, H] as written out")) std::printf("True\n");

  example::Lines lines("Thirty steps of noise from a zero state", "h of the first unit");
  std::vector<double> of_rnn = {0}, of_lstm = {0};
  Matrix h_rnn = zero;
  std::pair<Matrix, Matrix> h_lstm{zero, zero};
  while (of_rnn.size() <= 30) {
    const Matrix now = draw(kRows, kInputs);
    h_rnn = rnn(now, h_rnn, p).second, h_lstm = lstm(now, h_lstm, q).second;
    of_rnn.push_back(at(h_rnn, 0, 0)), of_lstm.push_back(at(h_lstm.first, 0, 0));
  }
  lines.add("rnn", of_rnn);
  lines.add("lstm", of_lstm);
  lines.write(arguments.words[0] + "/steps.svg");
  return result.finish();
}
