// in_parts: threads that cannot be made are done without.
#include "data/in_parts.h"

#include <gtest/gtest.h>

#include <atomic>

#include "support/allocations.h"

namespace carousel::data {
namespace {

TEST(InPartsThreads, AThreadThatFindsNoMemoryIsDoneWithout) {
  for (std::int64_t n = 1; n <= 12; ++n) {
    std::atomic<int> done{0};
    testing::failing_allocation = testing::allocations + n;
    try {
      in_parts(4, [&](std::size_t) { ++done; });
      EXPECT_EQ(done, 4) << n;
    } catch (const std::bad_alloc&) {
      EXPECT_EQ(done, 0) << n;  // before any part began
    }
    testing::failing_allocation = 0;
  }
}

}  // namespace
}  // namespace carousel::data
