// Optimisers by name: defaults of each kind, and which settings it has.
#include "optim/method.h"

#include <fmt/format.h>

#include <bit>
#include <string_view>

#include "carousel/error.h"

namespace carousel::optim {
namespace {

using Kinds = unsigned;  // a bit for each OptimizerKind

constexpr Kinds bit(OptimizerKind kind) {
  return 1u << static_cast<unsigned>(kind);
}

struct Setting {
  std::string_view name;
  std::optional<double> Optimizer::*value;
  double standard;
  Kinds kinds;
};

constexpr std::string_view name_of(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::sgd:
      return "sgd";
    case OptimizerKind::rmsprop:
      return "rmsprop";
    case OptimizerKind::adam:
      return "adam";
    case OptimizerKind::adamw:
      return "adamw";
  }
  return "?";
}

}  // namespace

Optimizer resolved(const Optimizer& options) {
  using enum OptimizerKind;
  const Setting settings[] = {
      {"momentum", &Optimizer::momentum, 0.0, bit(sgd)},
      {"beta1", &Optimizer::beta1, 0.9, bit(adam) | bit(adamw)},
      {"beta2", &Optimizer::beta2, 0.999, bit(adam) | bit(adamw)},
      {"rho", &Optimizer::rho, 0.9, bit(rmsprop)},
      {"epsilon", &Optimizer::epsilon, 1e-8, bit(rmsprop) | bit(adam) | bit(adamw)},
      {"weight_decay", &Optimizer::weight_decay, 0.01, bit(adamw)},
  };
  Optimizer full = options;
  if (!full.rate) full.rate = full.kind == sgd ? 0.01 : 0.001;
  for (const Setting& setting : settings) {
    std::optional<double>& value = full.*setting.value;
    if (setting.kinds & bit(full.kind)) {
      if (!value) value = setting.standard;
    } else if (value) {
      throw Error(
          Code::usage_conflict,
          {.where = fmt::format("train.optimizer.{}", setting.name),
           .what = fmt::format("{} has no {}", name_of(full.kind), setting.name),
           .hint = setting.name == "weight_decay"
                       ? "use optimizer.kind = \"adamw\", or train.l2, or l2_w of a layer"
                       : fmt::format("it is a setting of {}",
                                     name_of(static_cast<OptimizerKind>(std::countr_zero(setting.kinds))))});
    }
  }
  return full;
}

std::unique_ptr<Method> make_method(const Optimizer& o) {
  switch (o.kind) {
    case OptimizerKind::sgd:
      return make_sgd(o.momentum.value());
    case OptimizerKind::rmsprop:
      return make_rmsprop(o.rho.value(), o.epsilon.value());
    case OptimizerKind::adam:
      return make_adam(o.beta1.value(), o.beta2.value(), o.epsilon.value());
    case OptimizerKind::adamw:
      return make_adamw(o.beta1.value(), o.beta2.value(), o.epsilon.value(), o.weight_decay.value());
  }
  return nullptr;
}

}  // namespace carousel::optim
