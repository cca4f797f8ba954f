// The walk of a first-time user, through the real program: train, look, forecast, predict, interrupt, resume.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

using Json = nlohmann::json;

TEST(Walk, TrainWritesARunFolderAndSaysHowGoodItIs) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  const Ran ran = run(shop.path(), {"train", "sales.csv", "--target", "sales", "--epochs", "4"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  for (const char* file : {"model.safetensors", "members/4/last.safetensors", "run.toml", "history.csv",
                           "gradients.csv", "predictions.csv", "forecast.csv", "report.html"})
    EXPECT_TRUE(shop.has(std::string("runs/sales/") + file)) << file;
  // Guesses, each with the flag that overrides it.
  for (const char* said : {"--delimiter", "--time", "--window", "--horizon", "--cell", "--patience"})
    EXPECT_NE(ran.err.find(said), std::string::npos) << said << "\n" << ran.err;
  // The first number at step 1, then at doubled steps.
  EXPECT_NE(ran.err.find("step 1/"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("step 2/"), std::string::npos);
  EXPECT_NE(ran.err.find("step 4/"), std::string::npos);
  EXPECT_EQ(ran.err.find('\r'), std::string::npos) << "a pipe gets plain lines";
  EXPECT_EQ(ran.err.find('\x1b'), std::string::npos);
  // The verdict is the result: it goes to standard output.
  for (const char* said : {"forecast", "naive", "seasonal naive", "linear autoregression", "RMSE", "%"})
    EXPECT_NE(ran.out.find(said), std::string::npos) << said << "\n" << ran.out;
  EXPECT_NE(ran.err.find("carousel forecast runs/sales"), std::string::npos) << ran.err;
  const auto history = lines_of(shop.read("runs/sales/history.csv"));  // five members of four epochs
  ASSERT_EQ(history.size(), 21u);
  EXPECT_EQ(history[0].substr(0, 13), "member,epoch,");
  EXPECT_EQ(history[5].substr(0, 4), "1,1,");
}

TEST(Walk, ForecastContinuesTheTimeColumn) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));  // ends with 2019-12
  ASSERT_EQ(run(shop.path(), small_run("runs/a", "2")).status, 0);
  const Ran one = run(shop.path(), {"forecast", "runs/a"});
  ASSERT_EQ(one.status, 0) << one.err;
  const auto rows = lines_of(shop.read("runs/a/forecast.csv"));
  ASSERT_GE(rows.size(), 2u);
  EXPECT_EQ(rows[0], "month,sales");
  EXPECT_EQ(rows[1].substr(0, 8), "2020-01,");
  // Beyond the horizon: says so, and begins with the same rows.
  const Ran more = run(shop.path(), {"forecast", "runs/a", "--steps", "30", "--out", "-"});
  ASSERT_EQ(more.status, 0) << more.err;
  const auto longer = lines_of(more.out);
  ASSERT_EQ(longer.size(), 31u);
  EXPECT_EQ(longer[30].substr(0, 8), "2022-06,");
  EXPECT_NE(more.err.find("forecast from forecasts"), std::string::npos) << more.err;
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(longer[i], rows[i]);
}

// A horizon of 1 used three times is the same as appending each forecast to the file and asking again.
TEST(Walk, AForecastThatIsFedBackIsTheForecastOfTheLongerFile) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  auto words = small_run("runs/one", "2");
  words.insert(words.end(), {"--horizon", "1"});
  ASSERT_EQ(run(shop.path(), words).status, 0);
  const Ran three = run(shop.path(), {"forecast", "runs/one", "--steps", "3", "--out", "-"});
  ASSERT_EQ(three.status, 0) << three.err;
  const auto expected = lines_of(three.out);
  std::string csv = sales_csv(120);
  for (int step = 1; step <= 3; ++step) {
    shop.write("longer.csv", csv);
    const Ran one = run(shop.path(), {"forecast", "runs/one", "--data", "longer.csv", "--out", "-"});
    ASSERT_EQ(one.status, 0) << one.err;
    EXPECT_EQ(lines_of(one.out).at(1), expected.at(static_cast<std::size_t>(step)));
    csv += lines_of(one.out).at(1) + "\n";
  }
}

TEST(Walk, ARunIsNeverOverwrittenUnasked) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(80));
  const std::vector<std::string> words = {"train",    "sales.csv", "--target", "sales",
                                          "--epochs", "1",         "--units",  "4"};
  ASSERT_EQ(run(shop.path(), words).status, 0);
  const std::string first = shop.read("runs/sales/model.safetensors");
  const Ran second = run(shop.path(), words);
  ASSERT_EQ(second.status, 0);
  EXPECT_NE(second.err.find("runs/sales-2"), std::string::npos) << second.err;
  EXPECT_TRUE(shop.has("runs/sales-2/model.safetensors"));
  auto named = words;
  named.insert(named.end(), {"--out", "runs/sales"});
  const Ran refused = run(shop.path(), named);
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("E204"), std::string::npos);
  EXPECT_EQ(shop.read("runs/sales/model.safetensors"), first);
  named.insert(named.end(), {"--force", "--seed", "2"});
  ASSERT_EQ(run(shop.path(), named).status, 0);
  EXPECT_NE(shop.read("runs/sales/model.safetensors"), first);
}

TEST(Walk, AnInterruptedRunResumesToTheSameBytes) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(2000));
  const auto whole = small_run("runs/whole", "40"), part = small_run("runs/part", "40");
  ASSERT_EQ(run(shop.path(), whole).status, 0);
  const Ran stopped = run_and_signal(shop.path(), part, "step 16/", SIGINT);
  ASSERT_EQ(stopped.status, 130) << stopped.err;
  EXPECT_NE(stopped.err.find("carousel resume runs/part"), std::string::npos) << stopped.err;
  EXPECT_NE(shop.read("runs/part/last.safetensors"), shop.read("runs/whole/last.safetensors"));
  const Ran resumed = run(shop.path(), {"resume", "runs/part"});
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  for (const char* file :
       {"model.safetensors", "last.safetensors", "history.csv", "predictions.csv", "forecast.csv"})
    EXPECT_EQ(shop.read(std::string("runs/part/") + file), shop.read(std::string("runs/whole/") + file))
        << file;
}

// What a resumed run may change is as if it had been so from the start.
TEST(Walk, AResumedRunTakesNewSettings) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  auto words = small_run("runs/a", "2");
  ASSERT_EQ(run(shop.path(), words).status, 0);
  const auto before = shop.contents();
  const std::vector<std::string> longer = {"resume", "runs/a", "--epochs",           "5",
                                           "--keep", "last",   "--checkpoint-every", "3"};
  auto dry = longer;
  dry.push_back("--dry-run");
  const Ran told = run(shop.path(), dry);
  EXPECT_EQ(told.status, 0) << told.err;
  EXPECT_NE(told.out.find("gru"), std::string::npos) << told.out;
  EXPECT_TRUE(shop.contents() == before);
  const Ran resumed = run(shop.path(), longer);
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  words = small_run("runs/b", "5");
  words.insert(words.end(), {"--keep", "last", "--checkpoint-every", "3"});
  ASSERT_EQ(run(shop.path(), words).status, 0);
  for (const char* file : {"model.safetensors", "last.safetensors", "history.csv"})
    EXPECT_TRUE(shop.read(std::string("runs/a/") + file) == shop.read(std::string("runs/b/") + file)) << file;
  for (const char* line : {"epochs = 5 ", "keep = \"last\" ", "checkpoint_every = 3 "})
    EXPECT_NE(shop.read("runs/a/run.toml").find(std::string("\n") + line), std::string::npos) << line;
}

// The guessed number of epochs grows with the steps that are asked for, as from the start.
TEST(Walk, AResumedRunDoesTheStepsAskedFor) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  const auto words = [](const std::string& folder, const std::string& steps) {
    return std::vector<std::string>{"train",   "sales.csv", "--target",  "sales", "--units", "2",
                                    "--start", "none",      "--members", "1",     "--batch", "64",
                                    "--steps", steps,       "--out",     folder};
  };
  ASSERT_EQ(run(shop.path(), words("part", "3")).status, 0);
  ASSERT_EQ(run(shop.path(), words("whole", "450")).status, 0);  // more than 200 epochs have
  const Ran resumed = run(shop.path(), {"resume", "part", "--steps", "450"});
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_NE(resumed.err.find("trained   447 steps"), std::string::npos) << resumed.err;
  for (const char* file : {"model.safetensors", "last.safetensors", "history.csv"})
    EXPECT_TRUE(shop.read(std::string("part/") + file) == shop.read(std::string("whole/") + file)) << file;
}

TEST(Walk, AutoThatIsSaidIsFilledInToo) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  const Ran ran = run(shop.path(), {"train", "sales.csv", "--target", "sales", "--units", "2", "--steps", "3",
                                    "--window", "auto", "--epochs", "auto", "--out", "r"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  const std::string settings = shop.read("r/run.toml");
  for (const char* line : {"window = \"auto\"", "epochs = \"auto\"", "horizon = \"auto\""})
    EXPECT_EQ(settings.find(std::string("\n") + line), std::string::npos) << line;
}

// A window looks at its own rows: what is missing before the newest one does not stop a forecast.
TEST(Walk, AMissingRowBeforeTheNewestWindowIsNotAskedFor) {
  const Workshop shop;
  std::string csv = "v\n";
  for (int i = 0; i < 200; ++i)
    csv += i == 200 - 13 ? std::string("\n") : std::to_string(0.5 + 0.01 * (i % 7)) + "\n";
  shop.write("v.csv", csv);
  const Ran ran = run(shop.path(), {"train", "v.csv", "--target", "v", "--window", "12", "--horizon", "2",
                                    "--missing", "mask", "--units", "2", "--epochs", "1", "--out", "r"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(shop.has("r/forecast.csv"));
}

// The data of a run that read standard input is read again only when that is asked for.
TEST(Walk, ARunOfStandardInputAsksForItsData) {
  const Workshop shop;
  const std::string data = sales_csv(80);
  auto words = small_run("runs/in", "2");
  words[1] = "-";
  ASSERT_EQ(run(shop.path(), words, data).status, 0);
  shop.write("sales.csv", data);
  for (const char* command : {"evaluate", "resume", "forecast"}) {
    const Ran ran = run(shop.path(), {command, "runs/in"}, data);
    EXPECT_EQ(ran.status, 2) << command;
    EXPECT_NE(ran.err.find("the run read its data from standard input, and keeps no copy of it\n  hint: "),
              std::string::npos)
        << ran.err;
  }
  EXPECT_EQ(run(shop.path(), {"evaluate", "runs/in", "-"}, data).out,
            run(shop.path(), {"evaluate", "runs/in", "sales.csv"}).out.replace(7, 9, "standard input"));
  EXPECT_EQ(run(shop.path(), {"resume", "runs/in", "--epochs", "3", "--data", "-"}, data).status, 0);
  const Ran named = run(shop.path(), {"resume", "runs/in", "--epochs", "4", "--data", "sales.csv"});
  EXPECT_EQ(named.status, 0) << named.err;
  ASSERT_EQ(run(shop.path(), small_run("runs/whole", "4")).status, 0);
  EXPECT_TRUE(shop.read("runs/in/model.safetensors") == shop.read("runs/whole/model.safetensors"));
  EXPECT_EQ(run(shop.path(), {"evaluate", "runs/in"}).status, 0);  // the file is known now
}

// Ended by the system, or by a terminal that was closed.
TEST(Walk, AStopFromOutsideLeavesAResumableRun) {
  for (const int signal : {SIGTERM, SIGHUP}) {
    const Workshop shop;
    shop.write("sales.csv", sales_csv(2000));
    const Ran stopped = run_and_signal(shop.path(), small_run("runs/t", "60"), "step 16/", signal);
    EXPECT_EQ(stopped.status, 75) << stopped.err;
    EXPECT_EQ(run(shop.path(), {"resume", "runs/t", "--epochs", "2"}).status, 0);
  }
}

TEST(Walk, TheSettingsOfARunTrainTheSameModelAgain) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  auto words = small_run("runs/a", "2");
  words.insert(words.end(), {"--dropout", "0.1", "--seed", "7", "--rate", "0.01"});
  ASSERT_EQ(run(shop.path(), words).status, 0);
  const Ran again = run(shop.path(), {"train", "runs/a/run.toml", "--out", "runs/b"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(shop.read("runs/a/model.safetensors"), shop.read("runs/b/model.safetensors"));
}

TEST(Walk, StandardInputIsData) {
  const Workshop shop;
  const Ran ran = run(
      shop.path(), {"train", "-", "--target", "sales", "--epochs", "1", "--units", "4", "--out", "runs/in"},
      sales_csv(80));
  ASSERT_EQ(ran.status, 0) << ran.err;
  const Ran ahead = run(shop.path(), {"forecast", "runs/in", "--data", "-", "--out", "-"}, sales_csv(84));
  ASSERT_EQ(ahead.status, 0) << ahead.err;
  EXPECT_EQ(lines_of(ahead.out).at(1).substr(0, 8), "2017-01,");
}

TEST(Walk, StrictRefusesGuesses) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(80));
  const Ran ran = run(shop.path(), {"train", "sales.csv", "--target", "sales", "--strict"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("--delimiter"), std::string::npos) << ran.err;
  EXPECT_FALSE(shop.has("runs"));
  // A settings file that carousel init wrote says everything.
  ASSERT_EQ(run(shop.path(), {"init", "sales.csv", "--target", "sales", "--cell", "gru"}).status, 0);
  const Ran said = run(shop.path(), {"train", "run.toml", "--strict", "--epochs", "1"});
  EXPECT_EQ(said.status, 0) << said.err;
}

TEST(Walk, DryRunWritesNothing) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(80));
  const Ran ran = run(shop.path(), {"train", "sales.csv", "--target", "sales", "--dry-run"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("lstm"), std::string::npos) << ran.out;
  EXPECT_EQ(shop.contents().size(), 1u);
}

TEST(Walk, ImagesAreClassified) {
  const Workshop shop;
  shop.write("images", idx_images(200));
  shop.write("labels", idx_labels(200));
  const Ran ran = run(shop.path(), {"train", "images", "--target", "labels", "--epochs", "6", "--units", "8",
                                    "--rate", "0.02", "--out", "runs/i"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("accuracy"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("majority"), std::string::npos) << ran.out;
  const Ran predicted = run(shop.path(), {"predict", "runs/i", "images", "--out", "p.csv"});
  ASSERT_EQ(predicted.status, 0) << predicted.err;
  const auto rows = lines_of(shop.read("p.csv"));
  ASSERT_EQ(rows.size(), 201u);
  EXPECT_EQ(rows[0], "sequence,predicted,p_0,p_1");
  int right = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string& row = rows[static_cast<std::size_t>(i) + 1];
    const std::string start = std::to_string(i) + "," + std::to_string(i % 2) + ",";
    right += row.substr(0, start.size()) == start;
  }
  EXPECT_GE(right, 190);  // the halves differ by 180 of 255 grey levels
}

// The state after the first part of a sequence, put back, gives the output of the whole.
TEST(Walk, StatesComeOutAndGoIn) {
  const Workshop shop;
  const int n = 40, t = 6;
  std::vector<float> x, head, tail, y;
  for (int i = 0; i < n; ++i) {
    float sum = 0;
    for (int s = 0; s < t; ++s) {
      const float value = static_cast<float>((i * 31 + s * 17) % 19) / 19.0f;
      sum += value;
      x.push_back(value);
      (s < 4 ? head : tail).push_back(value);
    }
    y.push_back(sum);
  }
  shop.write("x.npy", npy({n, t, 1}, x));
  shop.write("head.npy", npy({n, 4, 1}, head));
  shop.write("tail.npy", npy({n, 2, 1}, tail));
  shop.write("y.npy", npy({n}, y));
  const Ran trained = run(shop.path(), {"train", "x.npy", "--target", "y.npy", "--epochs", "2", "--units",
                                        "5,4", "--scale", "none", "--out", "m"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  ASSERT_EQ(run(shop.path(), {"predict", "m", "x.npy", "--out", "whole.npy"}).status, 0);
  const Ran first =
      run(shop.path(), {"predict", "m", "head.npy", "--out", "head_y.npy", "--final-state", "s.safetensors"});
  ASSERT_EQ(first.status, 0) << first.err;
  const Ran second = run(
      shop.path(), {"predict", "m", "tail.npy", "--out", "tail_y.npy", "--initial-state", "s.safetensors"});
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_EQ(shop.read("tail_y.npy"), shop.read("whole.npy"));
  EXPECT_NE(shop.read("head_y.npy"), shop.read("whole.npy"));
}

// A sequence with a length is the sequence without what comes after.
TEST(Walk, LengthsCutSequences) {
  const Workshop shop;
  const int n = 30, t = 6;
  std::vector<float> x, head, y;
  for (int i = 0; i < n; ++i) {
    for (int s = 0; s < t; ++s) {
      x.push_back(static_cast<float>((i * 13 + s * 29) % 23) / 23.0f);
      if (s < 4) head.push_back(x.back());
    }
    y.push_back(x.back());
  }
  shop.write("x.npy", npy({n, t, 1}, x));
  shop.write("head.npy", npy({n, 4, 1}, head));
  shop.write("y.npy", npy({n}, y));
  std::string lengths = npy({n}, {});
  lengths.replace(lengths.find("<f4"), 3, "<i4");
  for (int i = 0; i < n; ++i) lengths += std::string("\x04\0\0\0", 4);
  shop.write("l.npy", lengths);
  const Ran trained =
      run(shop.path(), {"train", "x.npy", "--target", "y.npy", "--epochs", "2", "--cell", "gru", "--units",
                        "5", "--bidirectional", "--scale", "none", "--out", "m"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  ASSERT_EQ(run(shop.path(), {"predict", "m", "head.npy", "--out", "a.npy"}).status, 0);
  const Ran cut = run(shop.path(), {"predict", "m", "x.npy", "--lengths", "l.npy", "--out", "b.npy"});
  ASSERT_EQ(cut.status, 0) << cut.err;
  EXPECT_EQ(shop.read("a.npy"), shop.read("b.npy"));
  ASSERT_EQ(run(shop.path(), {"predict", "m", "x.npy", "--out", "c.npy"}).status, 0);
  EXPECT_NE(shop.read("a.npy"), shop.read("c.npy"));
}

// The verdict at the end of training is what evaluate says of the stored model.
TEST(Walk, EvaluateAgreesWithTheVerdict) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(120));
  auto words = small_run("runs/a", "3");
  words.push_back("--json");
  const Ran trained = run(shop.path(), words);
  ASSERT_EQ(trained.status, 0) << trained.err;
  Json verdict = Json::parse(lines_of(trained.out).back(), nullptr, false);
  const Ran ran = run(shop.path(), {"evaluate", "runs/a", "--json"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  const Json again = Json::parse(lines_of(ran.out).back(), nullptr, false);
  verdict.erase("folder");
  EXPECT_EQ(again, verdict);
  EXPECT_GE(again["scores"].size(), 4u);
}

TEST(Walk, GradcheckPassesAndFailsByItsTolerance) {
  const Workshop shop;
  shop.write("run.toml", "[[layer]]\nkind = \"lstm\"\nunits = 3\n[[layer]]\nkind = \"dense\"\nunits = 2\n");
  const Ran good = run(shop.path(), {"gradcheck", "run.toml"});
  EXPECT_EQ(good.status, 0) << good.err << good.out;
  const Ran strict = run(shop.path(), {"gradcheck", "run.toml", "--tolerance", "1e-20"});
  EXPECT_EQ(strict.status, 1);
  EXPECT_NE(strict.err.find("E502"), std::string::npos) << strict.err;
}

TEST(Walk, ALostOutputIsAnError) {
  const Workshop shop;
  const Ran ran = run(shop.path(), {"inspect", "--cpu"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const std::string command =
      std::string("exec '") + CAROUSEL_PROGRAM + "' help --all > /dev/full 2> lost.txt";
  const int status = std::system(("cd '" + shop.path().string() + "' && " + command).c_str());
  EXPECT_EQ(WEXITSTATUS(status), 5);
  EXPECT_NE(shop.read("lost.txt").find("E401"), std::string::npos);
}

}  // namespace
}  // namespace carousel::e2e
