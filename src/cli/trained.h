// Trained: a model from a run folder or file, with what it knows of its data, for commands that use it.
#pragma once

#include <optional>
#include <string>

#include "carousel/data.h"
#include "carousel/forecaster.h"
#include "carousel/model.h"
#include "cli/config.h"
#include "cli/run_folder.h"
#include "cli/score.h"

namespace carousel::cli {

struct Trained {
  NamedModel named;
  Model model;                           ///< of a forecaster the first member
  std::optional<Forecaster> forecaster;  ///< where the file holds one
  Preparation preparation;
  Config config;  ///< the run's settings (defaults for a file outside of a run folder), then flags
};

/// Throws model_* for a file that is missing or damaged.
Trained open_trained(const std::string& word, const Arguments& args);
/// The same for a command that uses what the model says. Warns of a forecaster that lacks members which its
/// run asks for: it was stopped.
Trained open_trained(const Context& context);

/// How to read `file` for this model: as the run's own data was read, and as flags say.
DataOptions reading_of(const Trained& trained, const std::string& file);

/// What the trained model says of a dataset. `table` is the one of its windows, null for arrays. A forecaster
/// takes nothing but the threads of `options`.
Outputs run_trained(const Model& model, const std::optional<Forecaster>& forecaster,
                    const Preparation& preparation, const Table* table, const Dataset& part,
                    const RunOptions& options);

/// The part of carousel inspect that runs the model over a sequence.
int inspect_gates(const Context& context, const Trained& trained);

/// Throws usage_missing, with `hint`, where the data of a run came from standard input: it is read again only
/// when it is asked for.
void check_kept(const std::string& file, const std::string& where, const std::string& hint);

/// What `read` returns. What the model cannot take, or a place in a file, is the data's fault there: exit
/// status 3.
template <class Read>
auto blame_the_data(Read&& read) {
  try {
    return read();
  } catch (const Error& error) {
    const bool in_file = error.role() == Role::usage && !error.info().file.empty();
    if (error.code() == Code::model_mismatch || in_file) throw error.as(Role::data);
    throw;
  }
}

}  // namespace carousel::cli
