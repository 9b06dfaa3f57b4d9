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
  [[nodiscard]] role_set with(role r) const {
    auto more = *this;
    more.roles_.set(static_cast<std::size_t>(r));
    return more;
  }
  [[nodiscard]] bool none() const { return roles_.none(); }
  [[nodiscard]] bool contains(const role_set& others) const {
    return (others.roles_ & ~roles_).none();
  }
  /// A role is a bit, the first one the lowest, for ever: nodes tell each other so.
  [[nodiscard]] std::uint64_t bits() const { return roles_.to_ullong(); }
  /// Bits of roles that this version does not know are ignored.
  [[nodiscard]] static role_set from_bits(std::uint64_t bits) {
    role_set s;
    s.roles_ = std::bitset<all_roles.size()>(bits & ((1U << all_roles.size()) - 1));
    return s;
  }
  friend bool operator==(const role_set&, const role_set&) = default;

 private:
  std::bitset<all_roles.size()> roles_;
};

}  // namespace signpost::cluster
