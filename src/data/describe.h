// How [data] describes itself: names, documentation and ranges of DataOptions and of what it holds.
#pragma once

#include <array>
#include <utility>

#include "base/fields.h"
#include "carousel/data.h"

namespace carousel {

template <>
struct EnumNames<Subtract> {
  static constexpr std::array<std::pair<std::string_view, Subtract>, 3> names = {
      {{"last", Subtract::last}, {"first", Subtract::first}, {"none", Subtract::none}}};
};

template <>
struct EnumNames<Log> {
  static constexpr std::array<std::pair<std::string_view, Log>, 3> names = {
      {{"auto", Log::automatic}, {"on", Log::on}, {"off", Log::off}}};
};

template <>
struct EnumNames<Scale> {
  static constexpr std::array<std::pair<std::string_view, Scale>, 5> names = {{{"standard", Scale::standard},
                                                                               {"minmax", Scale::minmax},
                                                                               {"relative", Scale::relative},
                                                                               {"sequence", Scale::sequence},
                                                                               {"none", Scale::none}}};
};

template <>
struct EnumNames<SplitOrder> {
  static constexpr std::array<std::pair<std::string_view, SplitOrder>, 2> names = {
      {{"time", SplitOrder::time}, {"shuffled", SplitOrder::shuffled}}};
};

template <>
struct EnumNames<Missing> {
  static constexpr std::array<std::pair<std::string_view, Missing>, 4> names = {
      {{"error", Missing::error},
       {"forward", Missing::forward},
       {"linear", Missing::linear},
       {"mask", Missing::mask}}};
};

template <>
struct EnumNames<RowOrder> {
  static constexpr std::array<std::pair<std::string_view, RowOrder>, 3> names = {
      {{"auto", RowOrder::automatic}, {"oldest", RowOrder::oldest}, {"newest", RowOrder::newest}}};
};

template <>
struct EnumNames<Preparation::Kind> {
  static constexpr std::array<std::pair<std::string_view, Preparation::Kind>, 3> names = {
      {{"table", Preparation::Kind::table},
       {"arrays", Preparation::Kind::arrays},
       {"images", Preparation::Kind::images}}};
};

template <class Visitor>
void describe(Split& s, Visitor&& visit) {
  visit(Field{"test", "share of the rows, the newest, that training never sees", 0, 0.9}, s.test);
  visit(Field{"validation", "share of the rest that chooses the best epoch", 0, 0.9}, s.validation);
  visit(
      Field{"order", "which rows are kept apart: the newest, or any, which leaks the future into a forecast"},
      s.order);
}

template <class Visitor>
void describe(DataOptions& s, Visitor&& visit) {
  visit(Field{"file", "CSV, IDX (also .gz), .npy or .safetensors; - is standard input"}, s.file);
  visit(Field{"target", "CSV: column or columns to forecast; arrays: file or name of the targets"}, s.target);
  visit(Field{"features", "CSV: columns that the network sees; none given: every column of numbers"},
        s.features);
  visit(Field{"window", "CSV: steps that the network sees; auto: from the season, at most 96", 1, 1e6},
        s.window);
  visit(Field{"horizon", "CSV: steps that it forecasts, all at once; auto: one season, else 1", 1, 1e6},
        s.horizon);
  visit(Field{"season", "CSV: rows of a season, 1 = none; window, horizon and seasonal naive follow it", 1,
              1e6},
        s.season);
  visit(Field{"stride", "CSV: rows from one window to the next", 1, 1e6}, s.stride);
  visit(Field{"test_stride", "CSV: rows from one test window to the next, e.g. the horizon; auto: the stride",
              1, 1e6},
        s.test_stride);
  visit(Field{"gap", "CSV: rows between a window and its target", 0, 1e6}, s.gap);
  visit(Field{"subtract", "CSV: which value of each window is subtracted from it, per column"}, s.subtract);
  visit(Field{"log",
              "CSV: whether the logarithm is taken; auto: when all values are positive and the spread grows "
              "with the level"},
        s.log);
  visit(Field{"scale",
              "how columns are scaled, as fitted on the training part; relative: x/x0 - 1 of each window, in "
              "place of "
              "subtract"},
        s.scale);
  visit(Field{"missing", "what to do where a number is missing"}, s.missing);
  visit(Field{"split", "the parts for test and validation"}, s.split);
  visit(
      Field{
          .name = "delimiter", .doc = "CSV: between fields", .choices = "auto | , | ; | tab | pipe | space"},
      s.delimiter);
  visit(Field{.name = "decimal", .doc = "CSV: decimal point of numbers", .choices = "auto | . | ,"},
        s.decimal);
  visit(Field{.name = "header",
              .doc = "CSV: whether the first line names the columns",
              .choices = "auto | yes | no"},
        s.header);
  visit(Field{"time", "CSV: the time column's name, auto or none"}, s.time);
  visit(Field{"order", "CSV: which row comes first; auto: by the time column"}, s.order);
  visit(Field{"lengths", "arrays: file or name of the sequences' lengths"}, s.lengths);
  visit(Field{"mask", "arrays: file or name of the mask of steps that count"}, s.mask);
  visit(Field{"test_file", "arrays: file of the test part; split.test is not used then"}, s.test_file);
  visit(Field{"test_target", "arrays: file or name of the test part's targets"}, s.test_target);
  visit(Field{"test_lengths", "arrays: file or name of the test part's lengths"}, s.test_lengths);
  visit(Field{"test_mask", "arrays: file or name of the test part's mask"}, s.test_mask);
}

}  // namespace carousel
