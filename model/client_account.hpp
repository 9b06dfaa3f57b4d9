// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much one client, an address or a network, has used of its allowances, and what happens when
// it asks for more: budgets that refill evenly, replies that come later and later, and
// pauses that grow.
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
  recipient,      ///< RCPT, taken or refused
  tls_handshake,  ///< begun, whatever becomes of it
  error,          ///< refused recipients and commands, talking out of turn
  idle_command,   ///< commands that lead to no message: NOOP, RSET, VRFY, HELP, repeated EHLO
  count
};
inline constexpr auto client_charges = static_cast<std::size_t>(client_charge::count);

/// What a client address may do. A network of them may do `network_factor` times as much.
struct client_limits {
  std::int64_t sessions_max = 50;  ///< at once; 0: no limit
  std::int64_t network_factor = 10;
  /// A minute, by client_charge; 0: no limit.
  std::array<std::int64_t, client_charges> rates{300, 1200, 6000, 300, 300, 600};
  milliseconds pause_first = std::chrono::minutes(1);
  milliseconds pause_max = std::chrono::hours(1);
  /// Of a reply to a client that makes many errors.
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
  /// as long each time; one that behaves for a while starts again.
  bool charge(client_charge what, std::int64_t amount, const client_limits& limits,
              std::int64_t factor, steady_time now);
  /// How much later a reply to an error is to come; grows from half of the error budget on.
  [[nodiscard]] milliseconds reply_delay(const client_limits& limits, std::int64_t factor,
                                         steady_time now) const;
  [[nodiscard]] bool paused(steady_time now) const { return now < paused_until_; }
  [[nodiscard]] steady_time paused_until() const { return paused_until_; }
  /// Nothing would be lost by forgetting it: every budget is whole, no pause is remembered.
  [[nodiscard]] bool clean(const client_limits& limits, std::int64_t factor, steady_time now) const;
  /// Forgetting it would be a gift to somebody who misbehaves.
  [[nodiscard]] bool burdened(const client_limits& limits, std::int64_t factor,
                              steady_time now) const;

  std::uint32_t sessions = 0;  ///< open now
  steady_time known_until;     ///< it has delivered mail and kept to the rules

 private:
  void pause(const client_limits& limits, steady_time now);

  [[nodiscard]] const token_bucket& bucket(client_charge what) const {
    return buckets_[static_cast<std::size_t>(what)];
  }

  std::array<token_bucket, client_charges> buckets_;
  steady_time paused_until_;
  steady_time forgiven_at_;   ///< then the next pause is the first again
  std::uint32_t pauses_ = 0;  ///< so many in a row
};

}  // namespace signpost::model
