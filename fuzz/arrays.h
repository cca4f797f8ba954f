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

/// The fuzzed file as the sequences and as their targets, and as targets, lengths and mask of sequences [3,
/// 2, 1].
inline void use_everywhere(const std::string& path, Scale scale) {
  static const InputFile sequences("x.npy");
  static const bool written = [] {
    constexpr std::array<float, 6> kNumbers = {1, 2, 3, 5, 8, 13};
    files::write_npy(sequences.path(), files::array_of("", {3, 2, 1}, std::span<const float>(kNumbers)));
    return true;
  }();
  static_cast<void>(written);
  prepare_and_gather({.file = path, .target = {path}, .scale = scale});
  prepare_and_gather({.file = sequences.path(), .target = {path}, .scale = scale});
  prepare_and_gather(
      {.file = sequences.path(), .target = {sequences.path()}, .scale = scale, .lengths = path});
  prepare_and_gather({.file = sequences.path(), .target = {sequences.path()}, .scale = scale, .mask = path});
}

/// By the size, so that the corpus is of plain files and any change of length tries another one.
inline Scale scale_for(std::size_t size) {
  constexpr Scale kScales[] = {Scale::standard, Scale::minmax, Scale::sequence, Scale::none};
  return kScales[size % std::size(kScales)];
}

}  // namespace carousel::fuzz
