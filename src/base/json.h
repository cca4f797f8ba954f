// Json: nlohmann's, made fit for a caller whose memory has run out.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace carousel {

/// A type of its own, so that its memory is its own, too: the package's destructor allocates, and would end
/// the process where that fails.
template <class T, class Enable = void>
struct JsonSerializer : nlohmann::adl_serializer<T, Enable> {};
using Json = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool, std::int64_t,
                                  std::uint64_t, double, std::allocator, JsonSerializer>;

}  // namespace carousel

/// Arrays of Json, and what a destructor takes its values apart with. From spare memory where there is no
/// other.
template <>
struct std::allocator<carousel::Json> {
  using value_type = carousel::Json;
  allocator() noexcept = default;
  template <class Other>
  allocator(const std::allocator<Other>&) noexcept {}
  value_type* allocate(std::size_t count);
  void deallocate(value_type* memory, std::size_t count) noexcept;
  friend bool operator==(const allocator&, const allocator&) noexcept { return true; }
};

namespace carousel {

/// An object of these members: as Json{{"name", value}, ...}, which forgets its memory when it throws half
/// way.
Json object_of(std::initializer_list<std::pair<const char*, Json>> members);

/// Whether it is this text. The package's == allocates, where nothing may be thrown.
inline bool is_text(const Json& json, std::string_view text) noexcept {
  return json.is_string() && json.get_ref<const std::string&>() == text;
}

}  // namespace carousel
