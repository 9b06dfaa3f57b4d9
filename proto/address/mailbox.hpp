// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Mailboxes of the SMTP envelope: RFC 5321 §4.1.2, RFC 6531 §3.3 (EAI local parts), address literals
// of RFC 5321 §4.1.3.
//
// Threads: values. Limits: 64 octets of local part (254 when it came quoted counts unquoted), 255 of
// domain, 254 of mailbox (RFC 5321 §4.5.3.1).
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "proto/address/domain.hpp"

namespace signpost::address {

/// `local-part@domain` or `local-part@[192.0.2.1]`.
class mailbox {
 public:
  mailbox() = default;
  /// The Mailbox production of RFC 5321 §4.1.2 as extended by RFC 6531 §3.3; no comments, no display
  /// name, no brackets. errc::malformed says what is wrong, errc::limit_exceeded names the limit.
  static result<mailbox> parse(std::string_view text);
  static mailbox make(std::string local, domain host);

  /// The local part without quotes and escapes: two spellings of one local part are equal here.
  [[nodiscard]] const std::string& local() const { return local_; }
  /// Empty if the mailbox has an address literal.
  [[nodiscard]] const domain& host() const { return host_; }
  [[nodiscard]] const std::optional<ip_address>& literal() const { return literal_; }
  /// True if the local part is not ASCII: it can travel with SMTPUTF8 only (RFC 6531).
  [[nodiscard]] bool needs_smtputf8() const;
  /// As it is written in the envelope: quoted only where it must be, domain in A-labels.
  [[nodiscard]] std::string to_string() const;
  /// The key under which equal mailboxes compare: local part in ASCII lower case.
  [[nodiscard]] std::string folded() const;

  friend auto operator<=>(const mailbox&, const mailbox&) = default;

 private:
  std::string local_;
  domain host_;
  std::optional<ip_address> literal_;
};

}  // namespace signpost::address
