// TimeFormat: how a column writes dates, quarters or months; read from examples, and able to write the next
// ones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/time_step.h"

namespace carousel::data {

class TimeFormat {
 public:
  /// The format in which all labels can be read; where several fit (3/4/2020), the one that makes the most
  /// even steps. Empty when there is none.
  static std::optional<TimeFormat> find(const std::vector<std::string>& labels);

  std::optional<Moment> read(std::string_view label) const;
  /// In the manner of `like`, a label that can be read (its separators, widths and case are kept).
  std::string write(Moment moment, const std::string& like) const;
  /// Whether labels have a time of day; whether they have parts of seconds, which read() leaves out.
  bool has_hours() const { return has(Part::hour); }
  bool has_fractions() const { return has(Part::fraction); }
  /// Whole numbers that are no dates.
  bool is_index() const { return index_; }
  /// E.g. "day first"; "" where the format is usual.
  std::string note() const;

 private:
  enum class Part {
    year,
    month,
    day,
    hour,
    minute,
    second,
    fraction,
    quarter,
    month_name,
    month_short,
    other
  };
  struct Token;
  struct Tokens;
  static Tokens split(std::string_view label);
  static std::vector<TimeFormat> candidates(std::string_view label);

  bool has(Part part) const { return std::find(parts_.begin(), parts_.end(), part) != parts_.end(); }
  bool pads(const std::vector<std::string>& labels) const;

  std::vector<Part> parts_;
  bool padded_ = true;  // days, months and hours are written with two digits
  bool index_ = false;
};

}  // namespace carousel::data
