// A file that is cut off, or whose disk fails, while the program reads it through a mapping.
#pragma once

namespace carousel::cli {

/// From now on such a file ends the program with E401, its name, and exit status 5, where the system would
/// end it with SIGBUS.
void answer_lost_files() noexcept;

}  // namespace carousel::cli
