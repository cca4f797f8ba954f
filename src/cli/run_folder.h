// The run folder: how it is named, what stands in it, and that nothing in it is overwritten unasked.
#pragma once

#include <string>

#include "carousel/model.h"
#include "cli/option.h"
#include "train/folder.h"

namespace carousel::cli {

/// Whether a folder holds (part of) a run.
bool holds_run(const std::string& folder);

/// The folder of a new run: --out, or runs/NAME of the data with a number where that is taken; `taken` is
/// then the name without number, for the user to know. Throws usage_conflict when --out holds a run and
/// --force was not given, or is not a folder.
struct RunFolder {
  std::string path, taken;
};
RunFolder folder_for_run(const Arguments& args, const std::string& data_file);

/// Makes the folder where it is not there. Throws resource_io.
void make_folder(const std::string& folder);

/// Makes the folder; the files of a run that is replaced are removed. Throws resource_io.
void open_run_folder(const std::string& folder);

/// Removes the pictures in `folder`/plots, and that folder when nothing else is in it.
void clear_plots(const std::string& folder);

using training::in_folder;
using training::member_folder;

/// A model as named on the command line: a file, or a run folder that holds model.safetensors.
struct NamedModel {
  std::string file;
  std::string folder;  ///< "" for a file outside of a run folder
};
NamedModel find_model(const std::string& word);

/// Throws usage_conflict when the file that `flag` names exists and --force was not given; "-" is always
/// free, and so are devices.
void check_free(const std::string& file, const std::string& flag, const Arguments& args);

}  // namespace carousel::cli
