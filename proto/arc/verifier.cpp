// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/arc/verifier.hpp"

#include <algorithm>

#include "proto/arc/seal_hash.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::arc {
namespace {

using dkim::verdict;

void refuse(validation& out, const dkim::key_objection& objection, const std::string& what) {
  out.status = chain_status::fail;
  out.reason = what + ": " + objection.reason;
  out.temporary = objection.verdict == verdict::temperror;
}

}  // namespace

verifier::verifier(dkim::message_hasher& hasher, verifier_options options)
    : hasher_(hasher), options_(options), chain_(read_chain(hasher)) {
  if (!chain_.objection.empty()) return;
  for (const auto& set : chain_.sets) {
    const bool is_last = set.instance == chain_.highest;
    keys_[set.seal.key_name()];
    if (!is_last && !options_.find_oldest_pass) continue;
    const auto& signature = set.message_signature;
    keys_[signature.key_name()];
    hasher.want_body_hash(signature.canonicalization.body, signature.length);
  }
}

std::vector<std::string> verifier::questions() const {
  std::vector<std::string> names;
  for (const auto& [name, unused] : keys_) names.push_back(name);
  return names;
}

void verifier::answer(std::string_view name, const dkim::found_key& key) {
  if (const auto at = keys_.find(name); at != keys_.end()) at->second = key;
}

const dkim::found_key& verifier::key(const std::string& name) const {
  return keys_.at(name);
}

validation verifier::finish(wall_time now) {
  validation out;
  out.highest = chain_.highest;
  if (!chain_.exists()) return out;
  if (!chain_.objection.empty()) {
    out.status = chain_status::fail;
    out.reason = chain_.objection;
    return out;
  }
  for (const auto& set : chain_.sets) {
    out.sealers.push_back({.instance = set.instance,
                           .domain = set.seal.domain,
                           .selector = set.seal.selector,
                           .results = imf::unfold(set.results.payload)});
  }
  // RFC 8617 §5.2 step 4: the most recent ARC-Message-Signature must hold, older ones need not.
  const auto message = check_message_signature(chain_.sets.back(), now);
  if (message.verdict != verdict::pass) {
    refuse(out, message, std::string(message_signature_name));
    return out;
  }
  const auto seals = check_seals();
  if (seals.verdict != verdict::pass) {
    refuse(out, seals, std::string(seal_name));
    return out;
  }
  out.status = chain_status::pass;
  if (options_.find_oldest_pass) out.oldest_pass = oldest_pass(now);
  return out;
}

dkim::key_objection verifier::check_message_signature(const arc_set& set, wall_time now) {
  const auto& parsed = set.message_signature;
  return dkim::check_signature(hasher_, set.message_signature_field, parsed, key(parsed.key_name()),
                               now, options_.rsa_bits_min);
}

// RFC 8617 §5.2 step 7: every seal must hold. They are processed from the first, so that each set
// is hashed once; the verdict is the same.
dkim::key_objection verifier::check_seals() {
  constexpr auto relaxed = dkim::canonicalization::relaxed;
  seal_hasher seals(hasher_);
  for (const auto& set : chain_.sets) {
    const auto& seal = set.seal;
    if (seal.algorithm == dkim::algorithm::rsa_sha1) return {verdict::policy, "rsa-sha1"};
    const auto& found = key(seal.key_name());
    auto objection = dkim::object_to_key(seal.algorithm, found, options_.rsa_bits_min);
    if (objection.verdict != verdict::pass) return objection;
    const auto own =
        dkim::canonical_without(hasher_.field(set.seal_field), seal.raw_octets, relaxed);
    const auto hash =
        seals.hash_of_next(hasher_.canonical(set.results_field, relaxed),
                           hasher_.canonical(set.message_signature_field, relaxed), own);
    if (!found.record->key->verify(hash, seal.octets)) {
      return {verdict::fail, "seal " + std::to_string(set.instance) + " did not verify"};
    }
    seals.add(set);
  }
  return {};
}

// RFC 8617 §5.2 step 6.
unsigned verifier::oldest_pass(wall_time now) {
  for (auto instance = chain_.highest - 1; instance > 0; --instance) {
    const auto objection = check_message_signature(chain_.sets[instance - 1], now);
    if (objection.verdict != verdict::pass) return instance + 1;
  }
  return 0;
}

}  // namespace signpost::arc
