// Settings structs to JSON and back through their fields: strict about names, types and ranges, and says
// where.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/fields.h"
#include "base/json.h"
#include "base/nearest.h"
#include "carousel/error.h"

namespace carousel {

template <class S>
concept Described = requires(S& s) {
  describe(s, [](const Field&, auto&) {});
};

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires {
  EnumNames<E>::names.size();
};

namespace json_detail {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

[[noreturn]] inline void bad_value(const std::string& where, std::string expected, const Json& got) {
  throw Error(Code::usage_bad_value, {.where = where,
                                      .what = "this setting cannot have that value",
                                      .expected = std::move(expected),
                                      .got = got.dump()});
}

inline std::string join(const std::string& where, std::string_view name) {
  return where.empty() ? std::string(name) : where + "." + std::string(name);
}

template <class E>
std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (const auto& [name, value] : EnumNames<E>::names) names.emplace_back(name);
  return names;
}

inline std::string range_text(const Field& field, bool whole) {
  const char* kind = whole ? "a whole number" : "a number";
  if (field.low > -1e299 && field.high < 1e299)
    return fmt::format("{} from {} to {}", kind, field.low, field.high);
  if (field.low > -1e299) return fmt::format("{} of at least {}", kind, field.low);
  if (field.high < 1e299) return fmt::format("{} of at most {}", kind, field.high);
  return kind;
}

}  // namespace json_detail

template <Described S>
Json to_json(const S& settings);
template <Described S>
void from_json(const Json& json, S& settings, const std::string& where);

/// A value as JSON: numbers, text, enums by name, optionals ("auto" when empty), lists, described structs.
template <class T>
Json value_to_json(const T& value) {
  if constexpr (json_detail::IsOptional<T>::value) {
    return value ? value_to_json(*value) : Json("auto");
  } else if constexpr (json_detail::IsVector<T>::value) {
    Json list = Json::array();
    for (const auto& item : value) list.push_back(value_to_json(item));
    return list;
  } else if constexpr (NamedEnum<T>) {
    return std::string(enum_name(value));
  } else if constexpr (Described<T>) {
    return to_json(value);
  } else if constexpr (std::is_same_v<T, float>) {
    // The shortest decimal that reads back as this float: 0.001, not 0.0010000000474974513.
    return Json::parse(fmt::format("{}", value), nullptr, false).is_discarded()
               ? Json(value)
               : Json::parse(fmt::format("{}", value));
  } else {
    return value;
  }
}

/// Reads a value strictly; `where` is the path of the setting, for the message.
template <class T>
void value_from_json(const Json& json, T& value, const Field& field, const std::string& where) {
  using json_detail::bad_value;
  if constexpr (json_detail::IsOptional<T>::value) {
    if (json.is_string() && json.get<std::string>() == "auto") {
      value.reset();
    } else {
      typename T::value_type inner{};
      try {
        value_from_json(json, inner, field, where);
      } catch (const Error& error) {
        if (error.code() != Code::usage_bad_value || error.info().where != where) throw;
        ErrorInfo info = error.info();
        info.expected += ", or \"auto\"";
        if (json.is_string() && !base::nearest(json.get<std::string>(), {"auto"}).empty())
          info.hint = base::did_you_mean(json.get<std::string>(), {"auto"});
        throw Error(error.code(), std::move(info));
      }
      value = std::move(inner);
    }
  } else if constexpr (json_detail::IsVector<T>::value) {
    value.clear();
    if (!json.is_array()) {  // one value stands for a list of one
      value.emplace_back();
      value_from_json(json, value.back(), field, where);
      return;
    }
    for (std::size_t i = 0; i < json.size(); ++i) {
      value.emplace_back();
      value_from_json(json[i], value.back(), field, fmt::format("{}[{}]", where, i));
    }
  } else if constexpr (NamedEnum<T>) {
    const auto names = json_detail::names_of<T>();
    if (!json.is_string()) bad_value(where, fmt::format("one of {}", fmt::join(names, " | ")), json);
    const auto found = enum_value<T>(json.get<std::string>());
    if (!found)
      throw Error(Code::usage_bad_value, {.where = where,
                                          .what = "unknown name",
                                          .expected = fmt::format("{}", fmt::join(names, " | ")),
                                          .got = json.dump(),
                                          .hint = base::suggest(json.get<std::string>(), names)});
    value = *found;
  } else if constexpr (Described<T>) {
    from_json(json, value, where);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) bad_value(where, "true or false", json);
    value = json.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    const std::string expected = json_detail::range_text(field, true);
    if (!json.is_number()) bad_value(where, expected, json);
    const double number = json.get<double>();
    const double low = std::max(field.low, static_cast<double>(std::numeric_limits<T>::min()));
    const double high = std::min(field.high, static_cast<double>(std::numeric_limits<T>::max()));
    if (!(number >= low && number <= high) || number != std::floor(number)) bad_value(where, expected, json);
    value = json.is_number_integer() ? json.get<T>() : static_cast<T>(number);
  } else if constexpr (std::is_floating_point_v<T>) {
    const std::string expected = json_detail::range_text(field, false);
    if (!json.is_number()) bad_value(where, expected, json);
    const double number = json.get<double>();
    if (!(number >= field.low && number <= field.high)) bad_value(where, expected, json);
    constexpr double most = std::numeric_limits<T>::max();
    if (std::abs(number) > most) bad_value(where, fmt::format("a number of at most {:.3g}", most), json);
    value = static_cast<T>(number);
  } else {
    static_assert(std::is_same_v<T, std::string>);
    if (!json.is_string()) bad_value(where, "text in quotes", json);
    value = json.get<std::string>();
  }
}

template <Described S>
Json to_json(const S& settings) {
  Json json = Json::object();
  S copy = settings;
  describe(copy,
           [&](const Field& field, auto& value) { json[std::string(field.name)] = value_to_json(value); });
  return json;
}

/// Sets the members that `json` names and leaves the others; an unknown key is an error with the nearest
/// known one. A key "kind" is ignored here: it chose S.
template <Described S>
void from_json(const Json& json, S& settings, const std::string& where) {
  if (!json.is_object()) json_detail::bad_value(where, "a table of settings", json);
  std::vector<std::string> known;
  std::vector<std::string> missing;
  describe(settings, [&](const Field& field, auto& value) {
    known.emplace_back(field.name);
    const auto found = json.find(std::string(field.name));
    if (found != json.end())
      value_from_json(*found, value, field, json_detail::join(where, field.name));
    else if (field.required)
      missing.emplace_back(field.name);
  });
  for (const auto& [key, value] : json.items()) {
    if (key == "kind" || std::find(known.begin(), known.end(), key) != known.end()) continue;
    throw Error(Code::usage_unknown_word, {.where = json_detail::join(where, key),
                                           .what = fmt::format("there is no setting '{}' here", key),
                                           .hint = base::suggest(key, known)});
  }
  if (!missing.empty())
    throw Error(Code::usage_missing, {.where = json_detail::join(where, missing.front()),
                                      .what = fmt::format("'{}' must be given", missing.front()),
                                      .hint = fmt::format("write {} = ... there", missing.front())});
}

}  // namespace carousel
