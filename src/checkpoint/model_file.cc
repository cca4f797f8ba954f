// Writes and reads the model file; docs/file-format.md describes it.
#include "checkpoint/model_file.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include "base/nearest.h"
#include "files/safetensors.h"
#include "model/model_impl.h"
#include "model/spec_json.h"

namespace carousel {
namespace checkpoint {
namespace {

constexpr std::string_view kNetwork = "network", kForecaster = "forecaster";

/// One network is the only member.
std::string member_name(std::size_t member, const std::string& tensor) {
  return fmt::format("members.{}.{}", member, tensor);
}

[[noreturn]] void damaged(const std::string& path, std::string what, std::string hint = "") {
  throw Error(Code::model_bad_format, {.what = std::move(what), .hint = std::move(hint), .file = path});
}

std::vector<std::int64_t> wide(const std::vector<int>& shape) {
  return {shape.begin(), shape.end()};
}

const std::string& metadata(const files::SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end())
    damaged(file.path, fmt::format("its metadata has no '{}'", key), "is it a model that Carousel wrote?");
  return found->second;
}

Json json_of(const files::SafetensorsFile& file, const std::string& key) {
  const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > files::kDeepestJson)
      damaged(file.path, fmt::format("its metadata '{}' is nested too deeply", key));
    return true;
  };
  Json json = Json::parse(metadata(file, key), shallow, false);
  if (json.is_discarded()) damaged(file.path, fmt::format("its metadata '{}' is not JSON", key));
  return json;
}

void check_version(const files::SafetensorsFile& file) {
  if (metadata(file, "format") != "carousel") damaged(file.path, "it is not a Carousel model");
  const std::string& text = metadata(file, "format_version");
  int major = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), major);
  if (error != std::errc() || (end != text.data() + text.size() && *end != '.') || major < 1)
    damaged(file.path, fmt::format("'{}' is not a format version", text));
  if (major > kFormatMajor)
    throw Error(Code::model_version, {.what = "it was written by a newer Carousel",
                                      .expected = fmt::format("format version {} or older", kFormatMajor),
                                      .got = text,
                                      .hint = "use that version of Carousel to read it",
                                      .file = file.path});
  const std::string& kind = metadata(file, "kind");
  if (kind != kNetwork && kind != kForecaster)
    throw Error(Code::model_version,
                {.what = fmt::format("it holds a '{}', which this version does not know", kind),
                 .expected = fmt::format("{} or {}", kNetwork, kForecaster),
                 .file = file.path});
}

std::vector<std::string> classes_of(const files::SafetensorsFile& file) {
  std::vector<std::string> classes;
  const Json json = json_of(file, "classes");
  if (!json.is_array()) damaged(file.path, "its metadata 'classes' is not a list");
  for (const Json& name : json) {
    if (!name.is_string()) damaged(file.path, "its metadata 'classes' holds something that is not text");
    classes.push_back(name.get<std::string>());
  }
  return classes;
}

int inputs_of(const files::SafetensorsFile& file) {
  const Json json = json_of(file, "inputs");
  if (!json.is_number_integer() || json.get<std::int64_t>() < 1 || json.get<std::int64_t>() > kMaxUnits)
    damaged(file.path, "its metadata 'inputs' is not a number of features");
  return json.get<int>();
}

// A wrong spec in a file is the file's fault, not the user's words'.
template <class Make>
auto in_file(const std::string& path, Make&& make) {
  try {
    return make();
  } catch (const Error& error) {
    if (error.role() != Role::usage) throw;
    const ErrorInfo& info = error.info();
    throw Error(Code::model_bad_format, {.what = fmt::format("{}: {}", info.where, info.what),
                                         .expected = info.expected,
                                         .got = info.got,
                                         .hint = info.hint,
                                         .file = path});
  }
}

// The networks that the file holds.
std::size_t members_of(const files::SafetensorsFile& file, const Json& forecast) {
  if (forecast.is_null()) return 1;
  const auto members = forecast.is_object() ? forecast.find("members") : forecast.end();
  if (members == forecast.end() || !members->is_number_integer() || members->get<std::int64_t>() < 1 ||
      members->get<std::int64_t>() > kMaxMembers)
    damaged(file.path, "its metadata 'forecast' does not say how many members it has");
  return members->get<std::size_t>();
}

// Before any memory is taken for them: a small file must not be able to ask for much.
void check_tensor(const files::SafetensorsFile& file, const std::string& name, const std::vector<int>& shape,
                  const std::set<std::string>& needed) {
  const files::NamedArray* array = file.find(name);
  if (!array) {
    std::vector<std::string> others;
    for (const files::NamedArray& other : file.arrays)
      if (!needed.contains(other.name)) others.push_back(other.name);
    const std::string near = base::nearest(name, others);
    damaged(file.path, fmt::format("the tensor '{}' is missing", name),
            near.empty() ? "" : fmt::format("it has a '{}'", near));
  }
  if (array->dtype != files::Dtype::f32 || array->shape != wide(shape))
    throw Error(Code::model_bad_format,
                {.what = fmt::format("the tensor '{}' is of another kind", name),
                 .expected = "F32 " + files::text_of(wide(shape)),
                 .got = fmt::format("{} {}", files::name_of(array->dtype), files::text_of(array->shape)),
                 .file = file.path});
}

}  // namespace

void write(const std::string& path, const View& view) {
  std::vector<files::NamedArray> arrays;
  for (std::size_t member = 0; member < view.members.size(); ++member)
    for (const auto& p : *view.members[member])
      arrays.push_back(files::array_of(member_name(member, p.name), wide(p.shape),
                                       std::span<const float>(p.values.data(), p.values.size())));
  for (const ExtraArray& extra : view.extra)
    arrays.push_back(files::array_of(extra.name, wide(extra.shape), extra.values));
  files::Metadata metadata = {
      {"format", "carousel"},
      {"format_version", fmt::format("{}.{}", kFormatMajor, kFormatMinor)},
      {"kind", std::string(view.forecast.is_null() ? kNetwork : kForecaster)},
      {"spec", spec_to_json(view.spec).dump()},
      {"inputs", std::to_string(view.inputs)},
      {"preparation", view.notes.preparation},
      {"training", view.notes.training},
      {"classes", Json(view.notes.classes).dump()},
  };
  if (!view.training_state.is_null()) metadata["training_state"] = view.training_state.dump();
  if (!view.forecast.is_null()) metadata["forecast"] = view.forecast.dump();
  files::write_safetensors(path, arrays, metadata);
}

Contents read(const std::string& path) {
  const files::SafetensorsFile file = files::read_safetensors(path, Role::model);
  check_version(file);
  Contents contents;
  contents.spec = in_file(path, [&] { return spec_from_json(json_of(file, "spec")); });
  contents.inputs = inputs_of(file);
  if (metadata(file, "kind") == kForecaster) contents.forecast = json_of(file, "forecast");
  const std::size_t count = members_of(file, contents.forecast);
  const auto network = in_file(path, [&] { return model::Network<float>(contents.spec, contents.inputs); });
  std::set<std::string> needed;
  for (std::size_t member = 0; member < count; ++member)
    for (const model::TensorShape& tensor : network.shapes()) needed.insert(member_name(member, tensor.name));
  for (std::size_t member = 0; member < count; ++member)
    for (const model::TensorShape& tensor : network.shapes())
      check_tensor(file, member_name(member, tensor.name), tensor.shape, needed);
  for (std::size_t member = 0; member < count; ++member) {
    model::Parameters<float> parameters = network.zeros();
    for (auto& parameter : parameters)
      files::copy_to(*file.find(member_name(member, parameter.name)),
                     {parameter.values.data(), parameter.values.size()});
    contents.members.push_back(std::move(parameters));
  }
  std::size_t tensors = 0;
  for (const files::NamedArray& array : file.arrays) {
    if (array.name.starts_with("members.")) {
      ++tensors;
      continue;
    }
    if (array.dtype != files::Dtype::f32)
      damaged(path, fmt::format("the array '{}' is not of floats", array.name));
    contents.extra.push_back({array.name, {array.shape.begin(), array.shape.end()}, files::to_floats(array)});
  }
  if (tensors != needed.size())
    damaged(path, fmt::format("it has {} tensors, its spec needs {}", tensors, needed.size()));
  contents.notes = {json_of(file, "preparation").dump(), json_of(file, "training").dump(), classes_of(file)};
  if (file.metadata.contains("training_state")) contents.training_state = json_of(file, "training_state");
  return contents;
}

}  // namespace checkpoint

void save_model(const Model& model, const std::string& path) {
  checkpoint::write(path, {model.spec(), model.inputs(), {&model.impl().parameters}, model.notes()});
}

Model load_model(const std::string& path) {
  checkpoint::Contents contents = checkpoint::read(path);
  if (!contents.forecast.is_null())
    throw Error(Code::model_mismatch, {.what = "it holds a forecaster, not one network",
                                       .hint = "load_forecaster reads it; its members() are networks",
                                       .file = path});
  return model::make_model(std::move(contents.spec), contents.inputs, std::move(contents.members.front()),
                           std::move(contents.notes));
}

}  // namespace carousel
