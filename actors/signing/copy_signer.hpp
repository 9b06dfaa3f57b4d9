// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Signs one copy of a message, from the bottom up:
//
//     copy_signer copy(view, keys, with);
//     copy.put(record.prefix);                  // Received-SPF, Authentication-Results
//     copy.put(copy.arc_set(record.prefix));    // ARC-Seal, -Message-Signature, -Auth.-Results
//     copy.put(received);
//     copy.put(copy.signatures_of("zone.example"));
//     prefix = copy.text();                     // everything put, the last one on top
//
// What cannot be signed is sent unsigned: a failure is logged and counted, never an error.
//
// Threads: one at a time; the view must outlive it. The body is hashed once for all signatures.
#pragma once

#include <string>
#include <string_view>

#include "actors/signing/signing_keys.hpp"
#include "base/clock.hpp"
#include "monitoring/families.hpp"
#include "proto/dkim/message_hasher.hpp"

namespace signpost::actors {

struct copy_signing {
  std::string_view queue_id;  ///< for logs
  std::string_view domain;    ///< of the service: seals ARC
  std::string_view body_hash = {};  ///< relaxed; empty: all of the body is there to be hashed
  seconds valid_for{0};       ///< `x=` of DKIM-Signature
  wall_time now;
  const monitoring::signing_metrics& metrics;
};

class copy_signer {
 public:
  copy_signer(const imf::message_view& message, const domain_key_map& keys, copy_signing with)
      : hasher_(message), keys_(keys), with_(with) {
    if (with.body_hash.empty()) return;
    hasher_.know_body_hash(dkim::canonicalization::relaxed, with.body_hash);
  }

  /// Puts header fields (whole, with CRLF, or none) above those that are there.
  void put(const std::string& fields);
  [[nodiscard]] const std::string& text() const { return text_; }

  /// The next ARC set (RFC 8617 §5.1) with the words of the Authentication-Results field in
  /// `our_fields`. Empty if there is no such field or it says nothing of ARC (we seal nothing that
  /// we did not check), if the domain has no key, or if the chain takes no further set.
  [[nodiscard]] std::string arc_set(std::string_view our_fields);
  /// A DKIM-Signature for each key of `domain`, RSA on top; empty if it has none.
  [[nodiscard]] std::string signatures_of(std::string_view domain);
  /// Counts the signatures that `domain` does not lend.
  void withhold(std::string_view domain) const;

 private:
  void report(std::string_view kind, std::string_view domain, const error& why) const;

  dkim::message_hasher hasher_;
  const domain_key_map& keys_;
  copy_signing with_;
  std::string text_;
};

}  // namespace signpost::actors
