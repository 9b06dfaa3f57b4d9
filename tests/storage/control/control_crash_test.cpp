// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Power is lost at every write and sync in turn; the disk keeps what was synced. Then objects,
// revisions and audit entries must agree, and everything that was answered must be there. And a
// disk that is full or breaks.
#include <filesystem>

#include "base/log.hpp"
#include "tests/storage/control_support.hpp"
#include "tests/storage/fault_file_system.hpp"

namespace signpost::storage {
namespace {

using model::control_transaction;

class ControlCrash : public testing::Test {
 protected:
  static constexpr std::uint64_t rounds = 8;

  ControlCrash() { configure_logging({.level = log_level::off}); }

  struct world {
    temporary_folder folder;
    std::shared_ptr<fault_file_system> disk = std::make_shared<fault_file_system>();
    std::unique_ptr<rocksdb::Env> env = make_test_env(disk);
    std::uint64_t answered = 0;  ///< revisions
    [[nodiscard]] control_store_options options() const {
      // Small buffers: files are flushed in the middle of the script.
      return {.path = folder.path() + "/config",
              .free_octets_min = 1000,
              .memory_octets = 64U << 10,
              .import_memory_octets = 4096,
              .env = env.get(),
              .look_at_volume = disk->look()};
    }
    /// The same disk after the power came back.
    control_store_options options_after() {
      disk = std::make_shared<fault_file_system>();
      old_env = std::move(env);
      env = make_test_env(disk);
      return options();
    }
    std::unique_ptr<rocksdb::Env> old_env;
  };

  static result<std::uint64_t> round(model::control_store& store, std::uint64_t n) {
    if (n == rounds / 2) return import(store, 1000);
    return change(store, [&](control_transaction& t) -> result<void> {
      if (n == 0) SP_CHECK(t.put(make_account(1)));
      SP_CHECK(t.put(make_zone(n)));
      for (std::uint64_t r = 0; r < 8; ++r) SP_CHECK(t.put(make_rule(n, r)));
      if (n > 2 && n - 2 != rounds / 2) SP_CHECK(t.remove_zone(id_of('z', n - 2)));
      auto address = make_address(1, n % 3);
      if (n > 3) address.verified = start;
      return t.put(address);
    });
  }
  static result<std::uint64_t> import(model::control_store& store, std::uint64_t first) {
    SP_TRY(const auto import, store.begin_import());
    for (auto z = first; z < first + 12; ++z) {
      SP_CHECK(import->add(make_zone(z), {make_rule(z, 1), make_catch_all(z)}));
    }
    return import->finish(make_entry());
  }

  /// One life up to the power cut; then the disk as it was found afterwards.
  static void live_and_die(world& w, std::uint64_t cut_after) {
    w.disk->cut_power_after(cut_after);
    if (auto store = open_control_store(w.options())) {
      for (std::uint64_t n = 0; n < rounds; ++n) {
        const auto revision = round(**store, n);
        if (!revision) break;
        EXPECT_EQ(*revision, n + 1);
        w.answered = *revision;
        (*store)->record_refusal(make_entry(1, "refused"));
      }
      if (w.disk->has_power()) w.disk->cut_power_after(0);
    }
    w.disk->drop_unsynced(w.options().path);
  }

  static void expect_sound(model::control_store& store, const world& w, std::uint64_t cut) {
    ASSERT_EQ(disagreements(store), 0) << "cut after operation " << cut;
    const auto revision = *store.read()->revision();
    // What was not answered may be there or not, but is one change at most.
    ASSERT_GE(revision, w.answered) << cut;
    ASSERT_LE(revision, w.answered + 1) << cut;
    const bool imported = store.read()->zone(id_of('z', 1000)).has_value();
    ASSERT_EQ(imported, revision > rounds / 2) << cut;
  }
};

TEST_F(ControlCrash, ObjectsRevisionsAndAuditAgreeWhereverPowerIsLost) {
  world whole;
  live_and_die(whole, UINT64_MAX - 1);
  ASSERT_EQ(whole.answered, rounds);
  const auto operations = whole.disk->operations();
  ASSERT_GT(operations, 60U);
  RecordProperty("operations", std::to_string(operations));
  for (std::uint64_t cut = 0; cut <= operations; ++cut) {
    world w;
    live_and_die(w, cut);
    const auto store = open_control_store(w.options_after());
    ASSERT_TRUE(store.has_value()) << cut << ": " << to_string(store.error());
    expect_sound(**store, w, cut);
    // And it goes on.
    ASSERT_TRUE(change(**store, [](control_transaction& t) { return t.put(make_account(5)); }));
    ASSERT_FALSE(std::filesystem::exists(w.options().path + "/import"));
  }
}

TEST_F(ControlCrash, AFullDiskRefusesChangesAndRecoversByItself) {
  world w;
  {
    const auto store = must_open_control(w.options());
    ASSERT_TRUE(round(*store, 0));
    w.disk->set_fault(disk_fault::no_space);
    EXPECT_EQ(round(*store, 1).error().code, errc::no_space);
    EXPECT_EQ(store->read()->revision(), 1U);
    EXPECT_FALSE(store->read()->zone(id_of('z', 1)).has_value());
    EXPECT_EQ(disagreements(*store), 0);
    EXPECT_FALSE(round(*store, 1).has_value());
    w.disk->set_fault(disk_fault::none);
    w.disk->set_free_octets(999);
    EXPECT_EQ(round(*store, 1).error().code, errc::no_space);
    w.disk->set_free_octets(std::nullopt);
    const auto again = round(*store, 1);
    ASSERT_TRUE(again.has_value()) << to_string(again.error());
    EXPECT_EQ(*again, 2U);
    EXPECT_EQ(disagreements(*store), 0);
  }
  const auto store = must_open_control(w.options());
  EXPECT_EQ(store->read()->revision(), 2U);
  EXPECT_EQ(disagreements(*store), 0);
}

TEST_F(ControlCrash, ABrokenDiskRefusesChangesAndIsReadOn) {
  world w;
  const auto store = must_open_control(w.options());
  ASSERT_TRUE(round(*store, 0));
  w.disk->set_fault(disk_fault::io_error, ".log");
  EXPECT_EQ(round(*store, 1).error().code, errc::unavailable);
  w.disk->set_fault(disk_fault::none);
  (void)round(*store, 1);
  EXPECT_TRUE(store->read()->zone(id_of('z', 0)).has_value());
  EXPECT_EQ(disagreements(*store), 0);
  EXPECT_TRUE(store->is_failed()) << "only opening it anew helps";
}

TEST_F(ControlCrash, AProcessWithoutDescriptorsRecoversByItself) {
  world w;
  const auto store = must_open_control(w.options());
  ASSERT_TRUE(round(*store, 0));
  w.disk->set_fault(disk_fault::no_descriptors);
  const auto put = [&](std::uint64_t z) {
    return change(*store, [&](control_transaction& t) -> result<void> {
      SP_CHECK(t.put(make_zone(z)));
      for (std::uint64_t r = 0; r < 40; ++r) SP_CHECK(t.put(make_rule(z, r)));
      return {};
    });
  };
  // Until the buffers are full and files are needed.
  std::uint64_t z = 2000;
  while (z < 2500 && put(z)) ++z;
  ASSERT_LT(z, 2500U);
  EXPECT_EQ(put(z).error().code, errc::unavailable);
  w.disk->set_fault(disk_fault::none);
  EXPECT_TRUE(put(z).has_value());
  EXPECT_EQ(disagreements(*store), 0);
}

TEST_F(ControlCrash, AnImportOntoAFullDiskLeavesNothing) {
  world w;
  const auto store = must_open_control(w.options());
  ASSERT_TRUE(round(*store, 0));
  w.disk->set_fault(disk_fault::no_space, ".sst");
  EXPECT_EQ(import(*store, 1000).error().code, errc::no_space);
  w.disk->set_fault(disk_fault::none);
  EXPECT_EQ(store->read()->totals()->zones, 1U);
  EXPECT_EQ(import(*store, 1000), 2U);
  EXPECT_EQ(disagreements(*store), 0);
}

}  // namespace
}  // namespace signpost::storage
