// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/seven_bit_copy.hpp"

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
  // Whose name the copy may leave under was judged by the authors of what came.
  if (!model::same_authors(m.body->octets(), *body)) return std::nullopt;
  auto copy = m;
  copy.body = std::make_shared<const message_body>(*std::move(body));
  copy.prefix = *std::move(prefix);
  copy.eight_bit = copy.smtputf8 = false;
  return copy;
}

}  // namespace signpost::actors
