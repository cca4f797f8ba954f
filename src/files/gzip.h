// gzip: whole files into memory.
#pragma once

#include <string>

#include "files/mapped_file.h"

namespace carousel::files {

/// Whether the bytes open as gzip does.
bool is_gzip(Bytes bytes);

/// All members inflated. Errors by `role`: *_bad_format for truncated or damaged data, for bytes behind the
/// last member, and for more than `limit` bytes.
std::string gunzip(Bytes bytes, const std::string& name, Role role, std::size_t limit = std::size_t{4} << 30);

}  // namespace carousel::files
