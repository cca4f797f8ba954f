// The program: finds the command, runs it, turns errors into text and exit statuses.
#pragma once

namespace carousel::cli {

inline constexpr int kDone = 0, kCheckFailed = 1, kInterrupted = 130, kResumable = 75;

/// Runs the program with the arguments of main. Returns the exit status.
int run_program(int count, char** words) noexcept;

}  // namespace carousel::cli
