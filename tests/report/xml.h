// What tests ask of a document: a strict reader of XML tags says what is wrong with it or hands back its
// texts.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace carousel::report {

struct Xml {
  std::string error;                ///< "" for a well-formed document
  std::vector<std::string> tags;    ///< names of the elements, in order
  std::vector<std::string> values;  ///< of all attributes, in order
  std::string text;                 ///< all character data but that of styles and scripts
  std::vector<std::string> scripts;
};

inline Xml read_xml(const std::string& source) {
  Xml xml;
  std::vector<std::string> open;
  const auto fail = [&](std::size_t at, const std::string& what) {
    xml.error = what + " at " + std::to_string(at) + ": " + source.substr(at, 40);
    return xml;
  };
  const auto entities_sound = [](const std::string& text) {
    for (std::size_t i = text.find('&'); i != std::string::npos; i = text.find('&', i + 1)) {
      const std::string name = text.substr(i + 1, text.find(';', i) - i - 1);
      if (!std::set<std::string>{"amp", "lt", "gt", "quot", "#39"}.count(name)) return false;
    }
    return true;
  };
  for (std::size_t i = 0; i < source.size();) {
    if (source[i] != '<') {
      const std::string text = source.substr(i, source.find('<', i) - i);
      if (!entities_sound(text)) return fail(i, "unknown entity");
      xml.text += text;
      i += text.size();
      continue;
    }
    const std::size_t end = source.find('>', i);
    if (end == std::string::npos) return fail(i, "tag without end");
    std::string tag = source.substr(i + 1, end - i - 1);
    if (tag[0] == '?' || tag[0] == '!') {
      i = end + 1;
      continue;
    }
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return fail(i, "unexpected end tag");
      open.pop_back();
      i = end + 1;
      continue;
    }
    const bool empty = tag.back() == '/';
    if (empty) tag.pop_back();
    const std::size_t name_end = tag.find_first_of(" \n");
    const std::string name = tag.substr(0, name_end);
    xml.tags.push_back(name);
    std::set<std::string> seen;
    for (std::size_t k = name_end == std::string::npos ? tag.size() : tag.find_first_not_of(" \n", name_end);
         k < tag.size();) {
      const std::size_t equals = tag.find('=', k);
      if (equals == std::string::npos || tag[equals + 1] != '"') return fail(i, "attribute without value");
      const std::size_t close = tag.find('"', equals + 2);
      if (close == std::string::npos) return fail(i, "attribute without end");
      if (!seen.insert(tag.substr(k, equals - k)).second) return fail(i, "attribute twice");
      const std::string value = tag.substr(equals + 2, close - equals - 2);
      if (value.find('<') != std::string::npos || !entities_sound(value))
        return fail(i, "bad attribute value");
      xml.values.push_back(value);
      k = tag.find_first_not_of(" \n", close + 1);
      if (k == std::string::npos) break;
    }
    if (!empty) open.push_back(name);
    i = end + 1;
    if (name == "script") {  // as HTML has it: anything, up to the end tag
      const std::size_t close = source.find("</script>", i);
      if (close == std::string::npos) return fail(i, "script without end");
      xml.scripts.push_back(source.substr(i, close - i));
      i = close;
    }
    if (name == "style") {  // CSS may hold '>', nothing else here
      const std::size_t close = source.find("</style>", i);
      if (source.substr(i, close - i).find_first_of("<&") != std::string::npos) return fail(i, "bad style");
      i = close;
    }
  }
  if (!open.empty()) xml.error = "not closed: " + open.back();
  return xml;
}

/// How often a document holds a piece of text.
inline int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (std::size_t i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) ++n;
  return n;
}

}  // namespace carousel::report
