// Every kind of word that people type, misspelt once: the message names the one that was meant.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "e2e/program.h"

namespace carousel::e2e {
namespace {

struct Case {
  const char* line;   ///< as typed
  const char* meant;  ///< what the hint must say
};

/// The bytes of a safetensors file with one array under another name.
std::string renamed(std::string file, const std::string& from, const std::string& to) {
  std::uint64_t size = 0;
  std::memcpy(&size, file.data(), 8);
  auto header = nlohmann::json::parse(file.substr(8, size));
  header[to] = header.at(from);
  header.erase(from);
  const std::string text = header.dump();
  const std::uint64_t length = text.size();
  std::string head(8, '\0');
  std::memcpy(head.data(), &length, 8);
  return head + text + file.substr(8 + size);
}

constexpr Case kCases[] = {
    // commands, flags, enum values
    {"trian sales.csv", "'train'"},
    {"help evalute", "'evaluate'"},
    {"train sales.csv --target sales --epoch 3", "'--epochs'"},
    {"train sales.csv --target sales --learnin-rate 3", "'--learning-rate'"},
    {"train sales.csv --target sales --loss maee", "'mae'"},
    {"train sales.csv --target sales --loss atuo", "'auto'"},
    {"train sales.csv --target sales --optimizer adma", "'adam'"},
    {"train sales.csv --target sales --missing frward", "'forward'"},
    {"train sales.csv --target sales --subtract lats", "'last'"},
    {"train sales.csv --target sales --scale standrd", "'standard'"},
    {"train sales.csv --target sales --log atuo", "'auto'"},
    {"train sales.csv --target sales --order newset", "'newest'"},
    {"train sales.csv --target sales --header yse", "'yes'"},
    {"train sales.csv --target sales --delimiter tba", "'tab'"},
    {"train sales.csv --target sales --decimal atuo", "'auto'"},
    {"train sales.csv --target sales --split-order shufled", "'shuffled'"},
    {"train sales.csv --target sales --keep bset", "'best'"},
    {"train sales.csv --target sales --loss-at lst", "'last'"},
    {"train sales.csv --target sales --reduce-time maen", "'mean'"},
    {"train sales.csv --target sales --bidirectional --merge smu", "'sum'"},
    {"bench --work trian", "'train'"},
    // columns
    {"train sales.csv --target slaes", "'sales'"},
    {"train sales.csv --target sales --features slaes", "'sales'"},
    {"train sales.csv --target sales --time mnth", "'month'"},
    // settings, as flags and in files
    {"train sales.csv --target sales --set data.windw=3", "'data.window'"},
    {"train sales.csv --target sales --set train.optimizer.rat=3", "'train.optimizer.rate'"},
    {"train sales.csv --target sales --set layer[0].unit=3", "'units'"},
    {"train sales.csv --target sales --set layers[0].units=3", "'layer[0].units'"},
    {"train sales.csv --target sales --set lyer[0].units=3", "'layer[0].units'"},
    {"train part.toml", "'data'"},
    {"train key.toml", "'window'"},
    {"train table.toml", "'split'"},
    {"train layers.toml", "'layer'"},
    {"train direction.toml", "'units'"},
    // cells, kinds of layers, and what they are made of
    {"train sales.csv --target sales --cell gur", "'gru'"},
    {"cells lstmm", "'lstm'"},
    {"bench --cell lstmm", "'lstm'"},
    {"train kind.toml", "'bidirectional'"},
    {"train sales.csv --target sales --set layer[0].kind=lstn", "'lstm'"},
    {"train sales.csv --target sales --set layer[0].activation=tahn", "'tanh'"},
    {"train sales.csv --target sales --set layer[0].returns=lats", "'last'"},
    {"train sales.csv --target sales --set layer[0].w_init=glorot_unifrom", "'glorot_uniform'"},
    {"train sales.csv --target sales --l2 0.1 --set train.l2_weights=layers.0.V", "'layers.0.W'"},
    // tasks, arrays, tensors, states
    {"synth addng", "'adding'"},
    {"train task.safetensors --target yy", "'y'"},
    {"train task.safetensors --target y --lengths lenghts", "'lengths'"},
    {"train task.safetensors --target y --lengths lengths --mask msak", "'mask'"},
    {"evaluate runs/task task.safetensors --target yy", "'y'"},
    {"inspect tensor.safetensors", "'members.0.layers.0.X'"},
    {"predict runs/task task.safetensors --initial-state state.safetensors", "'layers.0.h'"},
    // files and folders
    {"train slaes.csv --target sales", "'sales.csv'"},
    {"train task.safetensor --target y", "'task.safetensors'"},
    {"train kye.toml", "'key.toml'"},
    {"train sales.csv --target sales --settings kye.toml", "'key.toml'"},
    {"gradcheck kye.toml", "'key.toml'"},
    {"forecast runs/salse", "'runs/sales'"},
    {"inspect runs/salse/", "'runs/sales'"},
    {"resume runs/salse", "'runs/sales'"},
    {"show-config runs/salse", "'runs/sales'"},
    {"predict runs/sales sales.csv --out p.saftensors", "'.safetensors'"},
};

TEST(Misspelt, WordsAreAnsweredWithTheOneThatWasMeant) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  const std::string data = "[data]\nfile = \"sales.csv\"\ntarget = \"sales\"\n";
  shop.write("part.toml", "[dta]\nfile = \"sales.csv\"\n");
  shop.write("key.toml", data + "windwo = 5\n");
  shop.write("table.toml", data + "[data.splt]\ntest = 0.1\n");
  shop.write("layers.toml", data + "[[layers]]\nkind = \"lstm\"\nunits = 4\n");
  shop.write("kind.toml", data + "[[layer]]\nkind = \"bidirectionl\"\n");
  shop.write("direction.toml", data +
                                   "[[layer]]\nkind = \"bidirectional\"\nforward = {kind = \"lstm\", "
                                   "unts = 4}\nbackward = {kind = \"lstm\", units = 4}\n");
  for (const char* line :
       {"train sales.csv --target sales --epochs 1 --units 4 --out runs/sales",
        "synth reber --sequences 30 --out task.safetensors",
        "train task.safetensors --target y --lengths lengths --mask mask --epochs 1 --units 4 --out "
        "runs/task",
        "predict runs/task task.safetensors --lengths lengths --out p.npy --final-state state.safetensors"}) {
    const Ran made = run_line(shop.path(), line);
    ASSERT_EQ(made.status, 0) << line << "\n" << made.err;
  }
  shop.write("tensor.safetensors", renamed(shop.read("runs/task/model.safetensors"), "members.0.layers.0.W",
                                           "members.0.layers.0.X"));
  shop.write("state.safetensors", renamed(shop.read("state.safetensors"), "layers.0.h", "layers.0.hh"));
  for (const Case& one : kCases) {
    const Ran ran = run_line(shop.path(), one.line);
    EXPECT_NE(ran.status, 0) << one.line;
    const std::size_t hint = ran.err.find("\n  hint: ");
    const std::string said = hint == std::string::npos ? "" : ran.err.substr(hint);
    EXPECT_NE(said.find(one.meant), std::string::npos) << one.line << "\n" << ran.err;
  }
  const Ran target = run(shop.path(), {"inspect", "--cpu"}, "", {{"CAROUSEL_TARGET", "sclar"}});
  EXPECT_NE(target.err.find("did you mean 'scalar'?"), std::string::npos) << target.err;
}

// A hint that names a word which has nothing to do with the typed one sends its reader astray.
TEST(Misspelt, FarWordsAreNotSuggested) {
  const Workshop shop;
  shop.write("sales.csv", sales_csv(96));
  for (const char* line : {"banana", "train sales.csv --target sales --delimiter :",
                           "train sales.csv --target sales --set banana=1",
                           "train sales.csv --target sales --header perhaps", "forecast banana"}) {
    const Ran ran = run_line(shop.path(), line);
    EXPECT_NE(ran.status, 0) << line;
    EXPECT_EQ(ran.err.find("did you mean"), std::string::npos) << line << "\n" << ran.err;
  }
}

}  // namespace
}  // namespace carousel::e2e
