// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One DKIM-Signature header field, or an ARC-Message-Signature, which is the same except for three
// points (RFC 6376 §3.5, RFC 8301, RFC 8463, RFC 8616; RFC 8617 §4.1.2).
//
// Threads: pure functions. Linear time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "proto/crypto/keys.hpp"
#include "proto/dkim/canonicalization.hpp"
#include "proto/dkim/tag_list.hpp"

namespace signpost::dkim {

/// The algorithms that are understood; rsa-sha1 is included so that it can be refused by name (RFC
/// 8301 §3.1).
enum class algorithm : std::uint8_t { rsa_sha1, rsa_sha256, ed25519_sha256 };
[[nodiscard]] std::string_view to_string(algorithm a);
[[nodiscard]] std::optional<algorithm> parse_algorithm(std::string_view text);
[[nodiscard]] crypto::key_type key_type_of(algorithm a);

enum class signature_form : std::uint8_t {
  dkim,         ///< RFC 6376
  arc_message,  ///< RFC 8617 §4.1.2: no `v=`, no identity in `i=`, From need not be signed
};

struct signature {
  dkim::algorithm algorithm = dkim::algorithm::rsa_sha256;
  canonicalization_pair canonicalization;
  std::string domain;                      ///< `d=`, in lower case and A-labels
  std::string selector;                    ///< `s=`, in lower case and A-labels
  std::string identity;                    ///< `i=`, decoded; `@domain` if it was not given
  std::string identity_domain;             ///< in lower case and A-labels
  std::vector<std::string> names;          ///< `h=`, in lower case
  std::string body_hash;                   ///< `bh=`, octets
  std::string octets;                      ///< `b=`, octets
  std::optional<std::uint64_t> length;     ///< `l=`
  std::optional<std::uint64_t> signed_at;  ///< `t=`, Unix time
  std::optional<std::uint64_t> expires;    ///< `x=`, Unix time
  std::string_view raw_octets;  ///< the place of `b=` in the parsed text, with white space around

  /// The name of the public key in the DNS (RFC 6376 §3.6.2.1).
  [[nodiscard]] std::string key_name() const;
};

struct signature_options {
  signature_form form = signature_form::dkim;
  /// Whether it may contain octets outside ASCII, as in internationalized mail (RFC 8616 §5).
  bool utf8 = true;
};

/// Reads the value of a field. errc::malformed for wrong syntax, missing tags and unknown versions,
/// algorithms, canonicalizations and query methods; errc::denied for what is well-formed but not
/// allowed (RFC 6376 §6.1.1): From not signed, `i=` not within `d=`, ARC-Seal
/// signed by an ARC-Message-Signature; errc::limit_exceeded for over `tags_max` tags.
result<signature> parse_signature(std::string_view value, const signature_options& options = {});

}  // namespace signpost::dkim
