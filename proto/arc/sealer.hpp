// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Adds the next set to a chain (RFC 8617 §5.1).
//
//     SP_TRY(const auto set, arc::seal_message(hasher, validated.status, results, options, now));
//     prefix = set.text() + prefix;
//
// All changes to the message and all header fields that are to be covered come first; `results` is
// the value of our Authentication-Results field, which must name the status as `arc=`.
//
// Threads: pure functions; one hasher is used by one thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "proto/arc/set.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost::arc {

/// What an ARC-Message-Signature covers by default: as a DKIM signature, and the DKIM-Signatures
/// that are there (RFC 8617 §4.1.2).
[[nodiscard]] const dkim::signed_fields& default_signed_fields();

struct sealer_options {
  std::string domain;
  std::string selector;
  dkim::key_handle key;
  dkim::signed_fields fields = default_signed_fields();
  /// Characters of a signature on one line; the rest is folded. (Test suites have all on one.)
  std::size_t signature_columns = 72;
};

/// The three fields of a new set, each with CRLF.
struct sealed_set {
  unsigned instance = 0;
  std::string seal;
  std::string message_signature;
  std::string results;

  /// As in the message, with the seal on top.
  [[nodiscard]] std::string text() const { return seal + message_signature + results; }
};

/// The next set. `status` is the result of validating the chain below; a chain with a broken form
/// is sealed as `fail` whatever `status` is, and `fail` covers the new set alone (RFC 8617 §5.1.2).
///
/// errc::denied if the most recent seal has `cv=fail`: nothing more is added then (§5.1 step 2);
/// errc::limit_exceeded (instances_max, signed_instances_max); errc::malformed for options or
/// results that cannot be written; and as the key fails, which signs twice: the message, then the
/// set.
result<sealed_set> seal_message(dkim::message_hasher& hasher, chain_status status,
                                std::string_view results, const sealer_options& options,
                                wall_time now);

}  // namespace signpost::arc
