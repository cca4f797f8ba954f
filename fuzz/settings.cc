// Fuzzes settings files: read, checked and written anew, which must give the same settings.
#include <cstdint>
#include <cstdlib>

#include "cli/config.h"
#include "data/describe.h"
#include "forecast/describe.h"
#include "input_file.h"
#include "model/spec_json.h"
#include "train/options_fields.h"

namespace {

using namespace carousel;

std::string all_of(const cli::Config& config) {
  Json layers = Json::array();
  for (const Layer& layer : config.settings.layers) layers.push_back(layer_to_json(layer));
  return Json{{"data", to_json(config.settings.data)},
              {"forecast", to_json(config.settings.forecast)},
              {"layer", layers},
              {"sized by data", config.sized_by_data},
              {"train", to_json(config.settings.train)}}
      .dump();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::InputFile input("settings.toml"), anew("anew.toml");
  input.write(data, size);
  cli::Config config;
  try {
    config = cli::load_config(input.path(), {});
  } catch (const Error& error) {
    error.what();
    return 0;
  }
  const std::string folder = std::filesystem::path(anew.path()).parent_path().string();
  const std::string text = toml_text(config, "written anew", folder);
  anew.write(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  if (all_of(cli::load_config(anew.path(), {})) != all_of(config)) std::abort();
  return 0;
}
