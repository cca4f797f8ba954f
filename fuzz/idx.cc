// Fuzzes IDX files, gzipped or not: read and prepared as sequences, targets, lengths and mask.
#include "arrays.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carousel::fuzz;
  static const InputFile input("ubyte");
  input.write(data, size);
  use_everywhere(input.path(), scale_for(size));
  return 0;
}
