// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many mails of ours a stranger's address may get in a day, whoever asks for them: an address
// that is deleted and made again, or made in another account, is still the same reader.
//
// Threads: any. Limits: `addresses_max` addresses are counted in a day; when there are more, the
// others share one count. A restart forgets.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace signpost::api::rest {

class mail_allowance {
 public:
  static constexpr std::uint32_t mails_per_day_max = 5;
  static constexpr std::size_t addresses_max = 100'000;

  /// True if a mail may go to the address now; it is counted then. Days are those of UTC.
  [[nodiscard]] bool take(std::string_view email, wall_time now);

 private:
  std::mutex mutex_;
  std::int64_t day_ = 0;                                   // guarded by mutex_
  std::unordered_map<std::string, std::uint32_t> counts_;  // guarded by mutex_
};

}  // namespace signpost::api::rest
