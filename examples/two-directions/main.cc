// An LSTM that reads forward and a GRU that reads backward over ragged rows, time-major: the layer against
// reversing, running and reversing back by hand.
#include <algorithm>
#include <string>
#include <vector>

#include "carousel/model.h"
#include "carousel/step.h"
#include "example.h"
#include "lines.h"

using namespace carousel;

namespace {

constexpr int kRows = 6, kSteps = 9, kInputs = 5, kUnits = 19;
constexpr std::int32_t kLengths[kRows] = {9, 1, 4, 0, 7, 9};

// One direction of the model as a cell of its own, with the same weights.
StepLayer<float> direction(const Model& model, const Recurrent& spec, const std::string& name) {
  StepLayer<float> cell(spec, kInputs);
  for (const auto& parameter : cell.parameters())
    for (const TensorView& tensor : model.tensors())
      if (tensor.name == "layers.0." + name + "." + parameter.name)
        std::copy(tensor.values.begin(), tensor.values.end(), parameter.value.begin());
  return cell;
}

// h of every step of one row [length, units], in the order of reading.
std::vector<std::vector<float>> read(StepLayer<float>& cell, const std::vector<std::vector<float>>& row) {
  std::vector<std::vector<float>> h;
  std::vector<float> state = cell.zero_state(1);
  for (const std::vector<float>& x : row) {
    StepLayer<float>::Tape tape;
    h.push_back(cell.step(x, state, tape));
  }
  return h;
}

// How far the two directions carry a single 1 in the middle of a sequence of zeros.
void draw_pulse(const std::string& path, std::uint64_t seed) {
  constexpr int kLong = 25, kAt = 12;
  const Model model = Model::create({{Bidirectional{.merge = Merge::concat,
                                                    .returns = Returns::sequence,
                                                    .forward = Lstm{.units = kUnits},
                                                    .backward = Gru{.units = kUnits}}}},
                                    1, seed);
  std::vector<float> x(kLong, 0.0f);
  x[kAt] = 1;
  const Output y = model.predict({.data = x.data(), .rows = 1, .steps = kLong, .features = 1});
  example::Lines lines("A single 1 at step 12: who has read it by when", "size of h");
  for (const bool back : {false, true}) {
    std::vector<double> sizes;
    for (int t = 0; t < kLong; ++t) {
      double squares = 0;
      for (int j = 0; j < kUnits; ++j) {
        const double h = y.values[static_cast<std::size_t>((t * 2 + back) * kUnits + j)];
        squares += h * h;
      }
      sizes.push_back(std::sqrt(squares));
    }
    lines.add(back ? "GRU, backward" : "LSTM, forward", sizes);
  }
  lines.write(path);
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  example::Result result;

  const std::vector<float> x = example::noise(kSteps * kRows * kInputs, arguments.seed);  // [T, B, F]
  const auto at = [&](int t, int b) { return x.begin() + (t * kRows + b) * kInputs; };
  std::vector<float> batch_major;  // the same numbers as [B, T, F]
  for (int b = 0; b < kRows; ++b)
    for (int t = 0; t < kSteps; ++t) batch_major.insert(batch_major.end(), at(t, b), at(t, b) + kInputs);
  const Sequences time_first{.data = x.data(),
                             .rows = kRows,
                             .steps = kSteps,
                             .features = kInputs,
                             .layout = Layout::time_major,
                             .lengths = kLengths};
  const Sequences batch_first{.data = batch_major.data(),
                              .rows = kRows,
                              .steps = kSteps,
                              .features = kInputs,
                              .layout = Layout::batch_major,
                              .lengths = kLengths};

  const Lstm lstm{.units = kUnits};
  const Gru gru{.units = kUnits};
  std::printf("%d rows of lengths", kRows);
  for (const int length : kLengths) std::printf(" %d", length);
  std::printf(", [T, B, F] = [%d, %d, %d], LSTM(%d) forward, GRU(%d) backward\n", kSteps, kRows, kInputs,
              kUnits, kUnits);
  std::printf("%-7s %-9s %-12s  largest difference from reversing by hand\n", "merge", "returns", "output");
  double largest = 0.0;
  for (const Merge merge : {Merge::sum, Merge::concat})
    for (const Returns returns : {Returns::sequence, Returns::last}) {
      const Model model = Model::create(
          {{Bidirectional{.merge = merge, .returns = returns, .forward = lstm, .backward = gru}}}, kInputs,
          arguments.seed);
      const Output y = model.predict(time_first), same = model.predict(batch_first);
      result.check(y.values == same.values, "[B, T, F] gives the bits of [T, B, F]");

      StepLayer<float> forward = direction(model, lstm, "forward"),
                       backward = direction(model, gru, "backward");
      const int width = merge == Merge::concat ? 2 * kUnits : kUnits,
                steps = returns == Returns::last ? 1 : kSteps;
      result.check(y.rows == kRows && y.steps == steps && y.features == width, "the output's shape");
      std::vector<float> expected(static_cast<std::size_t>(kRows * steps * width), 0.0f);
      for (int b = 0; b < kRows; ++b) {
        const int length = kLengths[b];
        std::vector<std::vector<float>> row;
        for (int t = 0; t < length; ++t) row.emplace_back(at(t, b), at(t, b) + kInputs);
        const auto ahead = read(forward, row);
        std::reverse(row.begin(), row.end());
        auto back = read(backward, row);
        std::reverse(back.begin(), back.end());  // back[t] has read from the row's end to t
        for (int t = 0; t < length; ++t) {
          // The last of a direction is its output when it has read everything: at the row's end, and at step
          // 0.
          if (returns == Returns::last && t > 0) break;
          const auto& f = ahead[static_cast<std::size_t>(returns == Returns::last ? length - 1 : t)];
          const auto& g = back[static_cast<std::size_t>(t)];
          float* to = expected.data() + (b * steps + t) * width;
          for (int j = 0; j < kUnits; ++j) {
            const auto k = static_cast<std::size_t>(j);
            if (merge == Merge::sum) to[j] = f[k] + g[k];
            if (merge == Merge::concat) to[j] = f[k], to[kUnits + j] = g[k];
          }
        }
      }
      double difference = 0.0;
      for (std::size_t i = 0; i < expected.size(); ++i)
        difference = std::max(difference,
                              std::abs(static_cast<double>(y.values[i]) - static_cast<double>(expected[i])));
      std::printf("%-7s %-9s [%d, %d, %d]%s  %g\n", merge == Merge::sum ? "sum" : "concat",
                  returns == Returns::last ? "last" : "sequence", kRows, steps, width, steps > 1 ? "" : "  ",
                  difference);
      result.check(difference == 0.0, "the layer equals reversing by hand, bit for bit");
      largest = std::max(largest, difference);
    }
  result.add("largest_difference", largest);
  draw_pulse(arguments.words[0] + "/pulse.svg", arguments.seed);
  return result.finish();
}
