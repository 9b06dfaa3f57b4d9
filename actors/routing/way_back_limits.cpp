// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/routing/way_back_limits.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/client_network.hpp"
#include "base/text.hpp"
#include "proto/address/limit_key.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::actors {
namespace {

/// How much an IPv6 site (/48) may guess, in networks: it has 65536 of them, enough to fill
/// everyone's counts.
constexpr std::int64_t networks_in_site = 10;
/// Networks whose wrong addresses are distinguished.
constexpr std::size_t networks_max = 4096;
constexpr std::chrono::hours seen_for{1};

std::string network_of(const ip_address& client) {
  const auto network = client.is_v4() ? neighbourhood_of(client) : client_of(client);
  const auto octets = network.octets();
  return {octets.begin(), octets.end()};
}

// The site around the network; empty for IPv4, where a network is counted alone.
std::string site_of(const ip_address& client) {
  if (client.is_v4()) return {};
  const auto octets = client.octets().first(neighbourhood_bits_v6 / 8);  // shorter than a network
  return {octets.begin(), octets.end()};
}

}  // namespace

way_back_limits::way_back_limits(way_back_options o, std::string_view secret)
    : options_(o),
      secret_(secret),
      guesses_({.secret = "guesses" + std::string(secret)}),
      uses_({.secret = "uses" + std::string(secret)}) {}

bool way_back_limits::has_room(const ip_address& client, const address::mailbox& to,
                               steady_time now) {
  const std::lock_guard lock(mutex_);
  const auto site = site_of(client);
  return guesses_.count(network_of(client), now) < options_.guesses_per_hour
         && (site.empty()
             || guesses_.count(site, now) < networks_in_site * options_.guesses_per_hour)
         && uses_.count(address::limit_key(to), now) < options_.uses_per_hour;
}

void way_back_limits::guessed(const ip_address& client, std::string_view claimed,
                              steady_time now) {
  const std::lock_guard lock(mutex_);
  auto network = network_of(client);
  if (is_repeated(network, claimed, now)) return;
  guesses_.add(network, now);
  if (const auto site = site_of(client); !site.empty()) guesses_.add(site, now);
}

bool way_back_limits::is_repeated(const std::string& network, std::string_view claimed,
                                  steady_time now) {
  if (now - seen_since_ >= seen_for) {
    seen_.clear();
    seen_since_ = now;
  }
  // No two addresses that somebody can find have one hash: it depends on the secret.
  const auto digest = crypto::sha256(secret_ + to_lower(claimed));
  std::uint64_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  auto at = seen_.find(network);
  if (at == seen_.end()) {
    if (seen_.size() >= networks_max) return false;
    at = seen_.emplace(network, std::vector<std::uint64_t>()).first;
  }
  auto& hashes = at->second;
  if (std::ranges::find(hashes, hash) != hashes.end()) return true;
  if (std::cmp_less(hashes.size(), options_.guesses_per_hour)) hashes.push_back(hash);
  return false;
}

void way_back_limits::used(const address::mailbox& to, steady_time now) {
  const std::lock_guard lock(mutex_);
  uses_.add(address::limit_key(to), now);
}

}  // namespace signpost::actors
