// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The Author Domain: the domain of RFC5322.From (RFC 9989 §3.2.2, §5.3.1).
//
// Threads: pure functions. Limits: `author_domains_max`, `author_mailboxes_max`; linear in the
// fields.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::dmarc {

/// How many different domains of one From are evaluated; RFC 9989 §11.5 warns of many.
inline constexpr std::size_t author_domains_max = 8;
/// How many mailboxes of all From fields are read; honest mail has a few.
inline constexpr std::size_t author_mailboxes_max = 500;

/// Who the author is, as all careful readers see it.
struct author_reading {
  std::vector<std::string> domains;  ///< in the order of the mailboxes, each once
  /// False: a less careful reader may see a different address: a route, an @ in quotes, an
  /// encoded word or a control character in an address, a quote or comment without end.
  bool plain = true;
};

/// The different domains of all mailboxes in the values of all From fields of a message, in order.
/// Comments, groups and obsolete routes are understood (RFC 5322 §3.4, §4.4). An address in a
/// display name without quotes, or in a group's name, is an author too: some readers show that one.
/// A display name may have commas without quotes (`Shop, Inc. <ann@shop.example>`). An address
/// literal stands as it is, with its brackets: nobody publishes a policy for it.
/// errc::not_found if there is none; errc::malformed if a mailbox has no usable domain (then
/// nobody can say who the author is: readers would guess differently); errc::limit_exceeded.
result<author_reading> read_authors(std::span<const std::string_view> from_values);

}  // namespace signpost::dmarc
