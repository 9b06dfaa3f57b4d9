// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The signatures of one copy, as far as the signer has given them.
//
//     signature_book book(signer, now);
//     auto sealed = seal(job, with, book);
//     while (!book.complete()) {                  // only if other nodes have the keys
//       for (const auto& q : book.take_missing()) book.enter(q, ask(q));
//       sealed = seal(job, with, book);           // the same octets, with what is known by now
//     }
//
// A signer that has the keys answers within the first pass, and nothing is ever missing. Else the
// copy is written anew when the answers are here: everything it is made from stays the same (`now`
// and the names of the keys are the book's), so each question is found under its own text. That is
// two passes more at most, because only the ARC-Seal needs another signature before it.
//
// Threads: one at a time. The signer outlives it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "cluster/signing/signer.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::actors {

class signature_book {
 public:
  using question = cluster::wire::signing_question;
  using answer = cluster::signer::answer;

  signature_book(cluster::signer& signer, wall_time now)
      : signer_(&signer), names_(signer.names()), now_(now) {}

  [[nodiscard]] wall_time now() const { return now_; }
  [[nodiscard]] const cluster::key_names_ptr& names() const { return names_; }
  /// The keys that sign for `domain`; nullptr if there are none.
  [[nodiscard]] const std::vector<cluster::key_name>* keys_of(std::string_view domain) const;

  /// What the signer says, now or before; errc::unavailable while it has not.
  [[nodiscard]] answer sign(const question& q);

  /// Whether everything that was asked for is answered.
  [[nodiscard]] bool complete() const { return missing_.empty(); }
  /// What the last pass has found missing; the next one begins.
  [[nodiscard]] std::vector<question> take_missing() { return std::exchange(missing_, {}); }
  void enter(const question& q, answer a);
  /// A signer could not be asked (errc::unavailable): the copy is not to be sent now.
  [[nodiscard]] bool put_off() const { return put_off_; }

  /// True if a key has gone since the book was begun, and there are others now: they are taken, and
  /// the copy is to be written anew.
  [[nodiscard]] bool take_new_keys();

  /// The relaxed hash of the body, so that one pass over it is enough; empty = not known yet.
  [[nodiscard]] const std::string& body_hash() const { return body_hash_; }
  void keep_body_hash(std::string octets) { body_hash_ = std::move(octets); }

 private:
  answer noted(answer a);

  cluster::signer* signer_;
  cluster::key_names_ptr names_;
  wall_time now_;
  std::map<crypto::sha256_octets, answer> answers_;  ///< by the text that was to be signed
  std::vector<question> missing_;
  std::string body_hash_;
  bool key_gone_ = false;
  bool put_off_ = false;
};

}  // namespace signpost::actors
