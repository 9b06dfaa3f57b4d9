// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/seven_bit_body.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "base/text.hpp"
#include "model/authentication/author_reader.hpp"
#include "proto/authres/authentication_results.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/seven_bit.hpp"

namespace signpost::actors {
namespace {

// What we found is broken for good, and encoding spoils nothing. What could not be judged may hold.
bool is_spoiled(const authres::method_result& r) {
  static constexpr std::array<std::string_view, 3> bad{"none", "fail", "permerror"};
  return std::ranges::find(bad, r.result) != bad.end();
}

bool has_signature_of(std::string_view method, const imf::message_view& message,
                      const authres::authentication_results& found) {
  const auto field = method == "dkim" ? "DKIM-Signature" : "ARC-Seal";
  const auto fields = message.find_all(field).size();
  std::size_t judged = 0;
  for (const auto& r : found.results) {
    if (r.method != method) continue;
    if (!is_spoiled(r)) return true;
    ++judged;
  }
  // One result stands for the whole chain; of signatures each has its own, up to a limit.
  return method == "dkim" ? fields > judged : fields > 0 && judged == 0;
}

// What our own Authentication-Results field, the only one above the message, says of it. Where
// nobody looked, what is there may hold.
bool came_signed(std::string_view our_fields, std::string_view message) {
  const imf::message_view ours(our_fields, imf::line_ends::lf);
  const imf::message_view view(message, imf::line_ends::lf);
  const auto* field = ours.find("Authentication-Results");
  if (field == nullptr) {
    return view.find("DKIM-Signature") != nullptr || view.find("ARC-Seal") != nullptr;
  }
  const auto found = authres::parse(field->value);
  // What cannot be told may be signed.
  return !found || has_signature_of("dkim", view, *found) || has_signature_of("arc", view, *found);
}

/// Of the body: quoted-printable of nothing but such octets is three times as long, and the parts
/// of a multipart stand beside the whole while it is put together.
constexpr std::size_t growth_max = 4;
/// What a short message gets in addition: fields that say how it is encoded.
constexpr std::size_t fields_octets = 1024;

}  // namespace

std::optional<reencoding> parse_reencoding(std::string_view word) {
  if (word == "never") return reencoding::never;
  if (word == "unsigned") return reencoding::unsigned_mail;
  if (word == "always") return reencoding::always;
  return std::nullopt;
}

result<body_ptr> seven_bit_body(const body_ptr& body, std::string_view our_fields,
                                reencoding allowed, memory_budget* budget) {
  // Of a large message not all is in memory.
  const bool may = allowed != reencoding::never && !body->rest()
                   && body->size() <= seven_bit_octets_max
                   && (allowed == reencoding::always || !came_signed(our_fields, body->octets()));
  if (!may) return fail(errc::malformed, "it must not be encoded");
  const auto needed = growth_max * body->size() + fields_octets;
  // Beside the message and what travels to others.
  if (budget != nullptr && needed > budget->limit() / 2) {
    return fail(errc::malformed, "it could wait for room for ever");
  }
  auto lease = budget == nullptr ? memory_lease() : memory_lease(*budget);
  if (!lease.grow_to(needed)) return fail(errc::no_space, "memory_budget");
  auto encoded = imf::to_seven_bit(body->octets());
  if (!encoded) return fail(errc::malformed, encoded.error().context);
  if (!lease.grow_to(encoded->size())) return fail(errc::no_space, "memory_budget");
  // Whose name the copy may leave under was judged by the authors of what came.
  if (!model::same_authors(body->octets(), *encoded)) {
    return fail(errc::malformed, "encoded, it could have another author");
  }
  return std::make_shared<const message_body>(*std::move(encoded), std::move(lease));
}

}  // namespace signpost::actors
