// The shapes of outputs and targets, compared before anything runs.
#include "train/fit.h"

#include <fmt/format.h>

#include "carousel/error.h"

namespace carousel::training {
namespace {

[[noreturn]] void misfit(std::string what, std::string expected, std::string got, std::string hint) {
  throw Error(Code::usage_shape, {.where = "train",
                                  .what = std::move(what),
                                  .expected = std::move(expected),
                                  .got = std::move(got),
                                  .hint = std::move(hint)});
}

}  // namespace

void check_fit(layers::Flow output, const TargetShape& target, int longest, const TrainOptions& resolved) {
  const bool binary = *resolved.loss == Loss::binary_cross_entropy;
  if (target.classes > 0 && binary && output.features != 1)
    misfit("binary_cross_entropy of classes takes one output", "1", std::to_string(output.features),
           "give the last layer units = 1");
  if (target.classes > 0 && !binary && output.features < target.classes)
    misfit("the last layer puts out fewer numbers than there are classes", std::to_string(target.classes),
           std::to_string(output.features), fmt::format("give the last layer units = {}", target.classes));
  if (target.classes == 0 && output.features != target.values)
    misfit("the last layer puts out another number of values than the targets have",
           std::to_string(target.values), std::to_string(output.features),
           fmt::format("give the last layer units = {}", target.values));
  if (resolved.loss_at == LossAt::last || longest <= 1 || output.sequence == target.every_step) return;
  if (output.sequence)
    misfit("the network puts out every step, the targets are one for each sequence", "the last step",
           "every step", "let the last recurrent layer return \"last\", or set train.loss_at = \"last\"");
  misfit("the network puts out the last step, there are targets at every step", "every step", "the last step",
         "let every layer return \"sequence\", or set train.loss_at = \"last\"");
}

const Prepared& check_parts(const Prepared& data) {
  if (!data.train) throw Error(Code::data_empty, {.where = "train", .what = "there is no training part"});
  return data;
}

}  // namespace carousel::training
