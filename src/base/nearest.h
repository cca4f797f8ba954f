// The nearest known word to a misspelt one, for hints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace carousel::base {

/// The word of `known` with the smallest edit distance to `word` (at most a third of its length, or 2 where
/// that is more, and never all of it), or "".
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// "did you mean 'x'?" when there is a near word, otherwise "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

/// "did you mean 'x'?" when there is a near word, otherwise "known: a, b, c".
std::string suggest(std::string_view word, const std::vector<std::string>& known);

}  // namespace carousel::base
