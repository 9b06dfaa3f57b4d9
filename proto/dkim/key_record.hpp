// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The public key of a signer in the DNS (RFC 6376 §3.6, RFC 8463 §4).
//
// Threads: pure functions; a key_record may be used from any thread. Parsing costs about half of
// verifying a signature: callers that see many messages keep `found_key` for the answer's TTL.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/crypto/keys.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::dkim {

struct key_record {
  /// Nothing = revoked: `p=` is empty.
  std::optional<crypto::public_key> key;
  crypto::key_type type = crypto::key_type::rsa;  ///< `k=`
  bool allows_sha256 = true;                      ///< by `h=`
  bool allows_email = true;                       ///< by `s=`
  bool testing = false;                           ///< `t=y`: the domain tries DKIM out
  bool strict_identity = false;  ///< `t=s`: the domain of `i=` must be the one of `d=`
  std::string notes;             ///< `n=`, unchanged
};

/// Reads one record. errc::malformed if it is not a tag list, has `v=` not in first place or with a
/// value other than DKIM1, no `p=`, or a key that cannot be read or is of an unknown type;
/// errc::limit_exceeded for keys beyond the limits of `crypto::public_key` and over `tags_max`
/// tags.
result<key_record> parse_key_record(std::string_view text);

enum class key_state {
  found,        ///< there is a record that is a key
  absent,       ///< the name or the record does not exist
  unusable,     ///< there is a record that is not a key
  unavailable,  ///< the DNS did not answer; later it may
};

/// The DNS's answer on a key.
struct found_key {
  key_state state = key_state::unavailable;
  std::shared_ptr<const key_record> record;  ///< set if found
  std::string reason = "DNS was not asked";  ///< for human readers, if not found
  dns::security security = dns::security::insecure;
};

/// Of several TXT records, the first that is a key (RFC 6376 §3.6.2.2 leaves that undefined).
[[nodiscard]] found_key read_key(const dns::answer& answer);

/// True if `answer` has one TXT record, and it is this key: every verifier will find it.
[[nodiscard]] bool publishes(const dns::answer& answer, const crypto::public_key& key);

}  // namespace signpost::dkim
