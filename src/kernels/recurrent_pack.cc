// RecurrentPack: weights from the order of files into the panels that the sweeps read.
#include "kernels/pack.h"
#include "kernels/recurrent.h"
#include "kernels/shape.h"

namespace carousel::kernels {
namespace {

// Weights below which handing the work to another thread costs more than it brings.
constexpr std::size_t kThreadNumbers = 16384;

// Where a sum's block starts in W (or U), -1 when x (or h) does not feed it.
struct Blocks {
  int x[kMostSums], h[kMostSums];

  explicit Blocks(cells::Kind kind) {
    const FileOrder order = file_order_of(kind);
    std::fill(x, x + kMostSums, -1);
    std::fill(h, h + kMostSums, -1);
    for (int g = 0; g < order.blocks_x; ++g) x[order.sum_x[g]] = g;
    for (int g = 0; g < order.blocks_h; ++g) h[order.sum_h[g]] = g;
  }
};

}  // namespace

template <class T>
RecurrentPack<T>::RecurrentPack(const RecurrentConfig& config) : RecurrentPack(config, default_table<T>()) {}

template <class T>
RecurrentPack<T>::RecurrentPack(const RecurrentConfig& config, const Table<T>& table)
    : config_(config),
      table_(&table),
      shape_(shape_of(config.cell)),
      padded_(round_up(config.units, table.lanes)),
      inputs_padded_(round_up(config.inputs, table.lanes)) {}

template <class T>
void RecurrentPack<T>::reserve() {
  bias_.resize(count(shape_.sums, padded_));
  per_unit_.resize(count(shape_.per_unit, padded_));
  forward_x_.resize(count(shape_.from_x.size() * config_.inputs, padded_));
  backward_x_.resize(count(shape_.from_x.size() * config_.units, inputs_padded_));
  for (int phase = 0; phase < shape_.phases; ++phase) {
    forward_h_[phase].resize(count(shape_.from_h[phase].size() * config_.units, padded_));
    backward_h_[phase].resize(count(shape_.from_h[phase].size() * config_.units, padded_));
  }
}

template <class T>
void RecurrentPack<T>::pack(const CellWeights<T>& weights, Team* team) {
  reserve();
  const int H = config_.units, I = config_.inputs, L = table_->lanes, panel = table_->panel;
  const Blocks blocks(config_.cell);

  bias_.zero();
  for (int sum = 0; sum < shape_.sums; ++sum) {
    T* to = bias_.data() + count(sum, padded_);
    if (weights.b && blocks.x[sum] >= 0)
      for (int u = 0; u < H; ++u) to[u] += weights.b[blocks.x[sum] * H + u];
    if (weights.bu && blocks.h[sum] >= 0)
      for (int u = 0; u < H; ++u) to[u] += weights.bu[blocks.h[sum] * H + u];
  }
  for (int j = 0; j < shape_.per_unit; ++j)
    std::copy_n(weights.p + count(j, H), H, per_unit_.data() + count(j, padded_));

  // Forward: for each unit vector and each k, one vector of each sum of the range.
  const auto pack_forward = [&](const T* from, int depth, const cells::Range& range, const int* block, T* to,
                                int begin, int end) {
    const int width = range.size() * L;
    for (int u = begin; u < end; ++u)
      for (int sum = 0; sum < range.size(); ++sum)
        transpose(from + count(block[range.begin + sum] * H + u * L, depth), depth, std::min(L, H - u * L),
                  depth, to + count(u * width, depth) + sum * L, width);
  };
  // Backward: row k is a unit of a sum, columns are what the gradient is wanted of.
  const auto pack_backward = [&](const T* from, int columns, const cells::Range& range, const int* block,
                                 T* to, int begin, int end) {
    const auto row = [&](int k) { return from + count(block[range.begin + k / H] * H + k % H, columns); };
    pack_panels<T>(row, range.size() * H, columns, L, panel, begin, end, to);
  };
  const auto body = [&](const Team::Worker& worker) {
    const auto part = [&](int total) {
      return std::pair(total * worker.index / worker.count, total * (worker.index + 1) / worker.count);
    };
    const auto [u0, u1] = part(padded_ / L);
    const auto [p0, p1] = part((padded_ / L + panel - 1) / panel);
    const auto [i0, i1] = part((inputs_padded_ / L + panel - 1) / panel);
    pack_forward(weights.W, I, shape_.from_x, blocks.x, forward_x_.data(), u0, u1);
    pack_backward(weights.W, I, shape_.from_x, blocks.x, backward_x_.data(), i0, i1);
    for (int phase = 0; phase < shape_.phases; ++phase) {
      pack_forward(weights.U, H, shape_.from_h[phase], blocks.h, forward_h_[phase].data(), u0, u1);
      pack_backward(weights.U, H, shape_.from_h[phase], blocks.h, backward_h_[phase].data(), p0, p1);
    }
  };
  if (team && count(shape_.sums * H, I + H) >= kThreadNumbers)
    team->run(team->threads(), body);
  else
    body(Team::Worker{});
}

template <class T>
SweepSize RecurrentPack<T>::size(int steps, std::int64_t frames) const {
  int from_h = 0;
  for (int phase = 0; phase < shape_.phases; ++phase) from_h += shape_.from_h[phase].size();
  const double units = config_.units;
  const int panel = table_->lanes * table_->panel;
  return {.steps = steps,
          .frames = frames,
          .flop_x = 2 * units * shape_.from_x.size() * config_.inputs,
          .flop_h = 2 * units * from_h * units,
          .phases = shape_.phases,
          .lanes = table_->lanes,
          .panels = (padded_ + panel - 1) / panel};
}

template <class T>
std::array<int, 1 + kMostPhases> RecurrentPack<T>::gradient_features() const {
  return {config_.inputs, config_.units, shape_.phases > 1 ? config_.units : 0};
}

template class RecurrentPack<float>;
template class RecurrentPack<double>;

}  // namespace carousel::kernels
