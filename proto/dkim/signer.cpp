// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/signer.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "proto/dkim/tag_list.hpp"
#include "proto/dkim/tag_writer.hpp"

namespace signpost::dkim {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_signable_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return c > ' ' && c < 0x7f && c != ':' && c != ';' && !(c >= 'A' && c <= 'Z');
  });
}

// dkim-quoted-printable (RFC 6376 §2.11).
std::string quoted_printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c < 0x7f && c != ';' && c != '=') {
      out += c;
    } else {
      out += "=" + to_upper(to_hex(as_bytes({&c, 1})));
    }
  }
  return out;
}

result<void> check_identity(const signer_options& options) {
  if (options.identity.empty()) return {};
  const auto at = options.identity.rfind('@');
  if (at == std::string::npos) return fail(errc::malformed, "identity has no @");
  SP_TRY(const auto domain, to_dns_name(std::string_view(options.identity).substr(at + 1)));
  SP_TRY(const auto signing, to_dns_name(options.domain));
  if (domain != signing && !domain.ends_with("." + signing)) {
    return fail(errc::malformed, "identity is not within the domain");
  }
  return {};
}

std::int64_t unix_time(wall_time t) {
  return std::chrono::duration_cast<seconds>(t.time_since_epoch()).count();
}

}  // namespace

const signed_fields& default_signed_fields() {
  static const signed_fields fields{
      .names = {"from",
                "sender",
                "reply-to",
                "to",
                "cc",
                "subject",
                "date",
                "message-id",
                "in-reply-to",
                "references",
                "mime-version",
                "content-type",
                "content-transfer-encoding",
                "content-disposition",
                "list-id",
                "list-post",
                "list-help",
                "list-subscribe",
                "list-unsubscribe",
                "list-unsubscribe-post",
                "list-owner",
                "list-archive",
                "auto-submitted"},
      .oversigned = {"from", "reply-to", "to", "cc", "subject", "date", "message-id",
                     "mime-version", "content-type", "content-transfer-encoding"},
  };
  return fields;
}

result<std::string> key_handle::sign(signing_text text) const {
  return key_ ? key_->sign(crypto::sha256(text.header)) : sign_(std::move(text));
}

algorithm algorithm_of(crypto::key_type type) {
  return type == crypto::key_type::ed25519 ? algorithm::ed25519_sha256 : algorithm::rsa_sha256;
}

result<std::vector<std::string>> names_to_sign(const message_hasher& hasher,
                                               const signed_fields& fields) {
  std::vector<std::string> out;
  for (const auto& name : fields.names) {
    if (!is_signable_name(name)) return fail(errc::malformed, "name of a signed field");
    const auto there = hasher.find_all(name).size();
    if (there > signed_instances_max) return fail(errc::limit_exceeded, "signed_instances_max");
    out.insert(out.end(), there + (contains(fields.oversigned, name) ? 1 : 0), name);
  }
  return out;
}

result<std::string> sign(message_hasher& hasher, const signer_options& options, wall_time now) {
  if (options.key.empty()) return fail(errc::malformed, "no key");
  SP_TRY(const auto domain, to_dns_name(options.domain));
  SP_TRY(const auto selector, to_dns_name(options.selector));
  SP_CHECK(check_identity(options));
  SP_TRY(const auto names, names_to_sign(hasher, options.fields));
  // RFC 6376 §5.4: "The From header field MUST be signed".
  if (!contains(names, "from")) return fail(errc::denied, "From would not be signed");
  const auto body_hash = hasher.body_hash(options.canonicalization.body, std::nullopt);

  tag_writer field("DKIM-Signature");
  field.add("v", "1");
  field.add("a", to_string(algorithm_of(options.key.type())));
  field.add("c", to_string(options.canonicalization));
  field.add("d", domain);
  field.add("s", selector);
  field.add("t", std::to_string(unix_time(now)));
  if (options.valid_for) field.add("x", std::to_string(unix_time(now + *options.valid_for)));
  if (!options.identity.empty()) field.add("i", quoted_printable(options.identity));
  field.add_list("h", names);
  field.add("bh", to_base64(as_bytes(*body_hash)));
  field.add_signature_place();

  const auto c = options.canonicalization.header;
  SP_TRY(const auto octets,
         options.key.sign({.header = hasher.header_text(names, c, field.unsigned_canonical(c)),
                           .body_hash = *body_hash}));
  return field.signed_with(octets);
}

std::string key_record_text(const crypto::public_key& key) {
  return "v=DKIM1; k=" + std::string(crypto::to_string(key.type()))
         + "; p=" + to_base64(as_bytes(key.octets()));
}

}  // namespace signpost::dkim
