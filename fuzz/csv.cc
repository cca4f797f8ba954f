// Fuzzes CSV: its layout guessed, its times and numbers read, cut into windows, and every window gathered.
#include "carousel/error.h"
#include "parts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carousel;
  constexpr Missing kMissing[] = {Missing::error, Missing::forward, Missing::linear, Missing::mask};
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    // By the size, so that the corpus is of plain CSV files and any change of length tries another one.
    const Table table = parse_csv(text, {.missing = kMissing[size % std::size(kMissing)]});
    table.next_labels(3);
    fuzz::gather_parts(windows(table, {.target = table.names().front()}));
  } catch (const Error& error) {
    error.what();
  }
  return 0;
}
