// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many delivery reports anybody gets from us: strangers choose the recipients, since these are
// the senders of mail that fails. A sender proven by SPF or DKIM gets more than one that may be
// forged.
//
// Threads: one at a time. Limits: the options; memory does not grow with senders.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "model/windowed_counts.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::actors {

/// Within any hour.
struct report_limit_options {
  std::int64_t per_address = 100;
  std::int64_t unproven_per_address = 10;
  std::int64_t unproven_per_domain = 100;
};

class report_limits {
 public:
  /// `secret` keeps others from targeting someone else's count.
  report_limits(const report_limit_options& o, std::string_view secret);

  /// Counts a report to `to`; if false, it may not be sent and is not counted.
  bool take(const address::mailbox& to, bool proven, steady_time now);

 private:
  report_limit_options options_;
  model::windowed_counts addresses_;
  model::windowed_counts domains_;  ///< for senders that are not proven
};

}  // namespace signpost::actors
