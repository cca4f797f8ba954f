// Fields: how a settings struct describes itself once, for TOML, JSON, the command line, show-config and the
// docs.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace carousel {

/// What is known of one setting beside its type and default.
/// A struct S is described by a free function `void describe(S& s, Visitor&& visit)` (found by ADL) that
/// calls `visit(Field{...}, s.member)` for each member, in the order in which people should read them.
struct Field {
  std::string_view name;          ///< as written in TOML and JSON, and with '-' for '_' as a flag
  std::string_view doc;           ///< one line, with unit
  double low = -1e300;            ///< smallest number allowed
  double high = 1e300;            ///< largest number allowed
  bool required = false;          ///< has no default
  std::string_view choices = {};  ///< for text settings: "a | b | c" when any of these only
};

/// Names of an enum's values, as in settings: specialise with `static constexpr
/// std::array<std::pair<std::string_view, E>, N> names`.
template <class E>
struct EnumNames;

template <class E>
constexpr std::string_view enum_name(E value) {
  for (const auto& [name, known] : EnumNames<E>::names)
    if (known == value) return name;
  return "?";
}

template <class E>
constexpr std::optional<E> enum_value(std::string_view text) {
  for (const auto& [name, known] : EnumNames<E>::names)
    if (name == text) return known;
  return std::nullopt;
}

}  // namespace carousel
