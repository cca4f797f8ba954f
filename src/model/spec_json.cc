// Layers to JSON and back: "kind" chooses the struct, its fields do the rest.
#include "model/spec_json.h"

#include <type_traits>

#include "cells/registry.h"

namespace carousel {
namespace {

Json recurrent_to_json(const Recurrent& layer) {
  Json json = object_of({{"kind", layer.cell}});
  json.update(to_json(layer));
  return json;
}

Recurrent recurrent_from_json(const Json& json, const std::string& where) {
  Recurrent layer;
  layer.cell = json.at("kind").get<std::string>();
  from_json(json, layer, where);
  return layer;
}

std::vector<std::string> cell_names() {
  std::vector<std::string> names;
  for (const cells::CellInfo& cell : cells::all()) names.emplace_back(cell.name);
  return names;
}

std::string kind_of(const Json& json, const std::string& where, const std::vector<std::string>& known) {
  if (!json.is_object() || !json.contains("kind"))
    throw Error(Code::usage_missing,
                {.where = where, .what = "a layer needs its 'kind'", .hint = base::suggest("", known)});
  if (!json["kind"].is_string()) json_detail::bad_value(where + ".kind", "text in quotes", json["kind"]);
  const std::string kind = json["kind"].get<std::string>();
  if (std::find(known.begin(), known.end(), kind) == known.end())
    throw Error(Code::usage_unknown_word, {.where = where + ".kind",
                                           .what = fmt::format("there is no layer '{}'", kind),
                                           .hint = base::suggest(kind, known)});
  return kind;
}

Recurrent direction_from_json(const Json& json, const std::string& name, const std::string& where) {
  if (!json.contains(name))
    throw Error(Code::usage_missing, {.where = where + "." + name,
                                      .what = fmt::format("'{}' must be given", name),
                                      .hint = name + " = { kind = \"lstm\", units = 64 }"});
  const std::string inner = where + "." + name;
  kind_of(json[name], inner, cell_names());
  return recurrent_from_json(json[name], inner);
}

}  // namespace

std::vector<std::string> layer_kinds() {
  std::vector<std::string> kinds = cell_names();
  kinds.insert(kinds.end(), {"bidirectional", "dense", "activation", "dropout"});
  return kinds;
}

Json layer_to_json(const Layer& layer) {
  return std::visit(
      [](const auto& l) -> Json {
        using L = std::decay_t<decltype(l)>;
        if constexpr (std::is_same_v<L, Recurrent>) {
          return recurrent_to_json(l);
        } else if constexpr (std::is_same_v<L, Bidirectional>) {
          return object_of({{"kind", "bidirectional"},
                            {"merge", value_to_json(l.merge)},
                            {"returns", value_to_json(l.returns)},
                            {"forward", recurrent_to_json(l.forward)},
                            {"backward", recurrent_to_json(l.backward)}});
        } else {
          Json json = object_of({{"kind", std::is_same_v<L, Dense>     ? "dense"
                                          : std::is_same_v<L, Dropout> ? "dropout"
                                                                       : "activation"}});
          json.update(to_json(l));
          return json;
        }
      },
      layer);
}

Layer layer_from_json(const Json& json, const std::string& where) {
  const std::string kind = kind_of(json, where, layer_kinds());
  if (kind == "dense") {
    Dense layer;
    from_json(json, layer, where);
    return layer;
  }
  if (kind == "dropout") {
    Dropout layer;
    from_json(json, layer, where);
    return layer;
  }
  if (kind == "activation") {
    Activation layer;
    from_json(json, layer, where);
    return layer;
  }
  if (kind == "bidirectional") {
    Bidirectional layer;
    for (const auto& [key, value] : json.items()) {
      const std::vector<std::string> known = {"kind", "merge", "returns", "forward", "backward"};
      if (std::find(known.begin(), known.end(), key) == known.end())
        throw Error(Code::usage_unknown_word, {.where = where + "." + key,
                                               .what = fmt::format("there is no setting '{}' here", key),
                                               .hint = base::suggest(key, known)});
    }
    if (json.contains("merge")) value_from_json(json["merge"], layer.merge, {}, where + ".merge");
    if (json.contains("returns")) value_from_json(json["returns"], layer.returns, {}, where + ".returns");
    layer.forward = direction_from_json(json, "forward", where);
    layer.backward = direction_from_json(json, "backward", where);
    return layer;
  }
  return recurrent_from_json(json, where);
}

Json spec_to_json(const ModelSpec& spec) {
  Json layers = Json::array();
  for (const Layer& layer : spec.layers) layers.push_back(layer_to_json(layer));
  return object_of({{"layers", std::move(layers)}});
}

ModelSpec spec_from_json(const Json& json, const std::string& where) {
  const std::string path = json_detail::join(where, "layers");
  if (!json.is_object() || !json.contains("layers") || !json["layers"].is_array())
    throw Error(Code::usage_missing, {.where = path,
                                      .what = "a network needs its list of layers",
                                      .expected = "a list, in the order of the layers"});
  ModelSpec spec;
  for (std::size_t i = 0; i < json["layers"].size(); ++i)
    spec.layers.push_back(layer_from_json(json["layers"][i], fmt::format("{}[{}]", path, i)));
  return spec;
}

}  // namespace carousel
