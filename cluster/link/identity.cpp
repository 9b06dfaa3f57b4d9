// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/identity.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace signpost::cluster::link {
namespace {

constexpr std::size_t uri_octets_max = 512;
constexpr std::string_view roles_key = "?roles=";

bool is_lower_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z');
}

tl::unexpected<error> malformed(std::string_view uri) {
  return fail(errc::malformed, "the certificate's URI is not signpost://CLUSTER/NAME?roles=…: "
                                   + printable(uri, uri_octets_max));
}

}  // namespace

bool is_drawn_id(std::string_view text) {
  const auto digit = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  return text.size() == 32 && std::ranges::all_of(text, digit);
}

bool is_node_name(std::string_view text) {
  return !text.empty() && text.size() <= node_name_octets_max && text.front() != '-'
         && text.back() != '-'
         && std::ranges::all_of(text, [](char c) { return c == '-' || is_lower_alnum(c); });
}

std::string to_string(const role_set& roles) {
  std::string out;
  for (const auto r : all_roles) {
    if (!roles.has(r)) continue;
    if (!out.empty()) out += ',';
    out += cluster::to_string(r);
  }
  return out;
}

result<role_set> read_roles(std::string_view list, bool ignore_unknown) {
  role_set roles;
  for (const auto word : split(list, ',')) {
    const auto found = std::ranges::find_if(
        all_roles, [word](role r) { return cluster::to_string(r) == word; });
    if (found != all_roles.end()) {
      roles = roles.with(*found);
    } else if (!ignore_unknown) {
      return fail(errc::malformed, "'" + printable(word, 40) + "' is not a role; there are "
                                       + to_string(role_set::all()));
    }
  }
  return roles;
}

std::string identity_uri(const identity& who) {
  return std::string(identity_scheme) + who.cluster + '/' + who.name + std::string(roles_key)
         + to_string(who.roles);
}

result<identity> read_identity(std::span<const std::string> uris) {
  const std::string* ours = nullptr;
  for (const auto& uri : uris) {
    if (!uri.starts_with(identity_scheme)) continue;
    if (ours != nullptr) return fail(errc::malformed, "the certificate names two nodes");
    ours = &uri;
  }
  if (ours == nullptr) {
    return fail(errc::malformed, "the certificate has no URI signpost://CLUSTER/NAME?roles=…");
  }
  if (ours->size() > uri_octets_max) return malformed(*ours);
  const auto rest = std::string_view(*ours).substr(identity_scheme.size());
  const auto slash = rest.find('/');
  const auto query = rest.find(roles_key);
  if (slash == rest.npos || query == rest.npos || query < slash) return malformed(*ours);
  identity who{.cluster = std::string(rest.substr(0, slash)),
               .name = std::string(rest.substr(slash + 1, query - slash - 1))};
  if (!is_drawn_id(who.cluster) || !is_node_name(who.name)) return malformed(*ours);
  SP_TRY(who.roles, read_roles(rest.substr(query + roles_key.size()), true));
  if (who.roles.none()) {
    return fail(errc::malformed, "the certificate of '" + who.name + "' has no role");
  }
  return who;
}

}  // namespace signpost::cluster::link
