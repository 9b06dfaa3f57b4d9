// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The Authenticated Received Chain of a message: sets of three header fields, numbered from 1, one
// set by each host that sealed it (RFC 8617 §4).
//
// Threads: values. Limits: `instances_max` sets; a message with more fields than these can have is
// refused before any of them is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "proto/dkim/message_hasher.hpp"
#include "proto/dkim/signature.hpp"

namespace signpost::arc {

inline constexpr std::string_view results_name = "ARC-Authentication-Results";
inline constexpr std::string_view message_signature_name = "ARC-Message-Signature";
inline constexpr std::string_view seal_name = "ARC-Seal";

/// RFC 8617 §4.2.1: "The maximum number of ARC Sets that can be attached to a message is 50."
inline constexpr unsigned instances_max = 50;

/// RFC 8617 §4.4.
enum class chain_status : std::uint8_t { none, fail, pass };
[[nodiscard]] std::string_view to_string(chain_status s);
[[nodiscard]] std::optional<chain_status> parse_chain_status(std::string_view text);

/// ARC-Authentication-Results (RFC 8617 §4.1.1).
struct results {
  unsigned instance = 0;
  /// What follows the instance: an Authentication-Results value (RFC 8601), folded as in the
  /// message.
  std::string_view payload;
};
/// errc::malformed if it does not begin with `i=N;`, N from 1 to `instances_max`, followed by an
/// authserv-id.
result<results> parse_results(std::string_view value);

/// ARC-Seal (RFC 8617 §4.1.3).
struct seal {
  unsigned instance = 0;
  chain_status status = chain_status::none;  ///< `cv=`
  dkim::algorithm algorithm = dkim::algorithm::rsa_sha256;
  std::string domain;
  std::string selector;
  std::string octets;           ///< `b=`
  std::string_view raw_octets;  ///< the place of `b=` in the value
  std::optional<std::uint64_t> signed_at;

  [[nodiscard]] std::string key_name() const { return selector + "._domainkey." + domain; }
};
/// errc::malformed for wrong syntax or a missing tag; errc::denied if there is an `h=`, which RFC
/// 8617 §4.1.3 forbids.
result<seal> parse_seal(std::string_view value);

/// One host's three fields.
struct arc_set {
  unsigned instance = 0;
  arc::results results;
  dkim::signature message_signature;
  arc::seal seal;
  dkim::field_index results_field = dkim::no_field;
  dkim::field_index message_signature_field = dkim::no_field;
  dkim::field_index seal_field = dkim::no_field;
};

/// All sets of a message.
struct chain {
  std::vector<arc_set> sets;  ///< from instance 1; only complete if there is no objection
  /// Why the chain cannot be valid because of its form (RFC 8617 §5.2 step 3); empty if it can, or
  /// if there is no chain.
  std::string objection;
  /// The highest instance that any of the fields has, 0 if there is none.
  unsigned highest = 0;
  /// The most recent seal has `cv=fail`: nobody validates or seals this message again.
  bool ended = false;

  [[nodiscard]] bool exists() const { return highest > 0 || !objection.empty(); }
};
[[nodiscard]] chain read_chain(const dkim::message_hasher& hasher);

}  // namespace signpost::arc
