// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much one client, an address or a network, has used of its allowances, and what happens above
// them: budgets that refill evenly, replies with growing delays, and growing pauses.
//
// Threads: values; one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"
#include "base/token_bucket.hpp"

namespace signpost::model {

/// What a client is charged for.
enum class client_charge : std::uint8_t {
  connection,
  message,
  recipient,      ///< RCPT, accepted or refused
  tls_handshake,  ///< begun, whatever the outcome
  error,          ///< refused recipients and commands, talking out of turn
  idle_command,   ///< commands that do not lead to a message: NOOP, RSET, VRFY, HELP, repeated EHLO
  count
};
inline constexpr auto client_charges = static_cast<std::size_t>(client_charge::count);

/// What a client address may do. A network of them may do `network_factor` times as much.
struct client_limits {
  std::int64_t sessions_max = 50;  ///< at once; 0: no limit
  std::int64_t network_factor = 10;
  /// Per minute, by client_charge; 0: no limit.
  std::array<std::int64_t, client_charges> rates{300, 1200, 6000, 300, 300, 600};
  milliseconds pause_first = std::chrono::minutes(1);
  milliseconds pause_max = std::chrono::hours(1);
  /// The delay of a reply to a client that makes many errors.
  milliseconds reply_delay_max = std::chrono::seconds(10);

  [[nodiscard]] std::int64_t rate(client_charge c) const {
    return rates[static_cast<std::size_t>(c)];
  }
  [[nodiscard]] std::int64_t& rate(client_charge c) { return rates[static_cast<std::size_t>(c)]; }
};

class client_account {
 public:
  /// `factor`: 1 for an address, more for networks.
  [[nodiscard]] bool affordable(client_charge what, const client_limits& limits,
                                std::int64_t factor, steady_time now) const;
  /// False: the budget is used up. For errors and idle commands the client then gets a pause, twice
  /// as long each time; after good behaviour for a while, pauses start short again.
  bool charge(client_charge what, std::int64_t amount, const client_limits& limits,
              std::int64_t factor, steady_time now);
  /// The delay of a reply to an error; grows from half of the error budget on.
  [[nodiscard]] milliseconds reply_delay(const client_limits& limits, std::int64_t factor,
                                         steady_time now) const;
  [[nodiscard]] bool paused(steady_time now) const { return now < paused_until_; }
  [[nodiscard]] steady_time paused_until() const { return paused_until_; }
  /// Nothing would be lost by forgetting it: every budget is full, no pause is remembered.
  [[nodiscard]] bool clean(const client_limits& limits, std::int64_t factor, steady_time now) const;
  /// Forgetting it would favour a client that misbehaves.
  [[nodiscard]] bool burdened(const client_limits& limits, std::int64_t factor,
                              steady_time now) const;

  std::uint32_t sessions = 0;  ///< open now
  steady_time known_until;     ///< it has delivered mail and followed the rules

 private:
  void pause(const client_limits& limits, steady_time now);

  [[nodiscard]] const token_bucket& bucket(client_charge what) const {
    return buckets_[static_cast<std::size_t>(what)];
  }

  std::array<token_bucket, client_charges> buckets_;
  steady_time paused_until_;
  steady_time forgiven_at_;   ///< after this, the next pause counts as the first again
  std::uint32_t pauses_ = 0;  ///< the number of pauses in a row
};

}  // namespace signpost::model
