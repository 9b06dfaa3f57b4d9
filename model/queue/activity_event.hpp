// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What happened to mail: the one table that logs, the activity log, metrics and the message
// timeline are made from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "model/queue/queue_id.hpp"

namespace signpost::model {

enum class event_kind : std::uint8_t {
  received,  ///< accepted and durable
  rejected,  ///< refused in session (the id is empty)
  dropped,   ///< accepted, then dropped by a rule
  delivered,
  deferred,
  bounced,
  expired,
  delayed,   ///< a delay notice was sent
  removed,   ///< an operator removed it
  retried,   ///< an operator asked for an attempt now
  failover,  ///< given up at `destination`; continues with the next one (detail `next`)
};

std::string_view to_string(event_kind k);

struct activity_event {
  wall_time at;
  event_kind kind = event_kind::received;
  queue_id id;
  std::string zone;
  std::string zone_id = {};  ///< as in model::envelope
  std::string sender;
  std::string recipient;    ///< as the sender wrote it
  std::string destination;  ///< where it was forwarded
  std::string host;         ///< the other side: client address, or MX name and address
  std::string tls;
  std::string reply;  ///< the reply, theirs or ours
  std::uint32_t attempt = 0;
  std::uint64_t size = 0;
  /// Anything else, in order: verdicts, rule, timings in ms.
  std::vector<std::pair<std::string, std::string>> details;
  friend bool operator==(const activity_event&, const activity_event&) = default;
};

}  // namespace signpost::model
