// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Who a node is to the others: what its certificate says.
//
//     const auto uri = identity_uri({.cluster = "8b3c…", .name = "mx1", .roles = role_set::all()});
//     // signpost://8b3c…/mx1?roles=ingress,auth,routing,signing,delivery
//     SP_TRY(auto who, read_identity({&uri, 1}));
//
// It is a URI in the subjectAltName (RFC 5280 §4.2.1.6), so that any CA can issue it (cert-manager:
// `uris`): the cluster's id as host, the node's name as path, what the node may do as query. Names
// are as in DNS labels. Roles that this version does not know are ignored.
//
// Threads: functions of their arguments.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cluster/roles.hpp"

namespace signpost::cluster::link {

inline constexpr std::size_t node_name_octets_max = 63;
inline constexpr std::string_view identity_scheme = "signpost://";

struct identity {
  std::string cluster;  ///< its id
  std::string name;
  role_set roles;
  wall_time until{};  ///< its certificate is valid
  friend bool operator==(const identity&, const identity&) = default;
};

/// The form of ids of clusters, nodes, disks and processes: 32 hexadecimal digits in lower case.
[[nodiscard]] bool is_drawn_id(std::string_view text);
/// Letters in lower case, digits and hyphens inside, 1 to 63.
[[nodiscard]] bool is_node_name(std::string_view text);

/// The URI, without `until`.
[[nodiscard]] std::string identity_uri(const identity& who);
/// From the URIs of a certificate. errc::malformed: not exactly one has our scheme, or it is not
/// as above, or it has no role that is known.
[[nodiscard]] result<identity> read_identity(std::span<const std::string> uris);
/// `ingress,delivery`. errc::malformed with the roles that there are; unknown ones too, unless
/// `ignore_unknown`.
[[nodiscard]] result<role_set> read_roles(std::string_view list, bool ignore_unknown = false);
[[nodiscard]] std::string to_string(const role_set& roles);

}  // namespace signpost::cluster::link
