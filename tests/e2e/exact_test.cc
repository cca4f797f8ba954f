// The likeliest mistakes of a new user, and all that the program says of each, word for word.
#include <gtest/gtest.h>

#include <memory>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

struct Mistake {
  const char* name;
  int status;
  const char* line;
  const char* said;  ///< all of standard error, with $HERE for the folder
};
void PrintTo(const Mistake& mistake, std::ostream* out) {
  *out << mistake.line;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

class Exact : public testing::TestWithParam<Mistake> {
 protected:
  static void SetUpTestSuite() {
    shop = std::make_unique<Workshop>();
    const std::string sales = sales_csv(80);
    shop->write("sales.csv", sales);
    shop->write("word.csv", replaced(sales, "2012-02,", "2012-02,oops"));
    shop->write("ragged.csv", replaced(sales, "2011-02,", "2011-02,7,"));
    shop->write("missing.csv", replaced(sales, "2010-09,", "2010-09,\n2010-09,"));
    shop->write("quote.csv", replaced(sales, "2010-05,", "2010-05,\""));
    shop->write("empty.csv", "");
    shop->write("header.csv", "month,sales\n");
    shop->write("short.csv", sales_csv(3));
    const std::string x = npy({20, 4, 1}, std::vector<float>(80, 0.5f));
    shop->write("x.npy", x);
    shop->write("y.npy", npy({20}, std::vector<float>(20, 1.0f)));
    shop->write("y19.npy", npy({19}, std::vector<float>(19, 1.0f)));
    shop->write("wide.npy", npy({20, 4, 2}, std::vector<float>(160, 0.5f)));
    shop->write("type.npy", replaced(x, "<f4", "<c8"));
    const std::string data = "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n";
    shop->write("key.toml", data + "windwo = 12\n");
    shop->write("type.toml", data + "\n[train]\nepochs = \"many\"\n");
    shop->write("syntax.toml", replaced(data, "\"sales\"", ""));
    shop->write("cell.toml", data + "\n[[layer]]\nkind = \"lstn\"\nunits = 4\n");
    for (const char* line : {"train sales.csv --target sales --epochs 1 --units 4 --members 1 --out run",
                             "train x.npy --target y.npy --epochs 1 --units 4 --out arrays"}) {
      const Ran ran = run_line(shop->path(), line);
      ASSERT_EQ(ran.status, 0) << ran.err;
    }
    const std::string model = shop->read("run/model.safetensors");
    shop->write("cut.safetensors", model.substr(0, model.size() - 3));
  }
  static void TearDownTestSuite() { shop.reset(); }

  static std::unique_ptr<Workshop> shop;
};

std::unique_ptr<Workshop> Exact::shop;

TEST_P(Exact, IsAnsweredByTheseWords) {
  const Ran ran = run_line(shop->path(), GetParam().line);
  EXPECT_EQ(ran.status, GetParam().status);
  EXPECT_EQ(replaced(ran.err, shop->path().string(), "$HERE"), GetParam().said);
  EXPECT_EQ(ran.out, "");
}

// clang-format off
const Mistake kMistakes[] = {
    {"MissingFile", 3, "train nowhere.csv --target sales",
     R"(E101 nowhere.csv: cannot be opened: No such file or directory
  hint: it was looked for in '$HERE'
)"},
    {"MisspeltFile", 3, "train sales.cvs --target sales",
     R"(E101 sales.cvs: cannot be opened: No such file or directory
  hint: did you mean 'sales.csv'?
)"},
    {"MisspeltColumn", 3, "train sales.csv --target slaes",
     R"(E106 sales.csv, column 'slaes': there is no column 'slaes'
  hint: did you mean 'sales'?; read with delimiter ',' (guessed)  header yes (guessed)  time column 'month', monthly (guessed)
)"},
    {"WordAmongNumbers", 3, "train word.csv --target sales",
     R"(E104 word.csv:27, column 'sales': 'oops119.90' is not a number
  27 | 2012-02,oops119.90
     |         ^
  hint: leave the column out of target and features, if it is not meant to be numbers; read with delimiter ',' (guessed)  header yes (guessed)  time column 'month', monthly (guessed)  order oldest first (guessed)
)"},
    {"RaggedRow", 3, "train ragged.csv --target sales",
     R"(E103 ragged.csv:15: the row has too many fields
  15 | 2011-02,7,111.03
     |          ^
  expected: 2 as in the header
  got: 3
  hint: read with delimiter ',' (guessed)  header yes (guessed)  time column 'month', monthly (guessed)  order oldest first (guessed)
)"},
    {"MissingValue", 3, "train missing.csv --target sales",
     R"(E105 missing.csv:10, column 'sales': a value is missing
  10 | 2010-09,
     |         ^
  expected: a number
  got: an empty field
  hint: --missing forward, linear or mask reads on; read with delimiter ',' (guessed)  header yes (guessed)  time column 'month', irregular (guessed)  order oldest first (guessed)
)"},
    {"EmptyFile", 3, "train empty.csv --target sales",
     R"(E102 empty.csv: the file is empty
  expected: a CSV: a line of names, and rows of numbers
)"},
    {"HeaderOnly", 3, "train header.csv --target sales",
     R"(E102 header.csv: there are no rows under the header
  hint: read with delimiter ',' (guessed)  header yes (guessed)
)"},
    {"FewRows", 3, "train short.csv --target sales",
     R"(E108 short.csv: the training part holds no window
  expected: at least 2 rows there (window 1, gap 0, horizon 1)
  got: 1 row there, 3 in all
  hint: more rows, a smaller window or horizon, other shares in split, or missing values filled
)"},
    {"OpenQuote", 3, "train quote.csv --target sales",
     R"(E107 quote.csv:6: this quote is not closed
  6 | 2010-05,"109.23
    |         ^
  hint: a quote inside a quoted field is written twice; read with delimiter ',' (guessed)  header yes (guessed)  time column 'month', monthly (guessed)  order oldest first (guessed)
)"},
    {"LongWindow", 3, "train sales.csv --target sales --window 500",
     R"(E108 sales.csv: the training part holds no window
  expected: at least 512 rows there (window 500, gap 0, horizon 12)
  got: 56 rows there, 80 in all
  hint: more rows, a smaller window or horizon, other shares in split, or missing values filled
)"},
    {"TimeAsTarget", 3, "train sales.csv --target month",
     R"(E104 sales.csv:2, column 'month': '2010-01' is not a number
  2 | 2010-01,103.00
    | ^
  hint: leave the column out of target and features, if it is not meant to be numbers; read with delimiter ',' (guessed)  header yes (guessed)  time column none (guessed)  order oldest first (guessed)
)"},
    {"WrongDelimiter", 3, "train sales.csv --target sales --delimiter ;",
     R"(E106 sales.csv, column 'sales': there is no column 'sales'
  hint: known: month,sales; read with delimiter ';' (set)  decimal '.' (guessed)  header yes (guessed)  time column none (guessed)
)"},
    {"UnknownCommand", 2, "trian sales.csv --target sales",
     R"(E201 carousel: there is no command 'trian'
  hint: did you mean 'train'?
)"},
    {"UnknownFlag", 2, "train sales.csv --target sales --epoch 3",
     R"(E201 carousel train: there is no flag '--epoch'
  hint: did you mean '--epochs'?
)"},
    {"WordForANumber", 2, "train sales.csv --target sales --epochs many",
     R"(E202 --epochs: this setting cannot have that value
  expected: a whole number from 1 to 1000000, or "auto"
  got: "many"
)"},
    {"NumberOutOfRange", 2, "train sales.csv --target sales --batch 0",
     R"(E202 --batch: this setting cannot have that value
  expected: a whole number from 1 to 1000000
  got: 0
)"},
    {"UnknownCell", 2, "train sales.csv --target sales --cell ltsm",
     R"(E201 --cell: there is no cell 'ltsm'
  hint: did you mean 'lstm'?
)"},
    {"UnknownLoss", 2, "train sales.csv --target sales --loss msee",
     R"(E202 --loss: unknown name
  expected: mse | mae | cross_entropy | binary_cross_entropy, or "auto"
  got: "msee"
  hint: did you mean 'mse'?
)"},
    {"FlagWithoutValue", 2, "train sales.csv --target",
     R"(E203 --target: this flag needs a value
  hint: carousel train -h
)"},
    {"NoData", 2, "train",
     R"(E203 carousel train: DATA must be given
  expected: CSV, IDX, .npy or .safetensors; - is standard input; or a settings file (.toml)
  hint: for example: carousel train sales.csv --target sales
)"},
    {"OneArgumentTooMany", 2, "train sales.csv sales",
     R"(E201 carousel train: 'sales' is one argument too many
  hint: carousel train -h
)"},
    {"FolderTaken", 2, "train sales.csv --target sales --out run",
     R"(E204 --out: 'run' holds a run already
  hint: --force replaces it, carousel resume run goes on with it
)"},
    {"UnknownKey", 2, "train key.toml",
     R"(E201 key.toml:4: data.windwo: there is no setting 'windwo' here
  4 | windwo = 12
    | ^
  hint: did you mean 'window'?
)"},
    {"WrongType", 2, "train type.toml",
     R"(E202 type.toml:6: train.epochs: this setting cannot have that value
  6 | epochs = "many"
    | ^
  expected: a whole number from 1 to 1000000, or "auto"
  got: "many"
)"},
    {"BrokenSettings", 2, "train syntax.toml",
     R"(E205 syntax.toml:3: Error while parsing key-value pair: expected value, saw '\n'
  3 | target = 
    |          ^
  hint: text stands in quotes, a list in [ ], a table in { } on one line
)"},
    {"UnknownLayer", 2, "train cell.toml",
     R"(E201 cell.toml:6: layer[0].kind: there is no layer 'lstn'
  6 | kind = "lstn"
    | ^
  hint: did you mean 'lstm'?
)"},
    {"TypeOfNumbers", 3, "train type.npy --target y.npy",
     R"(E109 type.npy: numbers of this type cannot be read
  expected: <f4 <f8 <f2 <i4 <i8 |u1 |b1
  got: <c8
  hint: save a.astype('float32'), or int64 for classes
)"},
    {"FewTargets", 3, "train x.npy --target y19.npy",
     R"(E110 y19.npy: the targets do not fit the sequences
  expected: [N], [N, K], [N, T] or [N, T, K] with N = 20
  got: F32 [19]
)"},
    {"OtherFeatures", 3, "predict arrays wide.npy --out p.npy",
     R"(E304 wide.npy: the sequences do not fit the model
  expected: 1 feature a step
  got: 2
)"},
    {"ArgumentsSwapped", 4, "predict sales.csv run --out p.csv",
     R"(E302 sales.csv: this is not a safetensors file
  expected: a run folder, or a model that carousel train wrote
)"},
    {"DataTooShort", 3, "predict run short.csv --out p.csv",
     R"(E108 short.csv: the table is shorter than one window
  expected: at least 12 rows
  got: 3 rows
)"},
    {"CutModel", 4, "predict cut.safetensors sales.csv --out p.csv",
     R"(E302 cut.safetensors: array 'start.weights' lies outside of the file
  expected: offsets from 0 to 1201
  got: [628,1204]
  hint: the file may be cut off
)"},
    {"NoSuchRun", 4, "forecast runs/sales",
     R"(E301 runs/sales: cannot be opened: No such file or directory
  hint: there is no folder 'runs' in '$HERE'
)"},
    {"NoSuchRunToResume", 4, "resume rum",
     R"(E301 rum: there is no such run folder
  hint: did you mean 'run'?
)"},
    {"WrongEnding", 2, "predict run sales.csv --out p.xls",
     R"(E202 --out: 'p.xls' does not say in which form to write
  expected: a name that ends in .csv, .npy or .safetensors
)"},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(Mistake, Exact, testing::ValuesIn(kMistakes),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace carousel::e2e
