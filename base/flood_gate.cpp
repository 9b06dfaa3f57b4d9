// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/flood_gate.hpp"

#include <algorithm>
#include <utility>

namespace signpost {
namespace {

constexpr std::string_view others = "others";
constexpr milliseconds sweep_interval{100};

bucket_rate rate_of(std::int64_t per_second, std::int64_t burst) {
  return {.per_minute = 60 * static_cast<double>(per_second),
          .burst = static_cast<double>(std::max<std::int64_t>(burst, 1))};
}

}  // namespace

flood_gate::flood_gate(const flood_limits& limits)
    : limits_(limits),
      of_one_(rate_of(limits.per_second, limits.burst)),
      of_all_(rate_of(limits.total_per_second, limits.total_per_second)) {}

std::uint64_t flood_gate::admit(std::string_view event, std::string_view source, steady_time now,
                                bool carries) {
  const std::lock_guard lock(mutex_);
  auto& of = account_of(event, source, now);
  if (!spend(of, now)) {
    ++of.count;
    ++suppressed_total_;
    return 0;
  }
  if (!carries) return 1;
  const auto stands_for = of.count + 1;
  of.count = 0;
  return stands_for;
}

bool flood_gate::spend(account& of, steady_time now) {
  return of.budget.take(of_one_, now) && total_.take(of_all_, now);
}

flood_gate::account& flood_gate::account_of(std::string_view event, std::string_view source,
                                            steady_time now) {
  const auto find = [&](std::string_view from) {
    key_.assign(event).append(1, '\0').append(from);
    return accounts_.find(key_);
  };
  auto found = find(source);
  if (found != accounts_.end()) return found->second;
  if (accounts_.size() >= limits_.sources_max) forget_idle(now);
  if (accounts_.size() >= limits_.sources_max) {
    source = others;
    if (found = find(source); found != accounts_.end()) return found->second;
  }
  return accounts_
      .emplace(key_, account{std::string(event), std::string(source), {}, now, 0})
      .first->second;
}

// Not at every newcomer: a table that stays full would be searched from end to end for each.
void flood_gate::forget_idle(steady_time now) {
  if (now - swept_at_ < sweep_interval) return;
  swept_at_ = now;
  std::erase_if(accounts_, [&](const auto& entry) {
    return entry.second.count == 0 && entry.second.budget.full(of_one_, now);
  });
}

void flood_gate::tell(std::vector<suppressed>& out, account& of) const {
  const auto count = std::exchange(of.count, 0U);
  if (count == 0) return;
  if (out.size() < limits_.told_max) {
    out.push_back({of.event, of.source, count});
    return;
  }
  const auto sum = std::ranges::find_if(out, [&](const suppressed& s) {
    return s.source == others && s.event == of.event;
  });
  if (sum != out.end()) {
    sum->count += count;
  } else {
    out.push_back({of.event, std::string(others), count});
  }
}

std::vector<flood_gate::suppressed> flood_gate::due(steady_time now) {
  const std::lock_guard lock(mutex_);
  std::vector<suppressed> out;
  for (auto it = accounts_.begin(); it != accounts_.end();) {
    auto& of = it->second;
    const bool over = of.budget.full(of_one_, now);
    if (of.count > 0 && (over || now - of.told_at >= limits_.told_every)) {
      tell(out, of);
      of.told_at = now;
    }
    it = over ? accounts_.erase(it) : std::next(it);
  }
  return out;
}

std::vector<flood_gate::suppressed> flood_gate::rest() {
  const std::lock_guard lock(mutex_);
  std::vector<suppressed> out;
  for (auto& [key, of] : accounts_) tell(out, of);
  accounts_.clear();
  return out;
}

std::uint64_t flood_gate::suppressed_total() const {
  const std::lock_guard lock(mutex_);
  return suppressed_total_;
}

std::size_t flood_gate::sources() const {
  const std::lock_guard lock(mutex_);
  return accounts_.size();
}

}  // namespace signpost
