// The names of what a training run writes into its folder.
#pragma once

#include <filesystem>
#include <string>

namespace carousel::training {

inline constexpr const char* kCheckpointFile = "last.safetensors";
inline constexpr const char* kModelFile = "model.safetensors";
inline constexpr const char* kHistoryFile = "history.csv";
inline constexpr const char* kMembersFolder = "members";  ///< of a forecaster

inline std::string in_folder(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

/// Where member `number`, from 0, of the forecaster in `folder` keeps its files.
inline std::string member_folder(const std::string& folder, int number) {
  return in_folder(in_folder(folder, kMembersFolder), std::to_string(number));
}

inline bool holds_checkpoint(const std::string& folder) {
  std::error_code ignored;
  return std::filesystem::exists(in_folder(folder, kCheckpointFile), ignored);
}

}  // namespace carousel::training
