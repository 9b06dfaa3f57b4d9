// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Which statements in a received chain count (RFC 8617 §5.2 proves who made them, §7.2 leaves it to
// the receiver whom to trust).
//
// Threads: pure functions. Limits: quadratic in the sets of a chain, of which there are at most
// `arc::instances_max`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "proto/arc/verifier.hpp"
#include "proto/dkim/message_hasher.hpp"

namespace signpost::model {

struct trust_question {
  /// `d=` of the trusted sealers, in A-labels and lower case.
  std::span<const std::string> trusted;
  /// The only domain of From now.
  std::string_view author_domain;
};

/// The domain of the trusted sealer that found DMARC passed for `author_domain` on what is still
/// this message; empty if there is none. `chain` must be the result for `hasher`'s message, with
/// the oldest pass.
[[nodiscard]] std::string find_voucher(const dkim::message_hasher& hasher,
                                       const arc::validation& chain, const trust_question& who);

/// True if a set with the name of a trusted sealer states it, proven or not: a chain that could not
/// be validated now is worth another try.
[[nodiscard]] bool claims_voucher(const arc::validation& chain, const trust_question& who);

}  // namespace signpost::model
