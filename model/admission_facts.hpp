// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What admit() must know about a message apart from who sent it: whether its author is in a domain
// of this node, and whether a name is left under which it can be forwarded. The same for incoming
// mail and for requests that ask what would happen to it.
//
//     std::vector<std::string_view> zones;
//     for (const auto& r : recipients) add_zones_of(r.route, zones);
//     const auto facts = admission_facts_of(found, {.sender = from, .host_name = us,
//                                                   .zones = zones, .is_ours = ask_table});
//
// Threads: pure functions and values.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/authentication/admission.hpp"
#include "model/routing/routing_table.hpp"
#include "proto/smtp/path.hpp"

namespace signpost::model {

/// In A-labels; empty for the null sender and for an address literal.
[[nodiscard]] std::string domain_of(const smtp::reverse_path& sender);

/// Adds the zones in whose names the copies for a recipient are sent on: those of the rules that
/// name its destinations, or the recipient's own while these are not known. Dropped mail is not
/// sent. The added names are valid as long as the decision.
void add_zones_of(const route_decision& route, std::vector<std::string_view>& zones);

struct message_envelope {
  const smtp::reverse_path& sender;
  std::string_view host_name;  ///< the node's
  /// One or more for each forwarded recipient; see add_zones_of.
  std::vector<std::string_view> zones = {};
  /// True for a domain (A-labels) of one of our zones, or below one, and for our own names; called
  /// for authors that are not proven. Not set: there are none.
  std::function<bool(std::string_view)> is_ours = {};
};

[[nodiscard]] admission_facts admission_facts_of(const authentication_results& found,
                                                 const message_envelope& envelope);

}  // namespace signpost::model
