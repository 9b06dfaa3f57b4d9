// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is answered to RCPT: the routing table's decision, or the way back of a notification to an
// address that we rewrote (SRS).
//
// The way back is decided in two steps, so that nobody learns for less than a notification whether
// an address is one of ours. At RCPT every address that could be is taken, alone in its
// transaction; what is refused then does not depend on the hash. When the message is here it must
// look like a notification or pass SPF or DKIM (`policy_for`), and then the hash is looked at
// (`settle`). docs/decisions/0006 and 0020 say why.
//
// Threads: any; the snapshot is read once per call.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/routing/srs_keys.hpp"
#include "actors/routing/way_back_limits.hpp"
#include "base/clock.hpp"
#include "base/ip.hpp"
#include "model/routing/routing_source.hpp"
#include "proto/smtp/path.hpp"

namespace signpost::actors {

/// The rule name used by decisions about return addresses and their fall-back.
inline constexpr std::string_view way_back_rule = "srs";
inline constexpr std::string_view way_back_fallback_rule = "srs-fallback";

struct recipient_policy_options {
  /// What senders became in earlier versions that were too long to be rewritten. Null-sender mail
  /// for it goes to the postmaster if no rule takes it.
  std::string fallback_local = "signpost-bounces";
  way_back_options way_back = {};
  /// For the places in the tables of limits; random.
  std::string secret = {};
};

/// A refusal turned into a temporary one, because the address may be ours after all.
model::route_decision put_off_in_doubt(model::route_decision d);

class recipient_policy {
 public:
  recipient_policy(const model::routing_source& routing, const srs_keys& keys,
                   recipient_policy_options o, const clock& time);

  /// Kinds `forward`, `drop` and `postmaster` are accepted, `undecided` until the message arrives;
  /// the others have the refusal in `reply`. `supply` limits the work; a decision that needs more
  /// is `costly`, to be asked again at the rule desk.
  [[nodiscard]] model::route_decision decide(const smtp::reverse_path& sender,
                                             const smtp::forward_path& recipient,
                                             model::pattern_supply& supply) const;

  /// The owner of the zone of that name (zone::account); empty: the operator, or nobody at present.
  /// For the rule desk.
  [[nodiscard]] std::string account_of(std::string_view zone) const;

  /// Where a report for this sender goes: as destinations_of(), and for one of our return addresses
  /// to the address it represents, for mail that returns to us through another forwarder.
  [[nodiscard]] std::vector<model::destination> report_destinations(
      const address::mailbox& to) const;

  /// The reply if a message of this size never goes back.
  [[nodiscard]] std::optional<smtp::reply> refusal_of(std::uint64_t octets) const;
  /// What is asked of a message that goes back: if nothing shows that it is a notification
  /// (dsn::classify_notification) as much as of any other mail.
  [[nodiscard]] model::admission_policy policy_for(std::string_view message) const;

  struct settled {
    model::route_decision route;  ///< `forward`, or one with `reply`
    std::string_view reason = {};  ///< for a refusal, for metrics
  };
  /// The second step for a decision with `way_back`; counts wrong hashes by client, and uses.
  [[nodiscard]] settled settle(const smtp::forward_path& recipient, model::route_decision route,
                               const ip_address& client) const;
  /// What settle() would answer if nobody were near a limit; for people who ask. Tells whether a
  /// hash is right: for the operator's eyes alone.
  [[nodiscard]] model::route_decision look(const smtp::forward_path& recipient,
                                           model::route_decision route,
                                           std::string_view message) const;

 private:
  [[nodiscard]] model::route_decision way_back(const smtp::reverse_path& sender,
                                               const address::mailbox& recipient,
                                               const model::routing_table& table,
                                               model::pattern_supply& supply) const;

  const model::routing_source& routing_;
  const srs_keys& keys_;
  std::string fallback_local_;
  const clock& time_;
  mutable way_back_limits limits_;
};

}  // namespace signpost::actors
