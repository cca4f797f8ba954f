// Settings structs to JSON and back: types, ranges, enums, optionals, lists and nested structs, each refused
// with its path.
#include "base/fields_json.h"

#include <gtest/gtest.h>

namespace carousel {

enum class Colour { red, green };
template <>
struct EnumNames<Colour> {
  static constexpr std::array<std::pair<std::string_view, Colour>, 2> names{
      {{"red", Colour::red}, {"green", Colour::green}}};
};

namespace {

struct Inner {
  double share = 0.25;
};
template <class Visitor>
void describe(Inner& s, Visitor&& visit) {
  visit(Field{.name = "share", .doc = "", .low = 0, .high = 1}, s.share);
}

struct Outer {
  int count = 3;
  std::uint64_t seed = 1;
  float rate = 0.1f;
  bool on = false;
  std::string name = "x";
  Colour colour = Colour::green;
  std::optional<int> window;
  std::vector<std::string> list;
  Inner inner;
};
template <class Visitor>
void describe(Outer& s, Visitor&& visit) {
  visit(Field{.name = "count", .doc = "", .low = 1, .high = 10}, s.count);
  visit(Field{.name = "seed", .doc = ""}, s.seed);
  visit(Field{.name = "rate", .doc = "", .low = 0}, s.rate);
  visit(Field{.name = "on", .doc = ""}, s.on);
  visit(Field{.name = "name", .doc = ""}, s.name);
  visit(Field{.name = "colour", .doc = ""}, s.colour);
  visit(Field{.name = "window", .doc = "", .low = 1}, s.window);
  visit(Field{.name = "list", .doc = ""}, s.list);
  visit(Field{.name = "inner", .doc = ""}, s.inner);
}

Outer read(const std::string& text) {
  Outer outer;
  from_json(Json::parse(text), outer, "data");
  return outer;
}

ErrorInfo refusal(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    return error.info();
  }
  ADD_FAILURE() << "accepted: " << text;
  return {};
}

TEST(FieldsJson, ComesBackAsItWas) {
  const Outer outer = read(
      R"({"count":7,"seed":18446744073709551615,"rate":0.001,"on":true,"name":"y","colour":"red","window":12,"list":["a","b"],"inner":{"share":1}})");
  EXPECT_EQ(outer.seed, 18446744073709551615u);
  EXPECT_EQ(outer.window, 12);
  EXPECT_EQ(outer.inner.share, 1.0);
  EXPECT_EQ(
      to_json(outer).dump(),
      R"({"count":7,"seed":18446744073709551615,"rate":0.001,"on":true,"name":"y","colour":"red","window":12,"list":["a","b"],"inner":{"share":1.0}})");
}

TEST(FieldsJson, KeepsWhatIsNotNamed) {
  const Outer outer = read("{}");
  EXPECT_EQ(outer.count, 3);
  EXPECT_EQ(to_json(outer)["window"], "auto");
  EXPECT_EQ(read(R"({"window":"auto"})").window, std::nullopt);
  EXPECT_EQ(read(R"({"list":"only"})").list, std::vector<std::string>{"only"});
}

TEST(FieldsJson, RefusesWithThePath) {
  EXPECT_EQ(refusal(R"({"count":0})").where, "data.count");
  EXPECT_EQ(refusal(R"({"count":0})").expected, "a whole number from 1 to 10");
  EXPECT_EQ(refusal(R"({"count":11})").got, "11");
  EXPECT_EQ(refusal(R"({"count":2.5})").where, "data.count");
  EXPECT_EQ(refusal(R"({"count":"2"})").where, "data.count");
  EXPECT_EQ(refusal(R"({"seed":-1})").where, "data.seed");
  EXPECT_EQ(refusal(R"({"rate":-0.1})").where, "data.rate");
  EXPECT_EQ(refusal(R"({"rate":1e39})").expected, "a number of at most 3.4e+38");
  EXPECT_EQ(refusal(R"({"on":1})").where, "data.on");
  EXPECT_EQ(refusal(R"({"name":1})").where, "data.name");
  EXPECT_EQ(refusal(R"({"colour":"gren"})").hint, "did you mean 'green'?");
  EXPECT_EQ(refusal(R"({"window":0})").expected, "a whole number of at least 1, or \"auto\"");
  EXPECT_EQ(refusal(R"({"list":["a",2]})").where, "data.list[1]");
  EXPECT_EQ(refusal(R"({"inner":{"share":2}})").where, "data.inner.share");
  EXPECT_EQ(refusal(R"({"inner":{"shares":1}})").where, "data.inner.shares");
  EXPECT_EQ(refusal(R"({"coumt":1})").hint, "did you mean 'count'?");
  EXPECT_EQ(refusal(R"([1])").where, "data");
}

}  // namespace
}  // namespace carousel
