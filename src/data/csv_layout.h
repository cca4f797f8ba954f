// CsvLayout: how a CSV file is to be read: said by the options or guessed from its first rows, and confessed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "carousel/table.h"
#include "data/csv_text.h"
#include "data/time_format.h"

namespace carousel::data {

struct CsvLayout {
  char delimiter = ',';
  char decimal = '.';
  bool header = false;
  std::string_view body;  ///< the text behind the header
  bool plain = false;  ///< no field of the body can be quoted: a line is a record, and it may be cut at any
  std::vector<std::string> fields;  ///< names of all fields, "1", "2", ... without a header
  std::vector<int> columns;  ///< the fields that are read as numbers, in the order of the table's columns
  int time_field = -1;
  std::optional<TimeFormat> time_format;
  Step step;
  bool newest_first = false;
  std::vector<Guess> guesses;
  std::vector<std::string> warnings;

  bool one_column() const { return fields.size() == 1; }
};

/// Errors: usage_bad_value, usage_conflict for options; data_empty, data_bad_quote, data_unknown_column.
/// Sets source.settings.
CsvLayout find_layout(CsvText& source, const CsvOptions& options);

}  // namespace carousel::data
