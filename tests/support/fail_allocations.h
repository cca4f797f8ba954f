// Lets one allocation of a job after the other fail; for binaries one of whose files includes
// count_allocations.h.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "carousel/error.h"
#include "support/allocations.h"
#include "support/folder.h"
#include "support/sanitized.h"

namespace carousel::testing {

/// Every so many allocations one fails; CAROUSEL_EVERY_ALLOCATION=1 has each of them.
inline std::int64_t allocation_stride() {
  if (std::getenv("CAROUSEL_EVERY_ALLOCATION")) return 1;
#ifdef CAROUSEL_SANITIZED
  return 211;
#else
  return 53;
#endif
}

/// `work(folder)` returns numbers and leaves files: under a failing allocation the caller is told, or the
/// numbers are the same. `recover(folder)` then finds no file half written, and all is as in `whole`, where
/// the job was done without.
template <class Work, class Recover>
void fail_each_allocation(const Folder& whole, const Work& work, const Recover& recover) {
  const std::vector<float> expected = work(whole.path());
  std::int64_t all = 0;
  {
    const Folder counted("memory_count");
    const std::int64_t before = allocations;
    work(counted.path());
    all = allocations - before;
  }
  int told = 0, survived = 0;
  for (std::int64_t n = 1; n <= all && !::testing::Test::HasFailure(); n += allocation_stride()) {
    SCOPED_TRACE("allocation " + std::to_string(n) + " of " + std::to_string(all));
    const Folder folder("memory_parts");
    failing_allocation = allocations + n;
    bool failed = false;
    try {
      const std::vector<float> values = work(folder.path());
      failing_allocation = 0;
      EXPECT_EQ(values, expected);
    } catch (const std::bad_alloc&) {
      failed = true;
    } catch (const Error& error) {
      EXPECT_EQ(error.role(), Role::resource) << error.what();
      failed = true;
    }
    failing_allocation = 0;
    ++(failed ? told : survived);
    if (!std::filesystem::exists(folder.path())) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
      EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
    recover(folder);
  }
  EXPECT_GT(told, survived);  // what can be done without: threads, spare memory for JSON
  std::cout << all << " allocations: " << told << " failed ones were told, " << survived << " done without\n";
}

}  // namespace carousel::testing
