// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node tells every other one each second: that it is there, which process and disk it is,
// whom it hears, and which tenures have ended.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cluster/wire/copies.hpp"

namespace signpost::cluster::wire {

/// What the sender knows of one node.
struct member_news {
  node_number node = 0;
  disk_id disk = 0;
  tenure_number tenure = 0;
  tenure_number ended = 0;   ///< the last tenure that was fenced; grows only
  std::uint64_t starts = 0;  ///< of its processes, so far; grows only
  bool heard = false;        ///< lately, by the sender
  bool removed = false;      ///< for ever
  friend bool operator==(const member_news&, const member_news&) = default;
};

struct heartbeat {
  std::uint64_t boot = 0;  ///< drawn by each process
  bool draining = false;
  bool full = false;  ///< takes no more copies
  /// How long ago the sender itself could renew with the coordinator.
  std::optional<std::uint64_t> renewed_ms_ago;
  /// The least that others told the sender of themselves, by now. Never what they heard: an age
  /// that is passed on becomes younger by each latency, and would never grow old.
  std::optional<std::uint64_t> others_renewed_ms_ago;
  std::vector<member_news> members;  ///< the sender among them
  friend bool operator==(const heartbeat&, const heartbeat&) = default;
};

/// Of one cluster.
inline constexpr std::size_t members_max = 1024;
inline constexpr std::size_t heartbeat_octets_max = 64U << 10;

[[nodiscard]] std::string encode(const heartbeat& h);
/// errc::malformed for octets that are none; errc::limit_exceeded (heartbeat_octets_max).
[[nodiscard]] result<heartbeat> decode_heartbeat(std::string_view octets);

}  // namespace signpost::cluster::wire
