// The table of error codes: role, title and explanation of each, read by Error and by `carousel
// explain-code`.
#include "carousel/error.h"

namespace carousel {

const std::vector<CodeText>& all_codes() {
  static const std::vector<CodeText> codes = {
      {Code::data_missing_file, Role::data, "a data file cannot be opened",
       R"(The file does not exist, is a folder, or may not be read. Paths are taken relative to the folder
that the program was started in; a file named in a settings file is taken relative to that settings
file.

Typical cause: a misspelt name, or a program that was started in another folder.
What to do: read the hint: it names the nearest file there, or the folder that is missing.
Example:
  $ carousel train slaes.csv --target sales
  E101 slaes.csv: cannot be opened: No such file or directory)"},
      {Code::data_empty, Role::data, "the data holds no rows",
       R"(A table needs at least one row of numbers after its header, a part at least one sequence with a step
that counts.

Typical cause: a download that broke off, an empty pipe, a filter that let nothing through, or masks
and lengths of zero.
What to do: look at the file (wc -l FILE). Where a pipe fed it, look at what the command before the
pipe says.
Example:
  $ carousel train header.csv --target sales
  E102 header.csv: there are no rows under the header)"},
      {Code::data_ragged_row, Role::data, "a row has another number of fields than the header",
       R"(Each line of a CSV must have the same number of fields.

Typical cause: an unquoted delimiter inside a field (1,200 for 1200; Smith, J.), a wrong guess of
the delimiter, or a line that was cut.
What to do: put the field in double quotes, or set --delimiter. A last line that was cut is best
deleted.
Example:
  $ carousel train ragged.csv --target sales
  E103 ragged.csv:3: the row has too many fields)"},
      {Code::data_not_a_number, Role::data, "a field is not a number",
       R"(Every column that is used must hold numbers such as 12, -3.5 or 1e-3; infinite ones are refused too.
Columns of other things (dates, names) can stand in the file as long as they are no target and no
feature.

Typical cause: a unit or a remark behind the number (12 kg, 5*), a comma as the decimal point, or a
text column among the features.
What to do: correct the field, set --decimal ',', or name the columns that count by --features.
Example:
  $ carousel train word.csv --target sales
  E104 word.csv:27, column 'sales': 'oops' is not a number)"},
      {Code::data_missing_value, Role::data, "a value is missing",
       R"(An empty field, NA, NaN or null stands where a number is needed.

Typical cause: days on which nothing was measured.
What to do: say what a gap means: --missing forward repeats the last value, linear draws a line
between neighbours, mask leaves out the windows that touch it.
Example:
  $ carousel train gap.csv --target sales
  E105 gap.csv:3, column 'sales': a value is missing)"},
      {Code::data_unknown_column, Role::data, "a column or an array does not exist",
       R"(The name was not found in the file's header, or among the arrays of a .safetensors file. Columns of
a file without a header are named 1, 2, 3, ...

Typical cause: a misspelt name, other capitals, or a header that was read with the wrong delimiter.
What to do: take the name from the hint; it also says how the file was read.
Example:
  $ carousel train sales.csv --target slaes
  E106 sales.csv, column 'slaes': there is no column 'slaes')"},
      {Code::data_bad_quote, Role::data, "a quoted field is not closed",
       R"(A field that opens with " must close with "; a quote inside it is written twice.

Typical cause: inches or a quotation in a text column that was written without doubling the quotes.
What to do: double the quotes inside the field, or write the file anew with a program that does.
Example:
  $ carousel train quote.csv --target sales
  E107 quote.csv:3: this quote is not closed)"},
      {Code::data_too_short, Role::data, "the data is too short",
       R"(The training, validation and test parts must each hold at least one window: window + gap + horizon
rows.

Typical cause: a window or horizon as long as the series, or parts that are kept too small.
What to do: ask for less: a smaller --window or --horizon, or --test 0 where no test part is needed.
Example:
  $ carousel train sales.csv --target sales --window 500
  E108 sales.csv: the training part holds no window)"},
      {Code::data_bad_format, Role::data, "a data file is not in its format",
       R"(The bytes do not follow the format that the file's name or its first bytes promise (CSV, IDX, npy,
safetensors, gzip).

Typical cause: a download that broke off, a spreadsheet (.xlsx) under the name .csv, or a file of
another type of numbers.
What to do: fetch or export it again. From Python, numpy.save("x.npy", x.astype("float32")) writes
what is read here.
Example:
  $ carousel train cut.npy --target y.npy
  E109 cut.npy: the numbers do not fill the array's shape)"},
      {Code::data_shape, Role::data, "an array has the wrong shape",
       R"(Arrays of sequences are [N, T, F]: N sequences of T steps with F features; targets are [N], [N, K]
or [N, T, K], lengths [N], masks [N, T].

Typical cause: features and time in the wrong order, or inputs and targets of different numbers of
sequences.
What to do: compare expected and got; numpy's reshape and transpose bring an array into form.
Example:
  $ carousel train x.npy --target y19.npy
  E110 y19.npy: the targets do not fit the sequences)"},
      {Code::data_out_of_order, Role::data, "rows do not stand in the order of time",
       R"(The labels of the time column must rise from the first row to the last (or fall, where the newest
row comes first): a forecast goes on behind the last row.

Typical cause: files of several years put together in another order, or rows that were sorted by
another column.
What to do: sort the rows by time, or set --order; --time none takes the rows as they stand.
Example:
  $ carousel train mixed.csv --target sales
  E111 mixed.csv:4, column 'month': the time '2024-02' follows '2024-03', ...)"},
      {Code::usage_unknown_word, Role::usage, "an unknown command, flag, key or name",
       R"(The word is none of those that are known here. Nothing was done.

Typical cause: a misspelling, or a flag of another command.
What to do: take the word from the hint; carousel COMMAND --help lists all flags, carousel show-
config all settings.
Example:
  $ carousel train sales.csv --target sales --epoch 3
  E201 carousel train: there is no flag '--epoch')"},
      {Code::usage_bad_value, Role::usage, "a setting has a value that it cannot take",
       R"(The message names the setting, the values that it takes, and the one that it got.

Typical cause: a number out of its range, a word where a number is needed, or a misspelt name of a
choice.
What to do: give a value that 'expected' describes; docs/settings.md says what each setting does.
Example:
  $ carousel train sales.csv --target sales --batch 0
  E202 --batch: this setting cannot have that value)"},
      {Code::usage_missing, Role::usage, "something that is needed was not given",
       R"(The message names the setting or argument, and how to give it.

Typical cause: images and arrays need to be told their targets; a flag stands last on the line,
without its value.
What to do: add what the message names; carousel COMMAND -h shows three examples.
Example:
  $ carousel train x.npy
  E203 x.npy: data.target: the sequences have no targets)"},
      {Code::usage_conflict, Role::usage, "two things that were asked for contradict each other",
       R"(The message names both, or the thing that stands in the way.

Typical cause: a flag that belongs to another choice, a flag that was given twice, or a file that
would be replaced.
What to do: give one of the two. Files and run folders are replaced with --force.
Example:
  $ carousel train sales.csv --target sales --out runs/sales
  E204 --out: 'runs/sales' holds a run already)"},
      {Code::usage_syntax, Role::usage, "a settings file is not valid TOML",
       R"(The message names line and column, as the TOML parser reports them.

Typical cause: a text without quotes, a value that is missing, or a setting that is given twice.
What to do: correct that line; carousel init DATA --out - shows what a whole file looks like.
Example:
  $ carousel train syntax.toml
  E205 syntax.toml:3: ...)"},
      {Code::usage_shape, Role::usage, "arguments do not fit together",
       R"(Sizes that were given do not fit the model, the data or each other; expected and got are in the
message.

Typical cause: a last layer whose width is not what the data asks for: horizon times targets, or the
number of classes.
What to do: give the size that 'expected' names. A last dense layer without units is given its width
by the data.
Example:
  $ carousel train width.toml
  E206 train: the last layer puts out another number of values than the targets have)"},
      {Code::model_missing_file, Role::model, "a model file cannot be opened",
       R"(The file does not exist or may not be read. A run folder holds its model as model.safetensors, and
what carousel resume needs as last.safetensors.

Typical cause: a misspelt folder, or a run that was stopped before its first epoch was complete.
What to do: take the name from the hint; carousel resume goes on with a run that was stopped.
Example:
  $ carousel forecast runs/salse
  E301 runs/salse: cannot be opened: No such file or directory)"},
      {Code::model_bad_format, Role::model, "a model file is damaged or not a Carousel model",
       R"(The file is read strictly: header, offsets, types, names and sizes must all agree. Nothing was
loaded.

Typical cause: a copy that broke off, or a .safetensors file of another program. Carousel itself
never leaves half a file.
What to do: copy it again. docs/file-format.md says what stands in a model file.
Example:
  $ carousel inspect cut.safetensors
  E302 cut.safetensors: array 'start.weights' lies outside of the file)"},
      {Code::model_version, Role::model, "a model file is of a newer format version",
       R"(Files of older versions keep loading; this one was written by a newer version of Carousel.

Typical cause: the model was trained on a machine with a newer program.
What to do: update the program here (carousel --version says which it is), or train there with the
older one.
Example:
  $ carousel inspect newer.safetensors
  E303 newer.safetensors: it was written by a newer Carousel)"},
      {Code::model_mismatch, Role::model, "a model does not fit its use",
       R"(The model exists and is sound, but cannot do what was asked of it, or does not fit the data that it
was given.

Typical cause: data of another kind or with another number of features than the model was trained
on, or a live stream through a model that reads backward in time.
What to do: carousel inspect MODEL says what the model sees and forecasts; give it data of that
form.
Example:
  $ carousel forecast runs/arrays
  E304 runs/arrays/model.safetensors: this model does not forecast a table)"},
      {Code::resource_io, Role::resource, "reading or writing failed",
       R"(The operating system refused. What stood there before still stands, and no half of a file is left.

Typical cause: a full disk, a folder that is not there or may not be written to, a disk that went
away.
What to do: make room (df -h), or write somewhere else by --out. carousel resume goes on from the
last checkpoint.
Example:
  $ carousel predict runs/sales sales.csv --out nowhere/p.csv
  E401 nowhere/p.csv: creating failed: No such file or directory)"},
      {Code::resource_memory, Role::resource, "not enough memory",
       R"(An allocation failed, or what was asked for would not fit into this machine. Nothing was written.

Typical cause: long sequences in a large batch: training keeps the gates of every step.
What to do: a smaller --batch; recompute = true in a recurrent layer keeps states alone, a third of
the memory.
Example:
  $ carousel bench --shape 1048576,1048576,1,1
  E402 --shape: this shape needs more memory than the machine has)"},
      {Code::check_not_finite, Role::check, "a number became NaN or infinite",
       R"(Training stopped before the update of that step; the last good model is kept. What a trained model
puts out when it is not finite is not written.

Typical cause: a learning rate that is too large, data that is not scaled, or an input far from what
training saw.
What to do: a smaller --rate, --clip-norm 1, or --scale standard; for a trained model, look at the
row that the message names.
Example:
  $ carousel train sales.csv --target sales --optimizer sgd --rate 1e30
  E501 train: step 2 (epoch 1): ...)"},
      {Code::check_failed, Role::check, "a check that was asked for failed",
       R"(The message says which. The program did its work; what it found is not what was asked for.

Typical cause: gradcheck with a tolerance below what finite differences can reach, or a cell whose
backward is wrong.
What to do: loosen the tolerance where the error is near it; otherwise look at the tensor that is
named.
Example:
  $ carousel gradcheck run.toml --tolerance 1e-15
  E502 carousel gradcheck: ...)"},
  };
  return codes;
}

const CodeText* explain_code(int number) noexcept {
  for (const CodeText& text : all_codes())
    if (static_cast<int>(text.code) == number) return &text;
  return nullptr;
}

}  // namespace carousel
