// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The arguments of MAIL FROM and RCPT TO (RFC 5321 §4.1.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::smtp {

/// `<user@example.org>` or `<>`. A source route is parsed and ignored (RFC 5321 §4.1.1.3, F.2).
class reverse_path {
 public:
  reverse_path() = default;
  explicit reverse_path(address::mailbox m) : mailbox_(std::move(m)) {}
  /// With brackets. errc::malformed, errc::limit_exceeded (path over 256 octets).
  static result<reverse_path> parse(std::string_view text);

  [[nodiscard]] bool is_null() const { return !mailbox_; }
  [[nodiscard]] const std::optional<address::mailbox>& mailbox() const { return mailbox_; }
  /// `user@example.org`, or the empty string for the null path; no brackets.
  [[nodiscard]] std::string to_string() const { return mailbox_ ? mailbox_->to_string() : ""; }
  friend bool operator==(const reverse_path&, const reverse_path&) = default;

 private:
  std::optional<address::mailbox> mailbox_;
};

/// `<user@example.org>` or `<postmaster>` (RFC 5321 §4.1.1.3: without domain, in any case).
class forward_path {
 public:
  forward_path() = default;
  explicit forward_path(address::mailbox m) : mailbox_(std::move(m)) {}
  static forward_path postmaster() { return {}; }
  static result<forward_path> parse(std::string_view text);

  /// Nothing for `postmaster` without a domain.
  [[nodiscard]] const std::optional<address::mailbox>& mailbox() const { return mailbox_; }
  /// `user@example.org` or `postmaster`; no brackets.
  [[nodiscard]] std::string to_string() const {
    return mailbox_ ? mailbox_->to_string() : "postmaster";
  }
  friend bool operator==(const forward_path&, const forward_path&) = default;

 private:
  std::optional<address::mailbox> mailbox_;
};

}  // namespace signpost::smtp
