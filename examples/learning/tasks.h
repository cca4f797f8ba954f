// The tasks: their sizes, how they are trained, and when one of them counts as learnt.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "carousel/synth.h"
#include "carousel/train.h"

namespace learning {

using namespace carousel;

/// How a task is trained and judged.
struct Task {
  std::string title;  ///< of the table and the picture
  std::string name;   ///< of the generator
  std::string item;   ///< what is counted as right or wrong
  int length;         ///< option `length` of the generator
  int units;          ///< H of the one recurrent layer; a dense layer follows
  double rate;        ///< of Adam
  int batch;
  int steps;                          ///< given up after so many
  int look_every;                     ///< steps from one look at the held-out sequences to the next
  int held_out;                       ///< how many these are
  int may_fail = 0;                   ///< learnt when at most so many items are wrong
  std::vector<std::string> need_not;  ///< cells whose failure is a finding; every other one must learn it
  bool goes_on = false;               ///< trains to the last step, and is then tried on longer sequences

  bool must(const std::string& cell) const {
    return std::find(need_not.begin(), need_not.end(), cell) == need_not.end();
  }
};

inline std::vector<Task> tasks(bool short_run) {
  Task adding{.title = "adding",
              .name = "adding",
              .item = "sequence",
              .length = 30,
              .units = 16,
              .rate = 0.003,
              .batch = 32,
              .steps = 15000,
              .look_every = 250,
              .held_out = 2560,
              .may_fail = 1,
              .need_not = {"rnn"}};
  Task copy{.title = "copy",
            .name = "copy",
            .item = "symbol",
            .length = 5,
            .units = 128,
            .rate = 0.002,
            .batch = 16,
            .steps = 30000,
            .look_every = 250,
            .held_out = 100,
            .may_fail = 50};
  Task reber{.title = "reber",
             .name = "reber",
             .item = "string",
             .length = 60,
             .units = 16,
             .rate = 0.01,
             .batch = 32,
             .steps = 5000,
             .look_every = 50,
             .held_out = 256};
  Task anbncn{.title = "anbncn",
              .name = "anbncn",
              .item = "string",
              .length = 30,
              .units = 16,
              .rate = 0.01,
              .batch = 20,
              .steps = 6000,
              .look_every = 100,
              .held_out = 30,
              .need_not = {"rnn"},
              .goes_on = true};
  Task parity{.title = "parity",
              .name = "parity",
              .item = "string",
              .length = 50,
              .units = 16,
              .rate = 0.01,
              .batch = 32,
              .steps = 5000,
              .look_every = 50,
              .held_out = 1000};
  if (short_run) {
    adding.length = 20, adding.rate = 0.005, adding.steps = 4000, adding.held_out = 500, adding.may_fail = 0;
    copy.length = 1, copy.rate = 0.005, copy.steps = 4000, copy.may_fail = 500;
    reber.length = 40;
    anbncn.length = anbncn.held_out = 10, anbncn.steps = 3000, anbncn.need_not = {}, anbncn.goes_on = false;
    parity.length = 20, parity.steps = 3000, parity.held_out = 500;
    return {adding, copy, reber, anbncn, parity};
  }
  // Of this one only the LSTM is asked, with which its authors learnt it; what becomes of the others is
  // measured.
  Task longer = adding;
  longer.title = "adding60", longer.length = 60, longer.steps = 20000;
  longer.need_not = {"rnn", "peephole-lstm", "coupled-lstm", "gru", "gru-reset-before", "mgu"};
  return {adding, longer, copy, reber, anbncn, parity};
}

/// Items right and items in all.
struct Count {
  int right = 0, all = 0;
};

/// The outputs of a model for synthetic sequences, [K] a step.
class Answers {
 public:
  Answers(const Model& model, const Synthetic& data)
      : data_(data),
        output_(model.predict({.data = data.x.data(),
                               .rows = static_cast<int>(data.rows),
                               .steps = data.steps,
                               .features = data.features,
                               .lengths = data.lengths},
                              {.threads = 1})) {}

  int length(int row) const {
    return data_.lengths.empty() ? data_.steps : data_.lengths[static_cast<std::size_t>(row)];
  }
  const float* at(int row, int t) const {
    return output_.values.data() + (static_cast<std::size_t>(row) * static_cast<std::size_t>(output_.steps) +
                                    static_cast<std::size_t>(t)) *
                                       static_cast<std::size_t>(output_.features);
  }
  /// Whether the most probable class is the true one.
  bool class_is_right(int row, int t) const {
    const float* const y = at(row, t);
    return std::max_element(y, y + output_.features) - y == data_.labels[place(row, t)];
  }
  /// Where a step stands in [N, T].
  std::size_t place(int row, int t) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(data_.steps) +
           static_cast<std::size_t>(t);
  }
  const Synthetic& data() const { return data_; }
  int width() const { return output_.features; }

 private:
  const Synthetic& data_;
  Output output_;
};

/// Every class of a string is right.
inline bool string_is_right(const Answers& y, int row) {
  for (int t = 0; t < y.length(row); ++t)
    if (!y.class_is_right(row, t)) return false;
  return true;
}

/// Hochreiter & Schmidhuber 1997, experiment 1: at every step the symbols that the grammar allows next, one
/// or two, are the most active outputs.
inline bool grammar_is_right(const Answers& y, int row) {
  // The nodes of an embedded Reber string: what may come, and where it leads; the last two are the way out.
  static const std::vector<std::string> arcs = {"T1P2", "B3",   "B3",   "T4P5", "S4X6",
                                                "T5V7", "X5S8", "P6V8", "E9"};
  constexpr std::string_view symbols = "BTPSXVE";
  const Synthetic& data = y.data();
  std::size_t node = 0;
  char second = 0;
  for (int t = 0; t < y.length(row); ++t) {
    if (t > 0) {  // the symbol read at t is the one that was asked for at t - 1
      const char read = symbols[static_cast<std::size_t>(data.labels[y.place(row, t - 1)])];
      if (t == 1) second = read;
      if (node < arcs.size())
        node = static_cast<std::size_t>(arcs[node][arcs[node].find(read) + 1] - '0');
      else
        ++node;
    }
    std::string legal;
    if (node < arcs.size())
      for (std::size_t arc = 0; arc < arcs[node].size(); arc += 2) legal += arcs[node][arc];
    else
      legal = node == arcs.size() ? std::string(1, second) : "E";
    float least = INFINITY, most_of_others = -INFINITY;
    for (std::size_t k = 0; k < symbols.size(); ++k)
      if (legal.find(symbols[k]) != std::string::npos)
        least = std::min(least, y.at(row, t)[k]);
      else
        most_of_others = std::max(most_of_others, y.at(row, t)[k]);
    if (!(least > most_of_others)) return false;
  }
  return true;
}

/// Gers & Schmidhuber 2001: a string is accepted when every output of every step is on the right side of the
/// threshold.
inline bool is_accepted(const Answers& y, int row) {
  const auto k = static_cast<std::size_t>(y.width());
  for (int t = 0; t < y.length(row); ++t)
    for (std::size_t i = 0; i < k; ++i)
      if ((y.at(row, t)[i] > 0.0f) != (y.data().values[y.place(row, t) * k + i] > 0.5f)) return false;
  return true;
}

inline Count judge(const Model& model, const Synthetic& data) {
  const Answers y(model, data);
  Count count;
  for (int row = 0; row < data.rows; ++row) {
    if (data.task == "copy") {  // symbol by symbol, of the ten that are to be recalled
      for (int t = data.steps - 10; t < data.steps; ++t, ++count.all) count.right += y.class_is_right(row, t);
      continue;
    }
    ++count.all;
    count.right += data.task == "adding"
                       ? std::abs(y.at(row, 0)[0] - data.values[static_cast<std::size_t>(row)]) < 0.04f
                   : data.task == "reber"  ? grammar_is_right(y, row)
                   : data.task == "anbncn" ? is_accepted(y, row)
                                           : string_is_right(y, row);
  }
  return count;
}

/// The largest n of which every string to a^n b^n c^n is accepted, at most `most`.
inline int reach(const Model& model, int most) {
  const Synthetic data = synth("anbncn", {.sequences = most, .length = most});
  const Answers y(model, data);
  std::vector<bool> accepted(static_cast<std::size_t>(most) + 2);
  for (int row = 0; row < most; ++row)
    accepted[static_cast<std::size_t>(y.length(row) / 3)] = is_accepted(y, row);
  int n = 0;
  while (accepted[static_cast<std::size_t>(n) + 1]) ++n;
  return n;
}

}  // namespace learning
