// Prints a hash of the bits of every activation and of every cell's results on every instruction set, or,
// with the argument "trained", of a trained model on the active one; tools/check_bits compares compilers.
#include <bit>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "carousel/train.h"
#include "cells/registry.h"
#include "kernels/dispatch.h"
#include "kernels/sweep_case.h"
#include "train/toy.h"

namespace {

using namespace carousel;
using namespace carousel::kernels;

// FNV-1a.
class Hash {
 public:
  void add(std::span<const float> numbers) {
    for (const float x : numbers) {
      std::uint32_t bits;
      std::memcpy(&bits, &x, sizeof bits);
      value_ = (value_ ^ bits) * 1099511628211u;
    }
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 1469598103934665603u;
};

std::uint64_t hash_of(const Results<float>& results) {
  Hash hash;
  results.each([&](const char*, const std::vector<float>& v) { hash.add(v); });
  return hash.value();
}

void print(std::string_view what, std::string_view target, std::uint64_t hash) {
  std::printf("%-18s %-8s %016llx\n", std::string(what).c_str(), std::string(target).c_str(),
              static_cast<unsigned long long>(hash));
}

// An activation over every 4099th float of both signs.
std::uint64_t hash_of(cells::Activation f, const Target& target) {
  std::vector<float> x, y;
  for (std::uint32_t bits = 0x00800000; bits < 0x7f800000; bits += 4099)
    for (const std::uint32_t sign : {0u, 0x80000000u}) x.push_back(std::bit_cast<float>(bits | sign));
  y.resize(x.size());
  target.table->activate(f, x.data(), y.data(), x.size());
  Hash hash;
  hash.add(y);
  return hash.value();
}

// All that a training computes: both directions, lengths, dropout, a loss of logits, clipping, Adam.
std::uint64_t hash_of_trained() {
  const ModelSpec spec{{Bidirectional{.returns = Returns::sequence,
                                      .forward = PeepholeLstm{.units = 19},
                                      .backward = PeepholeLstm{.units = 19}},
                        Dropout{.rate = 0.2f}, Gru{.units = 21}, Dense{.units = 2}}};
  Trainer trainer(spec, testing::prepared(testing::signs(90, 12, 1)),
                  {.optimizer = {.rate = 0.01}, .batch = 13, .steps = 20, .clip_norm = 0.5});
  while (trainer.step()) {
  }
  Hash hash;
  const Model model = trainer.current();
  for (const auto& tensor : model.tensors()) hash.add(tensor.values);
  return hash.value();
}

}  // namespace

int main(int count, char** words) {
  if (count == 2 && std::string_view(words[1]) == "trained") {
    print("trained", active_target().name, hash_of_trained());
    return 0;
  }
  for (const auto& [name, f] : EnumNames<cells::Activation>::names)
    for (const std::string_view target : available_targets())
      print(name, target, hash_of(f, find_target(target)));
  for (int kind = 0; kind < cells::kKinds; ++kind)
    for (const std::string_view target : available_targets()) {
      const Case c{.cell = static_cast<cells::Kind>(kind), .T = 9, .B = 37, .I = 21, .H = 43, .lengths = {}};
      print(enum_name(c.cell), target,
            hash_of(run_case<float>(c, make_inputs(c), {.target = std::string(target)})));
    }
}
