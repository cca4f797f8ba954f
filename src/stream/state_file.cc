// The state of live sequences as a file: one array for each h and c, and which model they belong to.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "carousel/error.h"
#include "carousel/session.h"
#include "files/safetensors.h"
#include "model/model_impl.h"
#include "model/spec_json.h"

namespace carousel {
namespace {

constexpr std::string_view kVersion = "1.0";

// FNV-1a over the text of the spec and the weights' 32-bit words: a state of other weights is nobody's state.
std::string fingerprint(const Model& model) {
  std::uint64_t hash = 14695981039346656037u;
  const auto add = [&](std::uint32_t word) { hash = (hash ^ word) * 1099511628211u; };
  for (const char c : spec_to_json(model.spec()).dump()) add(static_cast<unsigned char>(c));
  add(static_cast<std::uint32_t>(model.inputs()));
  for (const auto& parameter : model.impl().parameters)
    for (std::size_t i = 0; i < parameter.values.size(); ++i) {
      std::uint32_t word;
      std::memcpy(&word, &parameter.values[i], sizeof word);
      add(word);
    }
  return fmt::format("{:016x}", hash);
}

[[noreturn]] void damaged(const std::string& path, std::string what) {
  throw Error(Code::model_bad_format, {.what = std::move(what), .file = path});
}

const std::string& metadata(const files::SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) damaged(file.path, fmt::format("its metadata has no '{}'", key));
  return found->second;
}

void check(const files::SafetensorsFile& file, const Model& model) {
  if (metadata(file, "format") != "carousel" || metadata(file, "kind") != "state")
    throw Error(Code::model_bad_format, {.what = "it is not a state that Carousel wrote",
                                         .expected = "what save_state writes",
                                         .file = file.path});
  const std::string& version = metadata(file, "format_version");
  if (!version.starts_with("1."))
    throw Error(Code::model_version, {.what = "it was written by another version of Carousel",
                                      .expected = std::string(kVersion),
                                      .got = version,
                                      .file = file.path});
  if (metadata(file, "model") != fingerprint(model))
    throw Error(Code::model_mismatch,
                {.what = "the state belongs to a model of other layers or other weights", .file = file.path});
}

}  // namespace

void save_state(const Model& model, const State& state, const std::string& path) {
  const std::size_t size = model.state_size();
  if (state.rows < 0 || state.values.size() != static_cast<std::size_t>(state.rows) * size)
    throw Error(Code::usage_shape,
                {.where = "save_state",
                 .what = "the state is not one of this model",
                 .expected = fmt::format("{} numbers for each of {} rows", size, state.rows),
                 .got = fmt::format("{} numbers", state.values.size())});
  model::StateBlocks<float> blocks(model.states(), state.rows);
  blocks.load(state, 0);
  std::vector<files::NamedArray> arrays;
  for (std::size_t i = 0; i < model.states().size(); ++i) {
    const StateInfo& info = model.states()[i];
    arrays.push_back(files::array_of(info.name, {state.rows, info.units},
                                     std::span(blocks.in()[i], static_cast<std::size_t>(state.rows) *
                                                                   static_cast<std::size_t>(info.units))));
  }
  files::write_safetensors(path, arrays,
                           {{"format", "carousel"},
                            {"format_version", std::string(kVersion)},
                            {"kind", "state"},
                            {"model", fingerprint(model)}});
}

State load_state(const Model& model, const std::string& path) {
  const files::SafetensorsFile file = files::read_safetensors(path, Role::model);
  check(file, model);
  const std::vector<StateInfo>& states = model.states();
  if (file.arrays.size() != states.size())
    damaged(path,
            fmt::format("it has {} arrays, the model has {} states", file.arrays.size(), states.size()));
  State state;
  if (states.empty()) return state;
  const files::NamedArray* first = file.find(states[0].name);
  state.rows = first && first->shape.size() == 2 ? static_cast<int>(first->shape[0]) : -1;
  for (const StateInfo& info : states) {
    const files::NamedArray* array = file.find(info.name);
    if (!array || array->dtype != files::Dtype::f32 ||
        array->shape != std::vector<std::int64_t>{state.rows, info.units})
      damaged(path, fmt::format("the array '{}' is missing or of another kind", info.name));
  }
  model::StateBlocks<float> blocks(states, state.rows);
  for (std::size_t i = 0; i < states.size(); ++i)
    files::copy_to(*file.find(states[i].name),
                   std::span(blocks.out()[i], static_cast<std::size_t>(state.rows) *
                                                  static_cast<std::size_t>(states[i].units)));
  state = model.zero_state(state.rows);
  blocks.store(state, 0);
  return state;
}

}  // namespace carousel
