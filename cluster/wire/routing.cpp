// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/wire/routing.hpp"

namespace signpost::cluster::wire {
namespace {

using model::destination;
using model::message_facts;
using model::route_decision;

void write_facts(value_writer& w, const message_facts& f) {
  for (const auto v : {f.spf, f.dkim, f.dmarc, f.arc}) w.octet(static_cast<std::uint8_t>(v));
  w.number(f.size);
}

message_facts read_facts(value_reader& r) {
  message_facts f;
  for (auto* v : {&f.spf, &f.dkim, &f.dmarc, &f.arc}) *v = r.choice(model::verdict::permerror);
  f.size = r.number();
  return f;
}

void write_destination(value_writer& w, const destination& d) {
  write(w, d.mailbox);
  w.text(d.webhook);
  write(w, d.fallbacks);
  w.text(d.zone).text(d.zone_id).text(d.rule);
}

destination read_destination(value_reader& r) {
  destination d;
  d.mailbox = read_mailbox(r);
  d.webhook = r.text();
  d.fallbacks = read_mailboxes(r);
  d.zone = r.text();
  d.zone_id = r.text();
  d.rule = r.text();
  return d;
}

void write_admission(value_writer& w, const model::admission_policy& p) {
  w.number(flags({p.enforce_dmarc, p.require_author, p.require_authentication}));
  w.octet(static_cast<std::uint8_t>(p.quarantine)).octet(static_cast<std::uint8_t>(p.own_author));
}

model::admission_policy read_admission(value_reader& r) {
  model::admission_policy p;
  const auto bits = r.number();
  p.enforce_dmarc = flag(bits, 0);
  p.require_author = flag(bits, 1);
  p.require_authentication = flag(bits, 2);
  p.quarantine = r.choice(model::quarantine_action::reject);
  p.own_author = r.choice(model::own_author_action::reject);
  return p;
}

void write_routed(value_writer& w, const routed_recipient& routed) {
  const auto& d = routed.decision;
  w.number(routed.revision).octet(static_cast<std::uint8_t>(d.kind));
  w.text(d.zone).text(d.zone_id).text(d.rule).number(flags({d.way_back, d.doubtful}));
  write_list(w, d.destinations, write_destination);
  write(w, d.reply);
  write_admission(w, d.admission);
}

routed_recipient read_routed(value_reader& r) {
  routed_recipient out;
  auto& d = out.decision;
  out.revision = r.number();
  d.kind = r.choice(model::route_kind::unavailable);
  d.zone = r.text();
  d.zone_id = r.text();
  d.rule = r.text();
  const auto bits = r.number();
  d.way_back = flag(bits, 0);
  d.doubtful = flag(bits, 1);
  d.destinations =
      read_list<destination>(r, model::routing_table::destinations_max, read_destination);
  d.reply = read_reply(r);
  d.admission = read_admission(r);
  return out;
}

}  // namespace

std::string encode(const routing_question& q) {
  value_writer w(128);
  write(w, q.sender);
  write(w, q.recipient);
  write(w, q.client);
  w.number(q.revision).octet(q.facts ? 1 : 0);
  if (q.facts) write_facts(w, *q.facts);
  return w.take();
}

result<routing_question> decode_routing_question(std::string_view octets) {
  SP_CHECK(check_size(octets, routing_octets_max, "routing_octets_max"));
  value_reader r(octets);
  routing_question q;
  q.sender = read_reverse_path(r);
  q.recipient = read_forward_path(r);
  q.client = read_address(r);
  q.revision = r.number();
  if (r.octet() != 0) q.facts = read_facts(r);
  if (!r.finish()) return fail(errc::malformed, "routing_question");
  return q;
}

std::string encode(const routing_answer& a) {
  return encode_answer(a, write_routed);
}

routing_answer decode_routing_answer(std::string_view octets) {
  SP_CHECK(check_size(octets, routing_answer_octets_max, "routing_answer_octets_max"));
  return decode_answer<routed_recipient>(octets, "routing_answer", read_routed);
}

}  // namespace signpost::cluster::wire
