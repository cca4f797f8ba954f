// Options that several commands take.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "cli/option.h"

namespace carousel::cli {

extern const Option kQuiet, kJson, kForce, kThreads, kSettings, kPlots, kRequireSkill;
/// Arrays that stand beside the data.
extern const Option kTarget, kLengths, kMask;

/// --out.
Option out_option(const std::string& value, const std::string& doc);

/// How a CSV is read, for commands that read data for a model that is trained already.
std::vector<Option> reading_options();

std::vector<Option> join(std::initializer_list<std::vector<Option>> parts);

}  // namespace carousel::cli
