// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The form of an address under which everything that is limited per mailbox is counted. It answers
// a different question than `mailbox::folded()`: not "are these the same address?" but "may these
// be read by one person?". Where only the host can know, they count as one: a limit shared by two
// people costs little; one that a new spelling evades is useless.
//
//     used[limit_key(mailbox)] < five_a_day
//
// The local part: compatibility forms and case are folded (UAX #15 NFKC, full case folding, default
// ignorable characters dropped: full-width letters, ligatures, soft hyphens), quotes and escapes
// are removed, everything after a subaddress delimiter is cut off, dots are ignored, and routes in
// it (`user%host@relay`, `host!user@relay`) lead to the mailbox at their end. The domain:
// A-labels in lower case, or the address of a literal, whatever its spelling.
//
// Not done: conventions of a single provider (`user@googlemail.com` is `user@gmail.com`, a name as
// a subdomain); the limits of the domain (`limit_domains`) cover these.
// Letters that merely look alike are different mailboxes and stay so.
//
// Threads: pure functions. Limits: those of a mailbox.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/address/mailbox.hpp"

namespace signpost::address {

/// What separates a local part from a subaddress nearly everywhere.
inline constexpr std::string_view usual_delimiters = "+";

/// `delimiters`: each character is one. A key is not an address: its local part may be empty.
[[nodiscard]] std::string limit_key(const mailbox& of,
                                    std::string_view delimiters = usual_delimiters);

/// The domains against whose limits mail for `of` counts: its own first, then those above it down
/// to two labels, at most three: anybody can make up names below their own domain. A literal counts
/// for itself.
[[nodiscard]] std::vector<std::string> limit_domains(const mailbox& of);

}  // namespace signpost::address
