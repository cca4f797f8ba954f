// Reads TOML by toml++ and keeps where everything stood.
#include "cli/toml_file.h"

#include <toml++/toml.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "files/mapped_file.h"

namespace carousel::cli {
namespace {

void convert(const toml::node& node, const std::string& path, Json& json, TomlFile& file) {
  const toml::source_position begin = node.source().begin;
  if (begin.line > 0 && !file.places.contains(path))
    file.places[path] = {static_cast<long>(begin.line), static_cast<int>(begin.column) - 1};
  if (const toml::table* table = node.as_table()) {
    json = Json::object();
    std::vector<std::pair<toml::source_position, const toml::key*>> keys;
    for (const auto& [key, value] : *table) keys.emplace_back(key.source().begin, &key);
    std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [position, key] : keys) {
      const std::string inner = json_detail::join(path, key->str());
      if (position.line > 0)
        file.places[inner] = {static_cast<long>(position.line), static_cast<int>(position.column) - 1};
      convert(*table->get(key->str()), inner, json[std::string(key->str())], file);
    }
  } else if (const toml::array* array = node.as_array()) {
    json = Json::array();
    for (std::size_t i = 0; i < array->size(); ++i) {
      json.push_back(nullptr);
      convert(*array->get(i), fmt::format("{}[{}]", path, i), json.back(), file);
    }
  } else if (const auto* text = node.as_string()) {
    json = text->get();
  } else if (const auto* whole = node.as_integer()) {
    json = whole->get();
  } else if (const auto* number = node.as_floating_point()) {
    json = number->get();
  } else if (const auto* truth = node.as_boolean()) {
    json = truth->get();
  } else {
    throw file.placed(
        Error(Code::usage_bad_value, {.where = path,
                                      .what = "a date or time stands here without quotes",
                                      .expected = "a number, true or false, text in quotes, or a list"}));
  }
}

}  // namespace

Error TomlFile::placed(const Error& error) const {
  ErrorInfo info = error.info();
  std::string where = info.where;
  auto found = places.find(where);
  // A setting that is missing stands nowhere: point at what should hold it.
  while (found == places.end() && where.find_last_of(".[") != std::string::npos) {
    where.resize(where.find_last_of(".["));
    found = places.find(where);
  }
  info.file = path;
  if (found != places.end() && found->second.line <= static_cast<long>(lines.size())) {
    info.row = found->second.line;
    info.source = lines[static_cast<std::size_t>(info.row - 1)];
    info.caret = found->second.column;
  }
  return Error(error.code(), error.role(), info);
}

TomlFile parse_toml(const std::string& text, const std::string& path) {
  TomlFile file;
  file.path = path;
  for (std::size_t from = 0; from < text.size();) {  // a stream would end early, silently, without memory
    const std::size_t end = std::min(text.find('\n', from), text.size());
    file.lines.push_back(text.substr(from, end - from));
    if (file.lines.back().ends_with('\r')) file.lines.back().pop_back();
    from = end + 1;
  }
  try {
    const toml::table table = toml::parse(text, path);
    convert(table, "", file.json, file);
  } catch (const toml::parse_error& error) {
    const long line = static_cast<long>(error.source().begin.line);
    ErrorInfo info{.what = std::string(error.description()), .file = path, .row = line};
    info.hint = "text stands in quotes, a list in [ ], a table in { } on one line";
    if (line >= 1 && line <= static_cast<long>(file.lines.size())) {
      info.source = file.lines[static_cast<std::size_t>(line - 1)];
      info.caret = static_cast<int>(error.source().begin.column) - 1;
    }
    throw Error(Code::usage_syntax, info);
  }
  return file;
}

TomlFile read_toml(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  std::error_code ignored;
  if (!stream || !(text << stream.rdbuf())) {
    const int reason = errno;
    if (std::filesystem::exists(path, ignored))
      throw Error(Code::resource_io, {.where = path,
                                      .what = "this settings file cannot be read",
                                      .got = std::strerror(reason),
                                      .hint = "check its rights, or copy it to another disk"});
    const std::string near = files::hint_for_absent(path);
    throw Error(Code::usage_missing,
                {.where = path,
                 .what = "there is no such settings file",
                 .hint = near.empty() ? "carousel init data.csv --target NAME writes one" : near});
  }
  return parse_toml(text.str(), path);
}

Json toml_value(const std::string& text) {
  try {
    TomlFile file;
    Json json;
    convert(toml::parse("value = " + text), "", json, file);
    return json.at("value");
  } catch (const toml::parse_error&) {
    return text;
  }
}

}  // namespace carousel::cli
