// AtomicWriter: a file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace carousel::files {

/// Writes to a temporary file in the target's folder; commit() syncs it, renames it over the target and syncs
/// the folder. Until then, and after any failure, what stood at the path stands, and no temporary file is
/// left. A process that is killed leaves at most one, .NAME.tmp, which the next writer of NAME takes over.
/// Errors: resource_io.
class AtomicWriter {
 public:
  explicit AtomicWriter(std::string path);
  ~AtomicWriter();
  AtomicWriter(const AtomicWriter&) = delete;
  AtomicWriter& operator=(const AtomicWriter&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }
  /// Must be called last; a second call is an error.
  void commit();

 private:
  void create_temporary();
  [[noreturn]] void fail(const std::string& doing, int error);
  void discard() noexcept;

  std::string name_;  // as it was given
  std::string path_;  // where that leads to
  std::string temporary_;
  int file_ = -1;
};

/// Makes the folder, and those above it, where it is not there. Errors: resource_io.
void make_folder(const std::string& path);

/// All of a file at once.
void write_file(const std::string& path, std::string_view text);

}  // namespace carousel::files
