// Malformed input through the real program: each case has its code and exit status, and leaves every file as
// it was.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <sstream>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

/// One row of the table below.
struct Case {
  std::string name;
  int status;
  std::string code;
  std::string line;  ///< as typed, in a folder that holds the files below
  std::string said;  ///< must stand in the message: the place, the value or the hint
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
    shop->write("sales3.csv", sales_csv(3));
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
    shop->write("no_layers.toml", "layer = []\n[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n");
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
    shop->write("linear.toml",
                "[data]\ntarget = \"sales\"\n[[layer]]\nkind = \"dense\"\nreturns = \"last\"\n");
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
    // models of arrays: of two features, and without a recurrent layer
    shop->write("wide.npy", npy({20, 4, 2}, std::vector<float>(160, 0.5f)));
    shop->write("zero.npy", replaced(npy({20}, std::vector<float>(20, 0.0f)), "<f4", "<i4"));
    shop->write("dense.toml", "[[layer]]\nkind = \"dense\"\nreturns = \"last\"\n");
    for (const char* line :
         {"train wide.npy --target y.npy --epochs 1 --units 2 --out runs/wide",
          "train x.npy --target y.npy --epochs 1 --settings dense.toml --out runs/dense"}) {
      const Ran made = run_line(shop->path(), line);
      ASSERT_EQ(made.status, 0) << made.err;
    }
    // runs whose scores are damaged: no JSON, and JSON of something else
    for (const char* name : {"runs/torn/", "runs/odd/"})
      for (const char* file : {"model.safetensors", "run.toml", "history.csv"})
        shop->write(std::string(name) + file, shop->read(std::string("runs/ok/") + file));
    shop->write("runs/torn/scores.json", shop->read("runs/ok/scores.json").substr(0, 40));
    shop->write("runs/odd/scores.json", "{\"scores\": 3}");
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
  EXPECT_NE(("\n" + ran.err).find("\n" + c.code + " "), std::string::npos)
      << "expected " << c.code << " in:\n"
      << ran.err;
  EXPECT_NE(ran.err.find(c.said), std::string::npos) << "expected '" << c.said << "' in:\n" << ran.err;
  const auto after = shop->contents();
  for (const auto& [name, bytes] : after) {
    ASSERT_TRUE(before.contains(name)) << name << " was written";
    EXPECT_EQ(bytes == before.at(name), true) << name << " was changed";
  }
  EXPECT_EQ(after.size(), before.size()) << "something was removed";
}

// name | exit status | code | command line | said. Nothing may be written: no file, no folder, no part.
constexpr const char* kTable = R"(
# CSV
CsvAbsent          | 3 | E101 | train nowhere.csv --target sales | nowhere.csv
CsvFolder          | 2 | E203 | train runs --target sales | run.toml
CsvEmpty           | 3 | E102 | train empty.csv --target a | empty.csv
CsvHeaderOnly      | 3 | E102 | train header.csv --target a | header.csv
CsvWord            | 3 | E104 | train word27.csv --target sales | word27.csv:27, column 'sales'
CsvRagged          | 3 | E103 | train ragged.csv --target a | ragged.csv:3
CsvMissing         | 3 | E105 | train missing.csv --target a | missing.csv:3, column 'b'
CsvTargetTwice     | 2 | E204 | train sales.csv --target sales,sales | the target 'sales' is named twice
CsvColumn          | 3 | E106 | train sales.csv --target slaes | did you mean 'sales'
CsvQuote           | 3 | E107 | train quote.csv --target a | quote.csv:3
CsvShort           | 3 | E108 | train short.csv --target a | short.csv
CsvInfinite        | 3 | E104 | train infinite.csv --target b | infinite.csv:3
CsvBinary          | 3 | E109 | train binary.csv --target a | binary.csv
CsvDelimiter       | 3 | E106 | train sales.csv --target sales --delimiter ; | delimiter ';' (set)
CsvWindow          | 3 | E108 | train sales.csv --target sales --window 500 | 500
# IDX
IdxCut             | 3 | E109 | train images.cut --target labels | images.cut
IdxLong            | 3 | E109 | train images.long --target labels | images.long
IdxType            | 3 | E109 | train images.type --target labels | images.type
IdxLabels          | 3 | E110 | train images --target labels.short | 19
IdxGzip            | 3 | E109 | train images.gz --target labels | images.gz
IdxNoTarget        | 2 | E203 | train images | target
# npy
NpyCut             | 3 | E109 | train cut.npy --target y.npy | cut.npy
NpyMagic           | 3 | E109 | train magic.npy --target y.npy | magic.npy
NpyFortran         | 3 | E109 | train fortran.npy --target y.npy | fortran.npy
NpyType            | 3 | E109 | train type.npy --target y.npy | type.npy
NpyShape           | 3 | E110 | train flat.npy --target y.npy | flat.npy
NpyTargets         | 3 | E110 | train x.npy --target y19.npy | 19
NpyNotFinite       | 3 | E104 | train nan.npy --target y.npy | nan.npy
NpyLengths         | 3 | E110 | train x.npy --target y.npy --lengths lengths9.npy | the lengths do not fit
NpyAsModel         | 4 | E302 | predict x.npy sales.csv --out p.csv | x.npy
# comparisons
CompareNone        | 2 | E203 | compare | RUN
CompareOne         | 2 | E203 | compare runs/ok | two runs or more
CompareAbsent      | 4 | E301 | compare runs/ok runs/nowhere | runs/nowhere
CompareNoRun       | 4 | E301 | compare runs/ok runs/empty | runs/empty
CompareFile        | 4 | E302 | compare runs/ok sales.csv | sales.csv
CompareTorn        | 4 | E302 | compare runs/ok runs/torn | these are no scores of a run
CompareOdd         | 4 | E302 | compare runs/odd runs/ok | runs/odd/scores.json
CompareOut         | 2 | E204 | compare runs/ok runs/wide --out sales.csv | --force
CompareFlag        | 2 | E201 | compare runs/ok runs/wide --plot | flag
CompareSame        | 2 | E204 | compare runs/ok runs/wide runs/./ok/ | runs/./ok/ are the same run
TrainPlots         | 2 | E201 | train sales.csv --target sales --plot | '--plots'
# safetensors
ModelAbsent        | 4 | E301 | forecast runs/nowhere | runs/nowhere
ModelEmptyFolder   | 4 | E301 | forecast runs/empty | runs/empty
ModelCut           | 4 | E302 | predict cut.safetensors sales.csv --out p.csv | cut.safetensors
ModelLong          | 4 | E302 | predict long.safetensors sales.csv --out p.csv | long.safetensors
ModelHead          | 4 | E302 | inspect head.safetensors | head.safetensors
ModelJson          | 4 | E302 | inspect json.safetensors | json.safetensors
ModelGap           | 4 | E302 | inspect gap.safetensors | gap.safetensors
ModelSize          | 4 | E302 | inspect size.safetensors | size.safetensors
ModelType          | 4 | E302 | inspect dtype.safetensors | dtype.safetensors
ModelAlien         | 4 | E302 | inspect alien.safetensors | alien.safetensors
ModelAsData        | 3 | E109 | train cut.safetensors --target y | cut.safetensors
ArraysAsTable      | 3 | E109 | predict runs/ok x.npy --out p.csv | x.npy
GatesSequence      | 2 | E202 | inspect runs/ok --on sales.csv --sequence 9999 | --sequence
GatesNegative      | 2 | E202 | inspect runs/ok --on sales.csv --sequence -1 | --sequence
GatesDense         | 2 | E202 | inspect runs/ok --on sales.csv --layer 1 | layer 1 is not a recurrent layer
GatesNoLayer       | 2 | E202 | inspect runs/ok --on sales.csv --layer 7 | expected: 0
GatesNothing       | 2 | E203 | inspect runs/ok --sequence 1 | --on DATA
GatesNoData        | 3 | E101 | inspect runs/ok --on nowhere.csv | nowhere.csv
GatesColumn        | 3 | E106 | inspect runs/ok --on missing.csv | 'sales'
GatesWidth         | 3 | E304 | inspect runs/wide --on x.npy | x.npy
GatesShort         | 3 | E108 | inspect runs/ok --on sales3.csv | sales3.csv
GatesNoRecurrent   | 2 | E204 | inspect runs/dense --on x.npy | no recurrent layer
GatesTaken         | 2 | E204 | inspect runs/ok --on sales.csv --csv sales.csv | sales.csv
GatesFolder        | 5 | E401 | inspect runs/ok --on sales.csv --out sales.csv/gates | sales.csv/gates
GatesEmpty         | 2 | E202 | inspect runs/wide --on wide.npy --lengths zero.npy | no steps
EvaluateAbsent     | 3 | E101 | evaluate runs/ok nowhere.csv | nowhere.csv
EvaluateColumn     | 3 | E106 | evaluate runs/ok missing.csv | 'sales'
EvaluateNoModel    | 4 | E301 | evaluate runs/nowhere sales.csv | runs/nowhere
EvaluateOtherKind  | 3 | E304 | evaluate runs/ok x.npy | x.npy
EvaluateShort      | 3 | E108 | evaluate runs/ok sales3.csv | no whole window
ResumeNothing      | 4 | E301 | resume runs/empty | runs/empty
# settings
TomlAbsent         | 2 | E203 | train nowhere.toml | nowhere.toml
TomlSyntax         | 2 | E205 | train syntax.toml | syntax.toml:3
TomlKey            | 2 | E201 | train key.toml | did you mean 'window'
TomlPart           | 2 | E201 | train part.toml | did you mean 'data'
TomlType           | 2 | E202 | train type.toml | type.toml:5
TomlRange          | 2 | E202 | train range.toml | range.toml:5
TomlLayer          | 2 | E201 | train layer.toml | did you mean 'lstm'
TomlNoLayers       | 2 | E203 | train no_layers.toml | no_layers.toml:1: layer: a network needs a layer
TomlUnits          | 2 | E203 | train units.toml | units.toml:4
TomlMerge          | 2 | E204 | train merge.toml | merge
TomlWidth          | 2 | E206 | train width.toml | 5
TomlTwice          | 2 | E205 | train twice.toml | twice.toml:3
TomlDate           | 2 | E202 | train date.toml | date.toml:2
# flags
Command            | 2 | E201 | trian sales.csv | did you mean 'train'
Flag               | 2 | E201 | train sales.csv --target sales --epoch 3 | did you mean '--epochs'
Version            | 2 | E201 | --versoin | did you mean '--version'
FlagNoValue        | 2 | E203 | train sales.csv --target | --target: this flag needs a value
FlagMembersNone    | 2 | E202 | train sales.csv --target sales --members 0 | --members
FlagMembersMany    | 2 | E202 | train sales.csv --target sales --members 1001 | --members
FlagMembersWord    | 2 | E202 | train sales.csv --target sales --members few | --members
FlagMembersArrays  | 2 | E204 | train x.npy --target y.npy --members 3 | --members
FlagShareAlone     | 2 | E204 | train sales.csv --target sales --start none --share 0.5 | --share
FlagShareNetwork   | 2 | E204 | train sales.csv --target sales --start none --members 1 --share 0.5 | a share is of networks beside a start
FlagShareWide      | 2 | E202 | train sales.csv --target sales --share 2 | --share
FlagShareWord      | 2 | E202 | train sales.csv --target sales --share half | --share
FlagShareArrays    | 2 | E204 | train x.npy --target y.npy --share 0.5 | --share
FlagSkillNothing   | 2 | E204 | train sales.csv --target sales --test 0 --validation 0 --require-skill | nothing is kept apart
FlagStart          | 2 | E202 | train sales.csv --target sales --start linaer | linear
FlagStartLoss      | 2 | E204 | train sales.csv --target sales --start linear --loss binary_cross_entropy | --start
FlagTestStride     | 2 | E202 | train sales.csv --target sales --test-stride 0 | --test-stride
FlagTwice          | 2 | E204 | train sales.csv --target sales --epochs 1 --epochs 2 | --epochs
FlagWord           | 2 | E202 | train sales.csv --target sales --epochs many | --epochs
FlagRange          | 2 | E202 | train sales.csv --target sales --batch 0 | --batch
FlagCell           | 2 | E201 | train sales.csv --target sales --cell ltsm | there is no cell 'ltsm'
FlagUnits          | 2 | E202 | train sales.csv --target sales --units 5,x | --units
FlagDropout        | 2 | E202 | train sales.csv --target sales --dropout 1.5 | --dropout
FlagInputDropout   | 2 | E202 | train sales.csv --target sales --input-dropout 1 | --input-dropout
FlagRecDropout     | 2 | E202 | train sales.csv --target sales --recurrent-dropout -0.1 | --recurrent-dropout
FlagDropoutWord    | 2 | E202 | train sales.csv --target sales --recurrent-dropout some | --recurrent-dropout
FlagDropoutName    | 2 | E201 | train sales.csv --target sales --recurent-dropout 0.1 | did you mean '--recurrent-dropout'
FlagDropoutCell    | 2 | E202 | train sales.csv --target sales --set layer[0].recurrent_dropout=1 | recurrent_dropout
FlagDropoutDense   | 2 | E201 | train sales.csv --target sales --set layer[1].recurrent_dropout=0.1 | recurrent_dropout
FlagLoss           | 2 | E202 | train sales.csv --target sales --loss msee | did you mean 'mse'
FlagSet            | 2 | E201 | train sales.csv --target sales --set train.epoch=3 | did you mean 'train.epochs'
FlagSetLayer       | 2 | E202 | train sales.csv --target sales --set layer[7].units=3 | layer
FlagGainZero       | 2 | E202 | train sales.csv --target sales --set layer[0].u_init=orthogonal(0) | layer[0].u_init
FlagGainNegative   | 2 | E202 | train sales.csv --target sales --set layer[0].u_init=orthogonal(-0.9) | orthogonal(gain)
FlagGainInfinite   | 2 | E202 | train sales.csv --target sales --set layer[0].u_init=orthogonal(inf) | orthogonal(gain)
FlagGainOfBias     | 2 | E202 | train sales.csv --target sales --set layer[0].b_init=orthogonal(1) | is for matrices
FlagTensorboard    | 2 | E201 | train sales.csv --target sales --tensorbord | did you mean '--tensorboard'
FlagTensorboardYes | 2 | E201 | train sales.csv --target sales --tensorboard yes | yes
FlagHistogram      | 2 | E201 | train sales.csv --target sales --histogram | did you mean '--histograms'
SetTensorboard     | 2 | E202 | train sales.csv --target sales --set train.tensorboard=maybe | --set train.tensorboard
SetHistograms      | 2 | E202 | train sales.csv --target sales --set train.histograms=2 | --set train.histograms
ResumeTensorboard  | 2 | E201 | resume runs/ok --tensorboard off | off
FlagOptimizer      | 2 | E204 | train sales.csv --target sales --optimizer sgd --beta1 0.5 | beta1
FlagExtra          | 2 | E201 | train sales.csv more.csv --target sales | more.csv
FlagMissing        | 2 | E203 | train | DATA
FlagMerge          | 2 | E204 | train sales.csv --target sales --merge sum | --bidirectional
OutTaken           | 2 | E204 | train sales.csv --target sales --out runs/ok | --force
OutIsFile          | 2 | E202 | train sales.csv --target sales --out sales.csv | sales.csv
OutForm            | 2 | E202 | predict runs/ok sales.csv --out p.txt | .safetensors
OutExists          | 2 | E204 | predict runs/ok sales.csv --out x.npy | --force
OutNowhere         | 5 | E401 | predict runs/ok sales.csv --out nowhere/p.csv | nowhere
InitExists         | 2 | E204 | init sales.csv --target sales --out key.toml | --force
ForecastSteps      | 2 | E202 | forecast runs/ok --steps 0 | --steps
EveryStepOfWindows | 2 | E204 | predict runs/ok sales.csv --every-step | --every-step
StatesOfWindows    | 2 | E204 | predict runs/ok sales.csv --final-state s.safetensors | --final-state: is for arrays
GradflowNoData     | 2 | E203 | gradflow runs/ok | DATA must be given
GradflowNoModel    | 4 | E301 | gradflow runs/nowhere sales.csv | runs/nowhere
GradflowTurned     | 4 | E302 | gradflow sales.csv runs/ok | sales.csv
GradflowDataAbsent | 3 | E101 | gradflow runs/ok nowhere.csv | nowhere.csv
GradflowColumn     | 3 | E106 | gradflow runs/ok missing.csv | 'sales'
GradflowOtherKind  | 3 | E304 | gradflow runs/ok x.npy | x.npy
GradflowFlat       | 2 | E204 | gradflow linear.toml sales.csv | no layer of the network is recurrent
GradflowLags       | 2 | E202 | gradflow runs/ok sales.csv --lags 0 | --lags
GradflowSequences  | 2 | E202 | gradflow runs/ok sales.csv --sequences -1 | --sequences
GradflowReference  | 2 | E202 | gradflow runs/ok sales.csv --reference 0 | --reference
GradflowTaken      | 2 | E204 | gradflow runs/ok sales.csv --csv x.npy | --force
GradflowNowhere    | 5 | E401 | gradflow runs/ok sales.csv --svg nowhere/a.svg | nowhere
GradflowTwoOut     | 2 | E204 | gradflow runs/ok sales.csv --csv - --svg - | --svg
GradflowStdin      | 2 | E204 | gradflow runs/ok range.toml - | can be read once
GradflowSettings   | 2 | E202 | gradflow range.toml sales.csv | range.toml:5
GradflowFlag       | 2 | E201 | gradflow runs/ok sales.csv --lag 5 | did you mean '--lags'
BenchShape         | 2 | E202 | bench --shape 1,2,3 | --shape
BenchDropout       | 2 | E202 | bench --recurrent-dropout 1 | --recurrent-dropout
BenchDropInfer     | 2 | E204 | bench --work infer --input-dropout 0.5 | drops nothing
BenchWork          | 2 | E201 | bench --work trian | did you mean 'train'
CellName           | 2 | E201 | cells lstmm | did you mean 'lstm'
SynthName          | 2 | E201 | synth addign | did you mean 'adding'
SynthTwo           | 2 | E201 | synth adding copy | copy
SynthNone          | 2 | E202 | synth adding --sequences 0 | --sequences
SynthMany          | 2 | E202 | synth adding --sequences 20000000 | sequences
SynthShort         | 2 | E202 | synth adding --length 5 | length
SynthWord          | 2 | E202 | synth adding --length many | --length
SynthLarge         | 2 | E202 | synth copy --sequences 5000000 --length 50000 | fewer sequences
SynthSeed          | 2 | E202 | synth adding --seed -1 | --seed
SynthForm          | 2 | E202 | synth adding --out adding.npy | .safetensors
SynthExists        | 2 | E204 | synth adding --out cut.safetensors | --force
SynthNowhere       | 5 | E401 | synth adding --sequences 3 --out nowhere/a.safetensors | nowhere
CodeNear           | 2 | E201 | explain-code E1O4 | did you mean 'E104'
CodeNearShort      | 2 | E201 | explain-code e105x | did you mean 'E105'
CodeName           | 2 | E201 | explain-code E999 | E999
)";

std::vector<Case> table() {
  std::vector<Case> cases;
  std::istringstream rows(kTable);
  for (std::string row; std::getline(rows, row);) {
    if (row.empty() || row[0] == '#') continue;
    std::vector<std::string> cells;
    for (std::size_t from = 0, to = 0; to < row.size(); from = to + 3) {
      to = std::min(row.find(" | ", from), row.size());
      const std::string cell = row.substr(from, to - from);
      cells.push_back(cell.substr(0, cell.find_last_not_of(' ') + 1));
    }
    cases.push_back({cells.at(0), std::stoi(cells.at(1)), cells.at(2), cells.at(3), cells.at(4)});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Input, Malformed, testing::ValuesIn(table()),
                         [](const testing::TestParamInfo<Case>& one) { return one.param.name; });

}  // namespace
}  // namespace carousel::e2e
