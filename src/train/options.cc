// TrainOptions: what was left out filled in from the data, and what does not go together refused.
#include <fmt/format.h>

#include <algorithm>

#include "base/fields_json.h"
#include "carousel/error.h"
#include "carousel/train.h"
#include "optim/method.h"
#include "train/batches.h"
#include "train/options_fields.h"

namespace carousel {
namespace {

constexpr std::int64_t kFewestEpochs = 20, kMostGuessed = 200, kMostEpochs = 1000000, kGuessedSteps = 2000;

[[noreturn]] void conflict(std::string where, std::string what, std::string hint) {
  throw Error(Code::usage_conflict,
              {.where = std::move(where), .what = std::move(what), .hint = std::move(hint)});
}

void check_loss(Loss loss, const TargetShape& target) {
  if (target.classes == 0) return;
  if (loss == Loss::mse || loss == Loss::mae)
    conflict("train.loss", fmt::format("the targets are classes, '{}' is for values", enum_name(loss)),
             "use loss = \"cross_entropy\"");
  if (loss == Loss::binary_cross_entropy && target.classes != 2)
    conflict("train.loss",
             fmt::format("there are {} classes, 'binary_cross_entropy' tells 2 apart", target.classes),
             "use loss = \"cross_entropy\"");
}

/// A short series needs many passes.
int guessed_epochs(const TrainOptions& options, std::int64_t sequences) {
  const std::int64_t steps = training::batches_of(options, sequences);
  const auto epochs_for = [&](std::int64_t wanted) { return (wanted + steps - 1) / steps; };
  return static_cast<int>(std::min(
      std::max({kFewestEpochs, std::min(epochs_for(kGuessedSteps), kMostGuessed), epochs_for(options.steps)}),
      kMostEpochs));
}

}  // namespace

TrainOptions resolved(const TrainOptions& options, const TargetShape& target, std::int64_t sequences) {
  TrainOptions full;
  from_json(to_json(options), full, "train");  // checks every range
  full.optimizer = optim::resolved(full.optimizer);
  if (!full.loss) full.loss = target.classes > 0 ? Loss::cross_entropy : Loss::mse;
  if (!full.epochs && sequences > 0) full.epochs = guessed_epochs(full, sequences);
  check_loss(*full.loss, target);
  if (full.l2 > 0 && full.l2_weights.empty())
    conflict("train.l2", "it is not said which weights it is for", "set l2_weights, for instance to \"*.W\"");
  if (full.l2 == 0 && !full.l2_weights.empty())
    conflict("train.l2_weights", "there are weights named but no factor", "set l2");
  return full;
}

}  // namespace carousel
