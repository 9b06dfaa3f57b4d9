// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an ARC-Seal signs (RFC 8617 §5.1.1): the ARC fields of all sets up to its own, relaxed.
//
// Threads: one at a time. Linear in the size of the fields, whatever the number of seals.
#pragma once

#include <string>
#include <string_view>

#include "proto/arc/set.hpp"
#include "proto/crypto/digest.hpp"
#include "proto/dkim/message_hasher.hpp"

namespace signpost::arc {

/// Appends the part of a whole set.
void append_seal_text(dkim::message_hasher& hasher, const arc_set& set, std::string& text);

class seal_hasher {
 public:
  explicit seal_hasher(dkim::message_hasher& hasher) : hasher_(hasher) {}

  /// Adds a whole set, which precedes those requested later.
  void add(const arc_set& set);
  /// The hash that the seal signs whose set comes next, with `own` = its field in canonical form
  /// without its signature and without CRLF (RFC 8617 §5.1.1).
  [[nodiscard]] crypto::sha256_octets hash_of_next(std::string_view results_field,
                                                   std::string_view message_signature_field,
                                                   std::string_view own) const;

 private:
  dkim::message_hasher& hasher_;
  crypto::digest digest_{crypto::digest_algorithm::sha256};
};

}  // namespace signpost::arc
