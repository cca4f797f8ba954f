// Whether the labels of a time column stand in order, and which of them repeat or are missing.
#pragma once

#include "data/csv_layout.h"
#include "data/table_data.h"

namespace carousel::data {

/// Reads the labels of all rows and throws data_out_of_order at the first one that runs against
/// layout.newest_first; a clock that is set back by an hour at most, labels that cannot be read, labels that
/// repeat and gaps in regular times become warnings of `table`. `order_said`: whether the order was set, not
/// found.
void check_times(const CsvText& source, const CsvLayout& layout, bool order_said, Table::Data& table);

}  // namespace carousel::data
