// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/own_letter.hpp"

#include <algorithm>
#include <utility>

#include "actors/routing/envelopes.hpp"
#include "base/text.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/mime.hpp"

namespace signpost::actors {
namespace {

/// Octets of text in one encoded word, so that with base64, its frame and the name of the field it
/// stays on a line of 76 characters (RFC 2047 §2).
constexpr std::size_t word_octets_max = 36;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

bool has_control(std::string_view text, std::string_view allowed) {
  return std::ranges::any_of(text, [&](char c) {
    const bool control = static_cast<unsigned char>(c) < ' ' || c == 0x7f;
    return control && allowed.find(c) == std::string_view::npos;
  });
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  if (!out.ends_with('\n')) out += "\r\n";
  return out;
}

bool needs_encoding(std::string_view text) {
  return !is_ascii(text) || std::ranges::any_of(split(text, '\n'), [](std::string_view line) {
    return line.size() > imf::line_octets_max;
  });
}

}  // namespace

std::vector<std::string> header_words(std::string_view text) {
  std::vector<std::string> words;
  if (is_ascii(text)) {
    for (const auto word : split(text, ' ')) words.emplace_back(word);
    return words;
  }
  while (!text.empty()) {
    auto size = std::min(text.size(), word_octets_max);
    while (size < text.size() && is_continuation(text[size])) --size;
    words.push_back("=?utf-8?B?" + to_base64(as_bytes(text.substr(0, size))) + "?=");
    text.remove_prefix(size);
  }
  return words;
}

result<std::string> compose(const own_letter& letter, const letter_facts& facts) {
  if (letter.text.size() > letter_text_octets_max || letter.subject.size() > imf::line_octets_max) {
    return fail(errc::limit_exceeded, "letter_text_octets_max");
  }
  if (!is_utf8(letter.subject) || has_control(letter.subject, "")) {
    return fail(errc::malformed, "subject of a letter");
  }
  if (!is_utf8(letter.text) || has_control(letter.text, "\n\t")) {
    return fail(errc::malformed, "text of a letter");
  }
  const bool encoded = needs_encoding(letter.text);
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    out += imf::folded_field(name, value);
  };
  // RFC 2142 §5: a reader who wonders about this mail reaches a person at postmaster.
  add("From", "Signpost <postmaster@" + facts.host_name + ">");
  // A quoted local part may contain spaces: the address is one word and is never folded.
  const std::string to[] = {"<" + letter.to + ">"};
  out += imf::folded_field("To", to);
  out += imf::folded_field("Subject", header_words(letter.subject));
  add("Date", to_rfc5322_date(facts.now));
  add("Message-ID", "<" + facts.message_id + ">");
  // RFC 3834 §5: no machine should answer it.
  add("Auto-Submitted", "auto-generated");
  add("MIME-Version", "1.0");
  add("Content-Type", "text/plain; charset=utf-8");
  add("Content-Transfer-Encoding", encoded ? "quoted-printable" : "7bit");
  const auto text = with_crlf(letter.text);
  return out + "\r\n" + (encoded ? imf::encode_quoted_printable(text) : text);
}

storage::new_message to_spool(std::string octets, const address::mailbox& to,
                              const std::vector<model::destination>& destinations,
                              const model::queue_id& id, const letter_facts& facts,
                              const model::retry_policy& retry) {
  storage::new_message m;
  m.message.id = id;
  m.message.accepted = facts.now;
  m.message.own = true;
  m.message.sender = facts.bounces_to + "@" + facts.host_name;
  m.message.message_id = "<" + facts.message_id + ">";
  m.message.smtputf8 = !is_ascii(octets);  // only an address can be
  m.message.eight_bit = m.message.smtputf8;
  m.message.may_bounce = false;
  m.message.size = octets.size();
  m.message.recipients = static_cast<std::uint32_t>(destinations.size());
  m.body = std::make_shared<const message_body>(std::move(octets));
  for (const auto& destination : destinations) {
    auto e = make_envelope({.original = to.to_string(),
                            .destination = destination,
                            .zone = {},
                            .rule = "own mail",
                            .accepted = facts.now,
                            .null_sender = false},
                           retry);
    e.id = id;
    e.index = static_cast<std::uint32_t>(m.envelopes.size());
    m.envelopes.push_back(std::move(e));
  }
  model::activity_event event;
  event.at = facts.now;
  event.kind = model::event_kind::received;
  event.id = id;
  event.recipient = to.to_string();
  event.size = m.message.size;
  event.details = {{"own_mail", "true"}};
  m.events.push_back(std::move(event));
  return m;
}

}  // namespace signpost::actors
