// The program's entry point: hands the arguments to the command line and returns its exit status.
#include "cli/program.h"

int main(int count, char** words) {
  return carousel::cli::run_program(count, words);
}
