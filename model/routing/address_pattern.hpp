// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A pattern of addresses: a glob or a regular expression that an address must match whole.
//
// What it is matched against is the key under which rules are looked up (address::mailbox::folded):
// the local part in ASCII lower case and normalisation form C, as letters and not encoded, then
// `@`, then the domain in lower-case A-labels (`müller@xn--bcher-kva.example`). A glob is converted
// to that form, so it may be written naturally, as `Müller-*@bücher.example`; a regular
// expression is used unchanged, ignoring case.
//
// It has a validated text and a cost. The mail path matches all patterns of a zone together:
// compiled_patterns.
//
// Threads: an immutable value.
// Limits: `octets_max`, `regex_steps_max`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::model {

class address_pattern {
 public:
  static constexpr std::size_t octets_max = 256;
  /// Steps of one regular expression for each octet of an address. A letter is one, `.` about ten
  /// because it means all of UTF-8, `\pL` over a thousand; `x{40}` is forty times `x`.
  static constexpr std::uint32_t regex_steps_max = 6000;

  /// An empty pattern; matches nothing.
  address_pattern() = default;
  /// `*` any characters, `?` one. errc::malformed if the text cannot match any address (it needs an
  /// `@` between a local part and a domain), errc::limit_exceeded if it is too long.
  static result<address_pattern> glob(std::string_view text);
  /// RE2's syntax. errc::malformed has RE2's error; errc::limit_exceeded for an
  /// expression that is too long or would take too many steps, with the limit.
  static result<address_pattern> regex(std::string_view text);

  /// As written.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// For a glob, the form in which it is matched; for a regular expression, `text()`.
  [[nodiscard]] const std::string& folded() const { return folded_.empty() ? text_ : folded_; }
  [[nodiscard]] bool is_regex() const { return is_regex_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  /// How many steps (see step_budget) one octet of an address takes at most.
  [[nodiscard]] std::uint32_t steps() const { return steps_; }
  /// Matches it alone, which compiles it each time.
  [[nodiscard]] bool matches(std::string_view folded) const;
  /// False if no address at this domain (A-labels, lower case) can match. A regular expression is
  /// not analysed: always true.
  [[nodiscard]] bool may_match_at(std::string_view domain) const;

  /// Equal texts of one kind.
  friend bool operator==(const address_pattern& a, const address_pattern& b) {
    return a.text_ == b.text_ && a.is_regex_ == b.is_regex_;
  }

 private:
  std::string text_;
  std::string folded_;
  std::uint32_t steps_ = 0;
  bool is_regex_ = false;
};

}  // namespace signpost::model
