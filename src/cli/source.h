// Source: settings with the data that they name, prepared; and the confession of what was guessed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/config.h"

namespace carousel::cli {

struct Source {
  Config config;
  std::shared_ptr<const Prepared> data;  ///< null until prepare_source
};

/// Settings for a command's first argument: a settings file (.toml), a run folder, or data; "" for flags
/// alone.
Source open_source(const std::string& word, const Arguments& args);

/// Reads and prepares the data, and fills what was guessed into the settings. Throws data_*, usage_*.
void prepare_source(Source& source);

/// The network for this data, its output as wide as targets and loss want it.
ModelSpec spec_for(const Source& source);

/// Throws usage_conflict when the loss is of probabilities, and targets as they are prepared lie outside [0,
/// 1].
void check_targets(const Source& source);

/// What a model stores of its data.
ModelNotes notes_for(const Prepared& data);

/// Everything that was not said by the user: those of the data, the network, the loss.
std::vector<Guess> guesses_of(const Source& source);
/// Says what the data is and what was guessed, each with the flag that overrides it.
void confess(const Source& source, Terminal& terminal);
/// Throws usage_missing when something was guessed (--strict).
void refuse_guesses(const Source& source);

/// "lstm(50) - dropout(0.2) - dense(1)": a network in one line.
std::string outline(const ModelSpec& spec);

/// 12345678 as "12,345,678".
std::string grouped(std::int64_t number);
/// 1, "window" as "1 window"; 1200 as "1,200 windows".
std::string counted(std::int64_t number, const std::string& thing);
/// A word as a POSIX shell reads it back, in quotes where it must be.
std::string shell_word(const std::string& word);

}  // namespace carousel::cli
