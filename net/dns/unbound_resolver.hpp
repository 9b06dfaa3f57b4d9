// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The real `dns::resolver`: libunbound on its own threads, validating DNSSEC (RFC 4035), with a
// cache of whole answers in front, and one query for any number of identical ones.
//
// A name is always looked up on the same thread, so that thread's caches have it.
//
// libunbound answers some zones itself, whatever the network would answer (RFC 6303, RFC 6761):
// `localhost.`, `test.`, `invalid.`, `onion.`, `home.arpa.` and the reverse zones of private
// addresses. `local_data` under such a zone is found; other names in it do not exist.
//
// Threads: `resolve` from any; `done` runs on a thread of the resolver and must not block.
// Limits: `in_flight_max` queries and `cache_entries_max` answers, both divided evenly among the
// threads; above the former, a query ends with servfail immediately.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::net {

enum class dnssec_mode {
  off,
  /// Validates where the answers carry signatures; a forwarder that strips them makes answers
  /// `insecure`, not `bogus`. Suitable for forwarders that the operator did not choose. An attacker
  /// on the way to the forwarder can strip them too: DANE is then not visible.
  when_available,
  /// Everything below the trust anchor must be signed or provably unsigned (RFC 4035 §4.3).
  required,
};

struct unbound_options {
  std::size_t threads = 1;
  /// `ip` or `ip@port`; empty: see use_resolv_conf.
  std::vector<std::string> forwarders;
  /// Without forwarders: true queries the servers in /etc/resolv.conf, false the authoritative
  /// servers from the root down.
  bool use_resolv_conf = true;
  dnssec_mode dnssec = dnssec_mode::when_available;
  /// Keys of the root (or of a zone), as of `unbound-anchor`. A file that does not exist means that
  /// nothing is validated, except with dnssec_mode::required, where it is an error.
  std::string trust_anchor_file = "/usr/share/dns/root.key";
  /// Zones that only exist here, for closed networks: names under them that local_data does not
  /// have do not exist.
  std::vector<std::string> local_zones;
  /// Records in zone-file syntax: `mx.corp.example. 300 IN A 10.0.0.1`. A name with local data is
  /// not looked up elsewhere for that type.
  std::vector<std::string> local_data;
  /// How long a query may take before it ends with `status::timeout`.
  milliseconds timeout{10'000};
  std::size_t cache_entries_max = 100'000;
  std::size_t in_flight_max = 10'000;
  /// Sockets of one thread, nine tenths of them for UDP; 16 at least. A query that finds none free
  /// waits for one.
  std::size_t sockets_max = 576;
};

/// Counts since the start, for metrics.
struct resolver_counts {
  std::uint64_t questions = 0;
  std::uint64_t cache_hits = 0;
  std::uint64_t coalesced = 0;  ///< joined a query under way
  std::uint64_t timeouts = 0;
  std::uint64_t servfails = 0;
  std::uint64_t bogus = 0;
  std::uint64_t refused = 0;  ///< over in_flight_max
};

class unbound_resolver final : public dns::resolver {
 public:
  /// errc::malformed names a forwarder, anchor, zone or record that libunbound does not accept.
  static result<std::unique_ptr<unbound_resolver>> make(unbound_options options);
  /// Ends open queries with servfail, then the threads.
  ~unbound_resolver() override;

  void resolve(dns::question q, callback done) override;
  [[nodiscard]] resolver_counts counts() const;

 private:
  class shard;
  unbound_resolver();

  std::vector<std::unique_ptr<shard>> shards_;
};

}  // namespace signpost::net
