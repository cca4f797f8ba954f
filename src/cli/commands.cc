// The list of commands.
#include "cli/commands.h"

namespace carousel::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      init_command(),        train_command(),   resume_command(),       evaluate_command(),
      compare_command(),     predict_command(), forecast_command(),     inspect_command(),
      cells_command(),       synth_command(),   gradcheck_command(),    gradflow_command(),
      show_config_command(), bench_command(),   explain_code_command(), help_command()};
  return all;
}

}  // namespace carousel::cli
