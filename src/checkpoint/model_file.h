// The model file: one safetensors file with weights, spec, notes and, in a checkpoint, the state of training;
// of one network, or of a forecaster's several.
#pragma once

#include <string>
#include <vector>

#include "base/fields_json.h"
#include "carousel/model.h"
#include "model/network.h"

namespace carousel::checkpoint {

/// "major.minor": a reader refuses a higher major version and ignores metadata keys that it does not know.
inline constexpr int kFormatMajor = 1, kFormatMinor = 0;

/// A further float array of a checkpoint, such as "optimizer.m.layers.0.W".
struct ExtraArray {
  std::string name;  ///< must not begin with "members."
  std::vector<int> shape;
  std::span<const float> values;
};

/// What is written; nothing is owned.
struct View {
  const ModelSpec& spec;
  int inputs;
  std::vector<const model::Parameters<float>*> members;  ///< at least one, all of this spec
  const ModelNotes& notes;
  std::vector<ExtraArray> extra = {};
  Json training_state = nullptr;  ///< counters of the trainer, null in a finished model
  Json forecast = nullptr;        ///< what a forecaster is beside its networks, null for one network alone
};

/// What is read.
struct Contents {
  struct Array {
    std::string name;
    std::vector<int> shape;
    std::vector<float> values;
  };
  ModelSpec spec;
  int inputs = 0;
  std::vector<model::Parameters<float>> members;  ///< one where `forecast` is null
  ModelNotes notes;
  std::vector<Array> extra;
  Json training_state = nullptr;
  Json forecast = nullptr;
};

/// Atomic; the same contents give the same bytes. Throws resource_io.
void write(const std::string& path, const View& view);

/// Strict: throws model_missing_file, model_bad_format, model_version.
Contents read(const std::string& path);

}  // namespace carousel::checkpoint
