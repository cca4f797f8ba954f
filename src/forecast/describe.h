// How [forecast] describes itself: names, documentation and ranges of ForecasterOptions.
#pragma once

#include <array>
#include <utility>

#include "base/fields.h"
#include "carousel/forecaster.h"
#include "model/spec_json.h"

namespace carousel {

template <>
struct EnumNames<Start> {
  static constexpr std::array<std::pair<std::string_view, Start>, 2> names{
      {{"linear", Start::linear}, {"none", Start::none}}};
};

template <class Visitor>
void describe(ForecasterOptions& s, Visitor&& visit) {
  visit(Field{.name = "start",
              .doc = "forecast = start + a * networks, a in [0, 1] chosen on the validation part; linear: a "
                     "ridge linear autoregression"},
        s.start);
  visit(Field{.name = "members",
              .doc = "networks, trained from different seeds, whose mean is the forecast",
              .low = 1,
              .high = kMaxMembers},
        s.members);
  visit(Field{.name = "share",
              .doc = "a, what the networks' part is multiplied with; auto: chosen on the validation part",
              .low = 0,
              .high = 1},
        s.share);
}

}  // namespace carousel
