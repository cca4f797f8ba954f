// Days and dates, counting in eras of 400 years that begin in March.
#include "data/calendar.h"

namespace carousel::data {

std::int64_t days_of(std::int64_t year, int month, int day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

Date date_of(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t of_era = days - era * 146097;
  const std::int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const auto m = static_cast<int>((5 * of_year + 2) / 153);
  const int month = m < 10 ? m + 3 : m - 9;
  return {year + era * 400 + (month <= 2), month, static_cast<int>(of_year - (153 * m + 2) / 5 + 1)};
}

int days_in(std::int64_t year, int month) {
  return static_cast<int>((month == 12 ? days_of(year + 1, 1, 1) : days_of(year, month + 1, 1)) -
                          days_of(year, month, 1));
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

}  // namespace carousel::data
