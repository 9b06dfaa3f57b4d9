// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/seven_bit_copy.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include "base/text.hpp"
#include "proto/authres/authentication_results.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/seven_bit.hpp"

namespace signpost::actors {
namespace {

// What our own Authentication-Results field, the only one above the message, says of it. Where
// nobody looked, what is there may hold.
bool came_signed(std::string_view our_fields, std::string_view message) {
  const imf::message_view ours(our_fields, imf::line_ends::lf);
  const auto* field = ours.find("Authentication-Results");
  if (field == nullptr) {
    const imf::message_view view(message, imf::line_ends::lf);
    return view.find("DKIM-Signature") != nullptr || view.find("ARC-Seal") != nullptr;
  }
  const auto found = authres::parse(field->value);
  // What cannot be told may be signed.
  if (!found) return true;
  return std::ranges::any_of(found->results, [](const auto& r) {
    return (r.method == "dkim" || r.method == "arc") && r.result == "pass";
  });
}

std::string without_signatures(std::string_view our_fields) {
  const imf::message_view view(our_fields, imf::line_ends::lf);
  std::string out;
  for (const auto& field : view.fields()) {
    const bool is_signature = equals_ignoring_case(field.name, "DKIM-Signature")
                              || starts_with_ignoring_case(field.name, "ARC-");
    if (!is_signature) out += field.whole;
  }
  return view.has_separator() ? out + "\r\n" : out;
}

bool fits(const smtp::capabilities& offered, const smtp::outgoing_message& m) {
  return (!m.eight_bit || offered.eight_bit_mime) && (!m.smtputf8 || offered.smtputf8);
}

}  // namespace

std::optional<reencoding> parse_reencoding(std::string_view word) {
  if (word == "never") return reencoding::never;
  if (word == "unsigned") return reencoding::unsigned_mail;
  if (word == "always") return reencoding::always;
  return std::nullopt;
}

std::optional<smtp::outgoing_message> copy_for(const smtp::capabilities& offered,
                                               const smtp::outgoing_message& m,
                                               reencoding allowed) {
  if (fits(offered, m) || allowed == reencoding::never || !m.body) return std::nullopt;
  // Of a large message not all is in memory; an address cannot be encoded.
  const bool ascii = is_ascii(m.sender) && std::ranges::all_of(m.recipients, is_ascii);
  if (m.body->rest() || m.body->size() > seven_bit_octets_max || !ascii) return std::nullopt;
  const bool spares_signed = allowed == reencoding::unsigned_mail;
  if (spares_signed && came_signed(m.prefix, m.body->octets())) return std::nullopt;
  auto body = imf::to_seven_bit(m.body->octets());
  auto prefix = imf::header_to_seven_bit(without_signatures(m.prefix));
  if (!body || !prefix) return std::nullopt;
  auto copy = m;
  copy.body = std::make_shared<const message_body>(*std::move(body));
  copy.prefix = *std::move(prefix);
  copy.eight_bit = copy.smtputf8 = false;
  return copy;
}

}  // namespace signpost::actors
