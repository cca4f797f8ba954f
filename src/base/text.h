// Text for people: numbers with commas, counted things, words for a shell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carousel::base {

/// 12345678 as "12,345,678".
std::string grouped(std::int64_t number);

/// 1, "window" as "1 window"; 1200 as "1,200 windows". For things whose plural ends in s.
std::string counted(std::int64_t number, std::string_view thing);

/// The shortest decimal that reads back as this number; "NaN" whatever its sign, "infinite", "-infinite".
std::string shown(double number);
/// The same of a float.
std::string shown(float number);

/// "a, b, c"; of more than ten names the first ten and how many there are in all.
std::string listed(const std::vector<std::string>& names);

/// Rows of cells as lines of columns, each as wide as its widest cell, two spaces apart: the first `words`
/// columns begin at their left edge, the others end at their right one. Nothing stands behind a line's last
/// cell.
std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t words);

/// A word as a POSIX shell reads it back, in quotes where it must be.
std::string shell_word(std::string_view word);

}  // namespace carousel::base
