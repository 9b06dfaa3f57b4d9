// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/yaml_config_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace signpost::config {
namespace {

// A zones file in a folder of its own.
class YamlConfigStore : public testing::Test {
 protected:
  YamlConfigStore() {
    std::string folder = testing::TempDir() + "signpost_zones_XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ / "zones.yaml";
  }
  ~YamlConfigStore() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) const {
    // As operators and ConfigMaps do it: a new file takes the old one's place.
    const auto fresh = folder_ / "fresh.yaml";
    std::ofstream(fresh) << text;
    std::filesystem::rename(fresh, path_);
  }
  void write_zone(const std::string& name) const { write("zones: [{name: " + name + "}]\n"); }
  [[nodiscard]] result<std::unique_ptr<yaml_config_store>> open() const {
    return yaml_config_store::open(path_.string(), {});
  }
  static bool has(const yaml_config_store& store, const char* zone) {
    return store.current()->table->find_zone(address::domain::parse(zone).value()) != nullptr;
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(YamlConfigStore, TakesOverAChange) {
  write_zone("a.example");
  const auto store = open().value();
  EXPECT_EQ(store->current()->revision, 1U);
  EXPECT_EQ(store->refresh(), false) << "nothing changed";
  const auto before = store->current();
  write_zone("b.example");
  EXPECT_EQ(store->refresh(), true);
  EXPECT_TRUE(has(*store, "b.example"));
  EXPECT_EQ(store->current()->revision, 2U);
  EXPECT_EQ(before->table->zone_count(), 1U) << "who holds the old one may go on reading it";
}

TEST_F(YamlConfigStore, KeepsTheOldSetUpWhenTheFileIsWrong) {
  write_zone("a.example");
  const auto store = open().value();
  write("zones: [{nam: b.example}]\n");
  const auto wrong = store->refresh();
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().context.starts_with(path_.string() + ":1:10: unknown key 'nam'"))
      << wrong.error().context;
  EXPECT_TRUE(has(*store, "a.example"));
  EXPECT_TRUE(store->last_error());
  EXPECT_EQ(store->refresh(), false) << "said once";
  EXPECT_FALSE(store->refresh_now()) << "said again when asked";
  write_zone("b.example");
  EXPECT_EQ(store->refresh(), true);
  EXPECT_FALSE(store->last_error());
}

TEST_F(YamlConfigStore, KeepsTheOldSetUpWhenZonesDoNotFitTogether) {
  write_zone("a.example");
  const auto store = open().value();
  write("zones: [{name: a.example}, {name: A.example}]\n");
  const auto wrong = store->refresh();
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, errc::conflict);
  EXPECT_TRUE(wrong.error().context.starts_with(path_.string() + ": domain a.example"));
  EXPECT_EQ(store->current()->revision, 1U);
}

TEST_F(YamlConfigStore, KeepsTheOldSetUpWhenTheFileIsGone) {
  write_zone("a.example");
  const auto store = open().value();
  std::filesystem::remove(path_);
  EXPECT_EQ(store->refresh().error().code, errc::not_found);
  EXPECT_EQ(store->refresh(), false) << "said once";
  EXPECT_TRUE(has(*store, "a.example"));
  write_zone("b.example");
  EXPECT_EQ(store->refresh(), true);
}

TEST_F(YamlConfigStore, DoesNotOpenWithoutAGoodFile) {
  EXPECT_EQ(open().error().code, errc::not_found);
  write("zones: 5\n");
  EXPECT_EQ(open().error().code, errc::malformed);
}

}  // namespace
}  // namespace signpost::config
