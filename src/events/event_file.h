// EventFile: scalars and histograms over steps, appended to a file that TensorBoard reads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace carousel::events {

/// What the file of a run is called: TensorBoard looks for "tfevents" in a name.
inline constexpr const char* kFileName = "events.out.tfevents";

struct Scalar {
  std::string tag;  ///< "loss/train": TensorBoard puts those of one prefix together
  double value = 0;
};

struct Histogram {
  std::string tag;
  double low = 0, high = 0;                      ///< smallest and largest number
  double count = 0, sum = 0, squares = 0;        ///< of all numbers
  std::vector<double> limits = {}, counts = {};  ///< right edge of each bucket, ascending, and how many in it
};

/// What stays of a file that is there already: whole records of steps up to `last_step`, of its first `bytes`
/// where that is known. The rest is cut: a record that was broken off, and steps that will be done again.
struct Kept {
  std::int64_t last_step = 0;
  std::optional<std::int64_t> bytes = {};
};

class EventFile {
 public:
  /// Opens or makes the file. Throws resource_io.
  EventFile(std::string path, const Kept& kept);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  /// Appends one event of this step, at the time of day. Whole or, where it fails, not at all; throws
  /// resource_io.
  void add(std::int64_t step, std::span<const Scalar> scalars, std::span<const Histogram> histograms = {});
  /// Comes back when all of it is on the disk.
  void sync();
  /// Length of the file: a function of what was added, not of when.
  std::int64_t bytes() const { return bytes_; }

 private:
  void append(const std::string& message);
  [[noreturn]] void fail(const char* doing) const;

  std::string path_;
  int file_ = -1;
  std::int64_t bytes_ = 0;
};

}  // namespace carousel::events
