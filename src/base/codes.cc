// The table of error codes: role, title and explanation of each, read by Error and by `carousel
// explain-code`.
#include "carousel/error.h"

namespace carousel {

const std::vector<CodeText>& all_codes() {
  static const std::vector<CodeText> codes = {
      {Code::data_missing_file, Role::data, "a data file cannot be opened",
       "The file does not exist, is a folder, or may not be read. Paths are taken relative to the folder "
       "that the\n"
       "program was started in; a file named in a settings file is taken relative to that settings file."},
      {Code::data_empty, Role::data, "the data holds no rows",
       "A table needs at least one row of numbers after its header."},
      {Code::data_ragged_row, Role::data, "a row has another number of fields than the header",
       "Each line of a CSV must have the same number of fields. A wrong delimiter or an unquoted delimiter "
       "inside a\n"
       "field is the usual cause; --delimiter sets the delimiter."},
      {Code::data_not_a_number, Role::data, "a field is not a number",
       "Every used column must hold numbers such as 12, -3.5 or 1e-3. Columns that are not numbers (dates, "
       "names)\n"
       "can stand in the file as long as they are not a target or a feature."},
      {Code::data_missing_value, Role::data, "a value is missing",
       "An empty field, NA, NaN or null stands where a number is needed. The default is to stop and name the "
       "row;\n"
       "missing = \"forward\" repeats the last value, \"linear\" draws a line between neighbours, \"mask\" "
       "leaves\n"
       "the windows that touch it out."},
      {Code::data_unknown_column, Role::data, "a column does not exist",
       "The name was not found in the file's header. Columns of a file without a header are named 1, 2, 3, "
       "..."},
      {Code::data_bad_quote, Role::data, "a quoted field is not closed",
       "A field that opens with \" must close with \"; a quote inside it is written twice."},
      {Code::data_too_short, Role::data, "the data is too short",
       "The training, validation and test parts must each hold at least one window: window + gap + horizon "
       "rows."},
      {Code::data_bad_format, Role::data, "a data file is not in its format",
       "The bytes do not follow the format that the file's name or its first bytes promise (IDX, npy, "
       "safetensors, gzip)."},
      {Code::data_shape, Role::data, "an array has the wrong shape",
       "Arrays of sequences are [N, T, F]: N sequences of T steps with F features; targets are [N], [N, K] "
       "or [N, T, K]."},
      {Code::data_out_of_order, Role::data, "rows do not stand in the order of time",
       "The labels of the time column must rise from the first row to the last (or fall, where the\n"
       "newest row comes first): a forecast goes on behind the last row. Sort the rows, or set --order;\n"
       "--time none takes the rows as they stand."},
      {Code::usage_unknown_word, Role::usage, "an unknown command, flag, key or name",
       "The nearest known word is given in the hint."},
      {Code::usage_bad_value, Role::usage, "a setting has a value that it cannot take",
       "The message names the setting, the values that it takes, and the one that it got."},
      {Code::usage_missing, Role::usage, "something that is needed was not given",
       "The message names the setting or argument, and how to give it."},
      {Code::usage_conflict, Role::usage, "two settings contradict each other",
       "The message names both; give one of them."},
      {Code::usage_syntax, Role::usage, "a settings file is not valid TOML",
       "The message names line and column, as the TOML parser reports them."},
      {Code::usage_shape, Role::usage, "arguments do not fit together",
       "A shape that was given does not fit the model or the other arguments; expected and got are in the "
       "message."},
      {Code::model_missing_file, Role::model, "a model file cannot be opened",
       "The file does not exist or may not be read. A run folder holds its model as model.safetensors."},
      {Code::model_bad_format, Role::model, "a model file is damaged or not a Carousel model",
       "The file is read strictly: header, offsets, types, names and sizes must all agree. Nothing was "
       "loaded."},
      {Code::model_version, Role::model, "a model file is of a newer format version",
       "Files of older versions keep loading; this one was written by a newer version of Carousel."},
      {Code::model_mismatch, Role::model, "a model does not fit its use",
       "The model exists and is sound, but cannot do what was asked of it, or does not fit the data that it "
       "was given."},
      {Code::resource_io, Role::resource, "reading or writing failed",
       "The operating system refused: a full disk, a read-only folder, a vanished file. What stood there "
       "before still stands."},
      {Code::resource_memory, Role::resource, "not enough memory",
       "An allocation failed. Nothing was written."},
      {Code::check_not_finite, Role::check, "a number became NaN or infinite",
       "Training stopped before the update of that step; the last good model is kept. A smaller rate,\n"
       "clipping (train.clip_norm) or scaled data are the usual cures. What a trained model puts out\n"
       "then is not written: look for input that is far from what training saw."},
      {Code::check_failed, Role::check, "a check that was asked for failed", "The message says which."},
  };
  return codes;
}

const CodeText* explain_code(int number) noexcept {
  for (const CodeText& text : all_codes())
    if (static_cast<int>(text.code) == number) return &text;
  return nullptr;
}

}  // namespace carousel
