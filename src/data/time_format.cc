// Labels are cut into numbers, words and separators; each number gets a part (year, month, ...) by its place
// and width.
#include "data/time_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace carousel::data {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Of at most 18 digits.
std::int64_t number_of(std::string_view digits) {
  std::int64_t value = 0;
  for (const char c : digits) value = 10 * value + (c - '0');
  return value;
}

// 1 ... 12, or 0.
int month_of(std::string_view word) {
  const std::string name = lower(word);
  for (std::size_t m = 0; m < kMonths.size(); ++m)
    if (name == kMonths[m] || name == kMonths[m].substr(0, 3) || (m == 8 && name == "sept"))
      return static_cast<int>(m) + 1;
  return 0;
}

std::string written_month(int month, std::string_view like) {
  std::string name(kMonths[static_cast<std::size_t>(month - 1)]);
  if (like.size() == 3 && month_of(like) != 5) name.resize(3);
  const bool upper_first = std::isupper(static_cast<unsigned char>(like[0]));
  const bool upper_all = upper_first && std::isupper(static_cast<unsigned char>(like.back()));
  for (std::size_t i = 0; i < name.size(); ++i)
    if (upper_all || (upper_first && i == 0))
      name[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[i])));
  return name;
}

}  // namespace

struct TimeFormat::Token {
  enum Kind { number, word, separator } kind;
  std::string_view text;
};

// Without memory of its own: millions of labels are read. One token more than a format may have is kept, to
// tell.
struct TimeFormat::Tokens {
  static constexpr std::size_t kMost = 16;
  std::array<Token, kMost + 1> all;
  std::size_t count = 0;

  std::size_t size() const { return count; }
  const Token& operator[](std::size_t i) const { return all[i]; }
};

TimeFormat::Tokens TimeFormat::split(std::string_view label) {
  Tokens tokens;
  const auto kind_of = [](char c) {
    if (c >= '0' && c <= '9') return Token::number;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? Token::word : Token::separator;
  };
  for (std::size_t at = 0; at < label.size() && tokens.count < tokens.all.size();) {
    const Token::Kind kind = kind_of(label[at]);
    std::size_t end = at + 1;
    while (end < label.size() && kind_of(label[end]) == kind) ++end;
    tokens.all[tokens.count++] = {kind, label.substr(at, end - at)};
    at = end;
  }
  return tokens;
}

std::vector<TimeFormat> TimeFormat::candidates(std::string_view label) {
  const Tokens tokens = split(label);
  const std::size_t n = tokens.size();
  if (n == 0 || n > Tokens::kMost) return {};
  TimeFormat format;
  format.parts_.assign(n, Part::other);
  if (n == 1 && tokens[0].kind == Token::number) {
    if (tokens[0].text.size() == 8)
      format.parts_[0] = Part::day;  // YYYYMMDD
    else if (tokens[0].text.size() == 6)
      format.parts_[0] = Part::month;  // YYYYMM
    else if (tokens[0].text.size() == 4)
      format.parts_[0] = Part::year;
    TimeFormat index;
    index.parts_ = {Part::other};
    index.index_ = true;
    if (format.parts_[0] == Part::other) return {index};
    return {format, index};
  }
  // The time of day: hour ':' minute [':' second ['.' fraction]]; what stands behind it is a zone and kept as
  // it is.
  std::size_t date_end = n;
  for (std::size_t i = 1; i + 2 < n && date_end == n; ++i)
    if (tokens[i].kind == Token::number && tokens[i + 1].text == ":" && tokens[i + 2].kind == Token::number) {
      date_end = i - 1;
      format.parts_[i] = Part::hour;
      format.parts_[i + 2] = Part::minute;
      if (i + 4 < n && tokens[i + 3].text == ":" && tokens[i + 4].kind == Token::number) {
        format.parts_[i + 4] = Part::second;
        if (i + 6 < n && tokens[i + 5].text == "." && tokens[i + 6].kind == Token::number)
          format.parts_[i + 6] = Part::fraction;
      }
    }
  std::vector<std::size_t> numbers;
  std::size_t month_word = n, quarter = n;
  bool points = false;
  for (std::size_t i = 0; i < date_end; ++i) {
    if (tokens[i].kind == Token::number) numbers.push_back(i);
    if (tokens[i].kind == Token::separator) {
      points |= tokens[i].text == ".";
      if (tokens[i].text.find_first_not_of("-/., ") != std::string_view::npos || (i == 0)) return {};
    }
    if (tokens[i].kind == Token::word) {
      if (month_word == n && month_of(tokens[i].text))
        month_word = i;
      else if (quarter == n && lower(tokens[i].text) == "q" && i + 1 < n)
        quarter = i;
      else
        return {};
    }
  }
  const auto width = [&](std::size_t which) { return tokens[numbers[which]].text.size(); };
  const auto with = [&](std::initializer_list<Part> parts) {
    TimeFormat result = format;
    std::size_t i = 0;
    for (const Part part : parts) result.parts_[numbers[i++]] = part;
    return result;
  };
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (width(i) > 4) return {};
  if (quarter != n) {
    if (numbers.size() != 2 || month_word != n || (numbers[0] != quarter + 1 && numbers[1] != quarter + 1))
      return {};
    return {numbers[0] == quarter + 1 ? with({Part::quarter, Part::year})
                                      : with({Part::year, Part::quarter})};
  }
  if (month_word != n) {
    format.parts_[month_word] = tokens[month_word].text.size() > 3 ? Part::month_name : Part::month_short;
    if (numbers.size() == 1) return {with({Part::year})};
    if (numbers.size() != 2) return {};
    return {width(0) == 4 ? with({Part::year, Part::day}) : with({Part::day, Part::year})};
  }
  if (numbers.size() == 3) {
    if (width(0) == 4) return {with({Part::year, Part::month, Part::day})};
    if (width(0) > 2 || width(1) > 2) return {};
    std::vector<TimeFormat> all = {with({Part::day, Part::month, Part::year}),
                                   with({Part::month, Part::day, Part::year})};
    if (width(2) <= 2) all.push_back(with({Part::year, Part::month, Part::day}));
    return all;
  }
  if (numbers.size() == 2 && !points && date_end == n) {
    if (width(1) == 4) return {with({Part::month, Part::year})};
    return {with({Part::year, Part::month})};
  }
  return {};
}

std::optional<Moment> TimeFormat::read(std::string_view label) const {
  if (index_) {
    const bool negative = !label.empty() && label[0] == '-';
    const std::string_view digits = label.substr(negative ? 1 : 0);
    if (digits.empty() || digits.size() > 18 ||
        digits.find_first_not_of("0123456789") != std::string_view::npos)
      return {};
    const Moment value = number_of(digits);
    return negative ? -value : value;
  }
  const Tokens tokens = split(label);
  if (tokens.size() != parts_.size()) return {};
  std::int64_t year = 1970;
  int month = 1, day = 1, hour = 0, minute = 0, second = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool named = parts_[i] == Part::month_name || parts_[i] == Part::month_short;
    if (named) {
      month = month_of(tokens[i].text);
      if (!month) return {};
      continue;
    }
    if (parts_[i] == Part::other) continue;
    if (tokens[i].kind != Token::number || tokens[i].text.size() > 9) return {};
    const auto value = static_cast<int>(number_of(tokens[i].text));
    switch (parts_[i]) {
      case Part::year:
        if (tokens.size() == 1 && (tokens[i].text.size() != 4 || value < 1000 || value > 2500)) return {};
        // Two digits: 1970 ... 2069, as POSIX has it; shorter ones count years of their own (1-01, 1-02,
        // ...).
        year = tokens[i].text.size() == 2 ? value + (value < 69 ? 2000 : 1900) : value;
        break;
      case Part::month:
        month = value;
        if (tokens.size() == 1) {
          if (tokens[i].text.size() != 6) return {};
          year = value / 100, month = value % 100;
          if (year < 1000 || year > 2500) return {};
        }
        break;
      case Part::day:
        day = value;
        if (tokens.size() == 1) {
          if (tokens[i].text.size() != 8) return {};
          year = value / 10000, month = value / 100 % 100, day = value % 100;
          if (year < 1000 || year > 2500) return {};
        }
        break;
      case Part::hour:
        hour = value;
        break;
      case Part::minute:
        minute = value;
        break;
      case Part::second:
        second = value;
        break;
      case Part::quarter:
        if (value < 1 || value > 4) return {};
        month = 3 * value - 2;
        break;
      default:
        break;
    }
  }
  if (month < 1 || month > 12 || day < 1 || (day > 28 && day > days_in(year, month))) return {};
  if (hour > 24 || minute > 59 || second > 60) return {};
  return days_of(year, month, day) * kDay + hour * 3600 + minute * 60 + second;
}

std::string TimeFormat::write(Moment moment, const std::string& like) const {
  if (index_) return fmt::format("{}", moment);
  const Date date = date_of(floor_div(moment, kDay));
  const std::int64_t of_day = moment - floor_div(moment, kDay) * kDay;
  const Tokens tokens = split(like);
  std::string label;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::size_t width = tokens[i].text.size();
    std::int64_t value = 0;
    switch (parts_[i]) {
      case Part::year:
        value = width == 2 ? date.year % 100 : date.year;
        break;
      case Part::month:
        value = tokens.size() == 1 ? date.year * 100 + date.month : date.month;
        break;
      case Part::day:
        value = tokens.size() == 1 ? date.year * 10000 + date.month * 100 + date.day : date.day;
        break;
      case Part::hour:
        value = of_day / 3600;
        break;
      case Part::minute:
        value = of_day / 60 % 60;
        break;
      case Part::second:
        value = of_day % 60;
        break;
      case Part::quarter:
        value = (date.month + 2) / 3;
        break;
      case Part::month_name:
      case Part::month_short:
        label += written_month(date.month, tokens[i].text);
        continue;
      case Part::fraction:
      case Part::other:
        label += tokens[i].text;
        continue;
    }
    const bool pad = padded_ || parts_[i] == Part::minute || parts_[i] == Part::second;
    const std::size_t least = tokens.size() == 1 || parts_[i] == Part::year ? width : pad ? 2 : 1;
    label += fmt::format("{:0{}}", value, parts_[i] == Part::quarter ? 1 : least);
  }
  return label;
}

std::string TimeFormat::note() const {
  std::string order;
  for (const Part part : parts_) {
    if (part == Part::day) order += 'd';
    if (part == Part::month) order += 'm';
    if (part == Part::year) order += 'y';
  }
  return order == "dmy" ? "day first" : order == "mdy" ? "month first" : "";
}

bool TimeFormat::pads(const std::vector<std::string>& labels) const {
  for (const std::string& label : labels) {
    const Tokens tokens = split(label);
    for (std::size_t i = 0; i < tokens.size(); ++i)
      if ((parts_[i] == Part::month || parts_[i] == Part::day || parts_[i] == Part::hour) &&
          tokens[i].text.size() == 1)
        return false;
  }
  return true;
}

std::optional<TimeFormat> TimeFormat::find(const std::vector<std::string>& labels) {
  if (labels.empty()) return {};
  std::optional<TimeFormat> best;
  double best_score = -1.0;
  for (const TimeFormat& format : candidates(labels.front())) {
    std::vector<Moment> moments;
    for (const std::string& label : labels)
      if (const auto moment = format.read(label)) moments.push_back(*moment);
    if (moments.size() != labels.size()) continue;
    const bool rising = std::is_sorted(moments.begin(), moments.end());
    const bool falling = std::is_sorted(moments.rbegin(), moments.rend());
    const Step step = find_step(moments, format.is_index());
    const double even =
        moments.size() < 2 ? 0.0
                           : 1.0 - static_cast<double>(step.uneven) / static_cast<double>(moments.size() - 1);
    const double score = (rising || falling ? 2.0 : 0.0) + (step.spacing == Spacing::irregular ? 0.0 : even);
    if (score > best_score) best = format, best_score = score;
  }
  if (best) best->padded_ = best->index_ || best->pads(labels);
  return best;
}

}  // namespace carousel::data
