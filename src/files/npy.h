// npy: one array a file, NumPy's format, versions 1 to 3.
#pragma once

#include <memory>
#include <string>

#include "files/array.h"

namespace carousel::files {

/// An array that was read; its view lives as long as this object.
struct NpyFile {
  NamedArray array;
  std::shared_ptr<const MappedFile> owner;
};

/// Reads types <f8 <f4 <f2 <i8 <i4 |u1 |b1, row-major. Errors: *_missing_file, *_bad_format by `role`.
NpyFile read_npy(const std::string& path, Role role = Role::data);
/// The same from memory that outlives the result; `name` stands in messages.
NamedArray parse_npy(Bytes bytes, const std::string& name, Role role = Role::data);

/// Writes version 1. Throws resource_io.
void write_npy(const std::string& path, const NamedArray& array);
std::string npy_bytes(const NamedArray& array);

}  // namespace carousel::files
