// Source: settings with the data that they name, prepared; and the confession of what was guessed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/config.h"

namespace carousel::cli {

using base::counted;
using base::grouped;
using base::shell_word;

struct Source {
  Config config;
  std::shared_ptr<const Prepared> data;  ///< null until prepare_source
};

/// Settings for a command's first argument: a settings file (.toml), a run folder, or data; "" for flags
/// alone.
Source open_source(const std::string& word, const Arguments& args);

/// Reads and prepares the data, and fills what was guessed into the settings. Throws data_*, usage_*.
void prepare_source(Source& source);

/// Whether the run makes a forecaster: a table's values, from a linear start or by several members. Throws
/// usage_conflict where [forecast] was set for data or a loss that it is not for.
bool makes_forecaster(const Source& source);

/// The network for this data, its output as wide as targets and loss want it.
ModelSpec spec_for(const Source& source);

/// Throws usage_conflict when the loss is of probabilities, and targets as they are prepared lie outside [0,
/// 1].
void check_targets(const Source& source);

/// What a model stores of its data.
ModelNotes notes_for(const Prepared& data);

/// What the sizes of the parts count: "rows", "windows" or "sequences".
const char* unit_of(const Prepared& data);
/// Everything that was not said by the user: those of the data, the network, the loss.
std::vector<Guess> guesses_of(const Source& source);
/// Says what the data is and what was guessed, each with the flag that overrides it; --json: the same as the
/// event "data".
void confess(const Source& source, Terminal& terminal);
/// What --dry-run says of the network (--json: the event "dry_run"), and that nothing was done.
void say_dry_run(const Source& source, const std::string& folder, Terminal& terminal);
/// Throws usage_missing when something was guessed (--strict).
void refuse_guesses(const Source& source);

/// "lstm(50) - dropout(0.2) - dense(1)": a network in one line.
std::string outline(const ModelSpec& spec);
/// "linear autoregression + a x mean of 5 networks".
std::string outline(const ForecasterOptions& forecast, bool validates);

}  // namespace carousel::cli
