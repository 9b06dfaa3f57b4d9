// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What all signatures of one message share: its header fields, indexed and canonicalized once, and
// the hashes of its body, computed in one pass for all (RFC 6376 §3.7). DKIM and ARC, verifying and
// signing, work on the same object:
//
//     message_hasher hasher(view);
//     verifier dkim(hasher);
//     arc::verifier arc(hasher);
//     …
//     hasher.add_on_top(received_field);      // our own fields are signed, too
//     sign(hasher, options, now);
//
// Threads: one at a time. It points into the octets of the message view, which must outlive it.
// Limits: memory is at most twice the header section; a pass over the body makes at most two
// SHA-256 streams (one per canonicalization), whatever lengths (`l=`) are requested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/crypto/digest.hpp"
#include "proto/dkim/canonicalization.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::dkim {

/// The position of a field: 0 is the last of the message; one added on top gets the highest. Stays
/// valid when fields are added.
using field_index = std::size_t;
inline constexpr field_index no_field = static_cast<field_index>(-1);

class message_hasher {
 public:
  explicit message_hasher(const imf::message_view& message);

  /// Puts header fields (whole, with their CRLFs) above the existing ones.
  void add_on_top(std::string_view fields);

  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] const imf::header_field& field(field_index index) const { return fields_[index]; }
  /// The fields of that name (in any case), the last of the message first; empty if there is none.
  [[nodiscard]] std::span<const field_index> find_all(std::string_view name) const;
  /// The field in canonical form with CRLF.
  [[nodiscard]] std::string_view canonical(field_index index, canonicalization c);

  /// RFC 6376 §3.7 step 2: the hash over the fields `names` (lower case) and then `own`, the
  /// signature's field in canonical form without its signature and its CRLF. Each occurrence of a
  /// name takes the next field from the bottom (§5.4.2); one that finds none adds nothing. The
  /// field `own_index` is never used.
  [[nodiscard]] crypto::sha256_octets header_hash(std::span<const std::string> names,
                                                  canonicalization c, std::string_view own,
                                                  field_index own_index = no_field);
  /// What `header_hash` is the hash of, for somebody who hashes it himself.
  [[nodiscard]] std::string header_text(std::span<const std::string> names, canonicalization c,
                                        std::string_view own);

  /// Sets the hash over the whole body, already computed elsewhere.
  void know_body_hash(canonicalization c, std::string_view sha256);
  /// Announces a hash that will be requested, so that the single pass computes it as well.
  void want_body_hash(canonicalization c, std::optional<std::uint64_t> length);
  /// The SHA-256 over the canonical body or its first `length` octets (`l=`): nothing if it is
  /// shorter. The first call after new announcements passes over the body.
  [[nodiscard]] std::optional<std::string> body_hash(canonicalization c,
                                                     std::optional<std::uint64_t> length);
  /// Octets of the canonical body; known after a `body_hash` of that canonicalization.
  [[nodiscard]] std::uint64_t body_octets(canonicalization c) const;

 private:
  using wish = std::pair<canonicalization, std::uint64_t>;

  /// The fields of one name, from the bottom, and how far a hash has taken them.
  struct named_fields {
    std::vector<field_index> at;
    std::size_t taken = 0;
    std::uint64_t taken_by = 0;
  };

  void add(const imf::header_field& field);
  void complete_last_field();
  /// Hands the canonical forms of what `names` take, in order, to `take`.
  template <typename Take>
  void take_fields(std::span<const std::string> names, canonicalization c, field_index own_index,
                   const Take& take);
  void pass_over_body(canonicalization c);

  std::vector<imf::header_field> fields_;  // from the bottom
  std::vector<std::string> relaxed_;       // by field; empty = not computed yet
  /// By name in lower case. Ordered: a sender can choose names that fall into one bucket of a hash
  /// table.
  std::map<std::string, named_fields, std::less<>> by_name_;
  std::uint64_t takings_ = 0;
  std::deque<std::string> added_;  // a deque does not move what fields point into
  std::string_view body_;
  std::map<wish, std::optional<std::string>> hashes_;
  std::set<wish> wishes_;
  std::map<canonicalization, std::uint64_t> body_octets_;
};

/// The end of a SHA-256, as keys take it.
[[nodiscard]] crypto::sha256_octets finish_sha256(crypto::digest& digest);

/// The canonical form of `field` without `part`, which is a part of its value, and without CRLF:
/// the form in which a signature's own field is hashed (RFC 6376 §3.5 `b=`, §3.7).
[[nodiscard]] std::string canonical_without(const imf::header_field& field, std::string_view part,
                                            canonicalization c);

}  // namespace signpost::dkim
