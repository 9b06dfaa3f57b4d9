// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The disk gives back less of the control store than was written: it says so, is what it was before
// the damage, and makes no change until the operator has accepted that.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/log.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/losses/acknowledged_record.hpp"
#include "tests/storage/control_support.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/whole_files.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

class ControlLoss : public testing::Test {
 protected:
  static constexpr std::uint64_t changes = 40;

  ControlLoss() {
    configure_logging({.level = log_level::off});
    const auto store = must_open_control(options());
    EXPECT_TRUE(change(*store, [](auto& t) { return t.put(make_account(1)); }));
    for (std::uint64_t i = 2; i <= changes; ++i) {
      EXPECT_TRUE(change(*store, [&](auto& t) { return t.put(make_zone(i)); }));
    }
  }

  [[nodiscard]] control_store_options options() const {
    control_store_options o;
    o.path = folder_.path() + "/config";
    o.env = env_.get();
    return o;
  }
  [[nodiscard]] fs::path log() const {
    std::vector<fs::path> found;
    for (const auto& file : fs::directory_iterator(options().path)) {
      if (file.path().extension() == ".log") found.push_back(file.path());
    }
    return *std::ranges::max_element(found);
  }
  static std::uint64_t revision_of(const model::control_store& store) {
    return store.read()->revision().value_or(0);
  }
  static bool can_change(model::control_store& store) {
    return change(store, [](auto& t) { return t.put(make_account(77)); }).has_value();
  }

  temporary_folder folder_;
  std::unique_ptr<rocksdb::Env> env_ =
      make_test_env(std::make_shared<fault_file_system>(), spared::all_files);
};

TEST_F(ControlLoss, SaysNothingWhenAllIsThere) {
  const auto store = must_open_control(options());
  EXPECT_EQ(store->trouble(), "");
  EXPECT_EQ(revision_of(*store), changes);
  EXPECT_TRUE(can_change(*store));
}

TEST_F(ControlLoss, IsAsItWasBeforeTheDamageAndWaits) {
  const auto whole = read_file(log());
  for (const auto place : {whole.size() / 4, whole.size() / 2, whole.size() - 30}) {
    const auto saved = folder_.path() + "/saved";
    fs::remove_all(saved);
    fs::copy(options().path, saved, fs::copy_options::recursive);
    const auto record = read_file(acknowledged_path(options().path));
    auto octets = whole;
    for (std::size_t i = 0; i < 16; ++i) octets[place + i] ^= '\x5A';
    write_file(log(), octets);
    auto o = options();
    {
      const auto store = must_open_control(o);
      const auto revision = revision_of(*store);
      EXPECT_LT(revision, changes) << place;
      EXPECT_EQ(store->unaccounted(), changes - revision) << place;
      EXPECT_EQ(disagreements(*store), 0) << place;
      EXPECT_FALSE(can_change(*store)) << place;
      EXPECT_NE(store->trouble().find("accept-loss"), std::string::npos);
    }
    EXPECT_FALSE(can_change(*must_open_control(o))) << "asked once more";
    o.accept_loss = loss_register(o.path).pending().at(0).id;
    EXPECT_TRUE(can_change(*must_open_control(o)));
    o.accept_loss.clear();
    EXPECT_TRUE(can_change(*must_open_control(o)));
    fs::remove_all(o.path);
    fs::rename(saved, o.path);
    write_file(acknowledged_path(o.path), record);
  }
}

TEST_F(ControlLoss, IsNotBegunAnewWhenItIsGone) {
  fs::rename(options().path, folder_.path() + "/elsewhere");
  const auto refused = open_control_store(options());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, errc::unavailable);
  EXPECT_NE(refused.error().context.find("accept-loss"), std::string::npos);
  const auto id = loss_register(options().path).pending().at(0).id;
  // It is there again.
  fs::remove_all(options().path);
  fs::rename(folder_.path() + "/elsewhere", options().path);
  EXPECT_TRUE(can_change(*must_open_control(options())));
  EXPECT_TRUE(loss_register(options().path).pending().empty());
  fs::remove_all(options().path);
  ASSERT_FALSE(open_control_store(options()).has_value());
  auto o = options();
  o.accept_loss = loss_register(o.path).pending().at(0).id;
  EXPECT_NE(o.accept_loss, id);
  const auto store = must_open_control(o);
  EXPECT_EQ(revision_of(*store), 0U);
  EXPECT_TRUE(can_change(*store));
}

}  // namespace
}  // namespace signpost::storage
