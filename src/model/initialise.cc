// Initialisers: draws in double, so that float and double networks of one seed start from the same numbers.
#include "model/initialise.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/nearest.h"
#include "base/random.h"
#include "carousel/error.h"

namespace carousel::model {
namespace {

struct Initialiser {
  std::string name;
  double value = 1;  // of normal(sd), uniform(a), constant(v), orthogonal(gain)
};

const std::vector<std::string>& plain_names() {
  static const std::vector<std::string> names = {"zeros",      "ones",      "glorot_uniform", "glorot_normal",
                                                 "he_uniform", "he_normal", "orthogonal"};
  return names;
}

Initialiser parse(const std::string& text, const std::string& where) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos) {
    for (const std::string& name : plain_names())
      if (name == text) return {text};
  } else if (text.back() == ')') {
    Initialiser result{text.substr(0, open)};
    const char* first = text.data() + open + 1;
    const char* last = text.data() + text.size() - 1;
    const auto [end, error] = std::from_chars(first, last, result.value);
    const bool scaled = result.name == "orthogonal";
    const bool named =
        scaled || result.name == "normal" || result.name == "uniform" || result.name == "constant";
    const bool in_range = result.name == "constant" || (scaled ? result.value > 0 : result.value >= 0);
    if (named && error == std::errc() && end == last && std::isfinite(result.value) && in_range)
      return result;
  }
  std::vector<std::string> known = plain_names();
  known.insert(known.end(), {"orthogonal(gain)", "normal(sd)", "uniform(a)", "constant(v)"});
  throw Error(Code::usage_bad_value, {.where = where,
                                      .what = fmt::format("'{}' is not an initialiser", text),
                                      .hint = base::suggest(text, known)});
}

// Modified Gram-Schmidt on the rows of q [vectors, length], some rows at a time: side by side, the sums of
// their products do not wait for each other. Each row's own operations and their order are those of one row
// after the other.
void orthonormalise(std::size_t vectors, std::size_t length, std::vector<double>& q) {
  constexpr std::size_t kLanes = 32;
  std::vector<double> lanes(length * kLanes);
  const auto subtract_projections = [&](const double* u) {
    double dot[kLanes] = {};
    for (std::size_t k = 0; k < length; ++k)
      for (std::size_t l = 0; l < kLanes; ++l) dot[l] += u[k] * lanes[k * kLanes + l];
    for (std::size_t k = 0; k < length; ++k)
      for (std::size_t l = 0; l < kLanes; ++l) lanes[k * kLanes + l] -= dot[l] * u[k];
  };
  for (std::size_t first = 0; first < vectors; first += kLanes) {
    const std::size_t count = std::min(kLanes, vectors - first);
    double* const rows = q.data() + first * length;
    for (std::size_t l = 0; l < count; ++l)
      for (std::size_t k = 0; k < length; ++k) lanes[k * kLanes + l] = rows[l * length + k];
    for (std::size_t i = 0; i < first; ++i) subtract_projections(q.data() + i * length);
    for (std::size_t l = 0; l < count; ++l) {
      double* const v = rows + l * length;
      for (std::size_t k = 0; k < length; ++k) v[k] = lanes[k * kLanes + l];
      const double norm = std::sqrt(std::inner_product(v, v + length, v, 0.0));
      for (std::size_t k = 0; k < length; ++k) v[k] /= norm;
      subtract_projections(v);  // from the lanes behind it; nobody reads the others any more
    }
  }
}

// Orthonormal rows or columns, whichever are fewer: modified Gram-Schmidt leaves R's diagonal positive, which
// is the sign that makes Q Haar-distributed.
void orthogonal(const Random& random, std::size_t rows, std::size_t columns, std::span<double> out) {
  const std::size_t vectors = std::min(rows, columns), length = std::max(rows, columns);
  std::vector<double> q(vectors * length);
  for (std::size_t i = 0; i < q.size(); ++i) q[i] = random.normal(i);
  orthonormalise(vectors, length, q);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c)
      out[r * columns + c] = rows <= columns ? q[r * length + c] : q[c * length + r];
}

}  // namespace

void check_initialiser(const layers::TensorSpec& spec, const std::string& where) {
  const Initialiser init = parse(spec.init, where);
  if (spec.shape.size() < 2 &&
      (init.name == "orthogonal" || init.name.starts_with("glorot") || init.name.starts_with("he_")))
    throw Error(Code::usage_bad_value,
                {.where = where,
                 .what = fmt::format("'{}' is for matrices, this is a vector", spec.init),
                 .hint = "zeros, normal(sd), uniform(a) or constant(v)"});
}

void initialise(const layers::TensorSpec& spec, std::uint64_t seed, std::uint32_t index,
                std::span<double> values) {
  const Initialiser init = parse(spec.init, spec.name);
  const std::size_t blocks = static_cast<std::size_t>(spec.blocks), size = values.size() / blocks;
  const std::size_t columns = spec.shape.size() == 2 ? static_cast<std::size_t>(spec.shape[1]) : 1;
  const std::size_t rows = size / columns;
  const double fan_in = static_cast<double>(columns), fan_out = static_cast<double>(rows);
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::span<double> out = values.subspan(block * size, size);
    const Random random(seed, Random::Use::initialise, index, static_cast<std::uint32_t>(block));
    const auto fill = [&](auto&& draw) {
      for (std::size_t i = 0; i < size; ++i) out[i] = draw(i);
    };
    const auto uniform = [&](double a) {
      fill([&](std::size_t i) { return (2 * random.uniform_double(i) - 1) * a; });
    };
    const auto normal = [&](double sd) { fill([&](std::size_t i) { return random.normal(i) * sd; }); };
    const auto constant = [&](double v) { fill([&](std::size_t) { return v; }); };
    if (static_cast<int>(block) == spec.forget_block)
      constant(spec.forget_value);
    else if (init.name == "zeros")
      constant(0);
    else if (init.name == "ones")
      constant(1);
    else if (init.name == "constant")
      constant(init.value);
    else if (init.name == "normal")
      normal(init.value);
    else if (init.name == "uniform")
      uniform(init.value);
    else if (init.name == "glorot_uniform")
      uniform(std::sqrt(6 / (fan_in + fan_out)));
    else if (init.name == "glorot_normal")
      normal(std::sqrt(2 / (fan_in + fan_out)));
    else if (init.name == "he_uniform")
      uniform(std::sqrt(6 / fan_in));
    else if (init.name == "he_normal")
      normal(std::sqrt(2 / fan_in));
    else
      orthogonal(random, rows, columns, out);
    if (init.name == "orthogonal" && init.value != 1)
      for (double& entry : out) entry *= init.value;
  }
}

}  // namespace carousel::model
