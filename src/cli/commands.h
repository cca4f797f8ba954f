// The subcommands; each returns the program's exit status and may throw Error.
#pragma once

#include "cli/option.h"

namespace carousel::cli {

int run_init(const Context& context);
int run_train(const Context& context);
int run_resume(const Context& context);
int run_evaluate(const Context& context);
int run_predict(const Context& context);
int run_forecast(const Context& context);
int run_inspect(const Context& context);
int run_synth(const Context& context);
int run_cells(const Context& context);
int run_gradcheck(const Context& context);
int run_gradflow(const Context& context);
int run_show_config(const Context& context);
int run_bench(const Context& context);
int run_explain_code(const Context& context);
int run_help(const Context& context);

}  // namespace carousel::cli
