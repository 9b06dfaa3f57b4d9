// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a complete message is taken, from what its authentication showed (RFC 8601 §2.7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/smtp/reply.hpp"

namespace signpost::model {

/// The words of RFC 8601 §2.7; not every method uses every one. `none`: not looked at, or nothing
/// to look at.
enum class verdict : std::uint8_t {
  none,
  pass,
  fail,
  softfail,
  neutral,
  policy,
  temperror,
  permerror,
};

std::string_view to_string(verdict v);

struct authentication_results {
  verdict spf = verdict::none;
  verdict dkim = verdict::none;
  verdict dmarc = verdict::none;
  verdict arc = verdict::none;
  /// The header field's value behind the authserv-id, for people and for the trace.
  std::string text;
  friend bool operator==(const authentication_results&, const authentication_results&) = default;
};

/// What a zone asks for.
struct admission_policy {
  /// Mail that fails DMARC is refused.
  bool enforce_dmarc = false;
};

/// The refusal, or nothing if the message is taken. Only a verdict that was reached can refuse:
/// `none` never does.
std::optional<smtp::reply> admit(const authentication_results& results,
                                 const admission_policy& policy);

}  // namespace signpost::model
