// Writes and reads scores.json.
#include "cli/scores_file.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>

#include "cli/run_folder.h"
#include "files/atomic_writer.h"

namespace carousel::cli {
namespace {

constexpr const char* kFile = "scores.json";

/// FNV-1a, 64 bits.
std::string hash_of(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const std::byte byte : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001B3u;
  return fmt::format("{:016x}", hash);
}

}  // namespace

std::string fingerprint(const std::vector<double>& values) {
  return hash_of(std::as_bytes(std::span(values)));
}

std::string fingerprint(const std::vector<std::int32_t>& classes) {
  return hash_of(std::as_bytes(std::span(classes)));
}

void write_scores(const std::string& folder, const Verdict& verdict, const std::string& fingerprint,
                  std::optional<double> seconds) {
  Json json = verdict.json();
  json.erase("event");
  json["fingerprint"] = fingerprint;
  json["seconds"] = seconds ? Json(*seconds) : Json(nullptr);
  files::write_file(in_folder(folder, kFile),
                    json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::optional<Json> read_scores(const std::string& folder) {
  const std::string path = in_folder(folder, kFile);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  Json json = Json::parse(text, nullptr, false);
  const bool sound = json.is_object() && json.contains("scores") && json["scores"].is_array() &&
                     json.value("fingerprint", Json()).is_string() &&
                     json.value("part", Json()).is_string() && json.value("scored", Json()).is_number();
  if (!sound)
    throw Error(Code::model_bad_format, {.where = path,
                                         .what = "these are no scores of a run",
                                         .expected = "what carousel train writes at the end of a run",
                                         .hint = "carousel resume on its run folder writes them anew"});
  return json;
}

}  // namespace carousel::cli
