// Event files: what was added is read back from the bytes; what a crash left is cut.
#include "events/event_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "files/testing.h"
#include "support/event_reader.h"

namespace carousel::events {
namespace {

using carousel::testing::read_events;

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Steps 1 ... `steps`, each with the scalar "a" = step / 4.
void write_steps(const std::string& path, std::int64_t steps) {
  EventFile file(path, {0, 0});
  for (std::int64_t step = 1; step <= steps; ++step) file.add(step, {{{"a", static_cast<double>(step) / 4}}});
  file.sync();
}

TEST(EventFile, IsReadBack) {
  const Folder folder;
  const std::string path = folder.file("e");
  std::int64_t bytes = 0;
  {
    EventFile file(path, {0, 0});
    file.add(3, {{{"loss/train", 0.5}, {"zero", 0.0}}});
    const Histogram histogram{"weights/W", -1.5, 2.5, 6, 3.25, 9.5, {-2, -1, 2, 3}, {0, 1, 3, 2}};
    file.add(std::int64_t{1} << 40, {}, {{histogram}});
    bytes = file.bytes();
  }
  EXPECT_EQ(static_cast<std::int64_t>(bytes_of(path).size()), bytes);
  const auto all = read_events(path);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].version, "brain.Event:2");
  EXPECT_GT(all[0].wall_time, 1.6e9);
  EXPECT_EQ(all[1].step, 3);
  EXPECT_EQ(all[1].scalars, (std::map<std::string, float>{{"loss/train", 0.5f}, {"zero", 0.0f}}));
  EXPECT_EQ(all[2].step, std::int64_t{1} << 40);
  const auto& h = all[2].histograms.at("weights/W");
  EXPECT_EQ((std::vector<double>{h.low, h.high, h.count, h.sum, h.squares}),
            (std::vector<double>{-1.5, 2.5, 6, 3.25, 9.5}));
  EXPECT_EQ(h.limits, (std::vector<double>{-2, -1, 2, 3}));
  EXPECT_EQ(h.counts, (std::vector<double>{0, 1, 3, 2}));
}

TEST(EventFile, ARecordThatWasBrokenOffAnywhereIsCut) {
  const Folder folder;
  const std::string path = folder.file("e");
  write_steps(path, 3);
  const std::string three = bytes_of(path);
  write_steps(path, 2);
  const std::size_t two = bytes_of(path).size();
  for (std::size_t size = two; size < three.size(); ++size) {
    folder.write("e", three.substr(0, size));
    {
      EventFile file(path, {9, {}});
      EXPECT_EQ(file.bytes(), static_cast<std::int64_t>(two));
      file.add(3, {{{"a", 7}}});
    }
    const auto all = read_events(path);
    ASSERT_EQ(all.size(), 4u) << "broken off after " << size << " bytes";
    EXPECT_EQ(all[2].scalars.at("a"), 0.5f);
    EXPECT_EQ(all[3].scalars.at("a"), 7.0f);
  }
}

TEST(EventFile, StepsBehindTheCheckpointAreCut) {
  const Folder folder;
  const std::string path = folder.file("e");
  write_steps(path, 9);
  { EventFile file(path, {4, {}}); }
  const auto all = read_events(path);
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all.back().step, 4);
}

TEST(EventFile, BytesSayMoreThanSteps) {
  const Folder folder;
  const std::string path = folder.file("e");
  write_steps(path, 4);
  std::int64_t known = 0;
  {
    EventFile file(path, {4, {}});
    known = file.bytes();
    file.add(4, {{{"cut short", 1}}});
  }
  { EventFile file(path, {4, known}); }
  EXPECT_EQ(read_events(path).size(), 5u);
  { EventFile file(path, {4, known - 1}); }  // no part of a record stays
  EXPECT_EQ(read_events(path).size(), 4u);
  { EventFile file(path, {4, 0}); }
  EXPECT_EQ(read_events(path).size(), 1u);
}

TEST(EventFile, WhatIsNoEventFileIsBegunAnew) {
  const Folder folder;
  for (const std::string& text : {std::string("hello, this is a text file of another kind"),
                                  std::string(100, '\0'), framed("not a message at all"), framed("")}) {
    const std::string path = folder.write("e", text);
    { EventFile file(path, {9, {}}); }
    const auto all = read_events(path);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].version, "brain.Event:2");
  }
}

TEST(EventFile, WhatCannotBeWrittenIsSaid) {
  const Folder folder;
  EXPECT_EQ(error_of([&] { EventFile(folder.file("no/such/folder"), {0, 0}); }).code(), Code::resource_io);
  if (std::ofstream("/dev/full")) {
    EXPECT_EQ(error_of([] { EventFile("/dev/full", {0, 0}); }).code(), Code::resource_io);
  }
}

}  // namespace
}  // namespace carousel::events
