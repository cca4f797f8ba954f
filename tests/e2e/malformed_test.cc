// Malformed input through the real program: each case has its code and exit status, and leaves every file as
// it was.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <memory>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

struct Case {
  const char* name;
  const char* line;  ///< as typed, in a folder that holds the files below
  int status;
  const char* code;
  const char* said;  ///< must stand in the message: the place, the value or the hint
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.line;
}

/// A safetensors file with this header and so many bytes behind it.
std::string safetensors(const std::string& header, std::size_t bytes) {
  std::string file(8, '\0');
  const std::uint64_t size = header.size();
  std::memcpy(file.data(), &size, 8);
  return file + header + std::string(bytes, '\0');
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

class Malformed : public testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() {
    shop = std::make_unique<Workshop>();
    const std::string sales = sales_csv(80);
    shop->write("sales.csv", sales);
    // CSV
    shop->write("word27.csv", [&] {
      std::string text = "month,sales\n";
      for (int i = 0; i < 60; ++i)
        text += "2010-01," + (i == 25 ? std::string("oops") : std::to_string(i)) + "\n";
      return text;
    }());
    shop->write("ragged.csv", "a,b\n1,2\n3,4,5\n6,7\n");
    shop->write("missing.csv", "a,b\n1,2\n3,\n5,6\n7,8\n9,10\n");
    shop->write("empty.csv", "");
    shop->write("header.csv", "a,b\n");
    shop->write("quote.csv", "a,b\n1,2\n3,\"4\n5,6\n");
    shop->write("short.csv", "a\n1\n2\n3\n");
    shop->write("infinite.csv", "a,b\n1,2\n3,inf\n5,6\n");
    shop->write("binary.csv", std::string("\x00\x01\x02\xff\xfe\x00\x00", 7));
    // IDX
    const std::string images = idx_images(20), labels = idx_labels(20);
    shop->write("images", images);
    shop->write("labels", labels);
    shop->write("images.cut", images.substr(0, 100));
    shop->write("images.long", images + "x");
    shop->write("labels.short", idx_labels(19));
    shop->write("images.type",
                replaced(images, std::string("\x00\x00\x08\x03", 4), std::string("\x00\x00\x77\x03", 4)));
    shop->write("images.gz", std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03nonsense", 18));
    // npy
    const std::string x = npy({20, 4, 1}, std::vector<float>(80, 0.5f));
    shop->write("x.npy", x);
    shop->write("y.npy", npy({20}, std::vector<float>(20, 1.0f)));
    shop->write("y19.npy", npy({19}, std::vector<float>(19, 1.0f)));
    shop->write("cut.npy", x.substr(0, x.size() - 4));
    shop->write("magic.npy", replaced(x, "NUMPY", "NUMPX"));
    shop->write("fortran.npy", replaced(x, "False", "True "));
    shop->write("type.npy", replaced(x, "<f4", "<c8"));
    shop->write("flat.npy", npy({80}, std::vector<float>(80, 0.5f)));
    shop->write("nan.npy", npy({20, 4, 1}, std::vector<float>(80, std::numeric_limits<float>::quiet_NaN())));
    shop->write("lengths9.npy", npy({20}, std::vector<float>(20, 9.0f)));
    // settings
    shop->write("syntax.toml", "[data]\nfile = \"sales.csv\"\ntarget = \n");
    shop->write("key.toml", "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\nwindwo = 5\n");
    shop->write("part.toml", "[dta]\nfile = \"sales.csv\"\n");
    shop->write("type.toml",
                "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n[train]\nepochs = \"many\"\n");
    shop->write("range.toml", "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n[train]\nbatch = 0\n");
    shop->write("layer.toml",
                "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n[[layer]]\nkind = \"lstn\"\nunits = 4\n");
    shop->write("units.toml",
                "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n[[layer]]\nkind = \"lstm\"\n");
    shop->write("merge.toml",
                "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n[[layer]]\nkind = "
                "\"bidirectional\"\nmerge = \"sum\"\n"
                "forward = { kind = \"lstm\", units = 3 }\nbackward = { kind = \"gru\", units = 4 }\n"
                "[[layer]]\nkind = \"dense\"\n");
    shop->write("width.toml",
                "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\nhorizon = 2\n[[layer]]\nkind = "
                "\"lstm\"\nunits = 3\n"
                "[[layer]]\nkind = \"dense\"\nunits = 5\n");
    shop->write("twice.toml", "[train]\nepochs = 1\nepochs = 2\n");
    shop->write("date.toml", "[train]\nseed = 2020-01-01\n");
    // a run, and model files made from it
    const Ran ran = run(shop->path(), {"train", "sales.csv", "--target", "sales", "--epochs", "1", "--units",
                                       "4", "--out", "runs/ok"});
    ASSERT_EQ(ran.status, 0) << ran.err;
    const std::string model = shop->read("runs/ok/model.safetensors");
    shop->write("cut.safetensors", model.substr(0, model.size() - 3));
    shop->write("long.safetensors", model + "xyz");
    shop->write("head.safetensors", "abc");
    shop->write("json.safetensors", safetensors("{\"x\": nonsense}", 4));
    shop->write("gap.safetensors",
                safetensors(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8));
    shop->write("size.safetensors",
                safetensors(R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}})", 4));
    shop->write("dtype.safetensors",
                safetensors(R"({"x":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}})", 4));
    shop->write("alien.safetensors",
                safetensors(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4));
    shop->write("runs/empty/notes.txt", "nothing here");
    before = shop->contents();
  }
  static void TearDownTestSuite() { shop.reset(); }

  static std::unique_ptr<Workshop> shop;
  static std::map<std::string, std::string> before;
};

std::unique_ptr<Workshop> Malformed::shop;
std::map<std::string, std::string> Malformed::before;

TEST_P(Malformed, IsRefusedAndNothingIsTouched) {
  const Case& c = GetParam();
  const Ran ran = run_line(shop->path(), c.line);
  EXPECT_EQ(ran.status, c.status) << ran.err << ran.out;
  EXPECT_EQ(ran.err.find(c.code) == std::string::npos, false) << "expected " << c.code << " in:\n" << ran.err;
  EXPECT_NE(ran.err.find(c.said), std::string::npos) << "expected '" << c.said << "' in:\n" << ran.err;
  const auto after = shop->contents();
  for (const auto& [name, bytes] : after) {
    ASSERT_TRUE(before.contains(name)) << name << " was written";
    EXPECT_EQ(bytes == before.at(name), true) << name << " was changed";
  }
  EXPECT_EQ(after.size(), before.size()) << "a file was removed";
}

const Case kCases[] = {
    // CSV
    {"CsvAbsent", "train nowhere.csv --target sales --out runs/x", 3, "E101", "nowhere.csv"},
    {"CsvFolder", "train runs --target sales --out runs/x", 2, "E203", "run.toml"},
    {"CsvEmpty", "train empty.csv --target a --out runs/x", 3, "E102", "empty.csv"},
    {"CsvHeaderOnly", "train header.csv --target a --out runs/x", 3, "E102", "header.csv"},
    {"CsvWord", "train word27.csv --target sales --out runs/x", 3, "E104", "word27.csv:27, column 'sales'"},
    {"CsvRagged", "train ragged.csv --target a --out runs/x", 3, "E103", "ragged.csv:3"},
    {"CsvMissing", "train missing.csv --target a --out runs/x", 3, "E105", "missing.csv:3, column 'b'"},
    {"CsvColumn", "train sales.csv --target slaes --out runs/x", 3, "E106", "did you mean 'sales'"},
    {"CsvQuote", "train quote.csv --target a --out runs/x", 3, "E107", "quote.csv:3"},
    {"CsvShort", "train short.csv --target a --out runs/x", 3, "E108", "short.csv"},
    {"CsvInfinite", "train infinite.csv --target b --out runs/x", 3, "E104", "infinite.csv:3"},
    {"CsvBinary", "train binary.csv --target a --out runs/x", 3, "E1", "binary.csv"},
    {"CsvDelimiter", "train sales.csv --target sales --delimiter ; --out runs/x", 3, "E106",
     "delimiter ';' (set)"},
    {"CsvWindow", "train sales.csv --target sales --window 500 --out runs/x", 3, "E108", "500"},
    // IDX
    {"IdxCut", "train images.cut --target labels --out runs/x", 3, "E109", "images.cut"},
    {"IdxLong", "train images.long --target labels --out runs/x", 3, "E109", "images.long"},
    {"IdxType", "train images.type --target labels --out runs/x", 3, "E10", "images.type"},
    {"IdxLabels", "train images --target labels.short --out runs/x", 3, "E110", "19"},
    {"IdxGzip", "train images.gz --target labels --out runs/x", 3, "E109", "images.gz"},
    {"IdxNoTarget", "train images --out runs/x", 2, "E203", "target"},
    // npy
    {"NpyCut", "train cut.npy --target y.npy --out runs/x", 3, "E109", "cut.npy"},
    {"NpyMagic", "train magic.npy --target y.npy --out runs/x", 3, "E109", "magic.npy"},
    {"NpyFortran", "train fortran.npy --target y.npy --out runs/x", 3, "E109", "fortran.npy"},
    {"NpyType", "train type.npy --target y.npy --out runs/x", 3, "E109", "type.npy"},
    {"NpyShape", "train flat.npy --target y.npy --out runs/x", 3, "E110", "flat.npy"},
    {"NpyTargets", "train x.npy --target y19.npy --out runs/x", 3, "E110", "19"},
    {"NpyNotFinite", "train nan.npy --target y.npy --out runs/x", 3, "E1", "nan.npy"},
    {"NpyLengths", "train x.npy --target y.npy --lengths lengths9.npy --out runs/x", 3, "E110",
     "the lengths do not fit"},
    {"NpyAsModel", "predict x.npy sales.csv --out p.csv", 4, "E302", "x.npy"},
    // safetensors
    {"ModelAbsent", "forecast runs/nowhere", 4, "E301", "runs/nowhere"},
    {"ModelEmptyFolder", "forecast runs/empty", 4, "E301", "runs/empty"},
    {"ModelCut", "predict cut.safetensors sales.csv --out p.csv", 4, "E302", "cut.safetensors"},
    {"ModelLong", "predict long.safetensors sales.csv --out p.csv", 4, "E302", "long.safetensors"},
    {"ModelHead", "inspect head.safetensors", 4, "E302", "head.safetensors"},
    {"ModelJson", "inspect json.safetensors", 4, "E302", "json.safetensors"},
    {"ModelGap", "inspect gap.safetensors", 4, "E302", "gap.safetensors"},
    {"ModelSize", "inspect size.safetensors", 4, "E302", "size.safetensors"},
    {"ModelType", "inspect dtype.safetensors", 4, "E302", "dtype.safetensors"},
    {"ModelAlien", "inspect alien.safetensors", 4, "E302", "alien.safetensors"},
    {"ModelAsData", "train cut.safetensors --target y --out runs/x", 3, "E109", "cut.safetensors"},
    {"ModelOtherData", "predict runs/ok x.npy --out p.csv", 3, "E1", "x.npy"},
    {"ResumeNothing", "resume runs/empty", 4, "E301", "runs/empty"},
    // settings
    {"TomlAbsent", "train nowhere.toml", 2, "E203", "nowhere.toml"},
    {"TomlSyntax", "train syntax.toml --out runs/x", 2, "E205", "syntax.toml:3"},
    {"TomlKey", "train key.toml --out runs/x", 2, "E201", "did you mean 'window'"},
    {"TomlPart", "train part.toml --out runs/x", 2, "E201", "did you mean 'data'"},
    {"TomlType", "train type.toml --out runs/x", 2, "E202", "type.toml:5"},
    {"TomlRange", "train range.toml --out runs/x", 2, "E202", "range.toml:5"},
    {"TomlLayer", "train layer.toml --out runs/x", 2, "E201", "did you mean 'lstm'"},
    {"TomlUnits", "train units.toml --out runs/x", 2, "E203", "units.toml:4"},
    {"TomlMerge", "train merge.toml --out runs/x", 2, "E20", "merge"},
    {"TomlWidth", "train width.toml --out runs/x", 2, "E206", "5"},
    {"TomlTwice", "train twice.toml --out runs/x", 2, "E205", "twice.toml:3"},
    {"TomlDate", "train date.toml --out runs/x", 2, "E202", "date.toml:2"},
    // flags
    {"Command", "trian sales.csv", 2, "E201", "did you mean 'train'"},
    {"Flag", "train sales.csv --target sales --epoch 3", 2, "E201", "did you mean '--epochs'"},
    {"Version", "--versoin", 2, "E201", "did you mean '--version'"},
    {"FlagNoValue", "train sales.csv --target", 2, "E203", "--target: this flag needs a value"},
    {"FlagTwice", "train sales.csv --target sales --epochs 1 --epochs 2", 2, "E204", "--epochs"},
    {"FlagWord", "train sales.csv --target sales --epochs many", 2, "E202", "--epochs"},
    {"FlagRange", "train sales.csv --target sales --batch 0", 2, "E202", "--batch"},
    {"FlagCell", "train sales.csv --target sales --cell ltsm", 2, "E201", "there is no cell 'ltsm'"},
    {"FlagUnits", "train sales.csv --target sales --units 5,x", 2, "E202", "--units"},
    {"FlagDropout", "train sales.csv --target sales --dropout 1.5", 2, "E202", "--dropout"},
    {"FlagLoss", "train sales.csv --target sales --loss msee", 2, "E202", "did you mean 'mse'"},
    {"FlagSet", "train sales.csv --target sales --set train.epoch=3", 2, "E201",
     "did you mean 'train.epochs'"},
    {"FlagSetLayer", "train sales.csv --target sales --set layer[7].units=3", 2, "E202", "layer"},
    {"FlagOptimizer", "train sales.csv --target sales --optimizer sgd --beta1 0.5 --out runs/x", 2, "E204",
     "beta1"},
    {"FlagExtra", "train sales.csv more.csv --target sales", 2, "E201", "more.csv"},
    {"FlagMissing", "train", 2, "E203", "DATA"},
    {"FlagMerge", "train sales.csv --target sales --merge sum", 2, "E204", "--bidirectional"},
    {"OutTaken", "train sales.csv --target sales --out runs/ok", 2, "E204", "--force"},
    {"OutIsFile", "train sales.csv --target sales --out sales.csv", 2, "E202", "sales.csv"},
    {"OutForm", "predict runs/ok sales.csv --out p.txt", 2, "E202", ".safetensors"},
    {"OutExists", "predict runs/ok sales.csv --out x.npy", 2, "E204", "--force"},
    {"OutNowhere", "predict runs/ok sales.csv --out nowhere/p.csv", 5, "E401", "nowhere"},
    {"InitExists", "init sales.csv --target sales --out key.toml", 2, "E204", "--force"},
    {"ForecastSteps", "forecast runs/ok --steps 0", 2, "E202", "--steps"},
    {"EveryStepOfWindows", "predict runs/ok sales.csv --every-step", 2, "E204", "--every-step"},
    {"BenchShape", "bench --shape 1,2,3", 2, "E202", "--shape"},
    {"BenchWork", "bench --work trian", 2, "E201", "did you mean 'train'"},
    {"CellName", "cells lstmm", 2, "E201", "did you mean 'lstm'"},
    {"CodeName", "explain-code E999", 2, "E201", "E999"},
};

INSTANTIATE_TEST_SUITE_P(Input, Malformed, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<Case>& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace carousel::e2e
