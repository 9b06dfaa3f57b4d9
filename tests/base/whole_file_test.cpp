// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/whole_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace signpost {
namespace {

namespace fs = std::filesystem;

class WholeFile : public testing::Test {
 protected:
  WholeFile() {
    std::string pattern = fs::temp_directory_path().string() + "/signpost-whole-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/file";
  }
  ~WholeFile() override { fs::remove_all(folder_); }

  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static unsigned mode_of(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 0777U : 0U;
  }
  /// Names in the folder: no draft may be left.
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& one : fs::directory_iterator(folder_)) {
      found.push_back(one.path().filename().string());
    }
    std::ranges::sort(found);
    return found;
  }

  std::string folder_;
  std::string path_;
  const std::vector<std::string> alone_{"file"};
};

TEST_F(WholeFile, ReplacesAndIsForTheOwnerAlone) {
  const std::string large(300'000, 'x');
  ASSERT_TRUE(write_whole_file(path_, "old"));
  ASSERT_TRUE(write_whole_file(path_, large));
  EXPECT_EQ(read(path_), large);
  EXPECT_EQ(mode_of(path_), 0600U);
  EXPECT_EQ(names(), alone_);
  ASSERT_TRUE(write_whole_file(path_, "", {.durable = false}));
  EXPECT_EQ(read(path_), "");
}

TEST_F(WholeFile, KeepsWhatIsThere) {
  const whole_file_promise fresh{.existing = existing_file::kept, .mode = 0644};
  ASSERT_TRUE(write_whole_file(path_, "first", fresh));
  const auto hidden = ::umask(0);
  ::umask(hidden);
  EXPECT_EQ(mode_of(path_), 0644U & ~hidden);
  const auto second = write_whole_file(path_, "second", fresh);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::conflict);
  EXPECT_NE(second.error().context.find(path_), std::string::npos);
  EXPECT_EQ(read(path_), "first");
  EXPECT_EQ(names(), alone_);
}

// A process of the same number was killed here before (in a container it always has the same).
TEST_F(WholeFile, ADraftThatWasLeftIsNoHindrance) {
  const auto draft = path_ + ".new." + std::to_string(::getpid());
  std::ofstream(draft) << "half of";
  ASSERT_TRUE(write_whole_file(path_, "all"));
  EXPECT_EQ(read(path_), "all");
  EXPECT_EQ(names(), alone_);
}

// Neither the draft nor the place is written through a link that somebody has put there.
TEST_F(WholeFile, FollowsNoLink) {
  const auto other = folder_ + "/other";
  std::ofstream(other) << "untouched";
  fs::create_symlink(other, path_);
  fs::create_symlink(other, path_ + ".new." + std::to_string(::getpid()));
  ASSERT_TRUE(write_whole_file(path_, "ours"));
  EXPECT_EQ(read(other), "untouched");
  EXPECT_FALSE(fs::is_symlink(path_));
  EXPECT_EQ(read(path_), "ours");
}

TEST_F(WholeFile, SaysWhyItCannotBe) {
  const auto nowhere = write_whole_file(folder_ + "/no/file", "x");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, errc::not_found);
  fs::create_directory(path_);
  EXPECT_FALSE(write_whole_file(path_, "x"));
  EXPECT_EQ(names(), alone_) << "the draft is gone";
  EXPECT_EQ(file_error("f", ENOSPC).code, errc::no_space);
  EXPECT_EQ(file_error("f", EDQUOT).code, errc::no_space);
  EXPECT_EQ(file_error("f", EROFS).code, errc::denied);
  EXPECT_EQ(file_error("f", EIO).code, errc::unavailable);
}

TEST_F(WholeFile, FoldersAreSynced) {
  EXPECT_TRUE(sync_folder(folder_));
  EXPECT_EQ(sync_folder(folder_ + "/no").error().code, errc::not_found);
  EXPECT_EQ(folder_of("/a/b"), "/a");
  EXPECT_EQ(folder_of("/a"), "/");
  EXPECT_EQ(folder_of("a"), ".");
}

}  // namespace
}  // namespace signpost
