// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/signature.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace signpost::dkim {
namespace {

constexpr std::size_t sha1_octets = 20;
constexpr std::size_t sha256_octets = 32;

// RFC 6376 §3.5: t= and x= have up to 12 digits, l= up to 76; a value that no body can reach means
// the same as the largest number.
constexpr std::size_t timestamp_digits_max = 12;
constexpr std::size_t length_digits_max = 76;

result<std::string_view> required(const tag_list& tags, std::string_view name) {
  const auto value = tags.value(name);
  if (!value || value->empty()) return fail(errc::malformed, "no " + std::string(name) + "=");
  return *value;
}

result<std::optional<std::uint64_t>> number(const tag_list& tags, std::string_view name,
                                            std::size_t digits_max) {
  const auto value = tags.value(name);
  if (!value) return std::nullopt;
  if (value->empty() || value->size() > digits_max || !std::ranges::all_of(*value, is_digit)) {
    return fail(errc::malformed, std::string(name) + "= is not a number");
  }
  return parse_uint(*value).value_or(UINT64_MAX - 1);
}

// The white space that `trim` has cut off belongs to the last tag: RFC 6376 §3.7 removes b=
// "including all surrounding whitespace".
std::string_view to_end_of_field(std::string_view raw, std::string_view value) {
  const auto behind = value.substr(static_cast<std::size_t>(raw.data() - value.data()));
  return trim(behind.substr(raw.size())).empty() ? behind : raw;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != ';';
  });
}

result<void> read_version(const tag_list& tags) {
  SP_TRY(const auto version, required(tags, "v"));
  // RFC 6376 §3.5: "This tag MUST have the value "1"".
  if (version != "1") return fail(errc::malformed, "version is not 1");
  return {};
}

result<void> read_query(const tag_list& tags) {
  const auto value = tags.value("q");
  if (!value) return {};
  const auto methods = split_colons(*value);
  // RFC 6376 §3.5: unrecognized methods are ignored; "dns" alone was its name in drafts.
  const bool known = std::ranges::any_of(
      methods, [](std::string_view method) { return method == "dns/txt" || method == "dns"; });
  if (!known) return fail(errc::malformed, "query method is not dns/txt");
  return {};
}

result<void> read_algorithms(const tag_list& tags, signature& out) {
  SP_TRY(const auto name, required(tags, "a"));
  const auto known = parse_algorithm(name);
  if (!known) return fail(errc::malformed, "algorithm is not known");
  out.algorithm = *known;
  // RFC 6376 §3.5 c=: "simple/simple" if it is missing.
  const auto pair = parse_canonicalization(tags.value("c").value_or("simple"));
  if (!pair) return fail(errc::malformed, "canonicalization is not known");
  out.canonicalization = *pair;
  return {};
}

result<void> read_hashes(const tag_list& tags, signature& out) {
  SP_TRY(const auto octets, required(tags, "b"));
  SP_TRY(out.octets, decode_base64(octets, "b= is not base64"));
  out.raw_octets = tags.find("b")->raw;
  SP_TRY(const auto hash, required(tags, "bh"));
  SP_TRY(out.body_hash, decode_base64(hash, "bh= is not base64"));
  const auto size = out.algorithm == algorithm::rsa_sha1 ? sha1_octets : sha256_octets;
  if (out.body_hash.size() != size) return fail(errc::malformed, "bh= has the wrong size");
  return {};
}

result<void> read_key_place(const tag_list& tags, signature& out) {
  SP_TRY(const auto domain, required(tags, "d"));
  SP_TRY(out.domain, to_dns_name(domain));
  SP_TRY(const auto selector, required(tags, "s"));
  SP_TRY(out.selector, to_dns_name(selector));
  if (out.key_name().size() > 253) return fail(errc::malformed, "the name of the key is too long");
  return {};
}

result<void> read_names(const tag_list& tags, signature_form form, signature& out) {
  const auto value = tags.value("h");
  if (!value) return fail(errc::malformed, "no h=");
  for (const auto name : split_colons(*value)) {
    // ARC's h= may be empty (RFC 8617 §4.1.2 requires no field), and so may its parts.
    if (name.empty() && form == signature_form::arc_message) continue;
    if (!is_field_name(name)) return fail(errc::malformed, "h=");
    out.names.push_back(to_lower(name));
  }
  const auto has = [&](std::string_view name) {
    return std::ranges::find(out.names, name) != out.names.end();
  };
  // RFC 6376 §5.4: "The From header field MUST be signed".
  if (form == signature_form::dkim && !has("from")) return fail(errc::denied, "From is not signed");
  // RFC 8617 §4.1.2: "ARC-Seal header fields MUST NOT be included in AMS signatures".
  if (form == signature_form::arc_message && has("arc-seal")) {
    return fail(errc::denied, "ARC-Seal is signed");
  }
  return {};
}

bool is_same_or_under(std::string_view name, std::string_view ancestor) {
  if (!name.ends_with(ancestor)) return false;
  return name.size() == ancestor.size() || name[name.size() - ancestor.size() - 1] == '.';
}

result<void> read_identity(const tag_list& tags, signature& out) {
  const auto value = tags.value("i");
  out.identity = "@" + out.domain;
  out.identity_domain = out.domain;
  if (!value) return {};
  SP_TRY(out.identity, decode_quoted_printable(*value));
  const auto at = out.identity.rfind('@');
  if (at == std::string::npos) return fail(errc::malformed, "i= has no @");
  SP_TRY(out.identity_domain, to_dns_name(std::string_view(out.identity).substr(at + 1)));
  // RFC 6376 §3.5 i=: the domain is the one of d= or below it.
  if (!is_same_or_under(out.identity_domain, out.domain)) {
    return fail(errc::denied, "i= is not within d=");
  }
  return {};
}

result<void> read_numbers(const tag_list& tags, signature& out) {
  SP_TRY(out.length, number(tags, "l", length_digits_max));
  SP_TRY(out.signed_at, number(tags, "t", timestamp_digits_max));
  SP_TRY(out.expires, number(tags, "x", timestamp_digits_max));
  // RFC 6376 §3.5 x=: "MUST be greater than the value of the "t=" tag if both are present".
  if (out.expires && out.signed_at && *out.expires <= *out.signed_at) {
    return fail(errc::malformed, "x= is before t=");
  }
  return {};
}

}  // namespace

std::string_view to_string(algorithm a) {
  switch (a) {
    case algorithm::rsa_sha1:
      return "rsa-sha1";
    case algorithm::rsa_sha256:
      return "rsa-sha256";
    case algorithm::ed25519_sha256:
      return "ed25519-sha256";
  }
  return "?";
}

std::optional<algorithm> parse_algorithm(std::string_view text) {
  for (const auto a : {algorithm::rsa_sha1, algorithm::rsa_sha256, algorithm::ed25519_sha256}) {
    if (text == to_string(a)) return a;
  }
  return std::nullopt;
}

crypto::key_type key_type_of(algorithm a) {
  return a == algorithm::ed25519_sha256 ? crypto::key_type::ed25519 : crypto::key_type::rsa;
}

std::string signature::key_name() const {
  return selector + "._domainkey." + domain;
}

result<signature> parse_signature(std::string_view value, const signature_options& options) {
  if (!options.utf8 && !is_ascii(value)) return fail(errc::malformed, "not ASCII");
  // White space at the end of a field is not part of its value (RFC 6376 §3.4.2).
  SP_TRY(const auto tags, tag_list::parse(trim(value)));
  const bool is_dkim = options.form == signature_form::dkim;
  signature out;
  if (is_dkim) SP_CHECK(read_version(tags));
  SP_CHECK(read_algorithms(tags, out));
  SP_CHECK(read_query(tags));
  SP_CHECK(read_hashes(tags, out));
  out.raw_octets = to_end_of_field(out.raw_octets, value);
  SP_CHECK(read_key_place(tags, out));
  SP_CHECK(read_names(tags, options.form, out));
  if (is_dkim) SP_CHECK(read_identity(tags, out));
  SP_CHECK(read_numbers(tags, out));
  return out;
}

}  // namespace signpost::dkim
