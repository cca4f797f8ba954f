// The proleptic Gregorian calendar: days since 1970-01-01 and dates.
#pragma once

#include <cstdint>

namespace carousel::data {

/// A moment: seconds since 1970-01-01 00:00 in the file's own time zone; for a column of whole numbers, the
/// number.
using Moment = std::int64_t;

constexpr Moment kDay = 86400;

struct Date {
  std::int64_t year;
  int month, day;
};

/// Days since 1970-01-01, and back.
std::int64_t days_of(std::int64_t year, int month, int day);
Date date_of(std::int64_t days);
/// Days of a month.
int days_in(std::int64_t year, int month);
/// a / b rounded down.
std::int64_t floor_div(std::int64_t a, std::int64_t b);

}  // namespace carousel::data
