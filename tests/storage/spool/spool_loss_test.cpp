// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The disk gives back something else than was written. Every message that was acknowledged is there
// afterwards, or is counted and named; what a crash leaves at the end of a log is not mentioned.
#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/losses/acknowledged_record.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/support.hpp"
#include "tests/storage/whole_files.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;
using model::outcome;

class SpoolLoss : public testing::Test {
 protected:
  SpoolLoss() { configure_logging({.level = log_level::off}); }

  struct life {
    std::set<model::queue_id> queued;  ///< acknowledged and not ended
    std::set<model::queue_id> ended;
  };

  [[nodiscard]] std::string path(const std::string& name = "spool") const {
    return folder_.path() + "/" + name;
  }
  [[nodiscard]] spool_options options_at(std::string path, std::size_t memory = 64U << 20) const {
    return {.path = std::move(path),
            .env = env_.get(),
            .memory_octets = memory,
            .record_entries = 4096};
  }
  [[nodiscard]] spool_options options() const { return options_at(path()); }

  /// Accepts messages, two in a commit, defers some and ends some.
  static void work(spool& spool, life& known, int commits) {
    std::vector<model::envelope> waiting;
    for (int i = 0; i < commits; ++i) {
      change_set changes;
      for (const std::size_t octets : {900U, 5000U}) {
        auto m = make_message(spool, {.recipients = 2, .octets = octets});
        known.queued.insert(m.message.id);
        if (octets == 900) waiting.insert(waiting.end(), m.envelopes.begin(), m.envelopes.end());
        changes.accept(std::move(m));
      }
      if (i % 4 == 3) {
        const auto half = waiting.size() / 2;
        for (std::size_t k = 0; k < waiting.size(); ++k) {
          const auto& e = waiting[k];
          const bool deliver = k < half;
          changes.update(deliver ? settled(e, outcome::delivered)
                                 : deferred(e, start + seconds(60 + i)));
          if (deliver && known.queued.erase(e.id) > 0) known.ended.insert(e.id);
        }
        waiting.clear();
      }
      ASSERT_TRUE(spool.commit(std::move(changes)).has_value());
    }
  }

  /// Of a running spool this is what a kill leaves. Its files may go while they are copied.
  void copy_to(const std::string& from, const std::string& to) const {
    std::error_code failed;
    for (int attempt = 0; attempt < 20; ++attempt) {
      forget(to);
      fs::copy(path(from), path(to), fs::copy_options::recursive, failed);
      if (!failed) break;
    }
    ASSERT_FALSE(failed) << failed.message();
    const auto record = acknowledged_path(path(from));
    if (fs::exists(record)) fs::copy_file(record, acknowledged_path(path(to)));
  }
  void forget(const std::string& name) const {
    for (const auto* ending : {"", ".acknowledged", ".losses"}) fs::remove_all(path(name) + ending);
  }

  [[nodiscard]] std::vector<fs::path> logs(const std::string& name = "spool") const {
    std::vector<fs::path> found;
    for (const auto& file : fs::directory_iterator(path(name))) {
      if (file.path().extension() == ".log") found.push_back(file.path());
    }
    std::ranges::sort(found);
    return found;
  }

  /// The loss that waits beside the spool, with the messages that it names.
  [[nodiscard]] std::string report(const std::string& name = "spool") const {
    std::string text;
    for (const auto& l : loss_register(path(name)).pending()) {
      text += read_file(loss_register(path(name)).file_of(l.id));
    }
    return text;
  }

  static bool is_readable(spool& spool, const model::queue_id& id) {
    memory_budget budget{16U << 20};
    const auto record = spool.message(id);
    const auto body = spool.body(id, budget);
    const auto rows = spool.envelopes(id);
    return record && body && rows && !rows->empty()
           && (*body)->octets() == body_of(id, (*body)->octets().size());
  }

  /// Opens and compares with what was promised; returns how many are missing.
  std::size_t check(const std::string& name, const life& known, const std::string& what) {
    auto opened = spool::open(options_at(path(name)));
    EXPECT_TRUE(opened.has_value()) << what << ": " << to_string(opened.error());
    if (!opened) return 0;
    auto& spool = **opened;
    const auto text = report(name);
    std::size_t missing = 0;
    for (const auto& id : known.queued) {
      if (is_readable(spool, id)) continue;
      ++missing;
      EXPECT_NE(text.find(id.to_string()), std::string::npos) << what << ": not named";
    }
    EXPECT_EQ(spool.unaccounted(), missing) << what;
    EXPECT_EQ(spool.health(), missing > 0 ? spool_health::incomplete : spool_health::well) << what;
    for (const auto& id : known.ended) {
      EXPECT_FALSE(is_readable(spool, id)) << what << ": risen from the dead";
    }
    expect_consistent(spool, what);
    return missing;
  }

  /// Every place in the schedule has its recipient and the other way round.
  static void expect_consistent(spool& spool, const std::string& what) {
    const auto due = all_due(spool);
    EXPECT_EQ(due.size(), spool.totals().envelopes) << what;
    std::set<model::queue_id> ids;
    for (const auto& e : due) {
      ids.insert(e.id);
      EXPECT_TRUE(spool.message(e.id).has_value()) << what;
    }
    EXPECT_EQ(ids.size(), spool.totals().messages) << what;
    const auto listed = spool.scan_next_hop("dest.example", {}, wall_time::max(), 10'000);
    EXPECT_EQ(listed ? listed->envelopes.size() : 0, due.size()) << what;
  }

  temporary_folder folder_;
  /// Syncs would only cost time.
  std::unique_ptr<rocksdb::Env> env_ = make_test_env(std::make_shared<fault_file_system>());
};

TEST_F(SpoolLoss, SaysNothingAfterACleanEndOrAKill) {
  life known;
  {
    const auto spool = must_open(options());
    EXPECT_EQ(spool->health(), spool_health::well);
    work(*spool, known, 20);
    copy_to("spool", "killed");
  }
  EXPECT_EQ(check("spool", known, "closed"), 0U);
  EXPECT_EQ(check("killed", known, "killed"), 0U);
  EXPECT_EQ(check("killed", known, "once more"), 0U);
  EXPECT_FALSE(fs::exists(path() + ".losses"));
}

TEST_F(SpoolLoss, SaysNothingOfATornTail) {
  life known;
  std::string batch;
  {
    const auto spool = must_open(options());
    work(*spool, known, 20);
    copy_to("spool", "first");
  }
  const auto whole = read_file(logs("first").back());
  for (const auto& tail :
       {std::string(100, '\0'), std::string(70'000, '\0'), std::string("\x01"),
        std::string(40'000, '\xA5'), whole.substr(0, 6), whole.substr(0, 3000)}) {
    copy_to("first", "torn");
    write_file(logs("torn").back(), whole + tail);
    EXPECT_EQ(check("torn", known, "tail of " + std::to_string(tail.size())), 0U);
    EXPECT_FALSE(fs::exists(path("torn") + ".losses"));
  }
}

TEST_F(SpoolLoss, CountsAndNamesWhatDamageAnywhereInTheLogTook) {
  life known;
  {
    const auto spool = must_open(options());
    work(*spool, known, 30);
    copy_to("spool", "first");
  }
  const auto whole = read_file(logs("first").back());
  ASSERT_GT(whole.size(), 200'000U);
  std::vector<std::size_t> places{0, 4, 6, 7, 15, 40, whole.size() - 20, whole.size() - 3000};
  for (std::size_t block = 32'768; block < whole.size(); block += 32'768) {
    places.insert(places.end(), {block - 8, block, block + 4, block + 6});
  }
  std::mt19937 random(7);
  for (int i = 0; i < 24; ++i) places.push_back(random() % whole.size());
  std::size_t most = 0;
  std::size_t damaged = 0;
  for (const auto place : places) {
    copy_to("first", "hit");
    auto octets = whole;
    for (auto i = place; i < std::min(place + 16, octets.size()); ++i) octets[i] ^= '\x5A';
    write_file(logs("hit").back(), octets);
    const auto missing = check("hit", known, "at " + std::to_string(place));
    most = std::max(most, missing);
    damaged += missing > 0 ? 1 : 0;
  }
  EXPECT_GT(damaged, places.size() / 2);
  // What is behind the damage is there: no more goes than is in two blocks.
  EXPECT_LE(most, 16U);
}

TEST_F(SpoolLoss, CountsAndNamesWhatWasCutOff) {
  life known;
  {
    const auto spool = must_open(options());
    work(*spool, known, 20);
    copy_to("spool", "first");
  }
  const auto whole = read_file(logs("first").back());
  for (const auto left : {std::size_t{0}, std::size_t{5}, whole.size() / 3, whole.size() / 2,
                          whole.size() - 1}) {
    copy_to("first", "cut");
    write_file(logs("cut").back(), whole.substr(0, left));
    EXPECT_GT(check("cut", known, "left " + std::to_string(left)), 0U);
    // It is asked once, also when the numbers of the lost commits are used again.
    auto cut = options_at(path("cut"));
    cut.accept_loss = loss_register(cut.path).pending().at(0).id;
    for (int start = 0; start < 3; ++start) {
      const auto spool = must_open(cut);
      EXPECT_EQ(spool->unaccounted(), 0U) << left << ", start " << start;
      life more;
      work(*spool, more, 6);
    }
  }
  copy_to("first", "gone");
  fs::remove(logs("gone").back());
  EXPECT_GT(check("gone", known, "file removed"), 20U);
}

// With small buffers the log has several files, some families need older ones than others, and
// part of everything is in sorted files.
TEST_F(SpoolLoss, CountsAndNamesWhatIsMissingBetweenSortedFiles) {
  std::size_t files = 0;
  std::size_t most = 0;
  for (int round = 1; round <= 6; ++round) {
    forget("spool");
    life known;
    {
      const auto spool = must_open(options_at(path(), 1U << 20));
      work(*spool, known, 30 * round);
    }
    files = std::max(files, logs().size());
    for (std::size_t which = 0; which < logs().size(); ++which) {
      copy_to("spool", "hit");
      const auto log = logs("hit")[which];
      auto octets = read_file(log);
      fs::remove(log);
      most = std::max(most, check("hit", known, "removed " + log.string()));
      copy_to("spool", "hit");
      for (std::size_t i = 0; i < 16 && !octets.empty(); ++i) {
        octets[(octets.size() / 2 + i) % octets.size()] ^= '\x5A';
      }
      write_file(log, octets);
      check("hit", known, "damaged " + log.string());
    }
  }
  EXPECT_GT(files, 1U);
  EXPECT_GT(most, 20U);
}

TEST_F(SpoolLoss, NoticesThatTheWholeSpoolIsGone) {
  life known;
  {
    const auto spool = must_open(options());
    work(*spool, known, 10);
  }
  fs::rename(path(), path("elsewhere"));
  {
    const auto spool = must_open(options());
    EXPECT_EQ(spool->health(), spool_health::incomplete);
    EXPECT_EQ(spool->unaccounted(), known.queued.size());
    EXPECT_NE(report().find(known.queued.begin()->to_string()), std::string::npos);
  }
  // The disk was only not mounted.
  fs::remove_all(path());
  fs::rename(path("elsewhere"), path());
  EXPECT_EQ(check("spool", known, "found again"), 0U);
}

TEST_F(SpoolLoss, NoticesAnOlderCopyOfTheSpool) {
  life known;
  life older;
  {
    const auto spool = must_open(options());
    work(*spool, known, 12);
    older = known;
    copy_to("spool", "backup");
    work(*spool, known, 12);
  }
  fs::remove_all(path());
  fs::rename(path("backup"), path());
  const auto missing = check("spool", known, "older copy");
  EXPECT_EQ(missing, 24U - (known.ended.size() - older.ended.size()));
}

TEST_F(SpoolLoss, TakesNothingUntilToldAndAsksOnce) {
  life known;
  {
    const auto spool = must_open(options());
    work(*spool, known, 10);
    copy_to("spool", "hit");
  }
  auto octets = read_file(logs("hit").back());
  for (std::size_t i = 0; i < 16; ++i) octets[octets.size() / 2 + i] ^= '\x5A';
  write_file(logs("hit").back(), octets);
  auto hit = options_at(path("hit"));
  std::uint64_t missing = 0;
  {
    const auto spool = must_open(hit);
    missing = spool->unaccounted();
    ASSERT_GT(missing, 0U);
    change_set changes;
    changes.accept(make_message(*spool));
    const auto refused = spool->commit(std::move(changes));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_NE(spool->trouble().find("accept-loss"), std::string::npos);
    // What is there goes on.
    const auto due = all_due(*spool);
    ASSERT_FALSE(due.empty());
    EXPECT_TRUE(commit(*spool, settled(due.front(), outcome::delivered)).has_value());
  }
  const auto id = loss_register(hit.path).pending().at(0).id;
  {
    const auto spool = must_open(hit);
    EXPECT_EQ(spool->unaccounted(), missing);
    EXPECT_EQ(loss_register(hit.path).pending().size(), 1U);
  }
  hit.accept_loss = "loss-00000000";
  EXPECT_EQ(must_open(hit)->health(), spool_health::incomplete);
  hit.accept_loss = id;
  {
    const auto spool = must_open(hit);
    EXPECT_EQ(spool->health(), spool_health::well);
    EXPECT_EQ(spool->unaccounted(), 0U);
    accept(*spool);
  }
  hit.accept_loss.clear();
  EXPECT_EQ(must_open(hit)->health(), spool_health::well);
}

TEST_F(SpoolLoss, GoesOnWhenToldWhileItRuns) {
  life known;
  {
    const auto spool = must_open(options());
    work(*spool, known, 5);
  }
  fs::remove_all(path());
  {
    const auto spool = must_open(options());
    ASSERT_EQ(spool->health(), spool_health::incomplete);
    const loss_register losses(path());
    ASSERT_TRUE(losses.accept(losses.pending().at(0).id).has_value());
    spool->poll_health();
    EXPECT_EQ(spool->health(), spool_health::well);
    accept(*spool);
    copy_to("spool", "killed");
  }
  EXPECT_EQ(must_open(options())->health(), spool_health::well);
  EXPECT_EQ(must_open(options_at(path("killed")))->totals().messages, 1U);
}

// Without the record the marks in the log still tell how many are missing.
TEST_F(SpoolLoss, CountsWithoutTheRecord) {
  life known;
  {
    const auto spool = must_open(options());
    work(*spool, known, 30);
    copy_to("spool", "first");
  }
  fs::remove(acknowledged_path(path("first")));
  copy_to("first", "hit");
  {
    const auto spool = must_open(options_at(path("hit")));
    EXPECT_EQ(spool->health(), spool_health::well);
  }
  copy_to("first", "hit");
  auto octets = read_file(logs("hit").back());
  for (std::size_t i = 0; i < 16; ++i) octets[octets.size() / 2 + i] ^= '\x5A';
  write_file(logs("hit").back(), octets);
  const auto spool = must_open(options_at(path("hit")));
  std::uint64_t missing = 0;
  for (const auto& id : known.queued) missing += is_readable(*spool, id) ? 0 : 1;
  EXPECT_GE(spool->unaccounted(), missing);
  EXPECT_GT(missing, 0U);
}

// Who goes is written down later than who came: with a part of the record gone it looks as if some
// were missing.
TEST_F(SpoolLoss, IsNotMisledByADamagedRecord) {
  life known;
  {
    const auto spool = must_open(options());
    work(*spool, known, 40);
  }
  ASSERT_FALSE(known.ended.empty());
  const auto record = acknowledged_path(path());
  const auto whole = read_file(record);
  for (const std::size_t at : {8192U + 400U, 8192U + 2000U, 8192U + 3600U, 4096U, 0U}) {
    copy_to("spool", "hit");
    auto octets = whole;
    std::fill_n(octets.begin() + static_cast<std::ptrdiff_t>(at), 512, '\0');
    write_file(acknowledged_path(path("hit")), octets);
    EXPECT_EQ(check("hit", known, "record at " + std::to_string(at)), 0U);
  }
  copy_to("spool", "hit");
  write_file(acknowledged_path(path("hit")), whole.substr(0, 8192 + 1000));
  EXPECT_EQ(check("hit", known, "record cut"), 0U);
  EXPECT_EQ(check("hit", known, "once more"), 0U);
}

// An unreadable record, and one of a spool of elsewhere.
TEST_F(SpoolLoss, TellsRecordsApart) {
  life known;
  {
    const auto spool = must_open(options());
    work(*spool, known, 5);
  }
  write_file(acknowledged_path(path()), "nonsense");
  EXPECT_EQ(check("spool", known, "unreadable record"), 0U);
  EXPECT_EQ(check("spool", known, "made anew"), 0U);
  life others;
  {
    const auto spool = must_open(options_at(path("other")));
    work(*spool, others, 3);
  }
  fs::copy_file(acknowledged_path(path("other")), acknowledged_path(path()),
                fs::copy_options::overwrite_existing);
  const auto spool = must_open(options());
  EXPECT_EQ(spool->unaccounted(), others.queued.size());
}

}  // namespace
}  // namespace signpost::storage
