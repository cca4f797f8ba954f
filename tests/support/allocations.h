// Every allocation of a test executable, counted, and one that fails: for executables of which one file
// includes count_allocations.h.
#pragma once

#include <atomic>
#include <cstdint>

namespace carousel::testing {

/// Calls of operator new and of aligned_alloc (AlignedBuffer's source) since the program began.
inline std::atomic<std::int64_t> allocations{0};
/// Those of them that this thread made.
inline thread_local std::int64_t own_allocations = 0;
/// Bytes that aligned_alloc gave out since then: those of all AlignedBuffers, freed or not.
inline std::atomic<std::int64_t> aligned_bytes{0};
/// The allocation that finds no memory, as `allocations` counts; 0 for none.
inline std::atomic<std::int64_t> failing_allocation{0};

/// Counts one; whether it must fail.
inline bool fails_now() {
  ++own_allocations;
  return ++allocations == failing_allocation;
}

}  // namespace carousel::testing
