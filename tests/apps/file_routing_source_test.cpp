// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/file_routing_source.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace signpost::config {
namespace {

// A zones file in a folder of its own.
class FileRoutingSource : public testing::Test {
 protected:
  FileRoutingSource() {
    std::string folder = testing::TempDir() + "signpost_zones_XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ / "zones.yaml";
  }
  ~FileRoutingSource() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) const {
    // As operators and ConfigMaps do it: a new file takes the old one's place.
    const auto fresh = folder_ / "fresh.yaml";
    std::ofstream(fresh) << text;
    std::filesystem::rename(fresh, path_);
  }
  void write_zone(const std::string& name) const { write("zones: [{name: " + name + "}]\n"); }
  [[nodiscard]] result<std::unique_ptr<file_routing_source>> open() const {
    return file_routing_source::open(path_.string(), {});
  }
  /// A file is believed when it has looked the same twice.
  static result<bool> refresh_twice(file_routing_source& store) {
    EXPECT_EQ(store.refresh(), false) << "it may still be being written";
    return store.refresh();
  }
  void write_zones(int first, int count, const std::string& more = {}) const {
    std::string text = more + "zones:\n";
    for (int i = first; i < first + count; ++i) {
      text += "  - name: z" + std::to_string(i) + ".example\n";
    }
    write(text);
  }
  static bool has(const file_routing_source& store, const char* zone) {
    return store.current()->table->find_zone(address::domain::parse(zone).value()) != nullptr;
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(FileRoutingSource, TakesOverAChange) {
  write_zone("a.example");
  const auto store = open().value();
  EXPECT_EQ(store->current()->revision, 1U);
  EXPECT_EQ(store->refresh(), false) << "nothing changed";
  const auto before = store->current();
  write_zone("b.example");
  EXPECT_EQ(refresh_twice(*store), true);
  EXPECT_TRUE(has(*store, "b.example"));
  EXPECT_EQ(store->current()->revision, 2U);
  EXPECT_EQ(before->table->zone_count(), 1U) << "who holds the old one may go on reading it";
}

TEST_F(FileRoutingSource, KeepsTheOldSetUpWhenTheFileIsWrong) {
  write_zone("a.example");
  const auto store = open().value();
  write("zones: [{nam: b.example}]\n");
  const auto wrong = refresh_twice(*store);
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().context.starts_with(path_.string() + ":1:10: unknown key 'nam'"))
      << wrong.error().context;
  EXPECT_TRUE(has(*store, "a.example"));
  EXPECT_TRUE(store->last_error());
  EXPECT_EQ(store->refresh(), false) << "said once";
  EXPECT_FALSE(store->refresh_now()) << "said again when asked";
  write_zone("b.example");
  EXPECT_EQ(refresh_twice(*store), true);
  EXPECT_FALSE(store->last_error());
}

TEST_F(FileRoutingSource, KeepsTheOldSetUpWhenZonesDoNotFitTogether) {
  write_zone("a.example");
  const auto store = open().value();
  write("zones: [{name: a.example}, {name: A.example}]\n");
  const auto wrong = refresh_twice(*store);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, errc::conflict);
  EXPECT_TRUE(wrong.error().context.starts_with(path_.string() + ":1:28: domain a.example"))
      << wrong.error().context;
  EXPECT_EQ(store->current()->revision, 1U);
}

TEST_F(FileRoutingSource, KeepsTheOldSetUpWhenTheFileIsGone) {
  write_zone("a.example");
  const auto store = open().value();
  std::filesystem::remove(path_);
  EXPECT_EQ(store->refresh().error().code, errc::not_found);
  EXPECT_EQ(store->refresh(), false) << "said once";
  EXPECT_TRUE(has(*store, "a.example"));
  write_zone("b.example");
  EXPECT_EQ(refresh_twice(*store), true);
}

TEST_F(FileRoutingSource, DoesNotOpenWithoutAGoodFile) {
  EXPECT_EQ(open().error().code, errc::not_found);
  write("zones: 5\n");
  EXPECT_EQ(open().error().code, errc::malformed);
}

// What a `cp`, a full disk or a crash leaves: nothing of it means that no mail is wanted.
TEST_F(FileRoutingSource, AFileWithoutZonesIsNotBelievedUnlessItSaysSo) {
  write_zone("a.example");
  const auto store = open().value();
  const std::string nul(64, '\0');
  for (const auto& text : {std::string(), std::string("# soon\n"), std::string("zones:\n"),
                           std::string("zones: []\n"), nul, "zones: []\n" + nul}) {
    write(text);
    (void)refresh_twice(*store);  // the same fault is told once
    EXPECT_TRUE(store->last_error()) << text;
    EXPECT_TRUE(has(*store, "a.example")) << text;
    EXPECT_TRUE(store->current()->doubtful) << text;
    EXPECT_FALSE(store->refresh_now()) << text;
    EXPECT_FALSE(open()) << text << ": no start with it either";
  }
  write("zones: []\nallow_empty: true\n");
  EXPECT_EQ(refresh_twice(*store), true);
  EXPECT_FALSE(has(*store, "a.example"));
  EXPECT_FALSE(store->current()->doubtful);
  EXPECT_TRUE(open());
}

TEST_F(FileRoutingSource, AFileThatLacksMostOfItsZonesIsNotBelievedUnlessItSaysSo) {
  write_zones(0, 10);
  const auto store = open().value();
  write_zones(0, 5);
  EXPECT_EQ(refresh_twice(*store), true) << "half may go";
  write_zones(0, 2);
  const auto refused = refresh_twice(*store);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::conflict);
  EXPECT_NE(refused.error().context.find("is missing 3 of 5 zones"), std::string::npos)
      << refused.error().context;
  EXPECT_NE(refused.error().context.find("zone_count: 2"), std::string::npos);
  EXPECT_TRUE(has(*store, "z4.example"));
  write_zones(20, 30);
  EXPECT_FALSE(refresh_twice(*store)) << "a wrong file: as many zones, but others";
  EXPECT_TRUE(has(*store, "z4.example"));
  write_zones(0, 2, "zone_count: 2\n");
  EXPECT_EQ(refresh_twice(*store), true);
  EXPECT_FALSE(has(*store, "z4.example"));
  EXPECT_FALSE(store->last_error());
  write_zones(0, 1);
  EXPECT_EQ(refresh_twice(*store), true) << "of few zones any may go";
}

TEST_F(FileRoutingSource, AFileThatSaysHowManyZonesItHasMustHaveThem) {
  write_zones(0, 3, "zone_count: 3\n");
  const auto store = open().value();
  write_zones(0, 2, "zone_count: 3\n");
  const auto refused = refresh_twice(*store);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().context.find(":1:13: 'zone_count' is 3, but the file has 2 zones"),
            std::string::npos)
      << refused.error().context;
  EXPECT_TRUE(has(*store, "z2.example"));
}

TEST_F(FileRoutingSource, AFileThatIsBeingWrittenIsLeftAlone) {
  write_zones(0, 3);
  const auto store = open().value();
  for (int i = 1; i <= 3; ++i) {  // grows between the looks, as with cp
    std::ofstream(path_, i == 1 ? std::ios::trunc : std::ios::app)
        << (i == 1 ? "zones:\n" : "") << "  - name: new" << i << ".example\n";
    EXPECT_EQ(store->refresh(), false);
    EXPECT_TRUE(has(*store, "z2.example"));
  }
  EXPECT_EQ(store->refresh(), true);
  EXPECT_TRUE(has(*store, "new1.example"));
  EXPECT_TRUE(has(*store, "new3.example"));
}

// A ConfigMap: the file is a link into a folder that is a link itself, which is swapped.
TEST_F(FileRoutingSource, FollowsLinksThatAreSwapped) {
  namespace fs = std::filesystem;
  for (const auto* name : {"a", "b"}) {
    fs::create_directory(folder_ / name);
    std::ofstream(folder_ / name / "zones.yaml") << "zones: [{name: " << name << ".example}]\n";
  }
  fs::create_directory_symlink("a", folder_ / "..data");
  fs::create_symlink("..data/zones.yaml", path_);
  const auto store = open().value();
  EXPECT_TRUE(has(*store, "a.example"));
  fs::create_directory_symlink("b", folder_ / "..fresh");
  fs::rename(folder_ / "..fresh", folder_ / "..data");
  EXPECT_EQ(refresh_twice(*store), true);
  EXPECT_TRUE(has(*store, "b.example"));
  fs::remove(folder_ / "..data");
  EXPECT_FALSE(store->refresh());
  EXPECT_TRUE(has(*store, "b.example"));
  EXPECT_TRUE(store->current()->doubtful);
}

TEST_F(FileRoutingSource, AStartWithAFileThatLostMostOfItsZonesIsInDoubt) {
  const auto memory = (folder_ / "zones-in-force").string();
  write_zones(0, 10);
  EXPECT_FALSE(open().value()->remember_in(memory));
  EXPECT_FALSE(open().value()->remember_in(memory)) << "the same as before";
  write_zones(0, 2);
  auto store = open().value();
  EXPECT_TRUE(store->remember_in(memory));
  EXPECT_TRUE(has(*store, "z1.example"));
  EXPECT_TRUE(store->current()->doubtful);
  EXPECT_FALSE(store->refresh_now()) << "to read it again makes it no better";
  EXPECT_TRUE(store->current()->doubtful);
  store = open().value();
  EXPECT_TRUE(store->remember_in(memory)) << "nor does another start";
  write_zones(0, 2, "zone_count: 2\n");
  EXPECT_EQ(refresh_twice(*store), true);
  EXPECT_FALSE(store->current()->doubtful);
  write_zones(0, 2);
  EXPECT_FALSE(open().value()->remember_in(memory)) << "it is known now";
}

}  // namespace
}  // namespace signpost::config
