// Safetensors: named arrays in one file, read strictly and written atomically, byte for byte the same each
// time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "files/array.h"

namespace carousel::files {

using Metadata = std::map<std::string, std::string>;

/// Lists in lists beyond which JSON of a file is refused: whoever shows it descends by recursion, and a file
/// of a megabyte could have it run out of stack.
inline constexpr int kDeepestJson = 100;

/// A safetensors file that was read: arrays in the order of their bytes. The views live as long as this
/// object.
struct SafetensorsFile {
  std::string path;
  std::vector<NamedArray> arrays;
  Metadata metadata;
  std::shared_ptr<const MappedFile> owner;

  /// nullptr when there is none of that name.
  const NamedArray* find(std::string_view name) const;
};

/// Reads strictly: header length, JSON without duplicate keys, known types, shapes that fit their bytes,
/// offsets without gap or overlap to the end of the file, metadata of strings. Errors: *_missing_file,
/// *_bad_format by `role`.
SafetensorsFile read_safetensors(const std::string& path, Role role = Role::model);
/// The same from memory that outlives the result; `name` stands in messages.
SafetensorsFile parse_safetensors(Bytes bytes, const std::string& name, Role role = Role::model);

/// Arrays in the order given; header padded with spaces to a multiple of 8 bytes. Throws usage_bad_value for
/// two arrays of one name or bytes that do not fit the shape; resource_io.
void write_safetensors(const std::string& path, const std::vector<NamedArray>& arrays,
                       const Metadata& metadata = {});
/// The file's bytes.
std::string safetensors_bytes(const std::vector<NamedArray>& arrays, const Metadata& metadata = {});

}  // namespace carousel::files
