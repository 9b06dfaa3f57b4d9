// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/verifier.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace signpost::dkim {
namespace {

// Characters of b= that distinguish signatures (RFC 6008 §4 requires at least 8).
constexpr std::size_t signature_head_size = 8;

std::uint64_t unix_time(wall_time now) {
  const auto seconds_since = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
  return seconds_since < 0 ? 0 : static_cast<std::uint64_t>(seconds_since);
}

verdict verdict_of(errc code) {
  // RFC 8601 §2.7.1: syntax errors are neutral; rules that can never be met are permerror.
  return code == errc::denied ? verdict::permerror : verdict::neutral;
}

// What can be reported about a signature that was not understood.
void describe_broken(std::string_view value, signature_result& out) {
  const auto tags = tag_list::parse(trim(value));
  if (!tags) return;
  if (const auto domain = to_dns_name(tags->value("d").value_or(""))) out.domain = *domain;
  if (const auto selector = to_dns_name(tags->value("s").value_or(""))) out.selector = *selector;
  const auto known = parse_algorithm(tags->value("a").value_or(""));
  if (known) out.algorithm = to_string(*known);
}

void describe(const signature& parsed, signature_result& out) {
  out.domain = parsed.domain;
  out.selector = parsed.selector;
  out.identity = parsed.identity;
  out.algorithm = to_string(parsed.algorithm);
  out.signature_head = without_white_space(parsed.raw_octets).substr(0, signature_head_size);
  out.signed_at = parsed.signed_at;
  out.signed_octets = parsed.length;
}

void describe(const found_key& key, signature_result& out) {
  out.security = key.security;
  if (key.record == nullptr) return;
  out.testing = key.record->testing;
  if (key.record->key) out.key_bits = key.record->key->bits();
}

key_objection object_to_body(message_hasher& hasher, const signature& parsed) {
  const auto c = parsed.canonicalization.body;
  const auto hash = hasher.body_hash(c, parsed.length);
  // RFC 6376 §3.5 l=: "This value MUST NOT be larger than the actual number of octets".
  if (!hash) return {verdict::fail, "l= is longer than the body"};
  if (*hash != parsed.body_hash) return {verdict::fail, "body hash did not verify"};
  return {};
}

}  // namespace

std::string_view to_string(verdict v) {
  switch (v) {
    case verdict::pass:
      return "pass";
    case verdict::fail:
      return "fail";
    case verdict::neutral:
      return "neutral";
    case verdict::policy:
      return "policy";
    case verdict::temperror:
      return "temperror";
    case verdict::permerror:
      return "permerror";
  }
  return "?";
}

bool verification::passed() const {
  return std::ranges::any_of(
      signatures, [](const signature_result& one) { return one.verdict == verdict::pass; });
}

key_objection object_to_key(algorithm a, const found_key& key, int rsa_bits_min) {
  using enum key_state;
  if (key.state == unavailable) return {verdict::temperror, key.reason};
  if (key.state != found) return {verdict::permerror, key.reason};
  const auto& record = *key.record;
  if (!record.key) return {verdict::permerror, "key revoked"};
  // RFC 6376 §6.1.2: k=, h= and s= of the record must fit the signature.
  if (record.type != key_type_of(a)) return {verdict::permerror, "key of another type"};
  if (!record.allows_sha256) return {verdict::permerror, "key is not for sha256"};
  if (!record.allows_email) return {verdict::permerror, "key is not for email"};
  // RFC 8301 §3.2: "Verifiers MUST NOT consider signatures using RSA keys of less than 1024 bits
  // as valid signatures."
  if (record.type == crypto::key_type::rsa && record.key->bits() < rsa_bits_min) {
    return {verdict::policy, "key too short"};
  }
  return {};
}

key_objection check_signature(message_hasher& hasher, field_index index, const signature& parsed,
                              const found_key& key, wall_time now, int rsa_bits_min) {
  // RFC 8301 §3.1: rsa-sha1 "MUST NOT be used for signing or verifying".
  if (parsed.algorithm == algorithm::rsa_sha1) return {verdict::policy, "rsa-sha1"};
  if (parsed.expires && *parsed.expires < unix_time(now)) return {verdict::fail, "expired"};
  if (auto objection = object_to_key(parsed.algorithm, key, rsa_bits_min);
      objection.verdict != verdict::pass) {
    return objection;
  }
  // The cheap half first, so that a message changed on its way costs no public key operation.
  if (auto objection = object_to_body(hasher, parsed); objection.verdict != verdict::pass) {
    return objection;
  }
  const auto c = parsed.canonicalization.header;
  const auto own = canonical_without(hasher.field(index), parsed.raw_octets, c);
  const auto hash = hasher.header_hash(parsed.names, c, own, index);
  if (!key.record->key->verify(hash, parsed.octets)) {
    return {verdict::fail, "signature did not verify"};
  }
  return {};
}

verifier::verifier(message_hasher& hasher, verifier_options options)
    : hasher_(hasher), options_(options) {
  const auto fields = hasher.find_all("DKIM-Signature");
  for (auto at = fields.rbegin(); at != fields.rend(); ++at) {
    if (candidates_.size() == options_.signatures_max) break;
    candidates_.push_back({*at, parse_signature(hasher.field(*at).value), {}});
    const auto& parsed = candidates_.back().parsed;
    if (parsed && parsed->algorithm != algorithm::rsa_sha1) {
      hasher.want_body_hash(parsed->canonicalization.body, parsed->length);
    }
  }
  skipped_ = fields.size() - candidates_.size();
}

std::vector<std::string> verifier::questions() const {
  std::vector<std::string> names;
  for (const auto& candidate : candidates_) {
    if (!candidate.parsed || candidate.parsed->algorithm == algorithm::rsa_sha1) continue;
    auto name = candidate.parsed->key_name();
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

void verifier::answer(std::string_view name, const found_key& key) {
  for (auto& candidate : candidates_) {
    if (candidate.parsed && candidate.parsed->key_name() == name) candidate.key = key;
  }
}

verification verifier::finish(wall_time now) {
  verification out;
  for (const auto& candidate : candidates_) out.signatures.push_back(judge(candidate, now));
  out.skipped = skipped_;
  return out;
}

signature_result verifier::judge(const one& candidate, wall_time now) {
  signature_result out;
  if (!candidate.parsed) {
    out.verdict = verdict_of(candidate.parsed.error().code);
    out.reason = candidate.parsed.error().context;
    describe_broken(hasher_.field(candidate.index).value, out);
    return out;
  }
  const auto& parsed = *candidate.parsed;
  describe(parsed, out);
  describe(candidate.key, out);
  auto found =
      check_signature(hasher_, candidate.index, parsed, candidate.key, now, options_.rsa_bits_min);
  const auto& record = candidate.key.record;
  // RFC 6376 §3.6.1 t=s: the domain of i= "MUST NOT be a subdomain of" d=.
  if (found.verdict == verdict::pass && record->strict_identity
      && parsed.identity_domain != parsed.domain) {
    found = {verdict::permerror, "i= is below d=, which the key forbids"};
  }
  if (found.verdict == verdict::pass && parsed.length) {
    out.unsigned_octets = hasher_.body_octets(parsed.canonicalization.body) - *parsed.length;
    if (out.unsigned_octets > 0 && options_.refuse_partial_body) {
      found = {verdict::policy, "part of the body is not signed"};
    }
  }
  out.verdict = found.verdict;
  out.reason = found.reason;
  return out;
}

}  // namespace signpost::dkim
