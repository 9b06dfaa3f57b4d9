// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The `Authentication-Results` field as a value, written and read (RFC 8601; in mail with UTF-8
// header fields RFC 8616 §5).
//
//     authres::authentication_results ours{.authserv_id = "mx.example.net"};
//     ours.add("spf", "pass").property("smtp", "mailfrom", "ann@shop.example");
//     prefix += authres::field(ours);
//     …
//     if (authres::claims_to_be_ours(field.value, "mx.example.net")) remove(field);
//
// The same text follows `i=1;` in ARC-Authentication-Results (RFC 8617 §4.1.1): `payload`.
//
// Threads: values. Limits: `field_octets_max`, `results_max`, `properties_max`; reading takes
// linear time, nested comments included.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::authres {

/// How many octets of a field are read.
inline constexpr std::size_t field_octets_max = 64 * 1024;
/// How many results of one field are read.
inline constexpr std::size_t results_max = 200;
/// How many properties of one result are read.
inline constexpr std::size_t properties_max = 64;
/// Octets of one written value; longer ones are cut.
inline constexpr std::size_t value_octets_max = 320;

/// `ptype.name=value`, for example `smtp.mailfrom=ann@shop.example`.
struct property {
  std::string type;  ///< smtp, header, body, policy
  std::string name;
  std::string value;  ///< without quotes
  friend bool operator==(const property&, const property&) = default;
};

/// The result of one method, `spf=pass …`. Words are in lower case when read.
struct method_result {
  std::string method;
  unsigned version = 0;  ///< 0 = not given
  std::string result;
  std::string comment;  ///< the first one after the result, without its brackets
  std::string reason;   ///< empty = none
  std::vector<authres::property> properties;

  /// Adds a property; returns this.
  method_result& property(std::string_view type, std::string_view name, std::string_view value);
  /// The value of the first such property; empty if there is none.
  [[nodiscard]] std::string_view value_of(std::string_view type, std::string_view name) const;
  friend bool operator==(const method_result&, const method_result&) = default;
};

struct authentication_results {
  std::string authserv_id;
  unsigned version = 0;                ///< 0 = not given, which means 1
  std::vector<method_result> results;  ///< empty is written as `none`

  /// Adds a result and returns it, valid until the next one is added.
  method_result& add(std::string_view method, std::string_view result);
  /// The first result of that method, or nullptr.
  [[nodiscard]] const method_result* find(std::string_view method) const;
  friend bool operator==(const authentication_results&, const authentication_results&) = default;
};

/// The words of the value, quoted where necessary: `mx.example.net; spf=pass …`, on one
/// line. No part of the value can break out of its place.
[[nodiscard]] std::string payload(const authentication_results& what);
/// `Authentication-Results: …`, folded, with CRLF.
[[nodiscard]] std::string field(const authentication_results& what);
/// A field of another name with `lead` before the payload: `ARC-Authentication-Results: i=1; …`.
[[nodiscard]] std::string field(std::string_view name, std::string_view lead,
                                const authentication_results& what);

/// Reads a stranger's field value, folding and comments included. Property values are accepted as
/// they are commonly written, even where RFC 8601 §2.2 requires quotes. errc::malformed has the
/// error; errc::limit_exceeded names the limit.
result<authentication_results> parse(std::string_view value);

/// Only the authserv-id, however wrong the rest may be; empty if there is none.
[[nodiscard]] std::string authserv_id_of(std::string_view value);

/// True if a received field must be removed because it claims to be ours (RFC 8601 §5): its
/// authserv-id is `our_id` in any case or label form, or some reader may take it for that (comments
/// and blanks inside, quotes, full-width forms, invisible characters, encoded words); or the field
/// cannot be read and contains `our_id`.
[[nodiscard]] bool claims_to_be_ours(std::string_view value, std::string_view our_id);

}  // namespace signpost::authres
