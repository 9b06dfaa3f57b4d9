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
  std::map<std::string, std::string> seen;  ///< the keys of records that are right, by name
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
                      if (right) answers->seen[name] = key->public_half().octets();
                    });
}

namespace {

// Of several keys of one domain and type the newest: the others would be displaced by it at once.
std::vector<const config::dkim_key*> newest_of(const std::vector<config::dkim_key>& awaited) {
  std::map<std::pair<std::string_view, crypto::key_type>, const config::dkim_key*> newest;
  for (const auto& key : awaited) {
    auto& best = newest[{key.domain, key.type}];
    if (best == nullptr || best->created < key.created) best = &key;
  }
  std::vector<const config::dkim_key*> out;
  for (const auto& [name, key] : newest) out.push_back(key);
  return out;
}

}  // namespace

std::vector<config::dkim_key> key_record_watch::step(
    const std::vector<config::dkim_key>& awaited) {
  const auto now = time_.steady_now();
  std::vector<config::dkim_key> found;
  std::vector<std::pair<steady_time, const config::dkim_key*>> due;
  std::map<std::string, steady_time> next;
  std::unique_lock lock(answers_->mutex);
  for (const auto* key : newest_of(awaited)) {
    const auto name = key->record_name();
    const auto seen = answers_->seen.find(name);
    if (seen != answers_->seen.end() && seen->second == key->key->public_half().octets()) {
      found.push_back(*key);
      continue;
    }
    const auto known = next_.find(name);
    const auto when = known == next_.end() ? now : known->second;
    next.emplace(name, when);
    if (when <= now && !answers_->open.contains(name)) due.emplace_back(when, key);
  }
  answers_->seen.clear();
  // Those that have waited longest; the others stay due.
  std::ranges::stable_sort(due, {}, [](const auto& one) { return one.first; });
  due.resize(std::min(due.size(), open_max - std::min(open_max, answers_->open.size())));
  for (const auto& [when, key] : due) {
    answers_->open.insert(key->record_name());
    next[key->record_name()] = now + interval_of(*key);
  }
  next_ = std::move(next);
  lock.unlock();
  for (const auto& [when, key] : due) ask(*key);
  return found;
}

}  // namespace signpost
