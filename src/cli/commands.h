// The subcommands, each with its help, arguments and flags, beside the function that runs it.
#pragma once

#include "cli/option.h"

namespace carousel::cli {

Command init_command();
Command train_command();
Command resume_command();
Command evaluate_command();
Command compare_command();
Command predict_command();
Command forecast_command();
Command inspect_command();
Command cells_command();
Command synth_command();
Command gradcheck_command();
Command gradflow_command();
Command show_config_command();
Command bench_command();
Command explain_code_command();
Command help_command();

}  // namespace carousel::cli
