// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/repair/rewrite_guard.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/log.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.rewrite_guard");

bool set_resting(const database& database, rocksdb::ColumnFamilyHandle* family, bool resting) {
  const auto status = database.db().SetOptions(
      family, {{"disable_auto_compactions", resting ? "true" : "false"}});
  if (!status.ok()) log_.warning("storage.rest_failed", {{"error", status.ToString()}});
  return status.ok();
}

}  // namespace

class rewrite_guard::watcher final : public rocksdb::EventListener {
 public:
  // The families concerned, and the last message, since the last call.
  std::map<std::string, std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(met_, {});
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override {
    if (reason != rocksdb::BackgroundErrorReason::kCompaction || !tells_of_damage(*error)) {
      return;
    }
    ++count_;
    *error = rocksdb::Status::OK();
  }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& info) override {
    if (!tells_of_damage(info.status)) return;
    const std::lock_guard lock(mutex_);
    met_[info.cf_name] = info.status.ToString();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> met_;  // guarded by mutex_
  std::atomic<std::uint64_t> count_{0};
};

rewrite_guard::rewrite_guard() : watcher_(std::make_shared<watcher>()) {}

std::shared_ptr<rocksdb::EventListener> rewrite_guard::listener() const { return watcher_; }

std::uint64_t rewrite_guard::met() const { return watcher_->count(); }

void rewrite_guard::tend(const database& database) {
  const auto met = watcher_->take();
  if (met.empty() && rests_.empty()) return;
  const auto now = steady::now();
  for (auto* const family : database.families()) {
    const auto damage = met.find(family->GetName());
    const auto known = rests_.find(family->GetName());
    if (damage != met.end()) {
      if (names_a_table(damage->second)) database.damage().raise(damage->second);
      auto& its = rests_[family->GetName()];
      if (its.resting) continue;
      its.length = std::clamp<std::chrono::seconds>(2 * its.length, rewrite_rest_first,
                                                    rewrite_rest_max);
      its.until = now + its.length;
      its.resting = set_resting(database, family, true);
      log_.error("storage.damage_met", {{"family", family->GetName()},
                                        {"error", damage->second},
                                        {"rests_s", its.length.count()}});
    } else if (known != rests_.end() && known->second.resting && now >= known->second.until) {
      known->second.resting = !set_resting(database, family, false);
    } else if (known != rests_.end() && !known->second.resting
               && now >= known->second.until + rewrite_rest_max) {
      rests_.erase(known);
    }
  }
}

}  // namespace signpost::storage
