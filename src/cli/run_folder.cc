// Names, opens and guards run folders.
#include "cli/run_folder.h"

#include <filesystem>

#include "base/text.h"
#include "events/event_file.h"

namespace carousel::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles[] = {
    training::kModelFile, training::kCheckpointFile, "run.toml",     training::kHistoryFile,
    "gradients.csv",      "predictions.csv",         "forecast.csv", "report.html",
    "scores.json",        events::kFileName};

void remove_files(const std::string& folder) {
  std::error_code ignored;
  for (const char* name : kFiles) fs::remove(in_folder(folder, name), ignored);
}

/// "data/co2.csv" -> "co2"; "train-images-idx3-ubyte.gz" -> "train-images-idx3-ubyte"; "-" -> "stdin".
std::string stem_of(const std::string& data_file) {
  if (data_file == "-") return "stdin";
  fs::path name = fs::path(data_file).filename();
  if (name.extension() == ".gz") name = name.stem();
  const std::string stem = name.stem().string();
  return stem.empty() ? "run" : stem;
}

}  // namespace

bool holds_run(const std::string& folder) {
  std::error_code ignored;
  for (const char* name : kFiles)
    if (fs::exists(in_folder(folder, name), ignored)) return true;
  return fs::exists(member_folder(folder, 0), ignored);
}

RunFolder folder_for_run(const Arguments& args, const std::string& data_file) {
  std::error_code ignored;
  if (args.has("out")) {
    const std::string folder = args.text("out");
    if (folder.empty() || (fs::exists(folder, ignored) && !fs::is_directory(folder, ignored)))
      throw Error(Code::usage_bad_value, {.where = "--out",
                                          .what = fmt::format("'{}' is not a folder", folder),
                                          .expected = "a folder for the run, new or empty"});
    if (holds_run(folder) && !args.has("force"))
      throw Error(Code::usage_conflict,
                  {.where = "--out",
                   .what = fmt::format("'{}' holds a run already", folder),
                   .hint = fmt::format("--force replaces it, carousel resume {} goes on with it",
                                       base::shell_word(folder))});
    return {folder, ""};
  }
  const std::string wanted = in_folder("runs", stem_of(data_file));
  if (args.has("force") || !holds_run(wanted)) return {wanted, ""};
  int number = 2;
  while (holds_run(fmt::format("{}-{}", wanted, number))) ++number;
  return {fmt::format("{}-{}", wanted, number), wanted};
}

void make_folder(const std::string& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    throw Error(
        Code::resource_io,
        {.where = folder,
         .what = "this folder cannot be made",
         .got = failed.message(),
         .hint = "--out DIR names another; runs/ is made in the folder that the program was started in"});
}

void open_run_folder(const std::string& folder) {
  make_folder(folder);
  std::error_code ignored;
  remove_files(folder);
  // Whatever their numbers: a kill amid this leaves some, and none may be taken for one of the new run.
  const std::string members = in_folder(folder, training::kMembersFolder);
  std::vector<std::string> of_members;
  for (const fs::directory_entry& entry : fs::directory_iterator(members, ignored))
    if (entry.is_directory(ignored)) of_members.push_back(entry.path().string());
  for (const std::string& member : of_members) {
    remove_files(member);
    fs::remove(member, ignored);  // where nothing else is in it
  }
  fs::remove(members, ignored);
  clear_plots(folder);
}

void clear_plots(const std::string& folder) {
  const fs::path plots = in_folder(folder, "plots");
  std::error_code ignored;
  std::vector<fs::path> pictures;
  for (const fs::directory_entry& entry : fs::directory_iterator(plots, ignored))
    if (entry.path().extension() == ".svg" || entry.path().extension() == ".png") pictures.push_back(entry);
  for (const fs::path& picture : pictures) fs::remove(picture, ignored);
  fs::remove(plots, ignored);
}

NamedModel find_model(const std::string& word) {
  std::error_code ignored;
  if (!fs::is_directory(word, ignored)) {
    const std::string folder = fs::path(word).parent_path().string();
    const bool in_run = fs::exists(fs::path(folder) / "run.toml", ignored);
    return {word, in_run ? (folder.empty() ? "." : folder) : ""};
  }
  const std::string file = in_folder(word, training::kModelFile);
  if (!fs::exists(file, ignored)) {
    const std::string settings = in_folder(word, "run.toml");
    const bool started = fs::exists(settings, ignored);
    throw Error(
        Code::model_missing_file,
        {.where = word,
         .what = "this folder holds no model.safetensors",
         .hint = !started ? "a run folder is made by carousel train"
                 : training::holds_checkpoint(word) || training::holds_checkpoint(member_folder(word, 0))
                     ? "the run was stopped before its first epoch was complete; carousel resume " +
                           base::shell_word(word)
                     : "the run was stopped before its first checkpoint; carousel train " +
                           base::shell_word(settings) + " starts it anew"});
  }
  return {file, word};
}

void check_free(const std::string& file, const std::string& flag, const Arguments& args) {
  std::error_code ignored;
  if (file == "-" || args.has("force")) return;
  if (fs::is_directory(file, ignored))
    throw Error(Code::usage_bad_value,
                {.where = flag, .what = fmt::format("'{}' is a folder", file), .expected = "a file"});
  if (fs::is_regular_file(file, ignored))  // devices and pipes are written to, not replaced
    throw Error(Code::usage_conflict,
                {.where = flag,
                 .what = fmt::format("'{}' exists already", file),
                 .hint = fmt::format("--force replaces it, {} FILE writes another", flag)});
}

}  // namespace carousel::cli
