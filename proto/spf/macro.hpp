// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// SPF macros: the expansion of a domain-spec or an explanation for one message (RFC 7208 §7).
//
//     SP_TRY(auto target, macro_string::parse("%{i}.%{l2r-}.user.%{d2}", macro_use::domain));
//     auto name = target.expand_domain(facts);
//
// Threads: values. Limits: an expansion is cut to the maximum length of a domain or explanation, so
// that a record of only macros costs no more than its own length times the longest value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"

namespace signpost::spf {

/// Octets of a domain name in a query (RFC 7208 §7.3).
inline constexpr std::size_t domain_octets_max = 253;
/// Octets of an explanation; longer ones are cut. It must fit into a reply line.
inline constexpr std::size_t explanation_octets_max = 400;

/// The place of a macro-string determines which letters it may have (RFC 7208 §7.2).
enum class macro_use : std::uint8_t {
  domain,       ///< a domain-spec: no c, r, t; ends like a domain
  explanation,  ///< the text that exp= refers to: all letters, and spaces
  modifier,     ///< the value of an unknown modifier: only its syntax counts
};

/// The meaning of the letters (RFC 7208 §7.2).
struct macro_facts {
  std::string local;              ///< l
  std::string sender_domain;      ///< o; s = l@o
  std::string domain;             ///< d: the domain being evaluated
  ip_address client;              ///< i, c, v
  std::string helo;               ///< h, as sent by the client
  std::string receiver;           ///< r; empty = "unknown"
  std::string validated_name;     ///< p; empty = "unknown"
  std::int64_t unix_seconds = 0;  ///< t
};

class macro_string {
 public:
  /// errc::malformed if `text` has an invalid macro or character or, as a domain, an invalid end.
  static result<macro_string> parse(std::string_view text, macro_use use);

  /// True if it has the letter p: the name of the client must be looked up before it can be
  /// expanded.
  [[nodiscard]] bool needs_validated_name() const { return has_letter('p'); }
  /// True if it is made from a local part that is not ASCII: RFC 8616 §4, a term with it matches
  /// nothing.
  [[nodiscard]] bool is_never_matched(const macro_facts& facts) const;
  /// The resulting domain: labels cut from the left until it fits (RFC 7208 §7.3), without final
  /// dot. Nothing if the result cannot be a DNS name (an empty or overlong label), or if
  /// `is_never_matched`.
  [[nodiscard]] std::optional<std::string> expand_domain(const macro_facts& facts) const;
  /// The resulting text, at most `explanation_octets_max` octets. Nothing if it is not ASCII
  /// (RFC 7208 §6.2).
  [[nodiscard]] std::optional<std::string> expand_text(const macro_facts& facts) const;

 private:
  /// A literal, or a letter with its transformers.
  struct part {
    std::string literal;
    char letter = 0;
    bool url_escape = false;
    bool reverse = false;
    std::size_t keep = 0;  ///< how many right-hand parts; 0 = all
    std::string delimiters = ".";
  };

  static result<part> parse_expand(std::string_view body, macro_use use);
  static std::string value_of(char letter, const macro_facts& facts);
  static std::string expand_part(const part& p, const macro_facts& facts);
  result<void> add_expand(std::string_view& text, macro_use use);
  void add_literal(std::string_view text);
  [[nodiscard]] bool ends_like_domain() const;
  [[nodiscard]] bool has_letter(char letter) const;

  std::vector<part> parts_;
  bool ends_with_expand_ = false;
  std::string last_literal_;  ///< what follows the last macro
};

/// True if `name` (no final dot) could be in the DNS: at most 253 octets, labels of 1 to 63.
[[nodiscard]] bool is_dns_name(std::string_view name);

}  // namespace signpost::spf
