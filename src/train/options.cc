// TrainOptions: what was left out filled in from the targets, and what does not go together refused.
#include <fmt/format.h>

#include "base/fields_json.h"
#include "carousel/error.h"
#include "carousel/train.h"
#include "optim/method.h"
#include "train/options_fields.h"

namespace carousel {
namespace {

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

}  // namespace

TrainOptions resolved(const TrainOptions& options, const TargetShape& target) {
  TrainOptions full;
  from_json(to_json(options), full, "train");  // checks every range
  full.optimizer = optim::resolved(full.optimizer);
  if (!full.loss) full.loss = target.classes > 0 ? Loss::cross_entropy : Loss::mse;
  check_loss(*full.loss, target);
  if (full.l2 > 0 && full.l2_weights.empty())
    conflict("train.l2", "it is not said which weights it is for", "set l2_weights, for instance to \"*.W\"");
  if (full.l2 == 0 && !full.l2_weights.empty())
    conflict("train.l2_weights", "there are weights named but no factor", "set l2");
  return full;
}

}  // namespace carousel
