// What a Table holds: numbers, and where in the text of the file its rows stand (labels are read from there).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "carousel/table.h"
#include "data/csv_text.h"
#include "data/time_format.h"

namespace carousel {

struct Table::Data {
  static constexpr std::int64_t kMarkEvery = 256;

  std::string file;
  std::vector<std::string> names;
  std::int64_t rows = 0;
  std::vector<float> values;              // [rows, names.size()]
  std::vector<std::uint64_t> incomplete;  // a bit a row; empty when no row is incomplete
  std::string time_name;
  std::optional<data::TimeFormat> time_format;
  data::Step step;
  std::vector<Guess> guesses;
  std::vector<std::string> warnings;

  // Where rows stand: the file's own order, the place of every kMarkEvery-th record. Labels of a million rows
  // would take more memory than their numbers.
  std::shared_ptr<const data::CsvText> source;
  std::vector<const char*> marks;
  int time_field = -1;
  char delimiter = ',';
  bool one_column = false;
  bool reversed = false;
};

}  // namespace carousel
