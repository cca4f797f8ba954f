// The program: finds the command, runs it, turns errors into text and exit statuses.
#pragma once

#include <string>
#include <vector>

namespace carousel::cli {

inline constexpr int kDone = 0, kCheckFailed = 1, kInterrupted = 130, kResumable = 75;

/// `words` are the arguments without the program's name. Returns the exit status; never throws.
int run_program(const std::vector<std::string>& words);

}  // namespace carousel::cli
