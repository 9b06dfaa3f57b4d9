// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a message is in a loop (RFC 5321 §6.3). The caller counts; this decides.
#pragma once

#include <cstdint>
#include <optional>

#include "base/settings.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::model {

struct loop_policy {
  /// RFC 5321 §6.3: "normally at least 100"; 50 as in most relays, because a forwarding loop costs
  /// more than the rare chain of fifty hosts.
  std::int64_t received_max = 50;
  /// So often may a message pass this host for the same recipient: the next time is a loop.
  std::int64_t own_passes_max = 1;
};

/// Passes for several recipients at once, whom the trace does not name (RFC 5321 §7.2), that are
/// more than `own_passes_max`. They may have been others; without a bound two addresses that
/// forward to each other's mailbox would double a message at each turn.
inline constexpr std::int64_t unnamed_passes_more = 2;

/// Declares the settings `loop.*`.
void declare_settings(settings_table& table, loop_policy& policy);

struct loop_signs {
  std::size_t received = 0;  ///< Received fields of the message
  /// Of them `by` this node `for` the recipient: of several the one who was here least often, for
  /// the reply is about all of them, and one who was never here must not lose by it.
  std::size_t own_passes = 0;
  std::size_t unnamed_passes = 0;  ///< of them `by` this node without `for`
};

/// The refusal (554 5.4.6), or nothing if the message may continue.
std::optional<smtp::reply> check_loop(const loop_signs& signs, const loop_policy& policy);

}  // namespace signpost::model
