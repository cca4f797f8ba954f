// The registry of synthetic tasks.
#include "data/synth.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "base/text.h"
#include "carousel/error.h"

namespace carousel {
namespace data {

// Each is defined in a file of its own, src/data/synth_NAME.cc. A new task: that file, its function here, a
// line in the list below.
using OneGenerator = Generator();
OneGenerator synth_adding, synth_copy, synth_reber, synth_anbncn, synth_parity, synth_timing,
    synth_articulators;

namespace {

constexpr int kMostSequences = 10'000'000;
constexpr std::int64_t kMostNumbers = std::int64_t{1} << 30;

const std::vector<Generator>& generators() {
  static const std::vector<Generator> all = {
      synth_adding(),  //
      synth_copy(),    //
      synth_reber(),   //
      synth_anbncn(),  //
      synth_parity(),  //
      synth_timing(),  //
      synth_articulators(),
  };
  return all;
}

// FNV-1a: the streams of two tasks have nothing to do with each other.
std::uint32_t hash(std::string_view text) {
  std::uint32_t value = 2166136261u;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 16777619u;
  return value;
}

int in_range(const char* where, const std::optional<int>& given, int otherwise, int low, int high) {
  const int value = given.value_or(otherwise);
  if (value < low || value > high)
    throw Error(Code::usage_bad_value, {.where = where,
                                        .what = fmt::format("{} is out of range", value),
                                        .expected = fmt::format("{} to {}", low, high)});
  return value;
}

}  // namespace

Draws::Draws(std::string_view task, std::uint64_t seed, std::uint32_t sequence)
    : random_(seed, Random::Use::synth, hash(task), sequence) {}

void begin(Synthetic& out, const SynthSize& size, int steps, int features) {
  const std::int64_t each = std::int64_t{steps} * features;
  if (size.sequences > kMostNumbers / each)
    throw Error(
        Code::usage_bad_value,
        {.where = "synth",
         .what = fmt::format("{} of {} with {} are too many", base::counted(size.sequences, "sequence"),
                             base::counted(steps, "step"), base::counted(features, "feature")),
         .expected = fmt::format("at most {} numbers", base::grouped(kMostNumbers)),
         .hint = "fewer sequences, or shorter ones"});
  out.rows = size.sequences;
  out.steps = steps;
  out.features = features;
  out.x.assign(static_cast<std::size_t>(size.sequences * each), 0.0f);
}

}  // namespace data

ArrayOptions Synthetic::arrays() const {
  return {.x = x,
          .rows = rows,
          .steps = steps,
          .features = features,
          .values = values,
          .labels = labels,
          .every_step = every_step,
          .lengths = lengths,
          .mask = mask,
          .scale = scale};
}

const std::vector<SynthTask>& synth_tasks() {
  static const std::vector<SynthTask> all = [] {
    std::vector<SynthTask> tasks;
    for (const data::Generator& one : data::generators()) tasks.push_back(one.task);
    return tasks;
  }();
  return all;
}

Synthetic synth(std::string_view task, const SynthOptions& options) {
  const auto& all = data::generators();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const data::Generator& one) { return one.task.name == task; });
  if (found == all.end()) {
    std::vector<std::string> known;
    for (const data::Generator& one : all) known.emplace_back(one.task.name);
    throw Error(Code::usage_unknown_word, {.where = "synth",
                                           .what = fmt::format("there is no task '{}'", task),
                                           .hint = base::suggest(task, known)});
  }
  const SynthTask& about = found->task;
  const data::SynthSize size = {
      data::in_range("sequences", options.sequences, about.sequences, 1, data::kMostSequences),
      data::in_range("length", options.length, about.default_length, about.shortest, about.longest),
      options.seed};
  Synthetic made;
  made.task = about.name;
  found->make(size, made);
  return made;
}

}  // namespace carousel
