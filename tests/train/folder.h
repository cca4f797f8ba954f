// What the tests of resuming share: folders, runs that stop, files that must be equal.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "carousel/train.h"
#include "checkpoint/model_file.h"
#include "support/event_reader.h"
#include "support/folder.h"

namespace carousel::testing {

namespace fs = std::filesystem;

struct StopAt : TrainObserver {
  Trainer* trainer = nullptr;
  std::int64_t at = 0;
  void step(const StepEvent& event) override {
    if (event.step == at) trainer->request_stop();
  }
};

inline ModelSpec with_dropout(int outputs, Returns returns = Returns::last) {
  return {{Lstm{.units = 5, .returns = Returns::sequence, .dropout = 0.2f, .recurrent_dropout = 0.25f},
           Dropout{.rate = 0.3f}, Gru{.units = 4, .returns = returns}, Dense{.units = outputs}}};
}

inline void expect_same_files(const Folder& a, const Folder& b, const std::string& what) {
  for (const char* file : {"last.safetensors", "model.safetensors", "history.csv"}) {
    ASSERT_FALSE(a.bytes(file).empty()) << file;
    EXPECT_EQ(a.bytes(file), b.bytes(file)) << file << ", " << what;
  }
  if (!fs::exists(a.path() + "/events.out.tfevents")) return;
  // The event file too, but for the time of day in each event.
  const auto all_a = read_events(a.path() + "/events.out.tfevents"),
             all_b = read_events(b.path() + "/events.out.tfevents");
  ASSERT_GT(all_a.size(), 8u);
  ASSERT_EQ(all_a.size(), all_b.size()) << what;
  for (std::size_t i = 0; i < all_a.size(); ++i) {
    EXPECT_EQ(all_a[i].step, all_b[i].step) << what;
    EXPECT_EQ(all_a[i].scalars, all_b[i].scalars) << what;
    EXPECT_TRUE(all_a[i].histograms == all_b[i].histograms) << what;
  }
}

/// Writes the checkpoint `good` to `path` after a change.
template <class Change>
void write_changed(const std::string& good, const std::string& path, Change&& change) {
  checkpoint::Contents bad = checkpoint::read(good);
  change(bad);
  std::vector<checkpoint::ExtraArray> extra;
  for (auto& array : bad.extra) extra.push_back({array.name, array.shape, array.values});
  checkpoint::write(path, {.spec = bad.spec,
                           .inputs = bad.inputs,
                           .members = {&bad.members.front()},
                           .notes = bad.notes,
                           .extra = extra,
                           .training_state = bad.training_state});
}

}  // namespace carousel::testing
