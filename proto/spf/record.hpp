// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SPF record as a value (RFC 7208 §4.5, §4.6, §5, §6).
//
// Threads: values. Limits: `record_octets_max`; reading takes time linear in the record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "proto/spf/macro.hpp"

namespace signpost::spf {

/// Octets of a record that are evaluated. RFC 7208 §3.4 advises 450; no honest one has 4096.
inline constexpr std::size_t record_octets_max = 16 * 1024;

/// The result if the mechanism matches (RFC 7208 §4.6.2).
enum class qualifier : std::uint8_t { pass, fail, softfail, neutral };

enum class mechanism : std::uint8_t { all, include, a, mx, ptr, ip4, ip6, exists };

/// A mechanism with its qualifier and arguments.
struct directive {
  spf::qualifier qualifier = qualifier::pass;
  spf::mechanism mechanism = mechanism::all;
  std::optional<macro_string> target;  ///< domain-spec; none = the current domain
  ip_address network;                  ///< ip4, ip6
  unsigned v4_bits = 32;
  unsigned v6_bits = 128;
  std::string text;  ///< as written in the record

  /// RFC 7208 §4.6.4: the terms that count against the limit of ten.
  [[nodiscard]] bool asks_dns() const {
    return mechanism != mechanism::all && mechanism != mechanism::ip4
           && mechanism != mechanism::ip6;
  }
  /// True if `client` is in the network that `base` and the prefix lengths define.
  [[nodiscard]] bool covers(const ip_address& base, const ip_address& client) const {
    return client.in_network(base, base.is_v4() ? v4_bits : v6_bits);
  }
};

struct record {
  std::vector<directive> directives;
  std::optional<macro_string> redirect;
  std::optional<macro_string> explanation;
};

/// True if `text` begins with the version section and a space or the end: RFC 7208 §4.5. Other
/// records are not SPF records, whatever they contain.
[[nodiscard]] bool is_spf_record(std::string_view text);

/// Reads a whole record. errc::malformed names the term with the first error anywhere in it
/// (RFC 7208 §4.6: they "MUST be detected"); errc::limit_exceeded names `record_octets_max`.
result<record> parse_record(std::string_view text);

}  // namespace signpost::spf
