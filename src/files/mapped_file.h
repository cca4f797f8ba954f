// MappedFile: the bytes of a file, read-only; mapped where it can be, read into memory for pipes and standard
// input.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "carousel/error.h"

namespace carousel::files {

using Bytes = std::span<const std::byte>;

class MappedFile {
 public:
  /// Opens `path`, or standard input for "-". Errors: data_missing_file, or model_missing_file when `role` is
  /// model; resource_io when reading fails.
  static std::shared_ptr<const MappedFile> open(const std::string& path, Role role);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  Bytes bytes() const { return bytes_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  const std::string& path() const { return path_; }
  /// Whether the bytes are a mapping of the file, not a copy.
  bool mapped() const { return mapping_ != nullptr; }

 private:
  explicit MappedFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  void* mapping_ = nullptr;
  std::string memory_;
  Bytes bytes_;
};

/// For an error about a path that is not there: the nearest name in its folder, or that there is no such
/// folder; "" where nothing is near.
std::string hint_for_absent(const std::string& path);

/// data_bad_format, or model_bad_format when `role` is model, with `role`: a bad .npy given as data exits
/// with 3, as a model with 4.
[[noreturn]] void throw_bad_format(Role role, const std::string& file, std::string what,
                                   std::string expected = "", std::string got = "", std::string hint = "");

}  // namespace carousel::files
