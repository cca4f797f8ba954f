// Memory for AlignedBuffer, of huge pages where the system has them.
#include "base/aligned.h"

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace carousel {

void* allocate_zeros(std::size_t bytes) {
  constexpr std::size_t kLine = 64, kHugePage = std::size_t{2} << 20, kLarge = 2 * kHugePage;
  const std::size_t alignment = bytes >= kLarge ? kHugePage : kLine;
  // aligned_alloc wants whole multiples; a large size is rounded in address space alone.
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (!memory) throw std::bad_alloc();
#if defined(__linux__)
  // The last page only where it is filled; a refusal leaves small pages, which do as well.
  if (alignment == kHugePage) madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  std::memset(memory, 0, (bytes + kLine - 1) / kLine * kLine);
  return memory;
}

}  // namespace carousel
