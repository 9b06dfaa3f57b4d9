// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node that sends a copy asks of one that has the keys, and what it is told.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/authentication/author_facts.hpp"
#include "model/queue/queue_id.hpp"

namespace signpost::cluster::wire {

enum class signature_kind : std::uint8_t {
  dkim,         ///< DKIM-Signature
  arc_message,  ///< ARC-Message-Signature
  arc_seal,     ///< ARC-Seal
};

/// What the asking node says of the copy. The signer looks whether the header agrees, and answers
/// for nothing else that is said here.
struct copy_claims {
  model::queue_id queue_id;
  std::string zone;    ///< in whose name it is sent on; empty: no zone's
  std::string sender;  ///< its envelope sender; empty: the null reverse-path
  /// SPF or DKIM showed that the sender's domain sent it.
  bool sender_proven = false;
  bool own = false;  ///< written by the node itself: a report, a letter
  model::author_facts author;
  friend bool operator==(const copy_claims&, const copy_claims&) = default;
};

struct signing_question {
  signature_kind kind = signature_kind::dkim;
  /// What is signed, canonical: header fields with CRLF, then the signature's own without it and
  /// with an empty `b=` (dkim::signing_text). Never a digest: nobody could look into that.
  std::string header;
  std::string body_hash;  ///< octets of SHA-256; empty: of an ARC-Seal
  copy_claims claims;
  friend bool operator==(const signing_question&, const signing_question&) = default;
};

/// The signature's octets. errc::denied: the copy may not claim that; errc::not_found: no such key
/// (any more); errc::malformed: not what is signed here; errc::unavailable: not now.
using signing_answer = result<std::string>;

/// Octets of what is signed: a header section and the fields of an ARC chain fit in.
inline constexpr std::size_t signing_text_octets_max = 1024 * 1024;
/// Octets of an answer: a signature, or the words of an error.
inline constexpr std::size_t signing_answer_octets_max = 4096;

[[nodiscard]] std::string encode(const signing_question& q);
[[nodiscard]] std::string encode(const signing_answer& a);
/// errc::malformed for octets that are none; errc::limit_exceeded (signing_text_octets_max).
[[nodiscard]] result<signing_question> decode_signing_question(std::string_view octets);
[[nodiscard]] signing_answer decode_signing_answer(std::string_view octets);

}  // namespace signpost::cluster::wire
