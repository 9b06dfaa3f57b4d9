// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A pattern of addresses: a glob or a regular expression that an address must match whole.
//
// What it is matched against is the key under which rules are looked up (address::mailbox::folded):
// the local part in ASCII lower case and normalisation form C, as letters and not encoded, then
// `@`, then the domain in lower-case A-labels (`müller@xn--bcher-kva.example`). A glob is brought
// into that form, so `Müller-*@bücher.example` may be written as people write it; a regular
// expression is taken as it is, without regard to case.
//
// Threads: an immutable value; copies share what was compiled.
// Limits: `octets_max`; the memory of a compiled expression (`regex_octets_max`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::model {

class address_pattern {
 public:
  static constexpr std::size_t octets_max = 256;
  /// So much may RE2 take for one expression and for what it remembers while it matches. Its time
  /// is linear in the address, whatever the expression is.
  static constexpr std::size_t regex_octets_max = 256 * 1024;

  /// No pattern; matches nothing.
  address_pattern() = default;
  /// `*` any characters, `?` one. errc::malformed if the text could match no address (it needs an
  /// `@` with a local part and a domain around it), errc::limit_exceeded for one that is too long.
  static result<address_pattern> glob(std::string_view text);
  /// RE2's syntax. errc::malformed says what RE2 found wrong; errc::limit_exceeded for an
  /// expression that is too long or would take too much memory.
  static result<address_pattern> regex(std::string_view text);

  /// As it was written.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool is_regex() const { return is_regex_; }
  [[nodiscard]] bool empty() const { return compiled_ == nullptr; }
  [[nodiscard]] bool matches(std::string_view folded) const;
  /// False if no address at this domain (A-labels, lower case) can match. A regular expression is
  /// not looked into: always true.
  [[nodiscard]] bool may_match_at(std::string_view domain) const;

  /// Equal texts of one kind.
  friend bool operator==(const address_pattern& a, const address_pattern& b) {
    return a.text_ == b.text_ && a.is_regex_ == b.is_regex_ && a.empty() == b.empty();
  }

 private:
  struct compiled;
  std::string text_;
  bool is_regex_ = false;
  std::shared_ptr<const compiled> compiled_;
};

}  // namespace signpost::model
