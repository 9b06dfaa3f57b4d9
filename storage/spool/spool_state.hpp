// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How a spool is: what operators and health checks are shown. Apart from spool.hpp, so that whoever
// only shows it need not know what is in a spool.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/queue/queue_id.hpp"

namespace signpost::storage {

struct spool_totals {
  std::uint64_t messages = 0;
  std::uint64_t envelopes = 0;      ///< not final
  std::uint64_t deferred = 0;       ///< of these, the ones that were tried
  std::optional<wall_time> oldest;  ///< acceptance of the oldest queued message
};

/// A write that takes longer makes the store `slow`.
inline constexpr milliseconds slow_write{2000};

/// The state of the activity log. Mail does not depend on it.
struct activity_log_state {
  bool well = true;
  std::string trouble = {};         ///< otherwise the reason
  std::uint64_t lost = 0;           ///< events that could not be written since the start
  std::uint64_t damaged_rows = 0;   ///< failed reads
  std::uint64_t set_aside = 0;      ///< damaged logs that were replaced since the start
};

/// A recipient whose message was given up because it can no longer be read.
struct unreadable_recipient {
  model::queue_id id;
  std::uint32_t index = 0;
  std::string recipient;    ///< as the sender wrote it; empty = unknown
  std::string destination;  ///< empty = unknown
  std::optional<std::string> sender;  ///< nothing = unknown; empty = the null reverse-path
  std::string why;
};

/// The progress of reading all live data.
struct scrub_state {
  bool running = false;
  double progress = 0;  ///< of the pass under way, or of the last one: 1 = it is complete
  std::uint64_t octets = 0;
  std::uint64_t passes = 0;
  std::uint64_t findings = 0;
};

/// `incomplete`: acknowledged mail is missing, and the operator has not accepted that; existing
/// mail is delivered.
enum class spool_health { well, slow, full, failed, incomplete };
std::string_view to_string(spool_health h);

/// Calls to the disk that have not returned: how long the oldest of each kind has been under way.
struct spool_waits {
  milliseconds write{0};
  milliseconds read{0};
};

}  // namespace signpost::storage
