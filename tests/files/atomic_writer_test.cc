// AtomicWriter and MappedFile: whole or not at all.
#include "files/atomic_writer.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "files/testing.h"

namespace carousel::files {
namespace {

TEST(AtomicWriter, NothingIsThereBeforeCommit) {
  const Folder folder;
  {
    AtomicWriter writer(folder.file("a"));
    writer.write("half");
    EXPECT_FALSE(std::filesystem::exists(folder.file("a")));
  }
  EXPECT_EQ(folder.entries(), 0);
  AtomicWriter writer(folder.file("a"));
  writer.write("whole");
  writer.commit();
  EXPECT_EQ(read(folder.file("a")), "whole");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(AtomicWriter, OldFileStandsWhenTheDiskIsFull) {
  const Folder folder;
  folder.write("a", "old");
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const Error error = error_of([&] { write_file(folder.file("a"), std::string(5000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error.code(), Code::resource_io);
  EXPECT_EQ(error.info().file, folder.file("a"));
  EXPECT_EQ(read(folder.file("a")), "old");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(AtomicWriter, RefusalsAreResources) {
  const Folder folder;
  EXPECT_EQ(error_of([&] { write_file(folder.file("no/such/file"), "x"); }).code(), Code::resource_io);
  EXPECT_EQ(error_of([&] { write_file(folder.file("."), "x"); }).code(), Code::resource_io);
  EXPECT_EQ(error_of([&] { write_file("/dev/full", "x"); }).code(), Code::resource_io);
  EXPECT_NO_THROW(write_file("/dev/null", "x"));
}

TEST(AtomicWriter, KeepsRightsAndLinks) {
  const Folder folder;
  folder.write("real", "old");
  ::chmod(folder.file("real").c_str(), 0640);
  std::filesystem::create_symlink("real", folder.file("link"));
  write_file(folder.file("link"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_EQ(read(folder.file("real")), "new");
  struct stat status {};
  ::stat(folder.file("real").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST(AtomicWriter, WhatAKilledOneLeftIsTakenOver) {
  const Folder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicWriter writer(folder.file("a"));
    writer.write(std::string(5000, 'x'));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(folder.entries(), 1);
  write_file(folder.file("a"), "short");
  EXPECT_EQ(read(folder.file("a")), "short");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(AtomicWriter, TwoAtATimeDoNotMix) {
  const Folder folder;
  AtomicWriter first(folder.file("a")), second(folder.file("a"));
  first.write("first");
  second.write("second, and longer");
  second.commit();
  EXPECT_EQ(read(folder.file("a")), "second, and longer");
  AtomicWriter third(folder.file("a"));
  third.write("third");
  first.commit();
  EXPECT_EQ(read(folder.file("a")), "first");
  third.commit();
  EXPECT_EQ(read(folder.file("a")), "third");
  EXPECT_EQ(folder.entries(), 1);
}

// Nothing but a file of its own is written through, whatever stands under the temporary name.
TEST(AtomicWriter, DoesNotFollowWhatStandsUnderItsTemporaryName) {
  const Folder folder;
  folder.write("precious", "precious");
  std::filesystem::create_symlink("precious", folder.file(".a.tmp"));
  std::filesystem::create_hard_link(folder.file("precious"), folder.file(".a.2.tmp"));
  std::filesystem::create_directory(folder.file(".a.3.tmp"));
  ASSERT_EQ(::mkfifo(folder.file(".a.4.tmp").c_str(), 0600), 0);
  write_file(folder.file("a"), "new");
  EXPECT_EQ(read(folder.file("a")), "new");
  EXPECT_EQ(read(folder.file("precious")), "precious");
}

TEST(MappedFile, MapsFilesAndReadsPipes) {
  const Folder folder;
  folder.write("a", "some bytes");
  const auto file = MappedFile::open(folder.file("a"), Role::data);
  EXPECT_TRUE(file->mapped());
  EXPECT_EQ(file->text(), "some bytes");
  folder.write("empty", "");
  EXPECT_EQ(MappedFile::open(folder.file("empty"), Role::data)->text(), "");

  const std::string text(300000, 'p');  // more than a pipe holds
  ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
  std::thread writer([&] { folder.write("pipe", text); });
  const auto pipe = MappedFile::open(folder.file("pipe"), Role::data);
  writer.join();
  EXPECT_FALSE(pipe->mapped());
  EXPECT_EQ(pipe->text(), text);
}

}  // namespace
}  // namespace carousel::files
