// What the tests of data share: the folder of development data, and the helpers of the tests of files.
#pragma once

#include <cstdlib>

#include "carousel/table.h"
#include "files/testing.h"

namespace carousel {

/// A file of the development data, or "" when it is not there.
inline std::string data_file(const std::string& name) {
  const char* set = std::getenv("CAROUSEL_DATA");
  const std::string path = (set ? set : CAROUSEL_SOURCE_DIR "/../shared/data") + std::string("/") + name;
  return std::filesystem::exists(path) ? path : "";
}

/// The value of a guess, "" when there is none of that name.
inline std::string value_of(const std::vector<Guess>& guesses, const std::string& what) {
  for (const Guess& guess : guesses)
    if (guess.what == what) return guess.value;
  return "";
}

}  // namespace carousel
