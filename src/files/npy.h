// npy: one array a file, NumPy's format, versions 1 to 3.
#pragma once

#include <string>

#include "files/array.h"

namespace carousel::files {

/// Reads types <f8 <f4 <f2 <i8 <i4 |u1 |b1, row-major, from memory that outlives the result; `name` stands in
/// messages. Errors: *_bad_format by `role`.
NamedArray parse_npy(Bytes bytes, const std::string& name, Role role = Role::data);

/// Writes version 1. Throws resource_io.
void write_npy(const std::string& path, const NamedArray& array);
std::string npy_bytes(const NamedArray& array);

}  // namespace carousel::files
