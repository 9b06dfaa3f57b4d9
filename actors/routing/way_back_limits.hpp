// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much goes back through return addresses (SRS): wrong ones by network of the client (IPv4 /24,
// IPv6 /64, and ten times as many of a /48), notifications by original sender. The same wrong
// address counts once: large providers return undeliverable mail again and again, and nobody makes
// the same guess twice.
//
// Threads: any. Limits: the options; memory does not grow with clients and senders.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "model/windowed_counts.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::actors {

struct way_back_options {
  /// Larger notifications do not go back.
  std::uint64_t message_octets_max = 5ULL << 20;
  std::int64_t uses_per_hour = 60;
  std::int64_t guesses_per_hour = 20;
};

class way_back_limits {
 public:
  /// `secret` keeps others from targeting someone else's count.
  way_back_limits(way_back_options o, std::string_view secret);

  [[nodiscard]] const way_back_options& options() const { return options_; }
  /// False: at present, addresses are not checked for this client, or for this original sender.
  [[nodiscard]] bool has_room(const ip_address& client, const address::mailbox& to,
                              steady_time now);
  /// `claimed`: the wrong return address, as given.
  void guessed(const ip_address& client, std::string_view claimed, steady_time now);
  void used(const address::mailbox& to, steady_time now);

 private:
  /// True if the network guessed `claimed` before, within the hour.
  bool is_repeated(const std::string& network, std::string_view claimed, steady_time now);

  way_back_options options_;
  std::string secret_;
  std::mutex mutex_;
  /// Hashes of the wrong addresses of each network. For networks beyond those kept, every address
  /// counts.
  std::unordered_map<std::string, std::vector<std::uint64_t>> seen_;
  steady_time seen_since_{};
  model::windowed_counts guesses_;
  model::windowed_counts uses_;
};

}  // namespace signpost::actors
