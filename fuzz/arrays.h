// What the targets of array files do: the file in every place that an array can have in prepared data.
#pragma once

#include <array>

#include "carousel/error.h"
#include "files/npy.h"
#include "input_file.h"
#include "parts.h"

namespace carousel::fuzz {

inline void prepare_and_gather(const DataOptions& options) {
  try {
    gather_parts(prepare(options));
  } catch (const Error& error) {
    error.what();
  }
}

/// An array [3, 2] or [3, 2, 1] of floats as a file.
class SmallArray {
 public:
  SmallArray(const std::string& name, std::vector<std::int64_t> shape, const std::array<float, 6>& numbers)
      : file_(name) {
    files::write_npy(path(), files::array_of("", std::move(shape), std::span<const float>(numbers)));
  }
  const std::string& path() const { return file_.path(); }

 private:
  InputFile file_;
};

/// The fuzzed file as the sequences and as their targets, and as targets, lengths and mask of sequences [3,
/// 2, 1].
inline void use_everywhere(const std::string& path, Scale scale) {
  static const SmallArray x("x.npy", {3, 2, 1}, {1, 2, 3, 5, 8, 13}),
      mask("mask.npy", {3, 2}, {0, 1, 1, 1, 0, 0});
  prepare_and_gather({.file = path, .target = {path}, .scale = scale});
  prepare_and_gather({.file = x.path(), .target = {path}, .scale = scale});
  prepare_and_gather({.file = x.path(), .target = {path}, .scale = scale, .mask = mask.path()});
  prepare_and_gather({.file = x.path(), .target = {x.path()}, .scale = scale, .lengths = path});
  prepare_and_gather({.file = x.path(), .target = {x.path()}, .scale = scale, .mask = path});
}

/// By the size, so that the corpus is of plain files and any change of length tries another one.
inline Scale scale_for(std::size_t size) {
  constexpr Scale kScales[] = {Scale::standard, Scale::minmax, Scale::sequence, Scale::none};
  return kScales[size % std::size(kScales)];
}

}  // namespace carousel::fuzz
