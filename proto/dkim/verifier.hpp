// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Verifies the DKIM signatures of one message (RFC 6376 §6, RFC 8301, RFC 8463, RFC 8616).
//
//     message_hasher hasher(view);
//     verifier dkim(hasher);
//     for (const auto& name : dkim.questions()) ask(name, dns::record_type::txt);   // in parallel
//     dkim.answer(name, read_key(dns_answer));                                      // for each
//     const auto verification = dkim.finish(now);
//
// A signature whose query was never answered ends with temperror.
//
// Threads: one at a time. Limits: `signatures_max` signatures are verified, those nearest to the
// top; each costs one hash over header fields and one public key operation, and only if the body
// hash matches. Not done: a `t=` in the future does not invalidate a signature (RFC 6376 §3.5 t=:
// MAY).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "proto/dkim/key_record.hpp"
#include "proto/dkim/message_hasher.hpp"
#include "proto/dkim/signature.hpp"

namespace signpost::dkim {

/// How many signatures of one message are verified. Honest mail has one to four.
inline constexpr std::size_t signatures_max = 20;

/// RFC 8601 §2.7.1. There is no `none` for a message without signatures.
enum class verdict : std::uint8_t {
  pass,
  fail,       ///< the signature or the body hash is wrong, or it has expired
  neutral,    ///< it cannot be understood: syntax, version, algorithm
  policy,     ///< it is not accepted: rsa-sha1, a key below 1024 bits, a partial body
  temperror,  ///< the key could not be fetched now
  permerror,  ///< it can never be verified: no key, revoked, From not signed
};
[[nodiscard]] std::string_view to_string(verdict v);

/// The result for one signature.
struct signature_result {
  dkim::verdict verdict = verdict::neutral;
  /// For human readers, from a fixed set of phrases; empty for a plain pass.
  std::string reason;
  /// `d=` and `s=` in lower case and A-labels; empty if they could not be read.
  std::string domain;
  std::string selector;
  std::string identity;                    ///< `i=`, decoded; `@domain` if it was not given
  std::string algorithm;                   ///< `a=`, one of the known ones or empty
  std::string signature_head;              ///< the first 8 characters of `b=` (RFC 6008 header.b)
  int key_bits = 0;                        ///< 0 if there was no key
  bool testing = false;                    ///< the key has `t=y`
  std::optional<std::uint64_t> signed_at;  ///< `t=`
  std::optional<std::uint64_t> signed_octets;  ///< `l=`
  /// Octets of the canonical body after `l=`, which anybody may have added. 0 without `l=`.
  std::uint64_t unsigned_octets = 0;
  dns::security security = dns::security::insecure;  ///< of the key
};

struct verification {
  std::vector<signature_result> signatures;  ///< from the top
  /// Signatures beyond `signatures_max`, which were not checked.
  std::size_t skipped = 0;

  [[nodiscard]] bool passed() const;
};

struct verifier_options {
  std::size_t signatures_max = dkim::signatures_max;
  int rsa_bits_min = crypto::rsa_signing_bits_min;  ///< RFC 8301 §3.2
  /// A signature with unsigned octets after `l=` gets `policy` instead of `pass`.
  bool refuse_partial_body = false;
};

class verifier {
 public:
  /// Reads the signatures. `hasher` must outlive the verifier.
  explicit verifier(message_hasher& hasher, verifier_options options = {});

  /// The names whose TXT records are needed, each once; none twice.
  [[nodiscard]] std::vector<std::string> questions() const;
  /// The answer to one of the queries.
  void answer(std::string_view name, const found_key& key);
  [[nodiscard]] verification finish(wall_time now);

 private:
  struct one {
    field_index index = no_field;
    result<signature> parsed;
    found_key key;
  };
  [[nodiscard]] signature_result judge(const one& candidate, wall_time now);

  message_hasher& hasher_;
  verifier_options options_;
  std::vector<one> candidates_;
  std::size_t skipped_ = 0;
};

/// Why `key` cannot be used for `parsed`, as verdict and reason; `pass` if it can. Also for ARC.
struct key_objection {
  dkim::verdict verdict = verdict::pass;
  std::string reason;
};
[[nodiscard]] key_objection object_to_key(algorithm a, const found_key& key, int rsa_bits_min);

/// The result of hashes and key for a signature: pass, fail, or policy and permerror as in
/// `object_to_key`. `index` is its field. Also for ARC-Message-Signature.
[[nodiscard]] key_objection check_signature(message_hasher& hasher, field_index index,
                                            const signature& parsed, const found_key& key,
                                            wall_time now, int rsa_bits_min);

}  // namespace signpost::dkim
