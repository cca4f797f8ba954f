// data_folder: where data that is not part of the project lies, if it is there.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace carousel::testing {

/// $CAROUSEL_DATA, else shared/data beside the source tree. It need not exist: tests that use it skip then.
inline std::filesystem::path data_folder() {
  if (const char* given = std::getenv("CAROUSEL_DATA")) return given;
  return std::filesystem::path(CAROUSEL_SOURCE_DIR) / ".." / "shared" / "data";
}

}  // namespace carousel::testing
