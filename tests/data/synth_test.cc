// Synthetic tasks: each held against its definition, written down here a second time in another way.
#include "carousel/synth.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "data/testing.h"

namespace carousel {
namespace {

constexpr std::string_view kReber = "BTPSXVE";

std::size_t at(const Synthetic& s, int row, int step) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(s.steps) + static_cast<std::size_t>(step);
}
float x_of(const Synthetic& s, int row, int step, int feature) {
  return s.x[at(s, row, step) * static_cast<std::size_t>(s.features) + static_cast<std::size_t>(feature)];
}
int length_of(const Synthetic& s, int row) {
  return s.lengths.empty() ? s.steps : s.lengths[static_cast<std::size_t>(row)];
}
/// The steps of a sequence as text, step by step one of `symbols`; fails where a step is not one-hot.
std::string text_of(const Synthetic& s, int row, std::string_view symbols) {
  std::string text;
  for (int t = 0; t < length_of(s, row); ++t) {
    int ones = 0;
    for (int f = 0; f < s.features; ++f) {
      const float value = x_of(s, row, t, f);
      EXPECT_TRUE(value == 0.0f || value == 1.0f);
      if (value == 1.0f) text += symbols.at(static_cast<std::size_t>(f)), ++ones;
    }
    EXPECT_EQ(ones, 1) << "sequence " << row << ", step " << t;
  }
  return text;
}
double score_of(const Synthetic& s, const std::string& metric, std::size_t number) {
  for (const SynthScore& score : s.scores)
    if (score.metric == metric && number-- == 0) return score.value;
  ADD_FAILURE() << "no such score";
  return NAN;
}

// What holds of every task, of those that are yet to come too.
TEST(Synth, EveryTaskIsWhatItSays) {
  std::set<std::string> names;
  for (const SynthTask& task : synth_tasks()) {
    SCOPED_TRACE(std::string(task.name));
    EXPECT_TRUE(names.insert(std::string(task.name)).second);
    EXPECT_FALSE(task.summary.empty() || task.source.empty() || task.length.empty());
    const SynthOptions options{.sequences = 40, .seed = 7};
    const Synthetic s = synth(task.name, options);
    EXPECT_EQ(s.task, task.name);
    EXPECT_EQ(s.rows, 40);
    EXPECT_EQ(s.x.size(), static_cast<std::size_t>(s.rows * s.steps * s.features));
    EXPECT_NE(s.values.empty(), s.labels.empty());
    EXPECT_EQ(s.classes > 0, s.outputs == 0);
    ASSERT_FALSE(s.scores.empty());
    for (const SynthScore& score : s.scores) {
      EXPECT_TRUE(score.metric == "accuracy" || score.metric == "rmse" || score.metric == "loss");
      // Perfect is perfect, and whoever is not scores less.
      if (score.metric == "accuracy")
        EXPECT_EQ(score.value == 1.0, score.predictor == "perfect");
      else
        EXPECT_EQ(score.value == 0.0, score.predictor == "perfect");
    }

    ArrayOptions arrays = s.arrays();
    arrays.split = {.test = 0.0, .validation = 0.0};
    const Prepared data = carousel::arrays(arrays);  // refuses what is not finite or does not fit
    EXPECT_EQ(data.train->count(), 40);
    EXPECT_EQ(data.train->target().every_step, s.every_step);
    EXPECT_EQ(data.train->target().values, s.outputs);
    EXPECT_LE(data.train->target().classes, s.classes);
    if (!s.lengths.empty()) {
      EXPECT_LE(*std::max_element(s.lengths.begin(), s.lengths.end()), s.steps);
    }
    for (int row = 0; row < 40; ++row)
      for (int t = length_of(s, row); t < s.steps; ++t)
        for (int f = 0; f < s.features; ++f) ASSERT_EQ(x_of(s, row, t, f), 0.0f);

    // The same again; another seed is other data; more sequences begin with the same ones.
    const Synthetic again = synth(task.name, options), other = synth(task.name, {.sequences = 40, .seed = 8});
    EXPECT_EQ(again.x, s.x);
    EXPECT_EQ(again.values, s.values);
    EXPECT_EQ(again.labels, s.labels);
    EXPECT_NE(other.x, s.x);
    const Synthetic more = synth(task.name, {.sequences = 43, .seed = 7});
    EXPECT_EQ(more.steps, s.steps);
    EXPECT_TRUE(std::equal(s.x.begin(), s.x.end(), more.x.begin()));
    EXPECT_TRUE(std::equal(s.values.begin(), s.values.end(), more.values.begin()));
    EXPECT_TRUE(std::equal(s.labels.begin(), s.labels.end(), more.labels.begin()));
    EXPECT_TRUE(std::equal(s.lengths.begin(), s.lengths.end(), more.lengths.begin()));
  }
  EXPECT_GE(names.size(), 5u);
}

TEST(Synth, TimingIsWhatTheInputSays) {
  constexpr int kInterval = 7, kRows = 20000;
  const Synthetic s = synth("timing", {.sequences = kRows, .length = kInterval});
  ASSERT_EQ(s.steps, 5 * (kInterval + 1));
  std::vector<int> of_spikes(6), of_delays(2);
  for (int row = 0; row < kRows; ++row) {
    std::vector<int> spikes;
    for (int t = 0; t < s.steps; ++t) {
      const float target = s.values[at(s, row, t)];
      ASSERT_TRUE(target == 0.0f || target == 1.0f);
      if (target == 1.0f) spikes.push_back(t);
    }
    ASSERT_FALSE(spikes.empty());
    ASSERT_EQ(length_of(s, row), spikes.back() + 1);
    int before = -1;
    for (const int spike : spikes) {
      const float delay = x_of(s, row, spike, 0);
      ASSERT_EQ(static_cast<float>(spike - before), kInterval + delay);
      for (int t = before + 1; t <= spike; ++t) ASSERT_EQ(x_of(s, row, t, 0), delay);
      ++of_delays.at(static_cast<std::size_t>(delay));
      before = spike;
    }
    ++of_spikes.at(spikes.size());
  }
  for (int n = 1; n <= 5; ++n) EXPECT_NEAR(of_spikes[static_cast<std::size_t>(n)], kRows / 5, 300);
  EXPECT_NEAR(of_delays[0], of_delays[1], 1000);

  // The best constant, by trial: a loss is the mean over the steps of a row, then over rows.
  double best = INFINITY;
  double share = 0;
  for (int row = 0; row < kRows; ++row) {
    double spikes = 0;
    for (int t = 0; t < length_of(s, row); ++t) spikes += s.values[at(s, row, t)];
    share += spikes / length_of(s, row) / kRows;
  }
  for (double says = 0.01; says < 0.5; says += 1e-4)
    best = std::min(best, -share * std::log(says) - (1 - share) * std::log(1 - says));
  EXPECT_NEAR(score_of(s, "loss", 1), best, 1e-3);
}

TEST(Synth, WhatCannotBeMadeIsRefused) {
  EXPECT_EQ(error_of([] { synth("addign"); }).code(), Code::usage_unknown_word);
  EXPECT_NE(std::string(error_of([] { synth("addign"); }).what()).find("did you mean 'adding'"),
            std::string::npos);
  EXPECT_EQ(error_of([] { synth("adding", {.sequences = 0}); }).code(), Code::usage_bad_value);
  EXPECT_EQ(error_of([] { synth("adding", {.length = 19}); }).code(), Code::usage_bad_value);
  EXPECT_EQ(error_of([] { synth("reber", {.length = 7}); }).code(), Code::usage_bad_value);
  EXPECT_EQ(error_of([] { synth("reber", {.length = 1001}); }).code(), Code::usage_bad_value);
  EXPECT_EQ(error_of([] { synth("timing", {.length = 1}); }).code(), Code::usage_bad_value);
  EXPECT_EQ(error_of([] { synth("copy", {.sequences = 2'000'000, .length = 1000}); }).code(),
            Code::usage_bad_value);
}

TEST(Synth, AddingIsTheSumOfTheMarkedNumbers) {
  constexpr int kLength = 30, kRows = 20000;
  const Synthetic s = synth("adding", {.sequences = kRows, .length = kLength});
  ASSERT_EQ(s.steps, 33);
  std::vector<int> lengths(static_cast<std::size_t>(s.steps) + 1), marks(static_cast<std::size_t>(s.steps));
  double squares = 0.0;
  for (int row = 0; row < kRows; ++row) {
    const int length = length_of(s, row);
    ++lengths.at(static_cast<std::size_t>(length));
    int marked = 0, early = 0;
    double sum = 0.0;
    for (int t = 0; t < length; ++t) {
      const float number = x_of(s, row, t, 0), marker = x_of(s, row, t, 1);
      ASSERT_TRUE(number >= -1.0f && number <= 1.0f);
      ASSERT_EQ(marker == -1.0f, t == 0 || t == length - 1) << t;
      if (marker == 1.0f) sum += number, ++marked, early += t < 10, ++marks.at(static_cast<std::size_t>(t));
    }
    const bool first_was_drawn = x_of(s, row, 0, 0) == 0.0f;
    ASSERT_EQ(marked, first_was_drawn ? 1 : 2);
    ASSERT_GE(early, first_was_drawn ? 0 : 1);
    const double y = s.values[static_cast<std::size_t>(row)];
    ASSERT_NEAR(y, 0.5 + sum / 4.0, 1e-6);
    squares += (y - 0.5) * (y - 0.5);
  }
  for (int length = kLength; length <= 33; ++length)  // each about equally often: 5 standard deviations
    EXPECT_NEAR(lengths[static_cast<std::size_t>(length)], kRows / 4, 5 * std::sqrt(kRows * 3.0 / 16));
  // A step of the first ten is drawn first in 1 of 10 cases, or second in 1 of 14 of the others.
  EXPECT_NEAR(marks[5], kRows * (0.1 + 0.9 / 14), 5 * std::sqrt(kRows * 0.14));
  EXPECT_EQ(std::count(marks.begin() + 15, marks.end(), 0), 18) << "a mark in the second half";
  EXPECT_NEAR(std::sqrt(squares / kRows), score_of(s, "rmse", 1), 0.002);
}

TEST(Synth, CopyAsksForTheFirstTenSymbolsInTheEnd) {
  constexpr int kLag = 7, kRows = 4000;
  const Synthetic s = synth("copy", {.sequences = kRows, .length = kLag});
  ASSERT_EQ(s.steps, kLag + 20);
  int right = 0;
  for (int row = 0; row < kRows; ++row) {
    const std::string text = text_of(s, row, "abcdefgh_!");
    const std::string shown = text.substr(0, 10);
    ASSERT_EQ(shown.find_first_of("_!"), std::string::npos);
    ASSERT_EQ(text.substr(10), "______!__________");
    std::string wanted;
    for (int t = 0; t < s.steps; ++t)
      wanted += "abcdefgh_!"[static_cast<std::size_t>(s.labels[at(s, row, t)])];
    ASSERT_EQ(wanted, "_________________" + shown);
    right += static_cast<int>(std::count(wanted.begin(), wanted.begin() + 17, '_') +
                              std::count(wanted.begin() + 17, wanted.end(), 'd'));
  }
  EXPECT_NEAR(right / (27.0 * kRows), score_of(s, "accuracy", 1), 0.003);
  EXPECT_NEAR(score_of(s, "loss", 1), 10 * std::log(8.0) / (kLag + 20), 1e-12);  // Arjovsky et al. 2016
}

/// Symbols that may follow a beginning of a Reber string, by the nodes of the graph; "" for one that is none.
std::string reber_next(std::string_view beginning) {
  const std::vector<std::string> arcs = {"B1", "T2P3", "S2X4", "T3V5", "X3S6", "P4V6", "E7", ""};
  std::size_t node = 0;
  for (const char symbol : beginning) {
    const std::size_t arc = arcs[node].find(symbol);
    if (arc == std::string::npos) return "";
    node = static_cast<std::size_t>(arcs[node][arc + 1] - '0');
  }
  std::string next;
  for (std::size_t arc = 0; arc < arcs[node].size(); arc += 2) next += arcs[node][arc];
  return next.empty() ? "end" : next;
}

TEST(Synth, ReberStringsAreThoseOfTheGrammar) {
  // Strings of the grammar and others, as textbooks show them.
  for (const char* good : {"BTXSE", "BPVVE", "BTSSSXSE", "BTSXXTVVE", "BPVPXVPXVPXVVE", "BTSXXTTTVPSE"})
    ASSERT_EQ(reber_next(good), "end") << good;
  for (const char* bad : {"BTSSPXSE", "BPTVVB", "BTXXVVSE", "BVVE"}) ASSERT_NE(reber_next(bad), "end") << bad;

  constexpr int kRows = 4000;
  const Synthetic s = synth("reber", {.sequences = kRows, .length = 60});
  int branches = 0, first_of_two = 0, t_second = 0;
  double right = 0.0, counted = 0.0;
  for (int row = 0; row < kRows; ++row) {
    const int steps = length_of(s, row);
    std::string text = text_of(s, row, kReber);
    text += kReber[static_cast<std::size_t>(s.labels[at(s, row, steps - 1)])];
    for (int t = 0; t < steps; ++t)
      ASSERT_EQ(kReber[static_cast<std::size_t>(s.labels[at(s, row, t)])],
                text[static_cast<std::size_t>(t) + 1]);
    const std::size_t n = text.size();
    ASSERT_GE(n, 9u);
    const std::string inner = text.substr(2, n - 4);
    ASSERT_EQ(reber_next(inner), "end") << text;
    ASSERT_TRUE(text[0] == 'B' && text[n - 1] == 'E' && text[1] == text[n - 2]) << text;
    ASSERT_TRUE(text[1] == 'T' || text[1] == 'P') << text;
    t_second += text[1] == 'T';
    for (std::size_t i = 0; i + 1 < inner.size(); ++i) {
      const std::string next = reber_next(inner.substr(0, i + 1));
      if (next.size() == 2) ++branches, first_of_two += next[0] == inner[i + 1];
    }
    // The mask: where what stands before, the second symbol with it, leaves one symbol.
    for (int t = 0; t < steps; ++t) {
      const auto read = static_cast<std::size_t>(t) + 1;  // symbols
      const bool inside = read >= 3 && read < n - 2;
      const bool one = read == 1 ? false : inside ? reber_next(text.substr(2, read - 2)).size() == 1 : true;
      ASSERT_EQ(s.mask[at(s, row, t)], one ? 1.0f : 0.0f) << text << " " << t;
      if (!one) continue;
      const bool forgets = read == n - 2 && text[1] == 'P';  // says T
      counted += 1.0, right += !forgets;
    }
    for (int t = steps; t < s.steps; ++t) ASSERT_EQ(s.mask[at(s, row, t)], 0.0f);
  }
  EXPECT_NEAR(t_second, kRows / 2, 5 * std::sqrt(kRows / 4.0));
  EXPECT_NEAR(first_of_two, branches / 2, 5 * std::sqrt(branches / 4.0));
  EXPECT_NEAR(right / counted, score_of(s, "accuracy", 1), 0.01);
}

TEST(Synth, AnbncnNamesEverySymbolThatMayComeNext) {
  constexpr int kMost = 6, kRows = 18;
  const Synthetic s = synth("anbncn", {.sequences = kRows, .length = kMost});
  std::vector<std::string> language;  // one more than is drawn: n has no end
  for (int n = 1; n <= kMost + 1; ++n) {
    const auto run = [n](char symbol) { return std::string(static_cast<std::size_t>(n), symbol); };
    language.push_back("S" + run('a') + run('b') + run('c') + "T");
  }
  std::vector<int> drawn(kMost + 1);
  for (int row = 0; row < kRows; ++row) {
    const std::string text = text_of(s, row, "Sabc");
    ASSERT_NE(std::find(language.begin(), language.end() - 1, text + "T"), language.end() - 1) << text;
    ++drawn.at((text.size() - 1) / 3);
    for (std::size_t t = 0; t < text.size(); ++t) {
      std::set<char> next;
      for (const std::string& string : language)
        if (string.compare(0, t + 1, text, 0, t + 1) == 0) next.insert(string[t + 1]);
      for (std::size_t k = 0; k < 4; ++k)
        ASSERT_EQ(s.values[4 * at(s, row, static_cast<int>(t)) + k], next.contains("abcT"[k]) ? 1.0f : 0.0f)
            << text << " " << t;
    }
  }
  EXPECT_EQ(drawn, (std::vector<int>{0, 3, 3, 3, 3, 3, 3}));

  // The smallest loss of whoever sees the last symbol alone: by trial, in steps of 1e-4, of what it says of
  // the likelier of two outputs; a loss is the mean over outputs, then steps, then rows.
  const auto loss = [&](double says) {
    double rows = 0.0;
    for (int row = 0; row < kRows; ++row) {
      double sum = 0.0;
      for (int t = 0; t < length_of(s, row); ++t) {
        const float* const next = s.values.data() + 4 * at(s, row, t);
        const int symbol = x_of(s, row, t, 2) == 1.0f ? 1 : x_of(s, row, t, 3) == 1.0f ? 2 : -1;
        if (symbol > 0) sum += 2 * -std::log(next[symbol] == 1.0f ? says : 1 - says) / 4;
      }
      rows += sum / length_of(s, row);
    }
    return rows / kRows;
  };
  double least = INFINITY;
  for (double says = 1e-4; says < 1.0; says += 1e-4) least = std::min(least, loss(says));
  EXPECT_NEAR(least, score_of(s, "loss", 1), 1e-6);
}

TEST(Synth, ParityCountsTheOnes) {
  const Synthetic s = synth("parity", {.sequences = 500, .length = 40});
  int all = 0;
  for (int row = 0; row < 500; ++row) {
    int ones = 0;
    for (int t = 0; t < 40; ++t) {
      const float bit = x_of(s, row, t, 0);
      ASSERT_TRUE(bit == 0.0f || bit == 1.0f);
      ones += bit == 1.0f;
      ASSERT_EQ(s.labels[at(s, row, t)], ones % 2);
    }
    all += ones;
  }
  EXPECT_NEAR(all, 500 * 20, 5 * std::sqrt(500 * 40 / 4.0));
}

}  // namespace
}  // namespace carousel
