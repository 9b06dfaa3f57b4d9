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
  /// How often this host may occur in the trace for the same recipient.
  std::int64_t own_passes_max = 1;
};

/// Declares the settings `loop.*`.
void declare_settings(settings_table& table, loop_policy& policy);

struct loop_signs {
  std::size_t received = 0;    ///< Received fields of the message
  std::size_t own_passes = 0;  ///< of them `by` this node `for` one of the recipients
};

/// The refusal (554 5.4.6), or nothing if the message may continue.
std::optional<smtp::reply> check_loop(const loop_signs& signs, const loop_policy& policy);

}  // namespace signpost::model
