// Counts every allocation of a test executable, and lets one fail: include it in exactly one file of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "support/allocations.h"

namespace carousel::testing {

inline void* counted(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
  void* memory = nullptr;
  if (fails_now() || posix_memalign(&memory, alignment, size ? size : 1) != 0) throw std::bad_alloc();
  return memory;
}

}  // namespace carousel::testing

// Never inlined: g++ would see free() of what new returned, and warn.
#define CAROUSEL_REPLACED [[gnu::noinline]]

extern "C" CAROUSEL_REPLACED void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  if (carousel::testing::fails_now()) return nullptr;
  carousel::testing::aligned_bytes += static_cast<std::int64_t>(size);
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}
CAROUSEL_REPLACED void* operator new(std::size_t size) {
  return carousel::testing::counted(size);
}
CAROUSEL_REPLACED void* operator new[](std::size_t size) {
  return carousel::testing::counted(size);
}
CAROUSEL_REPLACED void* operator new(std::size_t size, std::align_val_t a) {
  return carousel::testing::counted(size, static_cast<std::size_t>(a));
}
CAROUSEL_REPLACED void* operator new[](std::size_t size, std::align_val_t a) {
  return carousel::testing::counted(size, static_cast<std::size_t>(a));
}
CAROUSEL_REPLACED void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return carousel::testing::fails_now() ? nullptr : std::malloc(size ? size : 1);
}
CAROUSEL_REPLACED void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return carousel::testing::fails_now() ? nullptr : std::malloc(size ? size : 1);
}
CAROUSEL_REPLACED void operator delete(void* p) noexcept {
  std::free(p);
}
CAROUSEL_REPLACED void operator delete[](void* p) noexcept {
  std::free(p);
}
CAROUSEL_REPLACED void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}
CAROUSEL_REPLACED void operator delete[](void* p, std::size_t) noexcept {
  std::free(p);
}
CAROUSEL_REPLACED void operator delete(void* p, std::align_val_t) noexcept {
  std::free(p);
}
CAROUSEL_REPLACED void operator delete[](void* p, std::align_val_t) noexcept {
  std::free(p);
}
CAROUSEL_REPLACED void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  std::free(p);
}
CAROUSEL_REPLACED void operator delete[](void* p, std::size_t, std::align_val_t) noexcept {
  std::free(p);
}
