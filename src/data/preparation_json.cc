// Writes and strictly reads the preparation.
#include "data/preparation_json.h"

#include <fmt/format.h>

#include <cmath>

#include "carousel/error.h"
#include "data/describe.h"

namespace carousel::data {
namespace {

constexpr const char* kNotOurs = "the file was changed by something else; carousel train writes it anew";

class JsonReader {
 public:
  JsonReader(const Json& json, const std::string& file, std::string path)
      : json_(json), file_(file), path_(std::move(path)) {
    if (!json.is_object()) fail("is no object", json);
  }

  const Json& at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end())
      throw Error(Code::model_bad_format,
                  {.what = fmt::format("{} lacks '{}'", path_, key), .hint = kNotOurs, .file = file_});
    return *found;
  }
  int integer(const char* key, int low) const {
    const Json& value = at(key);
    if (!value.is_number_integer() || value.get<double>() < low || value.get<double>() > 1e9)
      fail(key, value);
    return value.get<int>();
  }
  double number(const char* key) const {
    const Json& value = at(key);
    if (!value.is_number() || !std::isfinite(value.get<double>())) fail(key, value);
    return value.get<double>();
  }
  bool boolean(const char* key) const {
    const Json& value = at(key);
    if (!value.is_boolean()) fail(key, value);
    return value.get<bool>();
  }
  std::string text(const char* key) const {
    const Json& value = at(key);
    if (!value.is_string()) fail(key, value);
    return value.get<std::string>();
  }
  template <class E>
  E word(const char* key) const {
    const auto value = enum_value<E>(text(key));
    if (!value) fail(key, at(key));
    return *value;
  }
  std::vector<ColumnScale> columns(const char* key) const {
    const Json& list = at(key);
    if (!list.is_array()) fail(key, list);
    std::vector<ColumnScale> columns;
    for (const Json& item : list) {
      const JsonReader reader(item, file_, path_ + "." + key);
      columns.push_back(
          {reader.text("name"), reader.boolean("log"), reader.number("offset"), reader.number("factor")});
      if (columns.back().factor == 0.0) fail(key, item);
    }
    return columns;
  }
  [[noreturn]] void fail(const std::string& key, const Json& got) const {
    throw Error(Code::model_bad_format, {.what = fmt::format("{}: '{}' cannot have that value", path_, key),
                                         .got = got.dump(),
                                         .hint = kNotOurs,
                                         .file = file_});
  }

 private:
  const Json& json_;
  const std::string& file_;
  std::string path_;
};

Json columns_json(const std::vector<ColumnScale>& columns) {
  Json list = Json::array();
  for (const ColumnScale& c : columns)
    list.push_back(object_of({{"name", c.name}, {"log", c.log}, {"offset", c.offset}, {"factor", c.factor}}));
  return list;
}

}  // namespace

Json preparation_to_json(const Preparation& p) {
  return object_of({{"kind", enum_name(p.kind)},
                    {"window", p.window},
                    {"horizon", p.horizon},
                    {"gap", p.gap},
                    {"season", p.season},
                    {"subtract", enum_name(p.subtract)},
                    {"scale", enum_name(p.scale)},
                    {"features", columns_json(p.features)},
                    {"targets", columns_json(p.targets)},
                    {"classes", p.classes},
                    {"every_step", p.every_step}});
}

Preparation preparation_from_json(const Json& json, const std::string& file) {
  const JsonReader reader(json, file, "data");
  Preparation p;
  p.kind = reader.word<Preparation::Kind>("kind");
  const bool table = p.kind == Preparation::Kind::table;
  p.window = reader.integer("window", table ? 1 : 0);
  p.horizon = reader.integer("horizon", table ? 1 : 0);
  p.gap = reader.integer("gap", 0);
  p.season = reader.integer("season", 1);
  p.subtract = reader.word<Subtract>("subtract");
  p.scale = reader.word<Scale>("scale");
  p.features = reader.columns("features");
  p.targets = reader.columns("targets");
  p.classes = reader.integer("classes", 0);
  p.every_step = reader.boolean("every_step");
  if (p.features.empty()) reader.fail("features", json["features"]);
  if (p.targets.empty() == (p.classes == 0)) reader.fail("targets", json["targets"]);
  return p;
}

}  // namespace carousel::data
