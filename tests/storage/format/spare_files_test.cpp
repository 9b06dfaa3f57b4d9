// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A database opens, with everything in it, although one of the files is damaged or gone without
// which it could not be read.
#include "storage/format/spare_files.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include "base/log.hpp"
#include "tests/storage/control_support.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/support.hpp"
#include "tests/storage/whole_files.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

struct damage {
  const char* how;
  std::function<void(const fs::path&)> hit;
};

const std::vector<damage>& damages() {
  static const auto flip = [](const fs::path& path, std::size_t at) {
    auto octets = read_file(path);
    for (auto i = at; i < std::min(octets.size(), at + 16); ++i) octets[i] ^= '\x5A';
    write_file(path, octets);
  };
  static const std::vector<damage> all{
      {"flipped at the beginning", [](const fs::path& p) { flip(p, 9); }},
      {"flipped in the middle", [](const fs::path& p) { flip(p, fs::file_size(p) / 2); }},
      {"flipped at the end", [](const fs::path& p) { flip(p, fs::file_size(p) - 16); }},
      {"zeroed", [](const fs::path& p) { write_file(p, std::string(fs::file_size(p), '\0')); }},
      {"cut", [](const fs::path& p) { fs::resize_file(p, fs::file_size(p) / 2); }},
      {"emptied", [](const fs::path& p) { fs::resize_file(p, 0); }},
      {"lost", [](const fs::path& p) { fs::remove(p); }}};
  return all;
}

class SpareFiles : public testing::Test {
 protected:
  SpareFiles() { configure_logging({.level = log_level::off}); }

  [[nodiscard]] spool_options spool() const {
    spool_options o;
    o.path = folder_.path() + "/spool";
    o.env = env_.get();
    return o;
  }
  [[nodiscard]] control_store_options control() const {
    control_store_options o;
    o.path = folder_.path() + "/config";
    o.env = env_.get();
    return o;
  }
  void fill_spool(int messages) const {
    const auto opened = must_open(spool());
    for (int i = 0; i < messages; ++i) accept(*opened);
  }
  /// Accounts and zones up to the number; some of them in sorted files.
  void fill_control(std::uint64_t changes) const {
    for (std::uint64_t i = 1; i <= changes; ++i) {
      const auto store = must_open_control(control());
      EXPECT_TRUE(change(*store, [&](auto& t) {
        return i == 1 ? t.put(make_account(1)) : t.put(make_zone(i));
      }));
    }
    must_open_control(control());
  }
  static std::set<std::string> files(const std::string& folder, std::string_view part) {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const auto name = entry.path().filename().string();
      if (name.find(part) != std::string::npos) found.insert(name);
    }
    return found;
  }
  /// Of the database files whose names hold `part`, those that can be hit.
  static std::set<std::string> targets(const std::string& folder, std::string_view part) {
    auto found = files(folder, part);
    std::erase_if(found, [](const auto& name) { return name.ends_with(".spare"); });
    return found;
  }
  /// Does damages to all targets, one after the other, always to a whole copy: all of them to the
  /// first target, then to each another two.
  void for_each_damage(const std::string& folder, std::string_view part,
                       const std::function<void()>& look) const {
    const auto saved = folder_.path() + "/saved";
    fs::copy(folder, saved, fs::copy_options::recursive);
    const auto record = read_file(folder + ".acknowledged");
    const auto found = targets(folder, part);
    ASSERT_FALSE(found.empty()) << part;
    const auto put_back = [&] {
      fs::remove_all(folder);
      fs::copy(saved, folder, fs::copy_options::recursive);
      write_file(folder + ".acknowledged", record);
    };
    std::size_t next = 0;
    for (const auto& name : found) {
      for (auto left = name == *found.begin() ? damages().size() : 2; left > 0; --left, ++next) {
        const auto& one = damages().at(next % damages().size());
        SCOPED_TRACE(name + " " + one.how);
        put_back();
        one.hit(fs::path(folder) / name);
        look();
      }
    }
    put_back();
    fs::remove_all(saved);
  }

  temporary_folder folder_;
  std::shared_ptr<fault_file_system> disk_ = std::make_shared<fault_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = make_test_env(disk_, spared::all_files);
};

TEST_F(SpareFiles, ASpoolOpensWithoutItsNames) {
  fill_spool(10);
  fill_spool(10);
  for (const auto* part : {"CURRENT", "MANIFEST-"}) {
    for_each_damage(spool().path, part, [&] {
      const auto opened = spool::open(spool());
      ASSERT_TRUE(opened.has_value()) << to_string(opened.error());
      EXPECT_EQ((*opened)->totals().messages, 20U);
      EXPECT_EQ((*opened)->unaccounted(), 0U);
    });
  }
}

TEST_F(SpareFiles, AControlStoreOpensWhateverFileIsDamaged) {
  fill_control(5);
  for (const auto* part : {"CURRENT", "MANIFEST-", ".sst"}) {
    for_each_damage(control().path, part, [&] {
      const auto opened = open_control_store(control());
      ASSERT_TRUE(opened.has_value()) << to_string(opened.error());
      EXPECT_EQ((*opened)->read()->revision().value_or(0), 5U);
      EXPECT_EQ((*opened)->trouble(), "");
      EXPECT_EQ(disagreements(**opened), 0);
      EXPECT_TRUE(change(**opened, [](auto& t) { return t.put(make_zone(99)); }));
    });
  }
}

TEST_F(SpareFiles, ADamagedFileIsKept) {
  fill_control(3);
  const auto name = *targets(control().path, ".sst").begin();
  const auto path = fs::path(control().path) / name;
  write_file(path, "nonsense");
  must_open_control(control());
  EXPECT_EQ(read_file(control().path + ".losses/kept-" + name + "/" + name), "nonsense");
}

TEST_F(SpareFiles, OneForEachFileAndNoMore) {
  fill_control(6);
  for (const auto* part : {"MANIFEST-", ".sst", "CURRENT"}) {
    std::set<std::string> expected;
    for (const auto& name : targets(control().path, part)) expected.insert(name + ".spare");
    EXPECT_EQ(files(control().path, std::string(part)).size(), 2 * expected.size()) << part;
    for (const auto& name : expected) EXPECT_TRUE(fs::exists(control().path + "/" + name)) << name;
  }
}

TEST_F(SpareFiles, AStoreOfAnOlderVersionGetsThem) {
  fill_control(3);
  for (const auto& name : files(control().path, ".spare")) fs::remove(control().path + "/" + name);
  must_open_control(control());
  for (const auto& name : targets(control().path, ".sst")) {
    EXPECT_TRUE(fs::exists(control().path + "/" + name + ".spare")) << name;
  }
}

TEST_F(SpareFiles, ADiskThatTakesNoneIsNoFailure) {
  disk_->set_fault(disk_fault::no_space, ".spare");
  fill_control(3);
  fill_spool(5);
  fill_spool(5);
  EXPECT_TRUE(files(control().path, ".sst.spare").empty());
  disk_->set_fault(disk_fault::none);
  EXPECT_EQ(must_open(spool())->totals().messages, 10U);
  const auto store = must_open_control(control());
  EXPECT_EQ(store->read()->revision().value_or(0), 3U);
}

TEST_F(SpareFiles, AnImportsFilesHaveThem) {
  {
    const auto store = must_open_control(control());
    ASSERT_TRUE(change(*store, [](auto& t) { return t.put(make_account(1)); }));
    auto import = store->begin_import();
    ASSERT_TRUE(import.has_value());
    for (std::uint64_t i = 1; i <= 50; ++i) ASSERT_TRUE((*import)->add(make_zone(i), {}));
    ASSERT_TRUE((*import)->finish(make_entry()));
    for (const auto& name : targets(control().path, ".sst")) {
      EXPECT_TRUE(fs::exists(control().path + "/" + name + ".spare")) << name;
    }
  }
  for_each_damage(control().path, ".sst", [&] {
    const auto store = must_open_control(control());
    EXPECT_EQ(disagreements(*store), 0);
    EXPECT_EQ(store->read()->totals()->zones, 50U);
  });
}

TEST_F(SpareFiles, WithBothDamagedNothingIsRemoved) {
  fill_spool(5);
  fill_spool(5);
  const auto before = files(spool().path, ".sst");
  ASSERT_FALSE(before.empty());
  for (const auto& name : files(spool().path, "MANIFEST-")) {
    write_file(spool().path + "/" + name, "nonsense");
  }
  EXPECT_FALSE(spool::open(spool()).has_value());
  EXPECT_EQ(files(spool().path, ".sst"), before);
}

}  // namespace
}  // namespace signpost::storage
