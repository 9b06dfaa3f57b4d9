// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Signs one copy of a message, from the bottom up:
//
//     copy_signer copy(view, book, with);
//     copy.put(record.prefix);                  // Received-SPF, Authentication-Results
//     copy.put(copy.arc_set(record.prefix));    // ARC-Seal, -Message-Signature, -Auth.-Results
//     copy.put(received);
//     copy.put(copy.signatures_of("zone.example"));
//     prefix = copy.text();                     // everything put, the last one on top
//     copy.tell();                              // what came of it, for the log and the metrics
//
// What cannot be signed is sent unsigned: a failure is logged and counted, never an error.
//
// Threads: one at a time; the view and the book must outlive it. The body is hashed once for all
// signatures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/signing/signature_book.hpp"
#include "base/clock.hpp"
#include "monitoring/families.hpp"
#include "proto/dkim/message_hasher.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost::actors {

struct copy_signing {
  std::string_view domain;          ///< of the service: seals ARC
  std::string_view body_hash = {};  ///< relaxed; empty: all of the body is there to be hashed
  seconds valid_for{0};             ///< `x=` of DKIM-Signature
  cluster::wire::copy_claims claims;
  const monitoring::signing_metrics& metrics;
};

class copy_signer {
 public:
  copy_signer(const imf::message_view& message, signature_book& book, copy_signing with);

  /// Puts header fields (whole, with CRLF, or none) above those that are there.
  void put(const std::string& fields);
  [[nodiscard]] const std::string& text() const { return text_; }

  /// The next ARC set (RFC 8617 §5.1) with the words of the Authentication-Results field in
  /// `our_fields`. Empty if there is no such field or it does not mention ARC (we seal nothing that
  /// we did not check), if the domain has no key, or if the chain allows no further set.
  [[nodiscard]] std::string arc_set(std::string_view our_fields);
  /// A DKIM-Signature for each key of `domain`, RSA on top; empty if the domain has no key.
  [[nodiscard]] std::string signatures_of(std::string_view domain);
  /// Counts the signatures that `domain` does not lend.
  void withhold(std::string_view domain);

  /// Keeps in the book what another pass need not find out again.
  void remember();
  /// Logs and counts the signatures. To be called for the pass whose text is sent.
  void tell() const;

 private:
  /// What became of signatures of one kind.
  struct outcome {
    std::string_view kind;
    std::string_view result;
    std::size_t count = 1;
    std::string domain = {};  ///< of one that failed
    error why = {};
  };

  [[nodiscard]] dkim::key_handle key(crypto::key_type type, bool arc);
  [[nodiscard]] result<std::string> signature(cluster::wire::signature_kind kind,
                                              dkim::signing_text text);
  void note_failure(std::string_view kind, std::string_view domain, const error& why);

  dkim::message_hasher hasher_;
  signature_book& book_;
  copy_signing with_;
  cluster::wire::signing_question question_;
  bool by_signer_ = false;  ///< the last failure is the signer's word
  std::string text_;
  std::vector<outcome> outcomes_;
};

}  // namespace signpost::actors
