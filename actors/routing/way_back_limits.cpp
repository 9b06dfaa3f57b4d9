// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/routing/way_back_limits.hpp"

#include "proto/address/limit_key.hpp"

namespace signpost::actors {
namespace {

std::string network_of(const ip_address& client) {
  constexpr std::size_t v4_octets = 3;  // /24
  constexpr std::size_t v6_octets = 8;  // /64
  const auto octets = client.octets().first(client.is_v4() ? v4_octets : v6_octets);
  return {octets.begin(), octets.end()};
}

}  // namespace

way_back_limits::way_back_limits(way_back_options o, std::string_view secret)
    : options_(o),
      guesses_({.secret = "guesses" + std::string(secret)}),
      uses_({.secret = "uses" + std::string(secret)}) {}

bool way_back_limits::has_room(const ip_address& client, const address::mailbox& to,
                               steady_time now) {
  const std::lock_guard lock(mutex_);
  return guesses_.count(network_of(client), now) < options_.guesses_per_hour
         && uses_.count(address::limit_key(to), now) < options_.uses_per_hour;
}

void way_back_limits::guessed(const ip_address& client, steady_time now) {
  const std::lock_guard lock(mutex_);
  guesses_.add(network_of(client), now);
}

void way_back_limits::used(const address::mailbox& to, steady_time now) {
  const std::lock_guard lock(mutex_);
  uses_.add(address::limit_key(to), now);
}

}  // namespace signpost::actors
