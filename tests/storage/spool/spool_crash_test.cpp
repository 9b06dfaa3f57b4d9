// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Power is lost at every write and sync in turn; the disk keeps what was synced. Then the spool
// must have everything that had a receipt and nothing whose removal was answered.
#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "base/log.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/support.hpp"

namespace signpost::storage {
namespace {

using model::outcome;

/// What the outside world has been promised. An envelope may be in any of the states noted for it:
/// one, or two while the answer to a commit is outstanding. No state = gone.
class oracle {
 public:
  using name = std::pair<model::queue_id, std::uint32_t>;
  using state_list = std::vector<std::optional<model::envelope>>;

  void intend_accept(const new_message& m) {
    messages_[m.message.id] = m;
    for (const auto& e : m.envelopes) allowed_[{e.id, e.index}] = {std::nullopt, e};
  }
  void intend_update(const envelope_update& u) {
    auto& states = allowed_[{u.after.id, u.after.index}];
    if (model::is_final(u.after.state)) {
      states.push_back(std::nullopt);
    } else {
      states.push_back(u.after);
    }
  }
  /// The commit was answered: only the newest states hold.
  void confirm() {
    for (auto& [unused, states] : allowed_) states.erase(states.begin(), states.end() - 1);
  }

  /// How many envelopes are not as promised: lost, risen from the dead or in a state of old.
  int violations(spool& spool) const {
    int found = 0;
    std::map<name, model::envelope> queued;
    for (auto& e : all_due(spool)) {
      if (!queued.emplace(name{e.id, e.index}, e).second) ++found;
    }
    for (const auto& [key, states] : allowed_) {
      const auto at = queued.find(key);
      const std::optional<model::envelope> state =
          at == queued.end() ? std::nullopt : std::optional(at->second);
      if (std::ranges::find(states, state) == states.end()) ++found;
      if (state && !is_whole(spool, key.first)) ++found;
      if (state && !is_found_by_next_hop(spool, *state)) ++found;
      queued.erase(key);
    }
    return found + static_cast<int>(queued.size());
  }

 private:
  static bool is_found_by_next_hop(spool& spool, const model::envelope& e) {
    const auto there = spool.scan_next_hop(e.next_hop.text(), {}, wall_time::max(), 1000);
    return there && std::ranges::count(there->envelopes, e) == 1;
  }
  bool is_whole(spool& spool, const model::queue_id& id) const {
    memory_budget budget{16U << 20};
    const auto& want = messages_.at(id);
    const auto body = spool.body(id, budget);
    return body && (*body)->octets() == want.body->octets() && spool.message(id) == want.message;
  }

  std::map<name, state_list> allowed_;
  std::map<model::queue_id, new_message> messages_;
};

class SpoolCrash : public testing::Test {
 protected:
  static constexpr int rounds = 14;

  SpoolCrash() { configure_logging({.level = log_level::off}); }

  struct world {
    temporary_folder folder;
    std::shared_ptr<fault_file_system> disk = std::make_shared<fault_file_system>();
    std::unique_ptr<rocksdb::Env> env = make_test_env(disk);
    oracle promised;
    [[nodiscard]] spool_options options(bool sync) const {
      // Small buffers: files are flushed in the middle of the script.
      return {.path = folder.path() + "/spool",
              .sync = sync,
              .env = env.get(),
              .memory_octets = 64U << 10};
    }
    /// The same spool after the power came back.
    [[nodiscard]] spool_options options_after() {
      sound_disk = std::make_shared<fault_file_system>();
      sound_env = make_test_env(sound_disk);
      return {.path = folder.path() + "/spool", .env = sound_env.get()};
    }
    std::shared_ptr<fault_file_system> sound_disk;
    std::unique_ptr<rocksdb::Env> sound_env;
  };

  /// Accepts, defers and delivers until power is lost or the script ends.
  static void run_script(spool& spool, oracle& promised) {
    std::vector<model::envelope> waiting;
    for (int round = 0; round < rounds; ++round) {
      change_set changes;
      std::vector<model::envelope> next;
      for (std::size_t i = 0; i < waiting.size(); ++i) {
        const auto& e = waiting[i];
        // Two thirds are delivered; what was deferred twice, too.
        const bool again = (i + static_cast<std::size_t>(round)) % 3 == 0 && e.attempts < 2;
        auto u = again ? deferred(e, start + seconds(round * 10)) : settled(e, outcome::delivered);
        // The second time it goes on elsewhere.
        if (again && e.attempts == 1) {
          u.after.next_hop = model::next_hop("fallback.example");
          u.after.state = outcome::queued;
        }
        if (again) next.push_back(u.after);
        promised.intend_update(u);
        changes.update(std::move(u));
      }
      for (const std::size_t recipients : {1U, 3U}) {
        auto m = make_message(
            spool, {.recipients = recipients, .octets = round % 2 == 0 ? 12'000U : 3000U});
        next.insert(next.end(), m.envelopes.begin(), m.envelopes.end());
        promised.intend_accept(m);
        changes.accept(std::move(m));
      }
      if (!spool.commit(std::move(changes))) return;
      promised.confirm();
      waiting = std::move(next);
    }
  }

  /// One life up to the power cut; then the disk as it was found afterwards.
  static void live_and_die(world& w, std::uint64_t cut_after, bool sync) {
    w.disk->cut_power_after(cut_after);
    if (auto spool = spool::open(w.options(sync))) {
      run_script(**spool, w.promised);
      if (w.disk->has_power()) w.disk->cut_power_after(0);
    }
    w.disk->drop_unsynced(w.options(sync).path);
  }

  static int count_files(const std::string& folder, const std::string& extension) {
    int found = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() == extension) ++found;
    }
    return found;
  }

  static std::uint64_t operations_of_a_whole_life() {
    world w;
    {
      auto spool = spool::open(w.options(true));
      if (spool) run_script(**spool, w.promised);
    }
    // Else the script would test nothing but the log.
    EXPECT_GT(count_files(w.options(true).path, ".sst"), 0);
    EXPECT_GT(count_files(w.options(true).path, ".blob"), 0);
    return w.disk->operations();
  }
};

TEST_F(SpoolCrash, KeepsItsPromisesWhereverPowerIsLost) {
  const auto operations = operations_of_a_whole_life();
  ASSERT_GT(operations, 60U);
  RecordProperty("operations", std::to_string(operations));
  for (std::uint64_t cut = 0; cut <= operations; ++cut) {
    world w;
    live_and_die(w, cut, true);
    const auto reopened = spool::open(w.options_after());
    ASSERT_TRUE(reopened.has_value()) << cut << ": " << to_string(reopened.error());
    ASSERT_EQ(w.promised.violations(**reopened), 0) << "power cut after operation " << cut;
    // Nothing was lost: nothing is said.
    ASSERT_EQ((*reopened)->health(), spool_health::well) << cut << (*reopened)->trouble();
    const auto totals = (*reopened)->totals();
    ASSERT_EQ(totals.envelopes, all_due(**reopened).size()) << cut;
    accept(**reopened);
  }
}

TEST_F(SpoolCrash, SurvivesASecondCrashDuringRecovery) {
  const auto operations = operations_of_a_whole_life();
  for (std::uint64_t second = 0; second < 40; second += 3) {
    world w;
    live_and_die(w, operations * 3 / 4, true);
    auto disk = std::make_shared<fault_file_system>();
    const auto env = make_test_env(disk);
    auto options = w.options(true);
    options.env = env.get();
    disk->cut_power_after(second);
    (void)spool::open(options);
    disk->drop_unsynced(options.path);
    const auto reopened = spool::open(w.options_after());
    ASSERT_TRUE(reopened.has_value()) << second << ": " << to_string(reopened.error());
    ASSERT_EQ(w.promised.violations(**reopened), 0) << "second cut after operation " << second;
    ASSERT_EQ((*reopened)->health(), spool_health::well) << second << (*reopened)->trouble();
  }
}

// What makes the test above worth something: without sync the same harness must find losses.
TEST_F(SpoolCrash, FindsLossesWhenCommitsAreNotSynced) {
  world w;
  live_and_die(w, 1'000'000, false);
  const auto reopened = spool::open(w.options_after());
  ASSERT_TRUE(reopened.has_value()) << to_string(reopened.error());
  EXPECT_GT(w.promised.violations(**reopened), 0);
}

}  // namespace
}  // namespace signpost::storage
