// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/signing/key_signer.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "model/authentication/alignment_guard.hpp"
#include "model/authentication/author_reader.hpp"
#include "proto/address/dns_name.hpp"
#include "proto/dkim/signature.hpp"
#include "proto/dkim/signer.hpp"
#include "proto/dkim/tag_list.hpp"

namespace signpost::cluster {
namespace {

using wire::copy_claims;
using wire::signature_kind;
using wire::signing_question;

std::string_view field_name(signature_kind kind) {
  switch (kind) {
    case signature_kind::dkim:
      return "dkim-signature";
    case signature_kind::arc_message:
      return "arc-message-signature";
    case signature_kind::arc_seal:
      return "arc-seal";
  }
  return "";
}

/// A text divided: what others wrote, and the tags of the signature that is to be made.
struct signing_parts {
  std::string_view fields;  ///< each with CRLF
  dkim::tag_list tags;

  [[nodiscard]] std::string_view value(std::string_view name) const {
    return tags.value(name).value_or(std::string_view());
  }
};

result<signing_parts> divide(const signing_question& q) {
  if (q.header.size() > wire::signing_text_octets_max) {
    return fail(errc::limit_exceeded, "signing_text_octets_max");
  }
  const std::string_view text = q.header;
  const auto end = text.rfind("\r\n");
  const auto own_at = end == std::string_view::npos ? 0 : end + 2;
  const auto own = text.substr(own_at);
  const auto colon = own.find(':');
  if (own.substr(0, colon) != field_name(q.kind) || colon == std::string_view::npos) {
    return fail(errc::malformed, "another field than the one that is to be made");
  }
  SP_TRY(auto tags, dkim::tag_list::parse(own.substr(colon + 1)));
  // Nothing is made over a signature that is there already.
  if (tags.value("b") != std::string_view()) return fail(errc::malformed, "b= is not empty");
  return signing_parts{.fields = text.substr(0, own_at), .tags = std::move(tags)};
}

/// The first field of `rest`, with CRLF.
std::string_view first_field(std::string_view rest) {
  const auto end = rest.find("\r\n");
  return end == std::string_view::npos ? rest : rest.substr(0, end + 2);
}

bool has_name(std::string_view field, std::string_view name) {
  return field.size() > name.size() && field[name.size()] == ':' && field.starts_with(name);
}

// A verifier takes a field for each name of `h=` that it finds one for (RFC 6376 §5.4.2): the
// fields must be those names' and in their order, or it would hash something else.
result<void> check_order(const signing_parts& parts) {
  auto rest = parts.fields;
  auto field = first_field(rest);
  for (const auto name : dkim::split_colons(parts.value("h"))) {
    if (!has_name(field, name)) continue;
    rest.remove_prefix(field.size());
    field = first_field(rest);
  }
  if (!rest.empty()) return fail(errc::malformed, "fields that h= does not name, or not there");
  return {};
}

bool names(const signing_parts& parts, std::string_view name) {
  const auto list = dkim::split_colons(parts.value("h"));
  return std::ranges::find(list, name) != list.end();
}

result<void> check_body_hash(const signing_question& q, const signing_parts& parts) {
  if (q.body_hash.size() != crypto::sha256_octets().size()
      || parts.value("bh") != to_base64(as_bytes(q.body_hash))) {
    return fail(errc::malformed, "bh= is not the hash of the body");
  }
  return {};
}

// What a message's signature covers: all of the body, and not what others answer for.
result<void> check_message_signature(const signing_question& q, const signing_parts& parts) {
  if (parts.value("c") != "relaxed/relaxed" || parts.tags.value("l")) {
    return fail(errc::malformed, "another canonicalization, or a part of the body");
  }
  SP_CHECK(check_body_hash(q, parts));
  // RFC 6376 §5.4: "The From header field MUST be signed".
  if (q.kind == signature_kind::dkim && (parts.value("v") != "1" || !names(parts, "from"))) {
    return fail(errc::malformed, "From is not signed, or another version");
  }
  // RFC 8617 §4.1.2: ARC-Seal "MUST NOT be included in AMS signatures".
  if (q.kind == signature_kind::arc_message && names(parts, "arc-seal")) {
    return fail(errc::malformed, "ARC-Seal is signed");
  }
  return check_order(parts);
}

// RFC 8617 §5.1.1: the fields of the chain, and they alone.
result<void> check_seal(const signing_question& q, const signing_parts& parts) {
  if (!q.body_hash.empty() || parts.tags.value("h")) {
    return fail(errc::malformed, "a seal that signs a message");
  }
  for (auto rest = parts.fields; !rest.empty();) {
    const auto field = first_field(rest);
    if (!has_name(field, "arc-seal") && !has_name(field, "arc-message-signature")
        && !has_name(field, "arc-authentication-results")) {
      return fail(errc::malformed, "a seal over a field that is not of the chain");
    }
    rest.remove_prefix(field.size());
  }
  return {};
}

result<void> check_form(const signing_question& q, const signing_parts& parts) {
  // The relaxed form has LF at the end of fields alone: what divides them is not ambiguous.
  for (std::size_t at = 0; (at = parts.fields.find('\n', at)) != std::string_view::npos; ++at) {
    if (at == 0 || parts.fields[at - 1] != '\r') return fail(errc::malformed, "not canonical");
  }
  return q.kind == signature_kind::arc_seal ? check_seal(q, parts)
                                            : check_message_signature(q, parts);
}

result<void> check_time(const signing_parts& parts, wall_time now) {
  const auto made = parse_uint(parts.value("t"));
  const auto seconds_now = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
  const auto most = static_cast<std::uint64_t>(seconds(clock_difference_max).count());
  const auto here = static_cast<std::uint64_t>(std::max<std::int64_t>(seconds_now, 0));
  if (!made || (*made > here ? *made - here : here - *made) > most) {
    return fail(errc::denied, "t= is not now");
  }
  if (const auto expires = parts.tags.value("x"); expires && parse_uint(*expires) <= made) {
    return fail(errc::denied, "x= is not behind t=");
  }
  return {};
}

/// Whether the copy may be signed by `domain`, as far as its header and the claims tell.
class claim_check {
 public:
  claim_check(const copy_claims& claims, const service_names& own, std::string_view domain)
      : claims_(claims), own_(own), domain_(domain), guard_(claims.author) {}

  [[nodiscard]] result<void> for_dkim(std::string_view fields) const {
    const bool of_zone = !claims_.own && !claims_.zone.empty() && domain_ == claims_.zone;
    if (domain_ != own_.domain && !of_zone) return fail(errc::denied, "d= is of neither");
    const auto author = model::read_author(fields).facts;
    if (claims_.own) return check_own(author);
    if (author.anybody && !claims_.author.anybody) return fail(errc::denied, "From is anybody's");
    for (const auto& one : author.domains) {
      if (!is_claimed(one.name)) return fail(errc::denied, "an author that is not claimed");
    }
    if (!guard_.may_use(domain_)) return fail(errc::denied, "d= may not be lent to the author");
    if (!is_lawful_sender()) return fail(errc::denied, "the envelope sender");
    return {};
  }

  [[nodiscard]] result<void> for_arc() const {
    if (domain_ != own_.domain) return fail(errc::denied, "ARC is sealed by the service alone");
    return {};
  }

 private:
  [[nodiscard]] bool is_ours(std::string_view domain) const {
    return equals_ignoring_case(domain, own_.host) || model::is_at_or_below(domain, own_.domain);
  }
  [[nodiscard]] result<void> check_own(const model::author_facts& author) const {
    const bool ours = !author.anybody && std::ranges::all_of(author.domains, [&](const auto& one) {
      return is_ours(one.name);
    });
    if (!ours) return fail(errc::denied, "From of a message of our own is not ours");
    return {};
  }
  [[nodiscard]] bool is_claimed(const std::string& author) const {
    const auto& list = claims_.author.domains;
    return std::ranges::find(list, author, &model::author_domain::name) != list.end();
  }
  [[nodiscard]] bool is_lawful_sender() const {
    if (claims_.sender.empty()) return true;
    const auto domain = std::string_view(claims_.sender).substr(claims_.sender.rfind('@') + 1);
    if (equals_ignoring_case(domain, own_.host)
        || (!claims_.zone.empty() && equals_ignoring_case(domain, claims_.zone))) {
      return guard_.may_use(domain);
    }
    const auto kept = address::dns_name(domain);
    return kept && guard_.may_keep(*kept, claims_.sender_proven);
  }

  const copy_claims& claims_;
  const service_names& own_;
  std::string_view domain_;
  model::alignment_guard guard_;
};

result<void> check_claims(const signing_question& q, const signing_parts& parts,
                          const service_names& own) {
  const claim_check claims(q.claims, own, parts.value("d"));
  return q.kind == signature_kind::dkim ? claims.for_dkim(parts.fields) : claims.for_arc();
}

const domain_key* find_key(const domain_key_map& keys, const signing_parts& parts) {
  const auto found = keys.find(parts.value("d"));
  if (found == keys.end()) return nullptr;
  const auto at = std::ranges::find_if(found->second, [&](const domain_key& one) {
    return one.selector == parts.value("s")
           && to_string(dkim::algorithm_of(one.key->type())) == parts.value("a");
  });
  return at == found->second.end() ? nullptr : &*at;
}

}  // namespace

std::optional<signer::answer> key_signer::sign(const signing_question& question) {
  return judged_and_signed(question);
}

void key_signer::ask(const signing_question& question, std::function<void(answer)> done) {
  done(judged_and_signed(question));
}

signer::answer key_signer::judged_and_signed(const signing_question& question) const {
  SP_TRY(const auto parts, divide(question));
  SP_CHECK(check_time(parts, time_.now()));
  SP_CHECK(check_form(question, parts));
  SP_CHECK(check_claims(question, parts, own_));
  const auto keys = keys_.current();
  const auto* found = find_key(*keys, parts);
  if (found == nullptr) return fail(errc::not_found, "no such key");
  auto octets = found->key->sign(crypto::sha256(question.header));
  if (!octets) return fail(errc::corrupt, "the key cannot sign: " + octets.error().context);
  return octets;
}

}  // namespace signpost::cluster
