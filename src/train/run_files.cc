// The files of a run: checkpoint, model and history, written so that a resumed run writes the same bytes.
#include <fmt/format.h>

#include <algorithm>

#include "carousel/error.h"
#include "files/atomic_writer.h"
#include "train/fit.h"
#include "train/folder.h"
#include "train/options_fields.h"
#include "train/run.h"

namespace carousel {
namespace {

std::string slot_prefix(std::string_view slot) {
  return fmt::format("optimizer.{}.", slot);
}
constexpr const char* kBestPrefix = "best.";
constexpr const char* kGradientNorms = "trace.gradient_norms";
std::string histogram_name(bool of_gradient, const std::string& tensor) {
  return fmt::format("trace.{}.{}", of_gradient ? "gradients" : "weights", tensor);
}

void add_arrays(const model::Parameters<float>& from, const std::string& prefix,
                std::vector<checkpoint::ExtraArray>& to) {
  for (const auto& p : from) to.push_back({prefix + p.name, p.shape, {p.values.data(), p.values.size()}});
}

// Fills `to` from the arrays of that prefix; false when there is none at all.
bool take_arrays(const checkpoint::Contents& contents, const std::string& prefix, const std::string& path,
                 model::Parameters<float>& to) {
  std::size_t found = 0;
  for (auto& p : to)
    for (const auto& array : contents.extra)
      if (array.name == prefix + p.name && array.shape == p.shape) {
        std::copy(array.values.begin(), array.values.end(), p.values.begin());
        ++found;
      }
  if (found != 0 && found != to.size())
    throw Error(Code::model_bad_format, {.what = fmt::format("it lacks some of the arrays '{}*'", prefix),
                                         .expected = std::to_string(to.size()),
                                         .got = std::to_string(found),
                                         .file = path});
  return found != 0;
}

checkpoint::Contents read_checkpoint(const std::string& folder) {
  checkpoint::Contents contents = checkpoint::read(training::in_folder(folder, training::kCheckpointFile));
  if (contents.training_state.is_null())
    throw Error(Code::model_bad_format, {.what = "it is a model, not the checkpoint of a run",
                                         .hint = "resume needs the last.safetensors that training wrote",
                                         .file = training::in_folder(folder, training::kCheckpointFile)});
  return contents;
}

// The options of the rest of a run: those that change what is computed must be as they were.
TrainOptions changed_options(const TrainOptions& was, const TrainOptions& now, const Dataset& train) {
  const TrainOptions full = resolved(now, train.target(), train.count());
  const Json before = to_json(was), after = to_json(full);
  for (const auto& [name, value] : before.items())
    if (!training::is_free(name) && after.at(name) != value)
      throw Error(Code::usage_conflict, {.where = "train." + name,
                                         .what = "a resumed run cannot change this setting",
                                         .expected = value.dump(),
                                         .got = after.at(name).dump(),
                                         .hint = "start a new run"});
  return full;
}

}  // namespace

void Trainer::Impl::save() {
  const std::exception_ptr log = settle_events();
  save_all();
  if (log) std::rethrow_exception(log);
}

void Trainer::Impl::save_all() {
  save_checkpoint();
  save_history();
  if (!model_written) save_model_file();
  saved_at = seconds();
  saved_step = progress.step;
}

void Trainer::Impl::save_checkpoint() {
  std::vector<checkpoint::ExtraArray> extra;
  for (std::size_t s = 0; s < learner.slots().size(); ++s)
    add_arrays(learner.slots()[s], slot_prefix(learner.slot_names()[s]), extra);
  add_arrays(best, kBestPrefix, extra);
  std::vector<std::vector<float>> counts;
  counts.reserve(2 * learner.weights().size());  // `extra` holds views of them
  const auto add_rows = [&](std::string name, std::span<const float> numbers, int width) {
    if (!numbers.empty())
      extra.push_back({std::move(name), {static_cast<int>(numbers.size()) / width, width}, numbers});
  };
  add_rows(kGradientNorms, progress.gradients.numbers(), training::GradientTrace::kNumbers);
  for (const bool of_gradient : {false, true})
    for (std::size_t i = 0; i < learner.weights().size(); ++i) {
      counts.push_back(progress.distributions.numbers(i, of_gradient));
      add_rows(histogram_name(of_gradient, learner.weights()[i].name), counts.back(),
               training::DistributionTrace::kNumbers);
    }
  progress.last_gradients =
      describes_epochs() && progress.in_epoch > 0 ? last_gradients() : std::vector<training::Distribution>();
  files::make_folder(folder);
  checkpoint::write(training::in_folder(folder, training::kCheckpointFile),
                    {.spec = spec,
                     .inputs = learner.network().inputs(),
                     .members = {&learner.weights()},
                     .notes = notes_at(progress.whole().size(), progress.step),
                     .extra = std::move(extra),
                     .training_state = training::state_to_json(options, data_mark, progress)});
}

void Trainer::Impl::save_model_file() {
  files::make_folder(folder);
  const bool moving = best_weights().empty();
  checkpoint::write(training::in_folder(folder, training::kModelFile),
                    {.spec = spec,
                     .inputs = learner.network().inputs(),
                     .members = {moving ? &learner.weights() : &best_weights()},
                     .notes = moving ? notes_at(progress.history.size(), progress.step) : notes_of_best()});
  model_written = !moving;
}

void Trainer::Impl::save_history() {
  files::make_folder(folder);
  files::write_file(training::in_folder(folder, training::kHistoryFile),
                    training::history_csv(progress.history));
}

void Trainer::Impl::restore(checkpoint::Contents contents, training::Progress from) {
  const std::string path = training::in_folder(folder, training::kCheckpointFile);
  training::copy_values(contents.members.front(), learner.weights());
  learner.pack();
  for (std::size_t s = 0; s < learner.slots().size(); ++s)
    if (!take_arrays(contents, slot_prefix(learner.slot_names()[s]), path, learner.slots()[s]))
      throw Error(Code::model_bad_format,
                  {.what = "it lacks the optimiser's state",
                   .hint = "the file was changed by something else; carousel train starts the run anew",
                   .file = path});
  progress = std::move(from);
  take_traces(contents, path);
  saved_step = progress.step;
  if (options.keep == Keep::best && progress.best()) {
    best = training::copy_of(learner.weights());
    if (!take_arrays(contents, kBestPrefix, path, best))
      throw Error(Code::usage_conflict, {.where = "train.keep",
                                         .what = "this run did not keep its best weights",
                                         .hint = "resume it with keep = \"last\""});
  }
}

void Trainer::Impl::take_traces(const checkpoint::Contents& contents, const std::string& path) {
  const auto rows = [&](const std::string& name, int width) -> std::span<const float> {
    for (const auto& array : contents.extra)
      if (array.name == name && array.shape.size() == 2 && array.shape[1] == width) return array.values;
    return {};
  };
  const auto damaged = [&](const std::string& what) {
    return Error(Code::model_bad_format,
                 {.what = what,
                  .hint = "the file was changed by something else; carousel train starts the run anew",
                  .file = path});
  };
  if (!progress.gradients.fill(rows(kGradientNorms, training::GradientTrace::kNumbers)))
    throw damaged("its trace of gradient norms is damaged");
  const std::size_t tensors = learner.weights().size();
  if (!progress.last_gradients.empty() && progress.last_gradients.size() != tensors)
    throw damaged("its gradients of the last step are damaged");
  for (const bool of_gradient : {false, true})
    for (std::size_t i = 0; i < tensors; ++i)
      if (!progress.distributions.fill(tensors, i, of_gradient,
                                       rows(histogram_name(of_gradient, learner.weights()[i].name),
                                            training::DistributionTrace::kNumbers)))
        throw damaged("its histograms are damaged");
}

Trainer Trainer::resume(const std::string& folder, const Prepared& data, const TrainOptions* changed) {
  training::check_parts(data);
  checkpoint::Contents contents = read_checkpoint(folder);
  const std::string path = training::in_folder(folder, training::kCheckpointFile);
  training::RunState state = training::state_from_json(contents.training_state, path);
  const TrainOptions options =
      changed ? changed_options(state.options, *changed, *data.train) : state.options;
  if (contents.inputs != data.train->features())
    throw Error(Code::model_mismatch, {.what = "the data has another number of features than the run had",
                                       .expected = std::to_string(contents.inputs),
                                       .got = std::to_string(data.train->features()),
                                       .file = path});
  auto impl = std::make_unique<Impl>(contents.spec, data, options, folder, contents.notes);
  if (impl->data_mark != state.data)
    throw Error(Code::model_mismatch, {.what = "the data is not the data of the run",
                                       .expected = "the same sequences in the same order",
                                       .hint = "resume with the data file and the settings of the run",
                                       .file = path});
  impl->restore(std::move(contents), std::move(state.progress));
  return Trainer(std::move(impl));
}

TrainOptions checkpoint_options(const std::string& folder) {
  const checkpoint::Contents contents = read_checkpoint(folder);
  return training::state_from_json(contents.training_state,
                                   training::in_folder(folder, training::kCheckpointFile))
      .options;
}

}  // namespace carousel
