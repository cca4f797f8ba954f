// Fuzzes the state files of live sequences: read for a model of two layers, and put into a session.
#include "carousel/error.h"
#include "carousel/session.h"
#include "input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carousel;
  static const fuzz::InputFile input("state.safetensors");
  static const Model model =
      Model::create({.layers = {Lstm{.units = 2, .returns = Returns::sequence}, Gru{.units = 3}}}, 2);
  input.write(data, size);
  try {
    const State state = load_state(model, input.path());
    if (state.rows < 1 || state.rows > 100) return 0;
    Session session(model, state.rows);
    session.set_state(state);
    session.step(std::vector<float>(static_cast<std::size_t>(2 * state.rows), 0.5f));
  } catch (const Error& error) {
    error.what();
  }
  return 0;
}
