// The articulators task: from 39 blurred and delayed features of a sound back to the 24 coordinates of the
// articulated chain that coloured it. docs/articulators.md has the equations.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "data/synth.h"
#include "data/vocal_tract.h"

namespace carousel::data {
namespace {

constexpr int kFeatures = 3 * kBands, kTargets = 2 * kPoints;
constexpr double kRate = 100.0;         // frames a second
constexpr int kTones = 12;              // of each joint's movement
constexpr double kSlowest = 0.2;        // Hz
constexpr double kNoise = 0.05;         // sd, in nepers of power
constexpr int kReach = 28;              // of the kernels, in frames
constexpr int kDifference = 2;          // frames to each side of a difference
constexpr int kFile = 103, kKept = 20;  // sequences of the whole task; the first ones of them are for testing

using Column = std::vector<double>;

/// The joints at any time, band-limited.
class Movement {
 public:
  explicit Movement(Draws& draws) {
    for (std::size_t j = 0; j < kJoints; ++j)
      for (Tone& tone : tones_[j]) {
        tone.speed = 2.0 * std::numbers::pi / kRate * draws.between(kSlowest, kFastest[j]);
        tone.phase = draws.between(0.0, 2.0 * std::numbers::pi);
      }
  }
  Joints at(int frame) const {
    Joints joints;
    for (std::size_t j = 0; j < kJoints; ++j) {
      double sum = 0.0;
      for (const Tone& tone : tones_[j]) sum += std::cos(tone.speed * frame + tone.phase);
      joints[j] = std::sqrt(2.0 / kTones) * sum;
    }
    return joints;
  }

 private:
  struct Tone {
    double speed, phase;
  };
  std::array<std::array<Tone, kTones>, kJoints> tones_;
};

/// Band b is heard as a Gaussian stretch of time around `delay` frames ago (ahead, where that is below 0).
struct Kernel {
  std::array<double, 2 * kReach + 1> weight;  // of kReach - i frames ahead

  explicit Kernel(std::size_t band) {
    const double delay = 9.0 - 1.5 * static_cast<double>(band);
    const double width = 2.0 + 0.25 * static_cast<double>((5 * band) % kBands);
    double sum = 0.0;
    for (std::size_t i = 0; i < weight.size(); ++i) {
      const double z = (static_cast<double>(i) - kReach - delay) / width;
      sum += weight[i] = std::exp(-0.5 * z * z);
    }
    for (double& w : weight) w /= sum;
  }
};

/// The slope of a line through five frames, as speech features have it; two frames shorter at each end.
Column differences(const Column& s) {
  Column slope(s.size() - 2 * kDifference);
  for (std::size_t t = 0; t < slope.size(); ++t)
    slope[t] = (2.0 * (s[t + 4] - s[t]) + s[t + 3] - s[t + 1]) / 10.0;
  return slope;
}

/// `length` numbers from `first` on, to mean 0 and variance 1, into a column of rows of `width` numbers.
void standardise(const Column& s, std::size_t first, std::size_t length, float* to, std::size_t width) {
  double mean = 0.0, squares = 0.0;
  for (std::size_t t = first; t < first + length; ++t) mean += s[t];
  mean /= static_cast<double>(length);
  for (std::size_t t = first; t < first + length; ++t) squares += (s[t] - mean) * (s[t] - mean);
  const double sd = std::sqrt(squares / static_cast<double>(length));
  for (std::size_t t = 0; t < length; ++t) to[t * width] = static_cast<float>((s[first + t] - mean) / sd);
}

/// One sequence: x [length, 39] and y [length, 24].
void write_sequence(Draws& draws, int length, float* x, float* y) {
  const Movement movement(draws);
  constexpr int kMargin = kReach + 2 * kDifference;
  std::array<Column, kBands> levels;
  std::array<Column, kTargets> places;
  for (int t = -kMargin; t < length + kMargin; ++t) {
    const Chain chain = chain_of(movement.at(t));
    const std::array<double, kBands> level = band_levels(chain);
    for (std::size_t b = 0; b < kBands; ++b) levels[b].push_back(level[b]);
    if (t < 0 || t >= length) continue;
    const std::array<Point, kPoints> points = chain.points();
    for (std::size_t p = 0; p < kPoints; ++p) {
      places[2 * p].push_back(points[p].x);
      places[2 * p + 1].push_back(points[p].y);
    }
  }
  const auto frames = static_cast<std::size_t>(length);
  for (std::size_t c = 0; c < kTargets; ++c) standardise(places[c], 0, frames, y + c, kTargets);
  for (std::size_t b = 0; b < kBands; ++b) {
    const Kernel kernel(b);
    Column heard(frames + 4 * kDifference);  // its first frame is -2 · kDifference
    for (std::size_t t = 0; t < heard.size(); ++t) {
      for (std::size_t i = 0; i <= 2 * kReach; ++i)
        heard[t] += kernel.weight[i] * levels[b][t + 2 * kReach - i];
      heard[t] += kNoise * draws.normal();
    }
    const Column slope = differences(heard), bend = differences(slope);
    standardise(heard, 2 * kDifference, frames, x + b, kFeatures);
    standardise(slope, kDifference, frames, x + kBands + b, kFeatures);
    standardise(bend, 0, frames, x + 2 * kBands + b, kFeatures);
  }
}

/// The number of the sequence at place i. Numbers 0 ... 19 are held out; of a file of 103 they are the last
/// ones, because settings take their parts from the end.
int number_at(int i) {
  return i < kFile - kKept ? i + kKept : i < kFile ? i - (kFile - kKept) : i;
}

void make(const SynthSize& size, Synthetic& out) {
  begin(out, size, size.length, kFeatures);
  out.outputs = kTargets;
  out.every_step = true;
  out.loss = "mse";
  const auto steps = static_cast<std::size_t>(out.steps);
  out.values.assign(static_cast<std::size_t>(size.sequences) * steps * kTargets, 0.0f);
  const int shortest = (size.length + 5) / 6;
  for (int i = 0; i < size.sequences; ++i) {
    Draws draws("articulators", size.seed, static_cast<std::uint32_t>(number_at(i)));
    const int length = shortest + draws.below(size.length - shortest + 1);
    out.lengths.push_back(length);
    write_sequence(draws, length, x_at(out, i, 0),
                   out.values.data() + static_cast<std::size_t>(i) * steps * kTargets);
  }
  out.scores = {{"0 at every step", "loss", 1.0}};
}

}  // namespace

Generator synth_articulators() {
  return {
      {.name = "articulators",
       .summary = "where jaw, tongue and lips are, from a sound that is blurred, late here and early there",
       .source = "an articulated chain of our own: docs/articulators.md",
       .length = "L: sequences of L/6 to L frames",
       .sequences = kFile,
       .default_length = 900,
       .shortest = 12,
       .longest = 100'000,
       .flags = "--test 0 --validation 0.1942 --bidirectional --units 64 --batch 1 --epochs 10"},
      make};
}

}  // namespace carousel::data
