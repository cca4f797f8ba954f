// scores.json: what a run keeps of its verdict, for comparisons with other runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/score.h"

namespace carousel::cli {

/// A word that two parts of data share when their true values (classes) are the same, in the same order.
std::string fingerprint(const std::vector<double>& values);
std::string fingerprint(const std::vector<std::int32_t>& classes);

/// Writes Verdict::json, the fingerprint of what was scored, and the seconds of training, null where they are
/// not known. Throws resource_io.
void write_scores(const std::string& folder, const Verdict& verdict, const std::string& fingerprint,
                  std::optional<double> seconds);

/// What a run keeps; none of one that was made before there were such files, or was not concluded. Throws
/// model_damaged for a file that is none of these.
std::optional<Json> read_scores(const std::string& folder);

}  // namespace carousel::cli
