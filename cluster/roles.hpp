// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node does of what all nodes can do.
//
//     auto roles = role_set::all().without(role::ingress);   // takes no mail, but delivers
//
// Threads: values.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

namespace signpost::cluster {

enum class role : std::uint8_t {
  ingress,   ///< SMTP sessions with clients
  auth,      ///< SPF, DKIM, DMARC and ARC of what comes in
  routing,   ///< which envelopes a message becomes
  signing,   ///< private keys
  delivery,  ///< the spool, its schedule, connections to destinations
};

inline constexpr std::array all_roles{role::ingress, role::auth, role::routing, role::signing,
                                      role::delivery};

[[nodiscard]] constexpr std::string_view to_string(role r) {
  constexpr std::array<std::string_view, all_roles.size()> names{"ingress", "auth", "routing",
                                                                 "signing", "delivery"};
  return names.at(static_cast<std::size_t>(r));
}

class role_set {
 public:
  [[nodiscard]] static role_set all() {
    role_set s;
    s.roles_.set();
    return s;
  }
  [[nodiscard]] bool has(role r) const { return roles_.test(static_cast<std::size_t>(r)); }
  [[nodiscard]] role_set without(role r) const {
    auto less = *this;
    less.roles_.reset(static_cast<std::size_t>(r));
    return less;
  }

 private:
  std::bitset<all_roles.size()> roles_;
};

}  // namespace signpost::cluster
