// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Mailboxes of the SMTP envelope: RFC 5321 §4.1.2, RFC 6531 §3.3 (EAI local parts), address
// literals of RFC 5321 §4.1.3.
//
// A local part that is not ASCII is kept octet by octet: only its own host may interpret it
// (RFC 5321 §2.3.11), so it is passed on unchanged. Where mailboxes are compared, in `folded()`, it
// is converted to normalisation form C (RFC 6532 §3.1), so that a rule for `müller` finds both
// forms.
//
// Threads: values. Limits: 64 octets of local part as written, quotes included; 253 of domain (255
// in DNS); 254 of mailbox (RFC 5321 §4.5.3.1).
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "proto/address/domain.hpp"

namespace signpost::address {

/// Octets of a mailbox as written: a path without its brackets (RFC 5321 §4.5.3.1.3).
inline constexpr std::size_t mailbox_octets_max = limits::path_octets_max - 2;

/// `local-part@domain` or `local-part@[192.0.2.1]`.
class mailbox {
 public:
  mailbox() = default;
  /// The Mailbox production of RFC 5321 §4.1.2 as extended by RFC 6531 §3.3; no comments, no
  /// display name, no brackets. errc::malformed has the error, errc::limit_exceeded names the
  /// limit.
  static result<mailbox> parse(std::string_view text);
  /// The same for addresses that other hosts made up: VERP and SRS senders with more than 64 octets
  /// of local part are in daily use, and RFC 5321 §4.5.3.1 asks for "implementation techniques that
  /// impose no limits"; so are `a..b@` and `.a.@`, and domains as domain::parse_from_peer() takes
  /// them. Bounded by mailbox_octets_max, also as `to_string()` writes it, which
  /// quotes such a local part.
  static result<mailbox> parse_from_peer(std::string_view text);
  /// A mailbox of our own making: `local` unquoted, not checked.
  static mailbox make(std::string local, domain host);

  /// The local part without quotes and escapes: two spellings of one local part are equal here.
  [[nodiscard]] const std::string& local() const { return local_; }
  /// Empty if the mailbox has an address literal.
  [[nodiscard]] const domain& host() const { return host_; }
  [[nodiscard]] const std::optional<ip_address>& literal() const { return literal_; }
  /// As written in the envelope: quoted only where it must be, domain in A-labels.
  [[nodiscard]] std::string to_string() const;
  /// The domain in A-labels or the literal with its brackets.
  [[nodiscard]] std::string host_text() const;
  /// The key under which equal mailboxes compare: local part in ASCII lower case and NFC, written
  /// as in `to_string()`.
  [[nodiscard]] std::string folded() const;

  friend auto operator<=>(const mailbox&, const mailbox&) = default;

 private:
  static result<mailbox> parse_within(std::string_view text, std::size_t local_octets_max,
                                      bool from_peer);
  [[nodiscard]] bool fits(std::size_t octets_received) const;

  std::string local_;
  domain host_;
  std::optional<ip_address> literal_;
};

}  // namespace signpost::address
