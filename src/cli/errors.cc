// Lays an Error out on a few lines.
#include "cli/errors.h"

namespace carousel::cli {
namespace {

constexpr int kShownColumns = 100;

/// The part of a source line around the caret, and the caret's place in it.
std::string excerpt(const std::string& source, int& caret) {
  std::string line = source;
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 32) c = ' ';
  if (line.size() <= kShownColumns) return line;
  const int from = caret < kShownColumns / 2 ? 0 : caret - kShownColumns / 2;
  std::string part = line.substr(static_cast<std::size_t>(from), kShownColumns);
  if (from > 0) part = "..." + part, caret += 3;
  if (static_cast<std::size_t>(from + kShownColumns) < line.size()) part += "...";
  caret -= from;
  return part;
}

/// How many columns a terminal gives to the first `bytes` bytes of UTF-8 text (one for each character).
int columns_before(const std::string& text, int bytes) {
  int columns = 0;
  for (int i = 0; i < bytes && i < static_cast<int>(text.size()); ++i)
    columns += (static_cast<unsigned char>(text[static_cast<std::size_t>(i)]) & 0xC0) != 0x80;
  return columns;
}

}  // namespace

std::string error_text(const Error& error) {
  const ErrorInfo& info = error.info();
  std::string text = fmt::format("E{} ", static_cast<int>(error.code()));
  if (!info.file.empty()) {
    text += info.file == "-" ? "standard input" : info.file;
    if (info.row > 0) text += fmt::format(":{}", info.row);
    if (!info.column.empty()) text += fmt::format(", column '{}'", info.column);
    text += ": ";
    if (info.column.empty() && !info.where.empty() && info.where != info.file) text += info.where + ": ";
  } else if (!info.where.empty()) {
    text += info.where + ": ";
  }
  text += info.what + "\n";
  if (info.row > 0 && !info.source.empty()) {
    int caret = info.caret;
    const std::string number = fmt::format("{}", info.row);
    const std::string shown = excerpt(info.source, caret);
    text += fmt::format("  {} | {}\n", number, shown);
    if (caret >= 0)
      text += fmt::format("  {:>{}} | {:>{}}\n", "", number.size(), "^", columns_before(shown, caret) + 1);
  }
  if (!info.expected.empty()) text += fmt::format("  expected: {}\n", info.expected);
  if (!info.got.empty()) text += fmt::format("  got: {}\n", info.got);
  if (!info.hint.empty()) text += fmt::format("  hint: {}\n", info.hint);
  return text;
}

Json error_json(const Error& error) {
  const ErrorInfo& info = error.info();
  Json json = {
      {"event", "error"}, {"code", fmt::format("E{}", static_cast<int>(error.code()))}, {"what", info.what}};
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  put("where", info.where);
  put("expected", info.expected);
  put("got", info.got);
  put("hint", info.hint);
  put("file", info.file);
  put("column", info.column);
  if (info.row > 0) json["row"] = info.row;
  json["status"] = static_cast<int>(error.role());
  return json;
}

}  // namespace carousel::cli
