// Turns the parts of an Error into its one line of text.
#include "carousel/error.h"

#include <fmt/format.h>

namespace carousel {
namespace {

std::string text_of(Code code, const ErrorInfo& info) {
  std::string text = fmt::format("E{}", static_cast<int>(code));
  if (!info.file.empty()) {
    text += " " + info.file;
    if (info.row > 0) text += fmt::format(":{}", info.row);
    if (!info.column.empty()) text += fmt::format(", column '{}'", info.column);
  } else if (!info.where.empty()) {
    text += fmt::format(" [{}]", info.where);
  }
  text += (text.back() == ']' ? " " : ": ") + info.what;
  if (!info.expected.empty()) text += "; expected " + info.expected;
  if (!info.got.empty()) text += "; got " + info.got;
  if (!info.hint.empty()) text += "; hint: " + info.hint;
  return text;
}

Role role_of(Code code) {
  const CodeText* text = explain_code(static_cast<int>(code));
  return text ? text->role : Role::usage;
}

}  // namespace

Error::Error(Code code, ErrorInfo info) : Error(code, role_of(code), std::move(info)) {}

Error::Error(Code code, Role role, ErrorInfo info)
    : code_(code), role_(role), info_(std::move(info)), text_(text_of(code, info_)) {}

}  // namespace carousel
