// make: chooses the layer class for a spec.
#include "layers/make.h"

#include <type_traits>

#include "layers/activation.h"
#include "layers/bidirectional.h"
#include "layers/dense.h"
#include "layers/dropout.h"
#include "layers/recurrent.h"

namespace carousel::layers {

template <class T>
std::unique_ptr<Layer<T>> make(const carousel::Layer& spec, Flow input, std::uint32_t number,
                               const std::string& where) {
  return std::visit(
      [&](const auto& s) -> std::unique_ptr<Layer<T>> {
        using S = std::decay_t<decltype(s)>;
        if constexpr (std::is_same_v<S, Recurrent>) {
          return std::make_unique<RecurrentLayer<T>>(s, input, number, where);
        } else if constexpr (std::is_same_v<S, Bidirectional>) {
          return std::make_unique<BidirectionalLayer<T>>(s, input, number, where);
        } else if constexpr (std::is_same_v<S, Dense>) {
          return std::make_unique<DenseLayer<T>>(s, input, where);
        } else if constexpr (std::is_same_v<S, Activation>) {
          return std::make_unique<ActivationLayer<T>>(activation_of(s.function, where + ".function"), input);
        } else {
          return std::make_unique<DropoutLayer<T>>(s.rate, input, number);
        }
      },
      spec);
}

template std::unique_ptr<Layer<float>> make(const carousel::Layer&, Flow, std::uint32_t, const std::string&);
template std::unique_ptr<Layer<double>> make(const carousel::Layer&, Flow, std::uint32_t, const std::string&);

}  // namespace carousel::layers
