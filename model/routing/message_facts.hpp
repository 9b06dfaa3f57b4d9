// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What rules may require of a message apart from its recipient: results of authentication, and its
// size.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/authentication/admission.hpp"

namespace signpost::model {

/// What is known of a message after its receipt. If not checked, every verdict is `none`.
struct message_facts {
  verdict spf = verdict::none;
  verdict dkim = verdict::none;
  verdict dmarc = verdict::none;
  verdict arc = verdict::none;
  std::uint64_t size = 0;  ///< octets as received
  friend bool operator==(const message_facts&, const message_facts&) = default;
};

message_facts facts_of(const authentication_results& results, std::uint64_t size);

enum class authentication_method : std::uint8_t { spf, dkim, dmarc, arc };

std::string_view to_string(authentication_method m);
/// errc::malformed for a word that is not one of the four.
result<authentication_method> parse_authentication_method(std::string_view word);

/// A set of verdicts, written as words of RFC 8601 §2.7 joined by commas: `fail,softfail`; a `!` in
/// front means all the others: `!pass`.
class verdict_set {
 public:
  verdict_set() = default;
  /// errc::malformed names a word that is not a verdict, or means that the set would be empty or
  /// contain every verdict.
  static result<verdict_set> parse(std::string_view words);

  [[nodiscard]] bool contains(verdict v) const { return (bits_ & bit(v)) != 0; }
  /// A text that parse() reads as an equal set.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  /// Those that are in both.
  friend verdict_set operator&(verdict_set a, const verdict_set& b) {
    a.bits_ = static_cast<std::uint8_t>(a.bits_ & b.bits_);
    return a;
  }
  friend bool operator==(const verdict_set&, const verdict_set&) = default;

 private:
  static std::uint8_t bit(verdict v) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(v));
  }
  std::uint8_t bits_ = 0;
};

struct authentication_condition {
  authentication_method method = authentication_method::spf;
  verdict_set results;
  friend bool operator==(const authentication_condition&,
                         const authentication_condition&) = default;
};

/// What a message must fulfil for a rule to apply to it: all of these conditions.
struct rule_conditions {
  std::vector<authentication_condition> authentication = {};  ///< each method at most once
  std::optional<std::uint64_t> size_over = {};                ///< more octets than this
  std::optional<std::uint64_t> size_under = {};               ///< fewer octets than this
  friend bool operator==(const rule_conditions&, const rule_conditions&) = default;

  [[nodiscard]] bool empty() const { return authentication.empty() && !size_over && !size_under; }
  [[nodiscard]] bool hold(const message_facts& facts) const;
  /// The first condition that does not hold, for human readers: `spf is pass, not fail`; empty if
  /// all do.
  [[nodiscard]] std::string unmet(const message_facts& facts) const;
  /// For human readers: `spf fail and over 1000 octets`.
  [[nodiscard]] std::string to_string() const;
};

}  // namespace signpost::model
