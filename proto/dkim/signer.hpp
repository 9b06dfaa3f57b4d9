// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Signs a message (RFC 6376 §5, RFC 8301, RFC 8463).
//
//     message_hasher hasher(view);
//     hasher.add_on_top(prefix);                     // what we write above the message
//     SP_TRY(const auto field, sign(hasher, options, now));
//     hasher.add_on_top(field);                      // if more signatures follow
//
// The body hash is computed once, whatever the number of signatures with one canonicalization.
//
// Threads: the functions are pure; one hasher is used by one thread at a time.
// Limits: `signed_instances_max`. Not done: `l=` and `z=` are never written: the former invites
// additions, the latter helps nobody.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "proto/crypto/keys.hpp"
#include "proto/dkim/message_hasher.hpp"
#include "proto/dkim/signature.hpp"

namespace signpost::dkim {

/// Fields of one name that are signed. A message with more of them is broken or hostile; all or
/// none are signed, because an unsigned one could be shown instead of the signed ones.
inline constexpr std::size_t signed_instances_max = 50;

/// Which fields are signed, in lower case. All existing ones of each name; those in `oversigned`
/// once more, so that none can be added (RFC 6376 §5.4, §8.15).
struct signed_fields {
  std::vector<std::string> names;
  std::vector<std::string> oversigned;
};
/// Those that RFC 6376 §5.4.1 recommends; fields that affect who wrote what to whom, and how it is
/// displayed, are oversigned.
[[nodiscard]] const signed_fields& default_signed_fields();

/// What a signature is made over, for somebody who has the key and trusts nobody's digest.
struct signing_text {
  /// The signed header fields in canonical form, each with CRLF, in the order of `h=`; then the
  /// signature's own field with an empty `b=` and without CRLF (RFC 6376 §3.7).
  std::string header;
  /// The octets that `bh=` has in base64; empty: the body is not signed (ARC-Seal).
  std::string_view body_hash = {};
};

/// A key that signs: one that is here, or somebody who has it.
class key_handle {
 public:
  using sign_call = std::function<result<std::string>(signing_text text)>;

  key_handle() = default;
  key_handle(std::nullptr_t) {}
  key_handle(std::shared_ptr<const crypto::signing_key> key) : key_(std::move(key)) {}
  /// `sign` returns the signature's octets, or why there is none.
  key_handle(crypto::key_type type, sign_call sign) : type_(type), sign_(std::move(sign)) {}

  [[nodiscard]] bool empty() const { return key_ == nullptr && !sign_; }
  [[nodiscard]] crypto::key_type type() const { return key_ ? key_->type() : type_; }
  /// Must not be empty. errc::unavailable if OpenSSL fails, and whatever the one who has it says.
  [[nodiscard]] result<std::string> sign(signing_text text) const;

 private:
  std::shared_ptr<const crypto::signing_key> key_;
  crypto::key_type type_ = crypto::key_type::rsa;
  sign_call sign_;
};

struct signer_options {
  std::string domain;
  std::string selector;
  key_handle key;
  signed_fields fields = default_signed_fields();
  canonicalization_pair canonicalization{dkim::canonicalization::relaxed,
                                         dkim::canonicalization::relaxed};
  /// `i=`: `local@domain` or `@domain` in `domain` or below; empty = left out.
  std::string identity;
  /// `x=`: how long the signature is valid; nothing = forever.
  std::optional<seconds> valid_for;
};

/// The DKIM-Signature field, folded, with CRLF. errc::malformed if an option cannot be written (no
/// domain, a foreign identity); errc::denied if From is not among the names;
/// errc::limit_exceeded (signed_instances_max); and as the key fails.
result<std::string> sign(message_hasher& hasher, const signer_options& options, wall_time now);

/// The names for `h=`: each of `fields.names` as often as there are fields, once more if it is
/// oversigned. errc::malformed for an invalid name, errc::limit_exceeded (signed_instances_max).
result<std::vector<std::string>> names_to_sign(const message_hasher& hasher,
                                               const signed_fields& fields);

/// `a=` for signatures of `type`.
[[nodiscard]] algorithm algorithm_of(crypto::key_type type);

/// The text of the DNS record that publishes `key`: `v=DKIM1; k=rsa; p=…`. For RSA it is longer
/// than one DNS string of 255 octets; zone files write it as several.
[[nodiscard]] std::string key_record_text(const crypto::public_key& key);

}  // namespace signpost::dkim
