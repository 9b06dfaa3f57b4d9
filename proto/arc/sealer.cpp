// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/arc/sealer.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "proto/arc/seal_hash.hpp"
#include "proto/dkim/tag_writer.hpp"

namespace signpost::arc {
namespace {

constexpr auto relaxed = dkim::canonicalization::relaxed;

// Shared by the writers of the two signed fields.
struct writing {
  dkim::message_hasher& hasher;
  const dkim::key_handle& key;
  std::size_t signature_columns;
  std::string algorithm, domain, selector, instance, time;
};

result<writing> prepare(dkim::message_hasher& hasher, const sealer_options& options,
                        unsigned instance, wall_time now) {
  if (options.key.empty()) return fail(errc::malformed, "no key");
  SP_TRY(auto domain, dkim::to_dns_name(options.domain));
  SP_TRY(auto selector, dkim::to_dns_name(options.selector));
  const auto time = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
  return writing{.hasher = hasher,
                 .key = options.key,
                 .signature_columns = options.signature_columns,
                 .algorithm = std::string(to_string(dkim::algorithm_of(options.key.type()))),
                 .domain = std::move(domain),
                 .selector = std::move(selector),
                 .instance = std::to_string(instance),
                 .time = std::to_string(time)};
}

// A header field's value: each line end is folding, otherwise it would end the field.
bool is_field_value(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto rest = value.substr(i);
    if (rest.starts_with("\r\n ") || rest.starts_with("\r\n\t")) {
      i += 2;
    } else if (value[i] == '\r' || value[i] == '\n' || value[i] == '\0') {
      return false;
    }
  }
  return true;
}

result<std::string> results_field(const writing& w, std::string_view results) {
  auto value = "i=" + w.instance + "; " + std::string(trim(results));
  if (!is_field_value(value) || !parse_results(value)) return fail(errc::malformed, "results");
  return std::string(results_name) + ": " + value + "\r\n";
}

// The tags stand in alphabetical order, as in the test suite by which implementations of RFC 8617
// are compared.
result<std::string> message_signature_field(const writing& w, const dkim::signed_fields& fields) {
  SP_TRY(const auto names, dkim::names_to_sign(w.hasher, fields));
  // RFC 8617 §4.1.2: both "MUST NOT be included in AMS signatures": the former signs these, the
  // latter is removed on the way.
  for (const auto* never : {"arc-seal", "authentication-results"}) {
    if (std::ranges::find(names, never) != names.end()) {
      return fail(errc::malformed, std::string(never) + " would be signed");
    }
  }
  const auto body_hash = w.hasher.body_hash(relaxed, std::nullopt);
  dkim::tag_writer field(message_signature_name, w.signature_columns);
  field.add("a", w.algorithm);
  field.add_signature_place();
  field.add("bh", to_base64(as_bytes(*body_hash)));
  field.add("c", "relaxed/relaxed");
  field.add("d", w.domain);
  field.add_list("h", names);
  field.add("i", w.instance);
  field.add("s", w.selector);
  field.add("t", w.time);
  SP_TRY(const auto octets,
         w.key.sign({.header = w.hasher.header_text(names, relaxed,
                                                    field.unsigned_canonical(relaxed)),
                     .body_hash = *body_hash}));
  return field.signed_with(octets);
}

std::string canonical(std::string_view field) {
  const auto colon = field.find(':');
  return dkim::relaxed_field(field.substr(0, colon), field.substr(colon + 1)) + "\r\n";
}

result<std::string> seal_field(const writing& w, const chain& below, chain_status status,
                               const sealed_set& set) {
  dkim::tag_writer field(seal_name, w.signature_columns);
  field.add("a", w.algorithm);
  field.add_signature_place();
  field.add("cv", to_string(status));
  field.add("d", w.domain);
  field.add("i", w.instance);
  field.add("s", w.selector);
  field.add("t", w.time);
  std::string text;
  // RFC 8617 §5.1.2: with cv=fail "the header fields … are limited to those of the current set".
  if (status != chain_status::fail) {
    for (const auto& earlier : below.sets) append_seal_text(w.hasher, earlier, text);
  }
  text += canonical(set.results) + canonical(set.message_signature)
          + field.unsigned_canonical(relaxed);
  SP_TRY(const auto octets, w.key.sign({.header = std::move(text)}));
  return field.signed_with(octets);
}

chain_status status_to_write(const chain& below, chain_status validated) {
  if (!below.exists()) return chain_status::none;
  if (!below.objection.empty() || validated == chain_status::none) return chain_status::fail;
  return validated;
}

dkim::signed_fields with_dkim_signatures() {
  auto fields = dkim::default_signed_fields();
  fields.names.emplace_back("dkim-signature");
  return fields;
}

}  // namespace

const dkim::signed_fields& default_signed_fields() {
  static const dkim::signed_fields fields = with_dkim_signatures();
  return fields;
}

result<sealed_set> seal_message(dkim::message_hasher& hasher, chain_status status,
                                std::string_view results, const sealer_options& options,
                                wall_time now) {
  const auto below = read_chain(hasher);
  // RFC 8617 §5.1 step 2: a chain that has failed gets no further sets.
  if (below.ended) return fail(errc::denied, "the chain has ended with cv=fail");
  if (below.highest >= instances_max) return fail(errc::limit_exceeded, "instances_max");
  sealed_set out{.instance = below.highest + 1};
  SP_TRY(const auto w, prepare(hasher, options, out.instance, now));
  SP_TRY(out.results, results_field(w, results));
  SP_TRY(out.message_signature, message_signature_field(w, options.fields));
  SP_TRY(out.seal, seal_field(w, below, status_to_write(below, status), out));
  return out;
}

}  // namespace signpost::arc
