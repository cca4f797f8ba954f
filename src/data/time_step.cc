// Finds the usual step between moments, and goes on by it.
#include "data/time_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

namespace carousel::data {
namespace {

// 1970-01-01 was a Thursday: days 2 and 3 of a week counted from it are the weekend.
bool on_weekend(Moment moment) {
  const std::int64_t days = floor_div(moment, kDay);
  const std::int64_t of_week = days - floor_div(days, 7) * 7;
  return of_week == 2 || of_week == 3;
}

std::int64_t months_of(Moment moment) {
  const Date date = date_of(floor_div(moment, kDay));
  return date.year * 12 + date.month - 1;
}

}  // namespace

Step find_step(const std::vector<Moment>& moments, bool index) {
  Step step;
  if (moments.size() < 2) return step;
  const auto count = static_cast<std::int64_t>(moments.size()) - 1;
  std::map<std::int64_t, std::int64_t> deltas, months;
  bool month_like = !index;
  for (std::size_t i = 1; i < moments.size(); ++i) {
    const std::int64_t delta = std::llabs(moments[i] - moments[i - 1]);
    ++deltas[delta];
    month_like = month_like && delta >= 28 * kDay;
    if (month_like) ++months[std::llabs(months_of(moments[i]) - months_of(moments[i - 1]))];
  }
  const auto commonest = [](const std::map<std::int64_t, std::int64_t>& of) {
    return *std::max_element(of.begin(), of.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; });
  };
  constexpr double kUsual = 0.8;  // of the steps must be alike; the others are gaps
  const auto regular = [&](std::int64_t alike) {
    return static_cast<double>(alike) >= kUsual * static_cast<double>(count);
  };
  if (month_like) {
    const auto [units, alike] = commonest(months);
    if (regular(alike) && units > 0) {
      step.uneven = count - alike;
      step.spacing = units % 12 == 0  ? Spacing::yearly
                     : units % 3 == 0 ? Spacing::quarterly
                                      : Spacing::monthly;
      step.units = units % 12 == 0 ? units / 12 : units % 3 == 0 ? units / 3 : units;
      return step;
    }
  }
  const auto [delta, alike] = commonest(deltas);
  step.uneven = count - alike;
  const std::int64_t over_weekends = deltas.count(3 * kDay) ? deltas[3 * kDay] : 0;
  if (!index && delta == kDay && over_weekends * 10 > count &&
      std::none_of(moments.begin(), moments.end(), on_weekend)) {
    step.spacing = Spacing::business;
    step.uneven = count - alike - over_weekends;
    return step;
  }
  if (delta == 0 || !regular(alike)) {
    step.spacing = Spacing::irregular;
    return step;
  }
  if (index) {
    step.spacing = Spacing::index, step.units = delta;
    return step;
  }
  constexpr std::pair<Spacing, std::int64_t> kUnits[] = {{Spacing::weekly, 7 * kDay},
                                                         {Spacing::daily, kDay},
                                                         {Spacing::hourly, 3600},
                                                         {Spacing::minutely, 60},
                                                         {Spacing::seconds, 1}};
  for (const auto& [spacing, seconds] : kUnits)
    if (delta % seconds == 0) {
      step.spacing = spacing, step.units = delta / seconds;
      break;
    }
  return step;
}

std::int64_t steps_between(Moment from, Moment to, const Step& step) {
  constexpr std::int64_t kWeek = 7 * kDay;
  const std::int64_t seconds = to - from;
  switch (step.spacing) {
    case Spacing::yearly:
      return (months_of(to) - months_of(from)) / (12 * step.units);
    case Spacing::quarterly:
      return (months_of(to) - months_of(from)) / (3 * step.units);
    case Spacing::monthly:
      return (months_of(to) - months_of(from)) / step.units;
    case Spacing::weekly:
      return seconds / (kWeek * step.units);
    case Spacing::daily:
      return seconds / (kDay * step.units);
    case Spacing::business: {
      std::int64_t steps = seconds / kWeek * 5;
      for (Moment at = from + seconds / kWeek * kWeek + kDay; at <= to; at += kDay) steps += !on_weekend(at);
      return steps;
    }
    case Spacing::hourly:
      return seconds / (3600 * step.units);
    case Spacing::minutely:
      return seconds / (60 * step.units);
    default:
      return seconds / step.units;
  }
}

std::string_view noun_of(const Step& step) {
  constexpr std::pair<Spacing, std::string_view> kNouns[] = {
      {Spacing::seconds, "seconds"},    {Spacing::minutely, "minutes"}, {Spacing::hourly, "hours"},
      {Spacing::daily, "days"},         {Spacing::weekly, "weeks"},     {Spacing::monthly, "months"},
      {Spacing::quarterly, "quarters"}, {Spacing::yearly, "years"},     {Spacing::business, "business days"}};
  for (const auto& [spacing, noun] : kNouns)
    if (spacing == step.spacing && step.units == 1) return noun;
  return "rows";
}

Moment after(Moment moment, const Step& step, std::int64_t steps) {
  const std::int64_t units = step.units * steps;
  const auto months = [&](std::int64_t add) {
    const std::int64_t day = floor_div(moment, kDay);
    const Date date = date_of(day);
    const std::int64_t total = date.year * 12 + date.month - 1 + add;
    const std::int64_t year = floor_div(total, 12);
    const auto month = static_cast<int>(total - year * 12) + 1;
    // The end of a month stays the end of a month.
    const bool end = date.day == days_in(date.year, date.month) && date.day > 27;
    const int last = days_in(year, month);
    return days_of(year, month, end ? last : std::min(date.day, last)) * kDay + (moment - day * kDay);
  };
  switch (step.spacing) {
    case Spacing::yearly:
      return months(12 * units);
    case Spacing::quarterly:
      return months(3 * units);
    case Spacing::monthly:
      return months(units);
    case Spacing::weekly:
      return moment + 7 * kDay * units;
    case Spacing::daily:
      return moment + kDay * units;
    case Spacing::business: {
      moment += steps / 5 * 7 * kDay;
      for (std::int64_t i = 0; i < steps % 5; ++i) do {
          moment += kDay;
        } while (on_weekend(moment));
      return moment;
    }
    case Spacing::hourly:
      return moment + 3600 * units;
    case Spacing::minutely:
      return moment + 60 * units;
    default:
      return moment + units;
  }
}

std::string text_of(const Step& step) {
  if (step.units == 1 || step.spacing == Spacing::none || step.spacing == Spacing::irregular ||
      step.spacing == Spacing::index)
    return std::string(name_of(step.spacing));
  constexpr std::pair<Spacing, std::string_view> kNouns[] = {
      {Spacing::seconds, "seconds"},    {Spacing::minutely, "minutes"}, {Spacing::hourly, "hours"},
      {Spacing::daily, "days"},         {Spacing::weekly, "weeks"},     {Spacing::monthly, "months"},
      {Spacing::quarterly, "quarters"}, {Spacing::yearly, "years"}};
  for (const auto& [spacing, noun] : kNouns)
    if (spacing == step.spacing) return fmt::format("every {} {}", step.units, noun);
  return std::string(name_of(step.spacing));
}

int calendar_season(const Step& step) {
  const auto parts = [&](int whole) {
    return whole % step.units == 0 && whole / step.units > 1 ? static_cast<int>(whole / step.units) : 1;
  };
  switch (step.spacing) {
    case Spacing::monthly:
      return parts(12);
    case Spacing::quarterly:
      return parts(4);
    case Spacing::weekly:
      return parts(52);
    case Spacing::daily:
      return parts(7);
    case Spacing::business:
      return 5;
    case Spacing::hourly:
      return parts(24);
    case Spacing::minutely:
      return parts(1440) <= 96 ? parts(1440) : parts(60);
    case Spacing::seconds:
      return parts(60);
    default:
      return 1;
  }
}

}  // namespace carousel::data
