// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Every metric of Signpost, named `signpost_<area>_<noun>_<unit>[_total]`. Code calls a method that
// says what happened; label values are bounded here, whatever it is handed.
//
//     metrics.message_accepted(octets, took);
//     http_reply(metrics.exposition());     // text/plain; version=0.0.4
//
// Threads: every method from any thread; the hot ones cost one relaxed atomic each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace signpost::monitoring {

class metrics {
 public:
  /// `version` and `host_name` go into signpost_build_info.
  explicit metrics(std::string_view version = "unknown");
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  // ---- sessions ----
  void session_opened();
  void session_closed(std::string_view how);  ///< `quit`, `closed`, `timeout`, `refused`, `shutdown`
  void session_tls(std::string_view version);
  /// A connection, recipient or message was refused in session; `reason` is a bounded word
  /// (`syntax`, `sequence`, `bare_newline`, `size`, `unknown_recipient`, `relay`, `rule`, `loop`,
  /// `policy`, `no_space`, `storage`, `overload`, …).
  void refused(std::string_view reason);
  void recipient_decided(std::string_view decision);  ///< `forward`, `drop`, `postmaster`, `srs`
  /// A message is durable; `took` = from its last octet to the receipt.
  void message_accepted(std::uint64_t octets, std::chrono::microseconds took);

  // ---- spool ----
  void committed(std::size_t messages, std::size_t settlements, std::uint64_t octets,
                 std::chrono::microseconds took);
  void commit_failed(std::string_view code);
  void spool_health(std::string_view health);  ///< `well`, `slow`, `full`, `failed`: sets one to 1

  // ---- queue ----
  void queue_totals(std::uint64_t messages, std::uint64_t envelopes, seconds oldest);
  void queue_active(std::size_t jobs, std::size_t destinations);
  void attempt(std::string_view result, milliseconds took);  ///< `delivered`, `deferred`, `bounced`, `host_failed`
  void outcome(std::string_view outcome);                    ///< model::to_string(outcome), final ones
  void delivered(milliseconds since_accepted);
  void bounce_sent(std::string_view kind);  ///< `failed`, `delayed`
  void bounce_suppressed();

  // ---- connections out, DNS, set-up ----
  void delivery_connection_opened();
  void delivery_connection_closed();
  void delivery_connection_reused();
  void delivery_tls(std::string_view version);  ///< `none` for plaintext
  void dns_answer(std::string_view type, std::string_view status, milliseconds took);
  void config_reloaded(bool well, std::uint64_t revision);
  void memory_budget(std::uint64_t used, std::uint64_t limit);

  /// The text of /metrics.
  [[nodiscard]] std::string exposition() const;
  /// The current value of a counter or gauge by its full name and labels as in the exposition
  /// (`signpost_smtp_sessions`); for tests. -1 if there is none.
  [[nodiscard]] double value(std::string_view sample) const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace signpost::monitoring
