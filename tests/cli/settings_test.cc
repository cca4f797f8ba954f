// Settings: what defaults, files, flags and --set come to, where each value came from, and the file written
// back.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "cli/config.h"
#include "data/describe.h"
#include "model/spec_json.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

Config load(const std::string& file, const std::vector<std::string>& words) {
  std::vector<std::string> all = words;
  all.insert(all.begin(), "data.csv");
  return load_config(file, parse(command_named("train"), all));
}

class SettingsFile : public testing::Test {
 protected:
  SettingsFile() {
    std::string name = (std::filesystem::temp_directory_path() / "carousel-cli-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~SettingsFile() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& text) const {
    const std::string path = folder_ + "/run.toml";
    std::ofstream(path) << text;
    return path;
  }
  Error error_of(const std::string& file, const std::vector<std::string>& words = {}) const {
    try {
      load(file, words);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return Error(Code::check_failed, {});
  }
  std::string folder_;
};

TEST(Settings, EverySettingHasAFlagOfItsOwn) {
  std::set<std::string> flags;
  for (const Leaf& leaf : setting_leaves()) EXPECT_TRUE(flags.insert(flag_of(leaf.path)).second) << leaf.path;
  EXPECT_EQ(flag_of("data.window"), "window");
  EXPECT_EQ(flag_of("data.split.test"), "test");
  EXPECT_EQ(flag_of("data.split.validation"), "validation");
  EXPECT_EQ(flag_of("data.split.order"), "split-order");
  EXPECT_EQ(flag_of("train.optimizer.kind"), "optimizer");
  EXPECT_EQ(flag_of("train.optimizer.rate"), "rate");
  EXPECT_EQ(flag_of("train.clip_norm"), "clip-norm");
}

TEST(Settings, NoCommandHasAFlagTwice) {
  for (const Command& command : commands()) {
    std::set<std::string> names;
    for (const Option& option : command.options) {
      EXPECT_TRUE(names.insert("--" + option.name).second) << command.name << " --" << option.name;
      for (const std::string& alias : option.aliases)
        EXPECT_TRUE(names.insert(alias).second) << command.name << " " << alias;
    }
  }
}

TEST_F(SettingsFile, FlagsWinOverTheFileAndTheFileOverDefaults) {
  const std::string file = write("[data]\nwindow = 7\nhorizon = 3\n[train]\nepochs = 9\n");
  const Config config = load(file, {"--window", "5", "--set", "train.seed=4"});
  EXPECT_EQ(config.settings.data.window, 5);
  EXPECT_EQ(config.settings.data.horizon, 3);
  EXPECT_EQ(config.settings.train.epochs, 9);
  EXPECT_EQ(config.settings.train.seed, 4u);
  EXPECT_EQ(config.settings.train.batch, TrainOptions{}.batch);
  EXPECT_EQ(config.origin("data.window"), Origin::flag);
  EXPECT_EQ(config.origin("data.horizon"), Origin::file);
  EXPECT_EQ(config.origin("train.epochs"), Origin::file);
  EXPECT_EQ(config.origin("train.seed"), Origin::flag);
  EXPECT_EQ(config.origin("train.batch"), Origin::standard);
}

TEST_F(SettingsFile, AGuessYieldsToWhatWasSaid) {
  Config config = load("", {"--window", "5"});
  config.guess("data.window", 24);
  config.guess("data.horizon", 12);
  EXPECT_EQ(config.settings.data.window, 5);
  EXPECT_EQ(config.settings.data.horizon, 12);
  EXPECT_EQ(config.origin("data.horizon"), Origin::guessed);
}

TEST_F(SettingsFile, TheNetworkComesFromFlags) {
  const Config config = load("", {"--cell", "gru", "--units", "50,100", "--dropout", "0.2"});
  const ModelSpec spec = config.spec(12);
  ASSERT_EQ(spec.layers.size(), 5u);
  const auto& first = std::get<Recurrent>(spec.layers[0]);
  EXPECT_EQ(first.cell, "gru");
  EXPECT_EQ(first.units, 50);
  EXPECT_EQ(first.returns, Returns::sequence);
  EXPECT_FLOAT_EQ(std::get<Dropout>(spec.layers[1]).rate, 0.2f);
  EXPECT_EQ(std::get<Recurrent>(spec.layers[2]).units, 100);
  EXPECT_EQ(std::get<Recurrent>(spec.layers[2]).returns, Returns::last);
  EXPECT_EQ(std::get<Dense>(spec.layers[4]).units, 12);
}

TEST(Settings, FlagsDropInsideEachCell) {
  const std::vector<std::string> flags = {"--units", "5,6", "--input-dropout", "0.2", "--recurrent-dropout",
                                          "0.3"};
  const Config config = load("", flags);
  for (const std::size_t i : {0, 1}) {
    const auto layer = std::get<Recurrent>(config.spec(12).layers[i]);
    EXPECT_EQ(layer.dropout, 0.2f);
    EXPECT_EQ(layer.recurrent_dropout, 0.3f);
    EXPECT_EQ(config.layer_origin(i, "recurrent_dropout"), Origin::flag);
  }
  std::vector<std::string> both = flags;
  both.push_back("--bidirectional");
  const auto layer = std::get<Bidirectional>(load("", both).spec(12).layers[1]);
  EXPECT_EQ(layer.backward.dropout, 0.2f);
  EXPECT_EQ(layer.forward.recurrent_dropout, 0.3f);
}

TEST_F(SettingsFile, LayersOfAFileKeepTheirWidth) {
  const std::string file =
      write("[[layer]]\nkind = \"rnn\"\nunits = 2\n[[layer]]\nkind = \"dense\"\nunits = 3\n");
  const Config config = load(file, {"--set", "layer[0].units=6", "--set", "layer.0.forget_bias=2"});
  EXPECT_EQ(std::get<Recurrent>(config.settings.layers[0]).units, 6);
  EXPECT_EQ(std::get<Recurrent>(config.settings.layers[0]).forget_bias, 2.0f);
  EXPECT_EQ(std::get<Dense>(config.spec(12).layers[1]).units, 3);
  EXPECT_EQ(config.layer_origin(0, "units"), Origin::flag);
  EXPECT_EQ(config.layer_origin(0, "kind"), Origin::file);
  EXPECT_EQ(config.layer_origin(0, "returns"), Origin::standard);
}

TEST_F(SettingsFile, WhatIsWrittenReadsBackTheSame) {
  Config config = load("", {"--cell",
                            "peephole-lstm",
                            "--units",
                            "8,9",
                            "--bidirectional",
                            "--merge",
                            "average",
                            "--dropout",
                            "0.25",
                            "--target",
                            "a,b",
                            "--rate",
                            "0.003",
                            "--optimizer",
                            "rmsprop",
                            "--window",
                            "17",
                            "--clip-norm",
                            "1.5",
                            "--test",
                            "0.2",
                            "--missing",
                            "linear",
                            "--loss",
                            "mae",
                            "--seed",
                            "123456789012"});
  const Config again = load_config(write(toml_text(config, "Settings.", folder_)), {});
  EXPECT_EQ(to_json(again.settings.data), to_json(config.settings.data));
  EXPECT_EQ(to_json(again.settings.train), to_json(config.settings.train));
  EXPECT_EQ(spec_to_json(again.spec(5)), spec_to_json(config.spec(5)));
  EXPECT_TRUE(again.sized_by_data);
}

TEST_F(SettingsFile, EveryCharacterOfATextReadsBackTheSame) {
  std::string name = "/";
  for (int c = 1; c < 128; ++c) name += static_cast<char>(c);  // all of ASCII but NUL
  Config config = load("", {"--target", "a"});
  config.settings.data.file = name;
  EXPECT_EQ(load_config(write(toml_text(config, "Settings.", folder_)), {}).settings.data.file, name);
}

TEST_F(SettingsFile, EveryLineThatSetsSomethingIsExplained) {
  std::ifstream lines(write(toml_text(load("", {"--target", "a"}), "Settings.", folder_)));
  int settings = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" = ") == std::string::npos) continue;
    ++settings;
    EXPECT_NE(line.find("  # "), std::string::npos) << line;
  }
  EXPECT_GE(settings, 60);
}

TEST_F(SettingsFile, FilesStandBesideTheSettingsFile) {
  const Config config = load_config(write("[data]\nfile = \"series/a.csv\"\n"), {});
  EXPECT_EQ(config.settings.data.file, folder_ + "/series/a.csv");
}

TEST_F(SettingsFile, ErrorsNameTheLineAndTheNearestWord) {
  const std::string file = write("[data]\nwindow = 5\n\n[train]\n  epcohs = 3\n");
  const Error error = error_of(file);
  EXPECT_EQ(error.code(), Code::usage_unknown_word);
  EXPECT_EQ(error.info().file, file);
  EXPECT_EQ(error.info().row, 5);
  EXPECT_EQ(error.info().caret, 2);
  EXPECT_EQ(error.info().source, "  epcohs = 3");
  EXPECT_NE(error.info().hint.find("'epochs'"), std::string::npos);
}

TEST_F(SettingsFile, ErrorsOfInlineTablesPointIntoTheLine) {
  const Error error = error_of(write("[data]\nsplit = { test = 0.1, validation = 7 }\n"));
  EXPECT_EQ(error.code(), Code::usage_bad_value);
  EXPECT_EQ(error.info().row, 2);
  EXPECT_EQ(error.info().caret, 22);
}

TEST_F(SettingsFile, ErrorsOfFlagsNameTheFlag) {
  EXPECT_EQ(error_of("", {"--epochs", "x"}).info().where, "--epochs");
  EXPECT_EQ(error_of("", {"--set", "train.epochs=x"}).info().where, "--set train.epochs");
  EXPECT_EQ(error_of("", {"--units", "0"}).info().where, "--units");
}

}  // namespace
}  // namespace carousel::cli
