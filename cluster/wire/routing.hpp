// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node that takes mail asks of one that has the routing table, for each recipient, and what
// it is told.
//
// A decision that waits for the message (model::route_kind::undecided, a way back) is asked for
// again with what is known then, and with the revision that decided first: what the client heard at
// RCPT stays true.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cluster/wire/parts.hpp"
#include "model/routing/message_facts.hpp"
#include "model/routing/routing_table.hpp"

namespace signpost::cluster::wire {

/// Octets of a question: two paths, an address and numbers.
inline constexpr std::size_t routing_octets_max = 4096;
/// Octets of an answer: `routing_table::destinations_max`, each with `zone_routes::fallbacks_max`
/// mailboxes of the longest, and what else is said of them.
inline constexpr std::size_t routing_answer_octets_max = 4U << 20;

struct routing_question {
  smtp::reverse_path sender;
  smtp::forward_path recipient;
  ip_address client;
  std::optional<model::message_facts> facts;  ///< once the message is here
  std::uint64_t revision = 0;  ///< which has decided at RCPT; 0: nothing has, the one in force
  friend bool operator==(const routing_question&, const routing_question&) = default;
};

struct routed_recipient {
  /// Without `undecided`, whose table stays where it is, and without `steps`.
  model::route_decision decision;
  std::uint64_t revision = 0;
};

/// errc::not_found: that revision is not there any more; errc::unavailable: not now.
using routing_answer = result<routed_recipient>;

[[nodiscard]] std::string encode(const routing_question& q);
[[nodiscard]] std::string encode(const routing_answer& a);
/// errc::malformed for octets that are none; errc::limit_exceeded (routing_octets_max,
/// routing_answer_octets_max).
[[nodiscard]] result<routing_question> decode_routing_question(std::string_view octets);
[[nodiscard]] routing_answer decode_routing_answer(std::string_view octets);

}  // namespace signpost::cluster::wire
