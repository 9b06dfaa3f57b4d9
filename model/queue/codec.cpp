// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/codec.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/value_format.hpp"
#include "model/authentication/author_codec.hpp"

namespace signpost::model {
namespace {

using writer = value_writer;
using reader = value_reader;

/// How many pairs an event has at most; a stored event with more is corrupt.
constexpr std::uint64_t details_max = 256;

/// Message records of minor version 0 end before the author; before 2, one without client is our
/// own.
constexpr unsigned message_minor = 2;
/// Envelopes of minor version 0 end before `fallbacks`.
constexpr unsigned envelope_minor = 1;
/// How many fallbacks an envelope has at most; a stored one with more is corrupt.
constexpr std::uint64_t fallbacks_max = 1024;

constexpr std::uint64_t flag_eight_bit = 1;
constexpr std::uint64_t flag_smtputf8 = 2;
constexpr std::uint64_t flag_may_bounce = 4;
constexpr std::uint64_t flag_sender_proven = 8;
constexpr std::uint64_t flag_automatic = 16;
constexpr std::uint64_t flag_own = 32;

/// A zone's name and, if known, its id after the last NUL.
template <typename T>
std::string named_zone(const T& of) {
  const bool plain = of.zone_id.empty() && of.zone.find('\0') == std::string::npos;
  return plain ? of.zone : of.zone + '\0' + of.zone_id;
}
template <typename T>
void read_zone(reader& r, T& of) {
  of.zone = r.text();
  const auto end = of.zone.rfind('\0');
  if (end == std::string::npos) return;
  of.zone_id = of.zone.substr(end + 1);
  of.zone.resize(end);
}

}  // namespace

std::string encode(const model::message_record& m) {
  writer w(128 + m.sender.size() + m.helo.size() + m.message_id.size() + m.prefix.size(),
           message_minor);
  w.time(m.accepted).text(m.sender).text(m.helo).text(m.client_address).text(m.client_name);
  w.text(m.protocol).text(m.tls).text(m.message_id);
  w.number((m.eight_bit ? flag_eight_bit : 0) | (m.smtputf8 ? flag_smtputf8 : 0)
           | (m.may_bounce ? flag_may_bounce : 0)
           | (m.sender_proven ? flag_sender_proven : 0) | (m.automatic ? flag_automatic : 0)
           | (m.own ? flag_own : 0));
  w.number(m.size).number(m.recipients).text(m.prefix);
  write_author_facts(w, m.author);
  return w.take();
}

result<model::message_record> decode_message(const model::queue_id& id, std::string_view value) {
  reader r(value, message_minor);
  model::message_record m;
  m.id = id;
  m.accepted = r.time();
  m.sender = r.text();
  m.helo = r.text();
  m.client_address = r.text();
  m.client_name = r.text();
  m.protocol = r.text();
  m.tls = r.text();
  m.message_id = r.text();
  const auto flags = r.number();
  m.eight_bit = (flags & flag_eight_bit) != 0;
  m.smtputf8 = (flags & flag_smtputf8) != 0;
  m.may_bounce = (flags & flag_may_bounce) != 0;
  m.sender_proven = (flags & flag_sender_proven) != 0;
  m.automatic = (flags & flag_automatic) != 0;
  m.own = r.minor() >= 2 ? (flags & flag_own) != 0 : m.client_address.empty();
  m.size = r.number();
  m.recipients = r.small_number();
  m.prefix = r.text();
  if (r.minor() >= 1) m.author = read_author_facts(r);
  if (!r.finish()) return fail(errc::corrupt, "message record " + id.to_string());
  return m;
}

std::string encode(const model::envelope& e) {
  SP_ASSERT(e.fallbacks.size() <= fallbacks_max);
  writer w(80 + e.original.size() + e.destination.size() + e.zone.size() + e.zone_id.size()
               + e.rule.size() + e.next_hop.text().size() + e.last_reply.size()
               + e.last_host.size(),
           envelope_minor);
  // The state comes first, where peek_state() finds it.
  w.octet(static_cast<std::uint8_t>(e.state));
  w.text(e.original).text(e.destination).text(named_zone(e)).text(e.rule);
  w.text(e.next_hop.text());
  w.number(e.attempts).time(e.next_attempt).time(e.expires).octet(e.delay_notified ? 1 : 0);
  w.text(e.last_reply).text(e.last_host);
  w.number(e.fallbacks.size());
  for (const auto& fallback : e.fallbacks) w.text(fallback);
  return w.take();
}

result<model::envelope> decode_envelope(const model::queue_id& id, std::uint32_t index,
                                        std::string_view value) {
  reader r(value, envelope_minor);
  model::envelope e;
  e.id = id;
  e.index = index;
  e.state = r.choice(model::outcome::removed);
  e.original = r.text();
  e.destination = r.text();
  read_zone(r, e);
  e.rule = r.text();
  e.next_hop = model::next_hop(r.text());
  e.attempts = r.small_number();
  e.next_attempt = r.time();
  e.expires = r.time();
  e.delay_notified = r.octet() != 0;
  e.last_reply = r.text();
  e.last_host = r.text();
  const auto fallbacks = r.minor() >= 1 ? r.number() : 0;
  if (fallbacks > fallbacks_max) r.refuse();
  for (std::uint64_t i = 0; i < fallbacks && r.good(); ++i) e.fallbacks.push_back(r.text());
  if (!r.finish()) return fail(errc::corrupt, "envelope of " + id.to_string());
  return e;
}

std::optional<model::outcome> peek_state(std::string_view value) {
  reader r(value);
  const auto state = r.choice(model::outcome::removed);
  if (!r.good()) return std::nullopt;
  return state;
}

std::string encode(const model::activity_event& e) {
  writer w(96 + e.zone.size() + e.sender.size() + e.recipient.size() + e.destination.size()
               + e.host.size() + e.reply.size() + e.zone_id.size());
  w.octet(static_cast<std::uint8_t>(e.kind)).time(e.at);
  w.text(e.id == model::queue_id{} ? std::string_view{} : e.id.octets());
  w.text(named_zone(e)).text(e.sender).text(e.recipient).text(e.destination).text(e.host);
  w.text(e.tls);
  w.text(e.reply).number(e.attempt).number(e.size);
  const auto details = std::min<std::uint64_t>(e.details.size(), details_max);
  w.number(details);
  for (std::size_t i = 0; i < details; ++i) w.text(e.details[i].first).text(e.details[i].second);
  return w.take();
}

result<model::activity_event> decode_event(std::string_view value) {
  reader r(value);
  model::activity_event e;
  e.kind = r.choice(model::event_kind::failover);
  e.at = r.time();
  if (const auto id = r.text(); !id.empty()) {
    if (const auto parsed = model::queue_id::from_octets(id)) {
      e.id = *parsed;
    } else {
      r.refuse();
    }
  }
  read_zone(r, e);
  e.sender = r.text();
  e.recipient = r.text();
  e.destination = r.text();
  e.host = r.text();
  e.tls = r.text();
  e.reply = r.text();
  e.attempt = r.small_number();
  e.size = r.number();
  const auto details = r.number();
  if (details > details_max) r.refuse();
  for (std::uint64_t i = 0; i < details && r.good(); ++i) {
    auto name = r.text();
    e.details.emplace_back(std::move(name), r.text());
  }
  if (!r.finish()) return fail(errc::corrupt, "activity event");
  return e;
}

}  // namespace signpost::model
