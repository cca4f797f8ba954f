// GoldenCase: one file of tests/golden/data, what is given and what must come out, by name.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/fields_json.h"
#include "files/safetensors.h"

namespace carousel::testing {

/// See tests/golden/README.md for the names.
struct GoldenCase {
  std::string name;
  files::SafetensorsFile file;
  Json golden;  ///< the metadata: kind, about, source, ...

  bool has(const std::string& tensor) const { return file.find(tensor) != nullptr; }
  const files::NamedArray& array(const std::string& tensor) const {
    const files::NamedArray* found = file.find(tensor);
    if (!found) throw std::runtime_error(name + " has no " + tensor);
    return *found;
  }
  /// The size of an axis.
  int size(const std::string& tensor, std::size_t axis) const {
    return static_cast<int>(array(tensor).shape.at(axis));
  }
  /// The numbers, whatever their type in the file.
  template <class T>
  std::vector<T> numbers(const std::string& tensor) const {
    const files::NamedArray& from = array(tensor);
    std::vector<T> to(static_cast<std::size_t>(from.count()));
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(from.at(static_cast<std::int64_t>(i)));
    return to;
  }
};

inline std::filesystem::path golden_folder() {
  return std::filesystem::path(CAROUSEL_SOURCE_DIR) / "tests" / "golden" / "data";
}

inline GoldenCase load_golden(const std::string& name) {
  GoldenCase loaded{name, files::read_safetensors((golden_folder() / (name + ".safetensors")).string()), {}};
  loaded.golden = Json::parse(loaded.file.metadata.at("golden"));
  return loaded;
}

/// The names of all cases of a kind (recurrent, optimizer, clip, loss), in order.
inline std::vector<std::string> golden_names(const std::string& kind) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder())) {
    const std::string name = entry.path().stem().string();
    if (load_golden(name).golden.at("kind") == kind) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace carousel::testing
