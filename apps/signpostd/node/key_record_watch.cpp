// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/key_record_watch.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "proto/dkim/key_record.hpp"

namespace signpost {

struct key_record_watch::answers {
  std::mutex mutex;
  std::set<std::string> open;  ///< names that are asked for
  std::set<std::string> seen;  ///< of records that are right
};

key_record_watch::key_record_watch(dns::resolver& resolver, const clock& time)
    : resolver_(resolver), time_(time), answers_(std::make_shared<answers>()) {}

milliseconds key_record_watch::interval_of(const config::dkim_key& key) const {
  const auto age = time_.now() - key.created;
  if (age < std::chrono::hours(1)) return interval_in_first_hour;
  return age < std::chrono::days(1) ? interval_in_first_day : interval_later;
}

void key_record_watch::ask(const config::dkim_key& key) {
  const auto name = key.record_name();
  resolver_.resolve({.name = name, .type = dns::record_type::txt},
                    [answers = answers_, name, key = key.key](const dns::answer& answer) {
                      const bool right = dkim::publishes(answer, key->public_half());
                      const std::lock_guard lock(answers->mutex);
                      answers->open.erase(name);
                      if (right) answers->seen.insert(name);
                    });
}

std::vector<config::dkim_key> key_record_watch::step(
    const std::vector<config::dkim_key>& awaited) {
  const auto now = time_.steady_now();
  std::vector<config::dkim_key> found;
  std::vector<const config::dkim_key*> due;
  std::map<std::string, steady_time> next;
  {
    const std::lock_guard lock(answers_->mutex);
    for (const auto& key : awaited) {
      const auto name = key.record_name();
      if (answers_->seen.contains(name)) {
        found.push_back(key);
        continue;
      }
      const auto known = next_.find(name);
      const auto when = next.emplace(name, known == next_.end() ? now : known->second).first;
      if (when->second <= now && !answers_->open.contains(name)) due.push_back(&key);
    }
    answers_->seen.clear();
    // Those that have waited longest; the others stay due.
    std::ranges::stable_sort(due, {}, [&](const auto* key) { return next[key->record_name()]; });
    due.resize(std::min(due.size(), open_max - std::min(open_max, answers_->open.size())));
    for (const auto* key : due) {
      answers_->open.insert(key->record_name());
      next[key->record_name()] = now + interval_of(*key);
    }
  }
  next_ = std::move(next);
  for (const auto* key : due) ask(*key);
  return found;
}

}  // namespace signpost
