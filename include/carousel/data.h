// Data: from files, tables and arrays to prepared datasets for training, validation and test.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "carousel/table.h"

namespace carousel {

/// What of each window is subtracted from it, per column, before scaling.
enum class Subtract { last, first, none };

/// Whether the logarithm is taken, per column. automatic: where every value is positive and the spread grows
/// with the level (src/data/guess.h states the test).
enum class Log { automatic, on, off };

/// How numbers are scaled, per column; standard and minmax are fitted on the training part only.
enum class Scale {
  standard,  ///< (x - mean) / sd; under Subtract, x / root mean square of the training windows' differences
  minmax,    ///< (x - min) / (max - min); under Subtract, x / largest absolute difference
  relative,  ///< x / x0 - 1 with x0 the window's first value; takes the place of Subtract
  sequence,  ///< (x - mean) / sd of each window or sequence by itself
  none,
};

/// How the parts are chosen.
enum class SplitOrder {
  time,      ///< training part first, then validation, then test, as the rows stand
  shuffled,  ///< test part last; the rest is shuffled, its last windows validate. Leaks the future into a
             ///< forecast; of tables the parts are counted in windows
};

/// Sizes of the parts.
/// Time: of n rows the last round(n · test) are the test part, of the m rows before it the last round(m ·
/// validation) are the validation part; a window belongs to the part in which all rows of its target lie (its
/// inputs may reach back), and to none when its target lies on a border. Arrays and images: the same with
/// sequences for rows. Shuffled: of n windows the first m = round(n · (1 - test)) are kept from the test part
/// and shuffled; the first floor(m · (1 - validation)) of the shuffled ones train and the others validate. Of
/// a table's m windows those are left out first whose target reaches into the test part's target rows.
struct Split {
  double test = 0.1;  ///< share, 0 ... 0.9; a part of a table that is not 0 has at least `horizon` rows
  double validation = 0.05;  ///< share of what the test part leaves, 0 ... 0.9
  SplitOrder order = SplitOrder::time;
};

/// The [data] part of a settings file. What kind of data `file` is, its ending or first bytes tell: CSV, IDX
/// (also .gz), .npy or .safetensors.
struct DataOptions {
  std::string file;                 ///< CSV, IDX, .npy or .safetensors; "-" is standard input
  std::vector<std::string> target;  ///< CSV: columns to forecast. Arrays and images: the file of the targets,
                                    ///< or its name in a .safetensors
  std::vector<std::string> features;  ///< CSV: columns that the network sees; empty: every column of numbers
  std::optional<int> window;          ///< CSV: steps that the network sees; none = auto
  std::optional<int> horizon;         ///< CSV: steps that it forecasts, all put out at once; none = auto
  std::optional<int> season;       ///< CSV: rows of a season, 1 = none; none = auto. Window and horizon are
                                   ///< guessed from it, and the seasonal naive forecast repeats it
  int stride = 1;                  ///< CSV: rows from one window to the next
  std::optional<int> test_stride;  ///< CSV: the same of the test part, e.g. `horizon` for forecasts that do
                                   ///< not overlap; none = stride. Not of a shuffled split
  int gap = 0;                     ///< CSV: rows between a window and its target
  Subtract subtract = Subtract::last;  ///< CSV only
  Log log = Log::automatic;            ///< CSV only
  Scale scale = Scale::standard;
  Missing missing = Missing::error;
  Split split;
  std::string delimiter = "auto";
  std::string decimal = "auto";
  std::string header = "auto";
  std::string time = "auto";
  RowOrder order = RowOrder::automatic;
  std::string lengths;  ///< arrays: the file of the lengths [N], or its name in a .safetensors; "" = all full
  std::string
      mask;  ///< arrays: the file of the mask [N, T], or its name in a .safetensors; "" = every step counts
  std::string test_file;  ///< arrays and images: a test part of its own; split.test is not used then
  std::string test_target;
  std::string test_lengths;
  std::string test_mask;
};

/// v' = (ln v - offset) / factor, or without the logarithm.
struct ColumnScale {
  std::string name;
  bool log = false;
  double offset = 0.0;
  double factor = 1.0;
};

/// What the data of a model is, and all that is needed to prepare new data alike and to undo it in
/// predictions. It is stored in the model file. Order: logarithm, then Subtract or relative, then scale.
struct Preparation {
  enum class Kind { table, arrays, images };
  Kind kind = Kind::arrays;
  int window = 0;   ///< table: rows that the network sees
  int horizon = 0;  ///< table: rows that it forecasts
  int gap = 0;      ///< table: rows between
  int season = 1;   ///< table: rows of a season, 1 = none
  Subtract subtract = Subtract::none;
  Scale scale = Scale::none;
  std::vector<ColumnScale> features;  ///< one for each number of a step
  std::vector<ColumnScale> targets;   ///< one for each target column; empty for classes
  int classes = 0;                    ///< number of classes, 0 = the targets are values
  bool every_step = false;            ///< targets are given at every step
};

/// What a dataset has to learn.
struct TargetShape {
  int values = 0;   ///< numbers a step: horizon · target columns for windows, K for arrays; 0 for classes
  int classes = 0;  ///< number of classes, 0 = values
  bool every_step = false;  ///< a target at every step, or one a sequence
};

/// Some rows of a dataset, ready for the network. Buffers are kept from batch to batch and only ever grow.
struct Batch {
  int rows = 0;                       ///< B
  int steps = 0;                      ///< T: the longest row of this batch
  int features = 0;                   ///< F
  std::vector<float> x;               ///< [B, T, F], zero beyond a row's length
  std::vector<std::int32_t> lengths;  ///< [B]; empty: all rows are T long
  int target_steps = 0;       ///< Ty: T where targets are given at every step, otherwise 1; 0: none known
  int target_values = 0;      ///< K; 0 for classes
  std::vector<float> values;  ///< [B, Ty, K]; for windows K = horizon · targets, a step's targets together
  std::vector<std::int32_t> classes;  ///< [B, Ty]
  std::vector<float> mask;            ///< [B, Ty], 0 or 1; empty: all count (within a row's length)
  std::vector<double> references;     ///< [B, target columns, 2]: what restore() needs of each row
  std::vector<std::int64_t> ids;      ///< [B]: the table's row of the first target, or the sequence's number
};

/// Numbered sequences with their targets. Constant after construction: may be read by several threads.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::int64_t count() const = 0;
  /// Longest sequence.
  virtual int max_steps() const = 0;
  virtual int features() const = 0;
  virtual TargetShape target() const = 0;
  /// The table's row of the first target of a sequence, or its number in the file.
  virtual std::int64_t id(std::int64_t index) const = 0;
  /// Number of steps of a sequence.
  virtual int length(std::int64_t index) const = 0;
  /// Fills `batch` with the sequences `indices` (each in [0, count())). Allocates only where a buffer must
  /// grow.
  virtual void gather(std::span<const std::int64_t> indices, Batch& batch) const = 0;
};

/// Datasets ready for training, and how they came about.
struct Prepared {
  Preparation preparation;
  std::shared_ptr<const Dataset> train, validation,
      test;                    ///< never null; count() is 0 for a part that is not there
  std::optional<Table> table;  ///< the table, where the data is one
  std::int64_t train_rows = 0, validation_rows = 0,
               test_rows = 0;         ///< rows of the table, or sequences, of each part
  bool counts_windows = false;        ///< the three counts are windows of a table (of a shuffled split)
  std::vector<Guess> guesses;         ///< all of them: those of the reading, window, horizon, log, ...
  std::vector<std::string> warnings;  ///< e.g. that a shuffled split leaks
};

/// Opens what the options name and prepares it. `seed` is of the shuffled split. Errors: data_*, usage_*.
Prepared prepare(const DataOptions& options, std::uint64_t seed = 1);
/// The same with a preparation that was fitted before (of a stored model): nothing is fitted or guessed but
/// the reading.
Prepared prepare(const DataOptions& options, const Preparation& fitted, std::uint64_t seed = 1);

/// Everything in a file as one dataset without need of targets, prepared as `fitted` says: for predictions.
/// Of a table: every window, the last one ending with the last row (`Batch::target_steps` is 0 where rows of
/// its target are missing). Throws data_* for what cannot be read, data_too_short for a table shorter than a
/// window, model_mismatch where the file does not fit what was fitted.
struct Inputs {
  std::shared_ptr<const Dataset> data;
  std::optional<Table> table;
  std::vector<Guess> guesses;
};
Inputs read_inputs(const DataOptions& options, const Preparation& fitted);
/// Every window of a table; the last one ends with the last row. Throws model_mismatch for a preparation of
/// no table, data_unknown_column, and data_too_short for a table shorter than one window.
std::shared_ptr<const Dataset> all_windows(const Table& table, const Preparation& fitted, int stride = 1);

/// Settings of windows on a table, as in DataOptions.
struct WindowOptions {
  Names target;                ///< columns to forecast; empty: the only column
  Names features;              ///< columns that the network sees; empty: all
  std::optional<int> window;   ///< none = auto
  std::optional<int> horizon;  ///< none = auto
  std::optional<int> season;   ///< rows, 1 = none; none = auto
  int stride = 1;
  std::optional<int> test_stride;  ///< none = stride
  int gap = 0;
  Subtract subtract = Subtract::last;
  Log log = Log::automatic;
  Scale scale = Scale::standard;
  Split split;
  std::uint64_t seed = 1;  ///< of the shuffled split
};

/// Windows on a table: views, no copy. Target: the next `horizon` rows after `gap`. Throws
/// data_unknown_column, usage_missing where several columns could be the target, usage_* for settings out of
/// range or that do not go together, data_too_short where the training part has no window.
Prepared windows(const Table& table, const WindowOptions& options);

/// Sequences in memory; they are copied. Exactly one of `values` and `labels` must be given.
struct ArrayOptions {
  std::span<const float> x;                   ///< [N, T, F]
  std::int64_t rows = 0;                      ///< N
  int steps = 0;                              ///< T
  int features = 0;                           ///< F
  std::span<const float> values = {};         ///< [N, K], or [N, T, K] with every_step
  std::span<const std::int32_t> labels = {};  ///< classes from 0: [N], or [N, T] with every_step
  bool every_step = false;
  std::span<const std::int32_t> lengths = {};  ///< [N], 0 ... T
  std::span<const float> mask = {};            ///< [N, T], with every_step
  Scale scale = Scale::none;                   ///< standard | minmax | sequence | none
  Split split;
  std::uint64_t seed = 1;
};
/// Throws usage_shape where sizes do not fit, usage_conflict for neither or both of `values` and `labels` or
/// a mask without every_step, data_not_a_number for a number that is not finite, a label below 0 or a mask
/// other than 0 and 1, data_shape for a length out of range, data_empty and data_too_short where nothing
/// trains.
Prepared arrays(const ArrayOptions& options);

/// Undoes the preparation of predictions in place: `values` is [rows, steps, K] with K a multiple of the
/// number of target columns, `references` the batch's. A preparation of classes leaves them as they are.
/// Precondition: the sizes fit; it throws nothing.
void restore(const Preparation& preparation, std::span<const double> references, std::span<float> values);

namespace data {
class Permutation;
}

/// The order in which an epoch visits n sequences: a permutation of 0 ... n-1 that is a pure function of seed
/// and epoch, cut into batches. It is computed as it is asked for, and takes no memory for large n.
/// Preconditions: count >= 0, batch >= 1, number in [0, batches()).
class BatchOrder {
 public:
  BatchOrder(std::uint64_t seed, std::uint32_t epoch, std::int64_t count, int batch);
  BatchOrder(BatchOrder&&) noexcept;
  BatchOrder& operator=(BatchOrder&&) noexcept;
  ~BatchOrder();
  /// Goes on with the order of another epoch; takes no memory.
  void set_epoch(std::uint32_t epoch);
  /// Number of batches; the last one may be smaller.
  std::int64_t batches() const { return (count_ + batch_ - 1) / batch_; }
  /// The sequences of batch `number`.
  void indices(std::int64_t number, std::vector<std::int64_t>& out) const;

 private:
  std::unique_ptr<data::Permutation> order_;
  std::uint64_t seed_;
  std::int64_t count_;
  std::int64_t batch_;
};

}  // namespace carousel
