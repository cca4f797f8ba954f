// Walks the described settings structs once and remembers their leaves.
#include "cli/settings.h"

#include <algorithm>
#include <cstdlib>

#include "data/describe.h"
#include "forecast/describe.h"
#include "model/spec_json.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

template <class T>
void fill(Leaf& leaf, const Field& field) {
  using namespace json_detail;
  if constexpr (IsOptional<T>::value) {
    fill<typename T::value_type>(leaf, field);
    leaf.automatic = true;
    leaf.values = "auto | " + leaf.values;
  } else if constexpr (IsVector<T>::value) {
    fill<typename T::value_type>(leaf, field);
    leaf.list = true;
    leaf.shape = "A,B";
    leaf.values = "a list: " + leaf.values;
  } else if constexpr (NamedEnum<T>) {
    leaf.kind = LeafKind::choice;
    leaf.values = fmt::format("{}", fmt::join(names_of<T>(), " | "));
    leaf.shape = fmt::format("{}", fmt::join(names_of<T>(), "|"));
  } else if constexpr (std::is_same_v<T, bool>) {
    leaf.kind = LeafKind::truth;
    leaf.values = "true | false";
    leaf.shape = "true|false";
  } else if constexpr (std::is_integral_v<T>) {
    leaf.kind = LeafKind::whole;
    leaf.values = range_text(field, true);
    leaf.shape = "N";
  } else if constexpr (std::is_floating_point_v<T>) {
    leaf.kind = LeafKind::number;
    leaf.values = range_text(field, false);
    leaf.shape = "X";
  } else {
    leaf.values = field.choices.empty() ? "text" : std::string(field.choices);
    leaf.shape = "TEXT";
  }
}

template <Described S>
void collect(S& settings, const std::string& prefix, std::vector<Leaf>& leaves) {
  describe(settings, [&](const Field& field, auto& value) {
    using T = std::decay_t<decltype(value)>;
    const std::string path = json_detail::join(prefix, field.name);
    if constexpr (Described<T> && !NamedEnum<T>) {
      collect(value, path, leaves);
    } else {
      Leaf leaf{.path = path, .doc = std::string(field.doc), .standard = value_to_json(value)};
      fill<T>(leaf, field);
      leaves.push_back(std::move(leaf));
    }
  });
}

std::string last_name(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

std::string dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace

const std::vector<Leaf>& setting_leaves() {
  static const std::vector<Leaf> leaves = [] {
    std::vector<Leaf> all;
    Settings standard;
    collect(standard.data, "data", all);
    collect(standard.forecast, "forecast", all);
    collect(standard.train, "train", all);
    return all;
  }();
  return leaves;
}

Json values_of(const Settings& settings) {
  return {{"data", to_json(settings.data)},
          {"forecast", to_json(settings.forecast)},
          {"train", to_json(settings.train)}};
}

void take_values(const Json& values, Settings& settings) {
  if (values.contains("data")) from_json(values["data"], settings.data, "data");
  if (values.contains("forecast")) from_json(values["forecast"], settings.forecast, "forecast");
  if (values.contains("train")) from_json(values["train"], settings.train, "train");
}

const Leaf* find_leaf(const std::string& path) {
  for (const Leaf& leaf : setting_leaves())
    if (leaf.path == path) return &leaf;
  return nullptr;
}

// The last name of the path, or of its parent for a "kind"; with the parent's in front where two would be the
// same: the shallower setting keeps the short flag.
std::string flag_of(const std::string& path) {
  static const std::map<std::string, std::string> flags = [] {
    std::vector<const Leaf*> leaves;
    for (const Leaf& leaf : setting_leaves()) leaves.push_back(&leaf);
    std::stable_sort(leaves.begin(), leaves.end(), [](const Leaf* a, const Leaf* b) {
      return std::count(a->path.begin(), a->path.end(), '.') <
             std::count(b->path.begin(), b->path.end(), '.');
    });
    std::map<std::string, std::string> chosen;
    std::vector<std::string> taken;
    for (const Leaf* leaf : leaves) {
      const std::string parent = last_name(leaf->path.substr(0, leaf->path.rfind('.')));
      std::string flag = dashed(last_name(leaf->path) == "kind" ? parent : last_name(leaf->path));
      if (std::find(taken.begin(), taken.end(), flag) != taken.end()) flag = dashed(parent) + "-" + flag;
      taken.push_back(flag);
      chosen[leaf->path] = flag;
    }
    return chosen;
  }();
  const auto found = flags.find(path);
  return found == flags.end() ? "" : found->second;
}

Json value_of(const Leaf& leaf, const std::string& text) {
  if (leaf.list) {
    Leaf item = leaf;
    item.list = false;
    Json list = Json::array();
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t comma = std::min(text.find(',', from), text.size());
      if (comma > from) list.push_back(value_of(item, text.substr(from, comma - from)));
      from = comma + 1;
    }
    return list;
  }
  if (leaf.automatic && text == "auto") return text;
  if (leaf.kind == LeafKind::truth) {
    if (text == "true" || text == "yes" || text == "on") return true;
    if (text == "false" || text == "no" || text == "off") return false;
  }
  if (leaf.kind == LeafKind::whole || leaf.kind == LeafKind::number) {
    char* end = nullptr;
    errno = 0;
    const long long whole = std::strtoll(text.c_str(), &end, 10);
    if (!text.empty() && *end == '\0' && errno == 0) return whole;
    const double number = std::strtod(text.c_str(), &end);
    if (!text.empty() && *end == '\0') return number;
  }
  return text;
}

std::vector<Leaf> layer_leaves(const std::string& kind) {
  std::vector<Leaf> leaves;
  if (kind == "bidirectional") return leaves;
  Json json = {{"kind", kind}, {"units", 1}};
  if (kind == "dropout" || kind == "activation") json.erase("units");
  const Layer layer = layer_from_json(json, "layer");
  std::visit(
      [&](auto copy) {
        if constexpr (Described<decltype(copy)>) collect(copy, "", leaves);
      },
      layer);
  return leaves;
}

}  // namespace carousel::cli
