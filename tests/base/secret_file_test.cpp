// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/secret_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace signpost {
namespace {

// ---- the rule -----------------------------------------------------------------------------------

constexpr uid_t node = 4711;
constexpr uid_t somebody = 4712;
constexpr gid_t own_group = 4800;
constexpr gid_t second_group = 4801;
constexpr gid_t foreign_group = 4802;

struct judged_case {
  std::string name;
  uid_t owner;
  gid_t group;
  mode_t mode;
  std::string want;  // in the refusal; empty: taken
};

class JudgedFile : public testing::TestWithParam<judged_case> {};

TEST_P(JudgedFile, IsTakenOrRefusedWithTheCommandThatMendsIt) {
  const auto& c = GetParam();
  struct stat about {};
  about.st_uid = c.owner;
  about.st_gid = c.group;
  about.st_mode = S_IFREG | c.mode;
  const secret_reader reader{.user = node, .groups = {own_group, second_group}, .other = true};
  const auto done = reader.judge("/etc/key", about);
  if (c.want.empty()) {
    EXPECT_TRUE(done) << done.error().context;
  } else {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::denied);
    EXPECT_NE(done.error().context.find(c.want), std::string::npos) << done.error().context;
    EXPECT_NE(done.error().context.find("/etc/key"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, JudgedFile,
    testing::Values(
        judged_case{"OwnersAlone", node, own_group, 0600, ""},
        judged_case{"Credential", node, own_group, 0400, ""},
        judged_case{"OwnGroupReads", node, own_group, 0640, ""},
        judged_case{"VolumeOfThePodsGroup", node, second_group, 0660, ""},
        judged_case{"RootsForOurGroup", 0, second_group, 0640, ""},
        judged_case{"RootsForThePodsGroup", 0, second_group, 0660, ""},
        judged_case{"OthersRead", node, own_group, 0644, "chmod 600 /etc/key"},
        judged_case{"OthersWrite", node, own_group, 0602, "chmod 600 /etc/key"},
        judged_case{"OthersExecute", node, own_group, 0601, "chmod 600 /etc/key"},
        judged_case{"RootsForAll", 0, own_group, 0644, "chmod 640 /etc/key"},
        judged_case{"ForeignGroupReads", node, foreign_group, 0640, "accessible to the group 4802"},
        judged_case{"ForeignGroupWrites", node, foreign_group, 0620, "chmod 600 /etc/key"},
        judged_case{"RootsForAForeignGroup", 0, foreign_group, 0640,
                    "accessible to the group 4802"},
        judged_case{"AnotherUsers", somebody, own_group, 0600, "chown 4711 /etc/key"},
        judged_case{"AnotherUsersForOurGroup", somebody, own_group, 0640, "chown 4711 /etc/key"},
        judged_case{"RootsAlone", 0, 0, 0600, "cannot be read by 4711"},
        judged_case{"NobodysToRead", node, own_group, 0200, "cannot be read by 4711"}),
    [](const auto& one) { return one.param.name; });

TEST(SecretReader, RootLooksAtFilesOfTheNodesUser) {
  struct stat about {};
  about.st_uid = node;
  about.st_gid = own_group;
  about.st_mode = S_IFREG | 0600;
  const secret_reader root{.user = 0, .groups = {0}, .other = true};
  EXPECT_TRUE(root.judge("/k", about));
  about.st_mode = S_IFREG | 0640;
  EXPECT_FALSE(root.judge("/k", about)) << "nobody knows whose group that is";
  about.st_mode = S_IFREG | 0604;
  EXPECT_FALSE(root.judge("/k", about));
}

TEST(SecretReader, KnowsTheGroupsOfThisProcess) {
  const auto reader = secret_reader::this_process();
  EXPECT_EQ(reader.user, ::geteuid());
  EXPECT_NE(std::ranges::find(reader.groups, ::getegid()), reader.groups.end());
  EXPECT_FALSE(secret_reader::of_user(::geteuid()).other);
  EXPECT_TRUE(secret_reader::of_user(::geteuid() + 1).other);
}

// ---- files --------------------------------------------------------------------------------------

class SecretFile : public testing::Test {
 protected:
  SecretFile() {
    char name[] = "/tmp/secret_file_XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~SecretFile() override {
    for (const auto* name : {"/in/link", "/in/key", "/in/pipe", "/in", "/link", "/key"}) {
      std::remove((directory_ + name).c_str());
    }
    std::remove(directory_.c_str());
  }
  std::string make(const std::string& name, mode_t mode, const std::string& text = "secret") {
    const auto path = directory_ + "/" + name;
    std::remove(path.c_str());
    auto* file = std::fopen(path.c_str(), "w");
    EXPECT_NE(file, nullptr);
    std::fputs(text.c_str(), file);
    std::fclose(file);
    ::chmod(path.c_str(), mode);
    return path;
  }
  static std::string read(const std::string& path) {
    const auto text = read_secret_file(path, 100);
    return text ? *text : std::string(to_string(text.error().code)) + ": " + text.error().context;
  }

  std::string directory_;
};

TEST_F(SecretFile, IsReadIfItIsOursAlone) {
  EXPECT_EQ(read(make("key", 0600)), "secret");
  EXPECT_EQ(read(make("key", 0400)), "secret");
  EXPECT_EQ(read(make("key", 0660)), "secret") << "our own group";
  for (const mode_t mode : {0644, 0604, 0606, 0666, 0777, 0601}) {
    EXPECT_EQ(read(make("key", mode)).substr(0, 7), "denied:") << mode;
  }
}

TEST_F(SecretFile, MayBeALinkWhoseTargetIsJudged) {
  const auto key = make("key", 0600);
  const auto link = directory_ + "/link";
  ASSERT_EQ(::symlink(key.c_str(), link.c_str()), 0);
  EXPECT_EQ(read(link), "secret");
  ::chmod(key.c_str(), 0644);
  EXPECT_NE(read(link).find("chmod 600 " + key), std::string::npos) << read(link);
}

TEST_F(SecretFile, IsInNoDirectoryThatOthersMayWriteTo) {
  ::mkdir((directory_ + "/in").c_str(), 0700);
  const auto key = make("in/key", 0600);
  EXPECT_EQ(read(key), "secret");
  ::chmod(directory_.c_str(), 0777);
  EXPECT_NE(read(key).find("chmod o-w " + directory_), std::string::npos) << read(key);
  const auto inner = directory_ + "/in";
  EXPECT_FALSE(check_secret_directory(inner));
  ::chmod(directory_.c_str(), 01777);
  EXPECT_EQ(read(key), "secret") << "sticky: nobody removes what is another's";
  ::chmod(directory_.c_str(), 0755);
  EXPECT_EQ(read(key), "secret");
  EXPECT_TRUE(check_secret_directory(inner));
  ::chmod(inner.c_str(), 0705);
  EXPECT_EQ(check_secret_directory(inner).error().context.find("replace"), std::string::npos);
  EXPECT_NE(check_secret_directory(inner).error().context.find("chmod 700 " + inner),
            std::string::npos);
}

TEST_F(SecretFile, IsAPlainFileOfABoundedSize) {
  EXPECT_EQ(read(make("key", 0600, std::string(101, 'x'))).substr(0, 15), "limit_exceeded:");
  EXPECT_EQ(read(directory_ + "/none").substr(0, 10), "not_found:");
  EXPECT_EQ(read(directory_).substr(0, 7), "denied:");
  ::mkdir((directory_ + "/in").c_str(), 0700);
  const auto pipe = directory_ + "/in/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read(pipe).substr(0, 7), "denied:") << "and nobody waits for it";
}

}  // namespace
}  // namespace signpost
