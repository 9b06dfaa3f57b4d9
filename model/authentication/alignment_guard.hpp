// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The rule that keeps us from lending our name to a forgery: nothing that leaves this node may be
// aligned (RFC 9989 §4.4) with a domain in From, unless the message itself passed for that domain
// when it arrived. What can be aligned is the envelope sender, because our addresses may send for
// our domains; the name in EHLO, if there is no sender (RFC 7208 §2.4); and each `d=` that signs.
//
//     const alignment_guard guard(record.author);
//     if (guard.may_use("zone.example")) sign("zone.example");
//
// The destination decides what is aligned, with its own view of the DNS and its own notion of
// organizations. So the check is the widest possible: could the two have a common organization?
//
// Threads: pure functions and values.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/authentication/author_facts.hpp"

namespace signpost::model {

/// The widest domain that some receiver may take for the organization of `domain` (both in A-labels
/// and lower case). `walked`: the result of the DNS tree walk, empty = none. A domain under `psd=y`
/// has that result. Otherwise it is that or the last two labels, whichever is wider; or the last
/// three where the last two look like those under which a country registers (`co.uk`).
[[nodiscard]] std::string widest_organization(std::string_view domain, std::string_view walked,
                                              bool below_public_suffix);

/// True if `domain` is `above` or below it.
[[nodiscard]] bool is_at_or_below(std::string_view domain, std::string_view above);

class alignment_guard {
 public:
  /// `author` must outlive it.
  explicit alignment_guard(const author_facts& author) : author_(author) {}

  /// True if mail may leave us in the name of `domain` (A-labels, any case): signed by it, or with
  /// a sender in it.
  [[nodiscard]] bool may_use(std::string_view domain) const;

  /// The domain in which the sender is rewritten: `zone`, otherwise `host_name`; nothing if neither
  /// may be used. `zone` is empty for mail that belongs to none.
  [[nodiscard]] std::optional<std::string_view> sender_domain(std::string_view zone,
                                                              std::string_view host_name) const;

  /// True if the sender may stay unchanged where none of our names is left: it was proven at
  /// receipt, and its domain (A-labels; empty: none, or an address literal) cannot be aligned with
  /// an author's. SPF does not pass for it at the destination, but no name of ours is lent.
  [[nodiscard]] bool may_keep(std::string_view sender_domain, bool sender_proven) const;

 private:
  const author_facts& author_;
};

/// The names that a message may leave us under.
struct outgoing_names {
  bool null_sender = false;
  std::string_view sender_domain = {};  ///< of MAIL FROM
  bool sender_proven = false;           ///< bounce_policy.hpp
  std::string_view host_name;
  std::vector<std::string_view> zones;  ///< one for each forwarded recipient
};

/// True if the message can be forwarded: for each recipient one of our names may be used, or the
/// sender may be kept.
[[nodiscard]] bool can_be_sent(const author_facts& author, const outgoing_names& names);

}  // namespace signpost::model
