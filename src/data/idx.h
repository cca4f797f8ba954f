// IDX: the format of MNIST's images and labels, bytes only.
#pragma once

#include <memory>
#include <string>

#include "files/array.h"

namespace carousel::data {

/// An array with whatever keeps its bytes alive.
struct OwnedArray {
  files::NamedArray array;
  std::shared_ptr<const void> owner;
  std::string file = {};  ///< for messages
};

/// Whether the bytes open as IDX does.
bool is_idx(files::Bytes bytes);

/// Unsigned bytes in 1 to 3 dimensions. Errors: data_bad_format.
files::NamedArray parse_idx(files::Bytes bytes, const std::string& name);

/// An array from a file, by its first bytes: .npy, IDX, either gzipped; or the array `name` of a .safetensors
/// file, or the only one that it holds. Errors: data_missing_file, data_bad_format, data_unknown_column for a
/// name that is not there.
OwnedArray read_array(const std::string& path, const std::string& name);

/// The array that `word` names beside the sequences of `path`: the one of that name where `path` is a
/// .safetensors that holds it, otherwise the file `word`, in which `name` is looked for. Errors: those of
/// read_array.
OwnedArray read_beside(const std::string& path, const std::string& word, const std::string& name);

/// Whether a path ends in .safetensors.
bool is_safetensors(const std::string& path);
/// Whether a file holds arrays (.npy, .safetensors, IDX, perhaps gzipped), not a table.
bool holds_arrays(const std::string& path);

}  // namespace carousel::data
