// Settings: everything that a settings file says, and a flat list of its leaves for flags, show-config and
// docs.
#pragma once

#include <string>
#include <vector>

#include "base/fields_json.h"
#include "carousel/data.h"
#include "carousel/forecaster.h"
#include "carousel/spec.h"
#include "carousel/train.h"

namespace carousel::cli {

/// A settings file: [data], [forecast], [[layer]] and [train].
struct Settings {
  DataOptions data;
  ForecasterOptions forecast;
  std::vector<Layer> layers;
  TrainOptions train;
};

enum class LeafKind { text, choice, whole, number, truth, table };

/// One setting of [data], [forecast] or [train].
struct Leaf {
  std::string path;  ///< "data.split.test"
  std::string doc;
  std::string values;  ///< what it takes, for people: "auto | a whole number of at least 1"
  std::string shape;   ///< what stands for its value in help: "N"
  LeafKind kind = LeafKind::text;
  bool list = false;       ///< several, with commas between them on the command line
  bool automatic = false;  ///< "auto" is a value
  Json standard;           ///< the default
};

/// Every leaf of [data], [forecast] and [train], in the order in which people should read them.
const std::vector<Leaf>& setting_leaves();
/// The values of all leaves, by part: {"data": {...}, "forecast": {...}, "train": {...}}.
Json values_of(const Settings& settings);
/// Fills the parts that `values` names; throws usage_* where one does not fit.
void take_values(const Json& values, Settings& settings);
/// The leaf of that path, or nullptr.
const Leaf* find_leaf(const std::string& path);
/// The flag of a setting: "data.split.test" -> "test".
std::string flag_of(const std::string& path);

/// A value as typed on the command line, as JSON of the leaf's kind; what does not fit stays text, so that
/// from_json complains about it.
Json value_of(const Leaf& leaf, const std::string& text);

/// The settings of one kind of layer ("lstm", "dense", ...): name, doc, default. Empty for "bidirectional".
std::vector<Leaf> layer_leaves(const std::string& kind);

}  // namespace carousel::cli
