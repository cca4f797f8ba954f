// Records and fields: quotes, doubled quotes, CRLF, blank lines.
#include "data/csv_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "data/number.h"
#include "files/gzip.h"

namespace carousel::data {
namespace {

constexpr std::size_t kLongestSource = 160;  // a longer line is shown in part, around the caret

void check_text(CsvText& source) {
  source.whole = source.text;
  std::string_view& text = source.text;
  const auto refuse = [&](std::string what, std::string hint) {
    throw Error(Code::data_bad_format,
                {.what = std::move(what), .hint = std::move(hint), .file = source.name});
  };
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    refuse("the text is UTF-16", "save it as UTF-8, or iconv -f UTF-16 -t UTF-8");
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const std::string_view head = text.substr(0, std::size_t{1} << 16);
  if (head.find('\0') != std::string_view::npos) refuse("this is not text", "a CSV file is expected here");
  if (head.find('\n') == std::string_view::npos && head.find('\r') != std::string_view::npos &&
      head.find('\r') + 1 < text.size())
    refuse("lines end with CR alone", "convert them with tr '\\r' '\\n'");
  // Lines of nothing at the end are no rows.
  for (;;) {
    const std::size_t newline = text.rfind('\n');
    const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
    if (text.empty() || !is_blank(text.data() + start, text.data() + text.size())) break;
    text = text.substr(0, newline == std::string_view::npos ? 0 : newline);
  }
}

// Bytes that are not UTF-8 as '?', so that messages can be shown and written as JSON.
std::string shown(std::string text) {
  for (std::size_t at; (at = first_not_utf8(text)) != std::string::npos;) text[at] = '?';
  return text;
}

}  // namespace

std::size_t first_not_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
    };
    const unsigned lead = byte(i);
    const std::size_t length = lead < 0x80                    ? 1
                               : lead >= 0xC2 && lead <= 0xDF ? 2
                               : lead >= 0xE0 && lead <= 0xEF ? 3
                               : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                              : 0;
    if (length == 0) return i;
    for (std::size_t k = 1; k < length; ++k)
      if ((byte(i + k) & 0xC0) != 0x80) return i;
    // Overlong forms, surrogates and numbers above U+10FFFF.
    const unsigned second = byte(i + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
      return i;
    i += length;
  }
  return std::string_view::npos;
}

bool is_blank(const char* begin, const char* end) {
  while (begin != end && (*begin == ' ' || *begin == '\t' || *begin == '\r')) ++begin;
  return begin == end;
}

const char* line_end(const char* at, const char* end) {
  const void* found = at == end ? nullptr : std::memchr(at, '\n', static_cast<std::size_t>(end - at));
  return found ? static_cast<const char*>(found) : end;
}

std::shared_ptr<CsvText> open_csv_text(const std::string& path) {
  auto source = std::make_shared<CsvText>();
  source->name = path;
  source->file = files::MappedFile::open(path, Role::data);
  if (files::is_gzip(source->file->bytes())) {
    source->memory = files::gunzip(source->file->bytes(), path, Role::data);
    source->file.reset();
    source->text = source->memory;
  } else {
    source->text = source->file->text();
  }
  check_text(*source);
  return source;
}

std::shared_ptr<CsvText> csv_text_of(std::string_view text, const std::string& name) {
  auto source = std::make_shared<CsvText>();
  source->name = name;
  source->memory = text;
  source->text = source->memory;
  check_text(*source);
  return source;
}

long CsvText::line_of(const char* at) const {
  return 1 + std::count(whole.data(), at, '\n');
}

Error CsvText::error(Code code, const char* at, std::string what, std::string column, std::string expected,
                     std::string got, std::string hint) const {
  const char* begin = at;
  while (begin != whole.data() && begin[-1] != '\n') --begin;
  if (begin == whole.data() && whole.starts_with("\xef\xbb\xbf")) begin = std::min(at, begin + 3);
  const char* end = line_end(at, whole.data() + whole.size());
  std::string_view line(begin, static_cast<std::size_t>(end - begin));
  auto caret = static_cast<std::size_t>(at - begin);
  if (line.size() > kLongestSource) {
    const std::size_t from = caret > kLongestSource / 2 ? caret - kLongestSource / 2 : 0;
    line = line.substr(from, kLongestSource);
    caret -= from;
  }
  while (line.ends_with('\r')) line.remove_suffix(1);
  std::string full_hint = std::move(hint);
  if (!settings.empty()) full_hint += (full_hint.empty() ? "read with " : "; read with ") + settings;
  return Error(code, {.what = shown(std::move(what)),
                      .expected = std::move(expected),
                      .got = shown(std::move(got)),
                      .hint = std::move(full_hint),
                      .file = name,
                      .row = line_of(at),
                      .column = std::move(column),
                      .source = shown(std::string(line)),
                      .caret = static_cast<int>(caret)});
}

std::string CsvField::value() const {
  std::string text(raw);
  if (quoted)
    for (std::size_t at = text.find("\"\""); at != std::string::npos; at = text.find("\"\"", at + 1))
      text.erase(at, 1);
  return text;
}

RecordReader::Result RecordReader::next(std::vector<CsvField>& fields) {
  fields.clear();
  if (!keep_blank_)
    while (at_ != end_) {
      const char* end = line_end(at_, end_);
      if (!is_blank(at_, end)) break;
      at_ = end == end_ ? end_ : end + 1;
    }
  if (at_ == end_) return Result::end;
  start_ = at_;
  const auto blank = [&](char c) { return c == ' ' || c == '\r' || (c == '\t' && delimiter_ != '\t'); };
  const char* p = at_;
  for (;;) {
    while (p != end_ && blank(*p)) ++p;
    if (delimiter_ == ' ' && !fields.empty() && (p == end_ || *p == '\n'))
      break;  // spaces at the end of a line
    CsvField field;
    if (p != end_ && *p == '"') {
      const char* open = p;
      const char* begin = ++p;
      for (;;) {
        const void* quote = p == end_ ? nullptr : std::memchr(p, '"', static_cast<std::size_t>(end_ - p));
        if (!quote) {
          start_ = open;
          return Result::bad_quote;
        }
        p = static_cast<const char*>(quote) + 1;
        if (p == end_ || *p != '"') break;
        ++p;
      }
      field = {{begin, static_cast<std::size_t>(p - 1 - begin)}, true};
      const char* behind = p;
      while (p != end_ && blank(*p)) ++p;
      if (p != end_ && *p != '\n' && *p != delimiter_ && !(delimiter_ == ' ' && p != behind)) {
        start_ = p;
        return Result::bad_quote;
      }
    } else {
      const char* begin = p;
      while (p != end_ && *p != '\n' && *p != delimiter_) ++p;
      field = {trim({begin, static_cast<std::size_t>(p - begin)}), false};
    }
    fields.push_back(field);
    if (p == end_ || *p == '\n') break;
    if (*p == delimiter_) ++p;
  }
  at_ = p == end_ ? end_ : p + 1;
  return Result::record;
}

}  // namespace carousel::data
