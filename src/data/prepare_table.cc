// Tables to windows: columns, season, window, horizon, parts, logarithm, scale.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "carousel/error.h"
#include "data/guess.h"
#include "data/precision.h"
#include "data/prepare.h"
#include "data/scaling.h"
#include "data/window_set.h"

namespace carousel::data {
namespace {

constexpr std::int64_t kEnoughNumbers = 10'000'000;  // of differences are enough to fit a scale

class TablePreparer {
 public:
  TablePreparer(const Table& table, const WindowOptions& options, const Preparation* fitted)
      : table_(table), options_(options), p_(fitted ? *fitted : Preparation{}), fitted_(fitted != nullptr) {
    prepared_.table = table;
    prepared_.guesses = table.guesses();
    prepared_.warnings = table.warnings();
  }

  Prepared prepare() {
    if (!fitted_) {
      choose_columns();
      choose_sizes();
      check_precision();
    }
    choose_parts();
    if (!fitted_) {
      choose_logs();
      fit();
    }
    auto shared = std::make_shared<const Preparation>(p_);
    prepared_.train = part(shared, train_);
    prepared_.validation = part(shared, validation_);
    prepared_.test = part(shared, test_);
    prepared_.preparation = p_;
    return std::move(prepared_);
  }

 private:
  // Windows of a part: those of `starts`, from `first` on, perhaps through the shuffled order.
  struct Part {
    std::optional<WindowStarts> starts;
    std::int64_t first = 0, count = 0;
    std::shared_ptr<const Permutation> order;
  };

  void confess(std::string what, std::string value, bool guessed, std::string flag) {
    prepared_.guesses.push_back({std::move(what), std::move(value), guessed, std::move(flag)});
  }

  void choose_columns() {
    std::vector<std::string> targets = options_.target.list();
    if (targets.empty()) {
      if (table_.columns() != 1)
        throw Error(Code::usage_missing,
                    {.where = "data.target",
                     .what = "the table has several columns, and none was named as target",
                     .hint = "--target NAME, one of " + base::listed(table_.names())});
      targets = table_.names();
      confess("target", fmt::format("'{}'", targets.front()), true, "--target");
    }
    const auto& features = options_.features.empty() ? table_.names() : options_.features.list();
    for (const std::string& name : targets) {
      const std::string& column = table_.names()[static_cast<std::size_t>(table_.column(name))];
      for (const ColumnScale& other : p_.targets)
        if (other.name == column)
          throw Error(Code::usage_conflict, {.where = "data.target",
                                             .what = fmt::format("the target '{}' is named twice", column),
                                             .got = base::listed(targets),
                                             .hint = "name each column once"});
      p_.targets.push_back({column});
    }
    for (const std::string& name : features)
      p_.features.push_back({table_.names()[static_cast<std::size_t>(table_.column(name))]});
    p_.kind = Preparation::Kind::table;
    p_.scale = options_.scale;
    p_.subtract = options_.scale == Scale::relative || options_.scale == Scale::sequence ? Subtract::none
                                                                                         : options_.subtract;
    p_.gap = options_.gap;
    if (options_.scale == Scale::relative && options_.log == Log::on)
      throw Error(Code::usage_conflict,
                  {.where = "data.log",
                   .what = "log = \"on\" and scale = \"relative\" contradict each other",
                   .hint = "relative already takes the level out of each window"});
  }

  // Rows that surely belong to training, before the horizon is known.
  std::int64_t surely_training() const {
    const double share = (1.0 - options_.split.test) * (1.0 - options_.split.validation);
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(share * static_cast<double>(table_.rows())));
  }

  void choose_sizes() {
    const std::int64_t rows = surely_training();
    p_.season = options_.season ? *options_.season
                                : guess_season({table_, table_.column(p_.targets.front().name), rows});
    confess("season", p_.season > 1 ? fmt::format("{} rows", p_.season) : "none", !options_.season,
            "--season");
    // One season, where the training part has seen it come and go.
    p_.horizon = options_.horizon ? *options_.horizon : rows >= 4 * p_.season ? p_.season : 1;
    p_.window = options_.window ? *options_.window : guess_window(p_.season, p_.horizon, rows);
    confess("window", fmt::format("{}", p_.window), !options_.window, "--window");
    confess("horizon", fmt::format("{}", p_.horizon), !options_.horizon, "--horizon");
    if (p_.window < 1 || p_.horizon < 1 || p_.season < 1 || options_.gap < 0 || options_.stride < 1 ||
        options_.test_stride.value_or(1) < 1)
      throw Error(Code::usage_bad_value,
                  {.where = "data.window",
                   .what = "a setting of the windows is too small",
                   .expected = "window, horizon, season and stride of at least 1, gap of at least 0"});
  }

  void check_precision() {
    std::set<std::string> names;
    for (const auto* columns : {&p_.features, &p_.targets})
      for (const ColumnScale& column : *columns) names.insert(column.name);
    for (const std::string& name : names)
      if (std::string warning = precision_warning({table_, table_.column(name), surely_training()});
          !warning.empty())
        prepared_.warnings.push_back(std::move(warning));
  }

  std::int64_t span() const { return std::int64_t{p_.window} + p_.gap + p_.horizon; }

  void choose_parts() {
    const std::int64_t rows = table_.rows(), stride = options_.stride;
    if (options_.split.order == SplitOrder::shuffled) {
      const WindowStarts all(table_, 0, rows, span(), stride);
      Parts parts = parts_shuffled(all.count(), options_.split);
      const std::int64_t last = parts.train + parts.validation;
      std::int64_t rest = last;
      // Targets of the windows before must not reach into what the test part is scored on.
      if (parts.test > 0)
        while (rest > 0 && all[rest - 1] + p_.horizon > all[last]) --rest;
      if (rest < last) {
        parts = parts_shuffled(rest, {.test = 0.0, .validation = options_.split.validation});
        parts.test = all.count() - last;
      }
      auto order = std::make_shared<const Permutation>(Random(options_.seed, Random::Use::split), rest);
      train_ = {all, 0, parts.train, order};
      validation_ = {all, parts.train, parts.validation, order};
      test_ = {all, last, parts.test, nullptr};
      training_rows_ = rest > 0 ? all[rest - 1] + span() : 0;
      prepared_.train_rows = parts.train;
      prepared_.validation_rows = parts.validation;
      prepared_.test_rows = parts.test;
      prepared_.counts_windows = true;
      prepared_.warnings.push_back(
          "the split is shuffled: windows overlap, so training has seen most rows of the validation windows, "
          "and their "
          "score is too good to be that of a forecast; split.order = \"time\" is honest");
    } else {
      const Parts parts = parts_in_time(rows, options_.split, p_.horizon);
      training_rows_ = parts.train;
      prepared_.train_rows = parts.train;
      prepared_.validation_rows = parts.validation;
      prepared_.test_rows = parts.test;
      const std::int64_t reach = p_.window + p_.gap;
      train_ = whole(0, parts.train, stride);
      validation_ =
          whole(std::max<std::int64_t>(0, parts.train - reach), parts.train + parts.validation, stride);
      test_ = whole(std::max<std::int64_t>(0, parts.train + parts.validation - reach), rows,
                    options_.test_stride.value_or(options_.stride));
      if (parts.validation == 0) validation_.count = 0;
      if (parts.test == 0) test_.count = 0;
    }
    check_not_empty("training", train_.count, prepared_.train_rows, true);
    check_not_empty("validation", validation_.count, prepared_.validation_rows,
                    options_.split.validation > 0);
    check_not_empty("test", test_.count, prepared_.test_rows, options_.split.test > 0);
  }

  Part whole(std::int64_t first, std::int64_t end, std::int64_t stride) const {
    Part part{WindowStarts(table_, first, end, span(), stride), 0, 0, nullptr};
    part.count = part.starts->count();
    return part;
  }

  void check_not_empty(const char* part, std::int64_t count, std::int64_t part_rows, bool asked) const {
    if (!asked || count > 0 || fitted_) return;
    throw Error(
        Code::data_too_short,
        {.what = fmt::format("the {} part holds no window", part),
         .expected = fmt::format(
             "at least {} there (window {}, gap {}, horizon {})",
             base::counted(part[0] == 't' && part[1] == 'r' ? span() : std::int64_t{p_.horizon}, "row"),
             p_.window, p_.gap, p_.horizon),
         .got = prepared_.counts_windows ? base::counted(table_.rows(), "row") + " in all"
                                         : fmt::format("{} there, {} in all", base::counted(part_rows, "row"),
                                                       base::grouped(table_.rows())),
         .hint = "more rows, a smaller window or horizon, other shares in split, or missing values filled",
         .file = table_.file()});
  }

  void choose_logs() {
    const auto choose = [&](ColumnScale& column) {
      if (options_.log == Log::on) column.log = true;
      if (options_.log != Log::automatic || options_.scale == Scale::relative) return;
      const int index = table_.column(column.name);
      for (std::int64_t row = 0; row < table_.rows(); ++row)
        if (table_.at(row, index) <= 0.0f) return;
      column.log = spread_grows({table_, index, training_rows_}, p_.season);
    };
    std::string names;
    for (ColumnScale& column : p_.features) choose(column);
    for (ColumnScale& column : p_.targets) choose(column);
    for (const ColumnScale& column : p_.targets)
      if (column.log) names += (names.empty() ? "" : ", ") + column.name;
    for (const ColumnScale& column : p_.features)
      if (column.log && names.find(column.name) == std::string::npos)
        names += (names.empty() ? "" : ", ") + column.name;
    confess("log", names.empty() ? "off" : "on for " + names, options_.log == Log::automatic, "--log");
  }

  void fit() {
    const bool about_zero = p_.subtract != Subtract::none;
    const auto fit_column = [&](ColumnScale& column) {
      if (p_.scale != Scale::standard && p_.scale != Scale::minmax) return;
      const int index = table_.column(column.name);
      Fit fit;
      if (!about_zero) {
        for (std::int64_t row = 0; row < training_rows_; ++row)
          if (table_.complete(row)) fit.add(level(column, table_.at(row, index)));
      } else {
        const std::int64_t each = std::max<std::int64_t>(1, train_.count * p_.window / kEnoughNumbers);
        for (std::int64_t w = 0; w < train_.count; w += each) {
          const std::int64_t i = train_.first + w;
          const std::int64_t start = (*train_.starts)[train_.order ? (*train_.order)(i) : i];
          const auto at = [&](int t) { return level(column, table_.at(start + t, index)); };
          const double shift = reference_of(p_.subtract, p_.scale, p_.window, at).shift;
          for (int t = 0; t < p_.window; ++t) fit.add(at(t) - shift);
          for (int h = 0; h < p_.horizon; ++h) fit.add(at(p_.window + p_.gap + h) - shift);
        }
      }
      fit.finish(p_.scale, about_zero, column);
    };
    for (ColumnScale& column : p_.features) fit_column(column);
    for (ColumnScale& column : p_.targets) {
      const auto same = std::find_if(p_.features.begin(), p_.features.end(),
                                     [&](const ColumnScale& f) { return f.name == column.name; });
      if (same != p_.features.end())
        column = *same;
      else
        fit_column(column);
    }
  }

  std::shared_ptr<const Dataset> part(const std::shared_ptr<const Preparation>& shared,
                                      const Part& of) const {
    auto set = std::make_shared<WindowSet>(table_, shared, *of.starts);
    set->select(of.first, of.count, of.order);
    return set;
  }

  const Table& table_;
  const WindowOptions& options_;
  Preparation p_;
  bool fitted_;
  Prepared prepared_;
  std::int64_t training_rows_ = 0;
  Part train_, validation_, test_;
};

}  // namespace

Parts parts_in_time(std::int64_t n, const Split& split, std::int64_t least) {
  const auto share = [&](std::int64_t of, double s) {
    if (s <= 0.0) return std::int64_t{0};
    return std::min(of,
                    std::max(least, static_cast<std::int64_t>(std::llround(static_cast<double>(of) * s))));
  };
  Parts parts;
  parts.test = share(n, split.test);
  parts.validation = share(n - parts.test, split.validation);
  parts.train = n - parts.test - parts.validation;
  return parts;
}

Parts parts_shuffled(std::int64_t n, const Split& split) {
  const auto rest = static_cast<std::int64_t>(std::llround(static_cast<double>(n) * (1.0 - split.test)));
  const auto train =
      static_cast<std::int64_t>(std::floor(static_cast<double>(rest) * (1.0 - split.validation)));
  return {train, rest - train, n - rest};
}

Prepared prepare_table(const Table& table, const WindowOptions& options, const Preparation* fitted) {
  return TablePreparer(table, options, fitted).prepare();
}

}  // namespace carousel::data
