// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// An MTA-STS policy: which hosts take a domain's mail, with certificates that must be valid for
// their names (RFC 8461 §3.2, §4).
//
//     const auto p = mta_sts::read_response({.status = 200, .content_type = type, .body = body});
//     if (p && !mta_sts::allows(*p, "mx1.shop.example")) …    // p->mode says what then happens
//
// Threads: values. Limits: `policy_octets_max`, `mx_patterns_max`; linear in the policy.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::mta_sts {

/// Where a policy is, behind `https://mta-sts.DOMAIN` (RFC 8461 §3.3).
inline constexpr std::string_view policy_path = "/.well-known/mta-sts.txt";
/// Octets of a policy that are read: RFC 8461 §3.3 suggests 64 KB.
inline constexpr std::size_t policy_octets_max = 64 * 1024;
/// How many hosts or patterns one policy may name.
inline constexpr std::size_t mx_patterns_max = 1'000;
/// RFC 8461 §3.2: "up to a maximum of 31557600", a year; more counts as that.
inline constexpr std::chrono::seconds max_age_max{31'557'600};

/// What a sender does when the policy is not met (RFC 8461 §5).
enum class policy_mode : std::uint8_t {
  none,     ///< there is no policy, or it is being withdrawn
  testing,  ///< delivers all the same, and reports
  enforce,  ///< must not deliver
};

struct policy {
  policy_mode mode = policy_mode::none;
  /// How long it may be kept; at most `max_age_max`.
  std::chrono::seconds max_age{0};
  /// `mx.shop.example` or `*.shop.example`: A-labels, lower case, no trailing dot; in order. Not
  /// empty unless the mode is `none`.
  std::vector<std::string> mx;
};

std::string_view to_string(policy_mode m);

/// errc::malformed names the first line that violates the grammar of RFC 8461 §3.2, or the field
/// that is missing; errc::limit_exceeded names the limit. Of a field other than `mx` the first one
/// counts; unknown fields are skipped. Lines end in LF or CRLF.
result<policy> parse_policy(std::string_view text);

/// What a web server answered to the request for a policy. Redirections must not have been
/// followed, and the server's certificate was checked (RFC 8461 §3.3).
struct policy_response {
  int status = 0;  ///< of HTTP
  std::string_view content_type;
  std::string_view body;
};

/// errc::not_found: 404 or 410; errc::unavailable: any other status than 200; errc::malformed: not
/// text/plain; and the errors of `parse_policy`. In each case a policy that is known stays in force
/// until it expires (RFC 8461 §5.1).
result<policy> read_response(const policy_response& response);

/// Whether mail may go to a host of that name, in either mode; with `none` always. The host is one
/// that the MX records named (A-labels, any case, a trailing dot is allowed), never the target of a
/// CNAME. `*` stands for exactly one label (RFC 8461 §4.1).
[[nodiscard]] bool allows(const policy& p, std::string_view host);

}  // namespace signpost::mta_sts
