// A folder of a test's own, and errors that are expected.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "carousel/error.h"

namespace carousel::testing {

/// A folder of its own that is not there yet, removed at the end.
class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(((std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                    : std::filesystem::temp_directory_path()) /
               ("carousel_test_" + std::to_string(getpid()) + "_" + name))
                  .string()) {
    std::filesystem::remove_all(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  std::string bytes(const std::string& file) const {
    std::ifstream in(std::filesystem::path(path_) / file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

template <class Body>
void expect_error(Code code, Body&& body) {
  try {
    body();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
  }
}

}  // namespace carousel::testing
