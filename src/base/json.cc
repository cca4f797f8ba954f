// The spare memory of Json.
#include "base/json.h"

#include <array>
#include <atomic>
#include <new>

namespace {

// Of several threads, and of a value that is taken apart while its children are being moved.
constexpr std::size_t kSpares = 4, kSpareBytes = std::size_t{64} << 10;
struct Spare {
  alignas(std::max_align_t) std::array<std::byte, kSpareBytes> bytes;
  std::atomic<bool> taken{false};
};
Spare spares[kSpares];

}  // namespace

carousel::Json* std::allocator<carousel::Json>::allocate(std::size_t count) {
  const std::size_t bytes = count * sizeof(carousel::Json);
  if (void* memory = ::operator new(bytes, std::nothrow)) return static_cast<carousel::Json*>(memory);
  for (Spare& spare : spares)
    if (bytes <= kSpareBytes && !spare.taken.exchange(true))
      return reinterpret_cast<carousel::Json*>(spare.bytes.data());
  throw std::bad_alloc();
}

void std::allocator<carousel::Json>::deallocate(carousel::Json* memory, std::size_t) noexcept {
  for (Spare& spare : spares)
    if (reinterpret_cast<std::byte*>(memory) == spare.bytes.data()) {
      spare.taken = false;
      return;
    }
  ::operator delete(memory);
}

namespace carousel {

Json object_of(std::initializer_list<std::pair<const char*, Json>> members) {
  Json object = Json::object();
  for (const auto& [name, value] : members) object[name] = value;
  return object;
}

}  // namespace carousel
