// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/key_record.hpp"

#include <algorithm>
#include <span>

#include "base/text.hpp"
#include "proto/dkim/tag_list.hpp"

namespace signpost::dkim {
namespace {

// How many records of one answer are read.
constexpr std::size_t records_max = 8;

// The words of a record are literals of the ABNF and so case-insensitive (RFC 5234 §2.3); reading
// them strictly would only lose mail whose signer is known.
bool contains(const std::vector<std::string_view>& parts, std::string_view word) {
  return std::ranges::any_of(
      parts, [&](std::string_view part) { return equals_ignoring_case(part, word); });
}

result<void> check_version(const tag_list& tags) {
  const auto* version = tags.find("v");
  if (version == nullptr) return {};
  // RFC 6376 §3.6.1 v=: "MUST be the first tag in the record", "MUST be set to "DKIM1"".
  if (version != &tags.tags().front()) return fail(errc::malformed, "v= is not the first tag");
  if (version->value != "DKIM1") return fail(errc::malformed, "v= is not DKIM1");
  return {};
}

result<crypto::key_type> read_type(const tag_list& tags) {
  const auto name = tags.value("k").value_or("rsa");
  if (equals_ignoring_case(name, "rsa")) return crypto::key_type::rsa;
  if (equals_ignoring_case(name, "ed25519")) return crypto::key_type::ed25519;
  return fail(errc::malformed, "key type is not known");
}

result<std::optional<crypto::public_key>> read_public_key(std::string_view value,
                                                          crypto::key_type type) {
  // RFC 6376 §3.6.1 p=: "An empty value means that this public key has been revoked."
  if (value.empty()) return std::nullopt;
  SP_TRY(const auto octets, decode_base64(value, "p= is not base64"));
  if (type == crypto::key_type::ed25519) return crypto::public_key::ed25519_from_octets(octets);
  return crypto::public_key::rsa_from_der(octets);
}

}  // namespace

result<key_record> parse_key_record(std::string_view text) {
  SP_TRY(const auto tags, tag_list::parse(text));
  SP_CHECK(check_version(tags));
  const auto key = tags.value("p");
  if (!key) return fail(errc::malformed, "no p=");
  key_record out;
  SP_TRY(out.type, read_type(tags));
  SP_TRY(out.key, read_public_key(*key, out.type));
  if (const auto hashes = tags.value("h")) {
    out.allows_sha256 = contains(split_colons(*hashes), "sha256");
  }
  if (const auto services = tags.value("s")) {
    const auto parts = split_colons(*services);
    out.allows_email = contains(parts, "*") || contains(parts, "email");
  }
  // RFC 6376 §3.6.1 t=: "Unrecognized flags MUST be ignored."
  const auto flags = split_colons(tags.value("t").value_or(""));
  out.testing = contains(flags, "y");
  out.strict_identity = contains(flags, "s");
  out.notes = tags.value("n").value_or("");
  return out;
}

found_key read_key(const dns::answer& answer) {
  found_key out;
  out.security = answer.security;
  using enum dns::status;
  if (answer.status == nxdomain || answer.status == nodata) {
    return {.state = key_state::absent, .reason = "no key", .security = answer.security};
  }
  if (answer.status != records || answer.security == dns::security::bogus) {
    out.reason = "the DNS did not answer: " + std::string(dns::to_string(answer.status));
    return out;
  }
  out.state = key_state::absent;
  out.reason = "no key";
  const std::span all(answer.records);
  for (const auto& record : all.first(std::min(all.size(), records_max))) {
    // White space at the end of a record is common and not part of it.
    auto read = parse_key_record(trim(record.text));
    if (read) {
      out.state = key_state::found;
      out.record = std::make_shared<const key_record>(*std::move(read));
      out.reason.clear();
      return out;
    }
    out.state = key_state::unusable;
    out.reason = "unusable key: " + read.error().context;
  }
  return out;
}

bool publishes(const dns::answer& answer, const crypto::public_key& key) {
  if (answer.records.size() != 1) return false;
  const auto found = read_key(answer);
  if (found.state != key_state::found || !found.record->key) return false;
  const auto& record = *found.record;
  return record.allows_email && record.allows_sha256 && record.type == key.type()
         && record.key->octets() == key.octets();
}

}  // namespace signpost::dkim
