// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/mail_allowance.hpp"

#include "base/text.hpp"

namespace signpost::api::rest {

bool mail_allowance::take(std::string_view email, wall_time now) {
  const auto day = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
  const std::lock_guard lock(mutex_);
  if (day != day_) {
    day_ = day;
    counts_.clear();
  }
  auto name = to_lower(email);
  if (counts_.size() >= addresses_max && !counts_.contains(name)) name.clear();
  auto& count = counts_[name];
  if (count >= mails_per_day_max) return false;
  ++count;
  return true;
}

}  // namespace signpost::api::rest
