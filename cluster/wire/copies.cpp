// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/wire/copies.hpp"

#include <array>
#include <utility>

namespace signpost::cluster::wire {
namespace {

void write_id(value_writer& w, const model::queue_id& id) {
  w.text(id.octets());
}
model::queue_id read_id(value_reader& r) {
  const auto id = model::queue_id::from_octets(r.text());
  if (!id) r.refuse();
  return id.value_or(model::queue_id());
}

node_number read_node(value_reader& r) {
  const auto n = r.number();
  if (n > UINT16_MAX) r.refuse();
  return r.good() ? static_cast<node_number>(n) : node_number{};
}

void write_holder(value_writer& w, const holder& h) {
  w.number(h.node).number(h.disk);
}
holder read_holder(value_reader& r) {
  holder h;
  h.node = read_node(r);
  h.disk = r.number();
  return h;
}
void write_holders(value_writer& w, const std::vector<holder>& list) {
  write_list(w, list, write_holder);
}
std::vector<holder> read_holders(value_reader& r) {
  return read_list<holder>(r, holders_max, read_holder);
}

void write_claim(value_writer& w, const claim& c) {
  w.number(c.version).number(c.node).number(c.tenure);
}
claim read_claim(value_reader& r) {
  claim c;
  c.version = r.number();
  c.node = read_node(r);
  c.tenure = r.small_number();
  return c;
}

void write_progress(value_writer& w, const std::vector<recipient_progress>& list) {
  write_list(w, list, [](value_writer& to, const recipient_progress& p) {
    to.number(p.attempts).octet(static_cast<std::uint8_t>(p.end));
  });
}
std::vector<recipient_progress> read_progress(value_reader& r) {
  return read_list<recipient_progress>(r, copy_recipients_max, [](value_reader& from) {
    recipient_progress p;
    p.attempts = from.small_number();
    p.end = from.choice(recipient_end::delivered);
    return p;
  });
}

// ---- each kind ---------------------------------------------------------------------------------

void write(value_writer& w, const put& p) {
  write_id(w, p.id);
  write_claim(w, p.owner);
  w.number(p.revision).number(flags({p.whole})).octet(p.required).number(p.digest);
  write_holders(w, p.holders);
  write_progress(w, p.progress);
}
void read(value_reader& r, put& p) {
  p.id = read_id(r);
  p.owner = read_claim(r);
  p.revision = r.small_number();
  p.whole = flag(r.number(), 0);
  p.required = r.octet();
  p.digest = r.number();
  p.holders = read_holders(r);
  p.progress = read_progress(r);
}

void write(value_writer& w, const put_ack& a) {
  write_id(w, a.id);
  w.number(a.version).number(a.revision).number(a.disk).number(a.seen);
}
void read(value_reader& r, put_ack& a) {
  a.id = read_id(r);
  a.version = r.number();
  a.revision = r.small_number();
  a.disk = r.number();
  a.seen = r.number();
}

void write(value_writer& w, const put_nack& n) {
  write_id(w, n.id);
  w.number(n.version).octet(static_cast<std::uint8_t>(n.why));
}
void read(value_reader& r, put_nack& n) {
  n.id = read_id(r);
  n.version = r.number();
  n.why = r.choice(put_refusal::ended);
}

void write(value_writer& w, const del& d) {
  write_id(w, d.id);
  w.number(d.digest);
  write_holders(w, d.holders);
  write_holders(w, d.confirmed);
}
void read(value_reader& r, del& d) {
  d.id = read_id(r);
  d.digest = r.number();
  d.holders = read_holders(r);
  d.confirmed = read_holders(r);
}

void write(value_writer& w, const del_ack& a) {
  write_id(w, a.id);
  w.number(a.disk);
  write_holders(w, a.also);
}
void read(value_reader& r, del_ack& a) {
  a.id = read_id(r);
  a.disk = r.number();
  a.also = read_holders(r);
}

/// released, unreadable.
template <typename T>
void write_with_disk(value_writer& w, const T& m) {
  write_id(w, m.id);
  w.number(m.disk);
}
template <typename T>
void read_with_disk(value_reader& r, T& m) {
  m.id = read_id(r);
  m.disk = r.number();
}
void write(value_writer& w, const released& m) { write_with_disk(w, m); }
void read(value_reader& r, released& m) { read_with_disk(r, m); }
void write(value_writer& w, const unreadable& m) { write_with_disk(w, m); }
void read(value_reader& r, unreadable& m) { read_with_disk(r, m); }

void write(value_writer& w, const forget& m) {
  write_id(w, m.id);
  write_holders(w, m.holders);
}
void read(value_reader& r, forget& m) {
  m.id = read_id(r);
  m.holders = read_holders(r);
}
void write(value_writer& w, const stray& m) { write_id(w, m.id); }
void read(value_reader& r, stray& m) { m.id = read_id(r); }
void write(value_writer& w, const release& m) { write_id(w, m.id); }
void read(value_reader& r, release& m) { m.id = read_id(r); }
void write(value_writer& w, const fetch& m) {
  write_id(w, m.id);
  w.number(m.version);
}
void read(value_reader& r, fetch& m) {
  m.id = read_id(r);
  m.version = r.number();
}

void write(value_writer& w, const ask& a) {
  write_id(w, a.id);
  write_claim(w, a.owner);
  w.number(a.disk);
  write_progress(w, a.progress);
}
void read(value_reader& r, ask& a) {
  a.id = read_id(r);
  a.owner = read_claim(r);
  a.disk = r.number();
  a.progress = read_progress(r);
}

void write(value_writer& w, const answer& a) {
  write_id(w, a.id);
  w.octet(static_cast<std::uint8_t>(a.kind));
  write_claim(w, a.owner);
}
void read(value_reader& r, answer& a) {
  a.id = read_id(r);
  a.kind = r.choice(answer_kind::wait);
  a.owner = read_claim(r);
}

void write(value_writer& w, const digest_range& d) {
  write_id(w, d.first);
  write_id(w, d.last);
  w.number(d.tenure).number(d.hash);
}
void read(value_reader& r, digest_range& d) {
  d.first = read_id(r);
  d.last = read_id(r);
  d.tenure = r.small_number();
  d.hash = r.number();
}

void write(value_writer& w, const listing& l) {
  write_id(w, l.first);
  write_id(w, l.last);
  w.number(l.disk).number(l.hash).number(flags({l.same}));
  write_list(w, l.copies, [](value_writer& to, const listed_copy& c) {
    write_id(to, c.id);
    to.number(c.version).number(c.revision);
  });
}
void read(value_reader& r, listing& l) {
  l.first = read_id(r);
  l.last = read_id(r);
  l.disk = r.number();
  l.hash = r.number();
  l.same = flag(r.number(), 0);
  l.copies = read_list<listed_copy>(r, listed_max, [](value_reader& from) {
    listed_copy c;
    c.id = read_id(from);
    c.version = from.number();
    c.revision = from.small_number();
    return c;
  });
}

void write(value_writer& w, const offer& o) {
  write_id(w, o.id);
  write_claim(w, o.owner);
}
void read(value_reader& r, offer& o) {
  o.id = read_id(r);
  o.owner = read_claim(r);
}

void write(value_writer& w, const found& f) {
  write_id(w, f.id);
  w.number(f.digest);
}
void read(value_reader& r, found& f) {
  f.id = read_id(r);
  f.digest = r.number();
}

// ---- an item -----------------------------------------------------------------------------------

void write(value_writer& w, const copy_contents& c) {
  w.text(c.record);
  const auto one = [](value_writer& to, const std::string& octets) { to.text(octets); };
  write_list(w, c.envelopes, one);
  write_list(w, c.events, one);
  write(w, c.body);
}
copy_contents read_contents(value_reader& r) {
  copy_contents c;
  const auto one = [](value_reader& from) { return from.text(); };
  c.record = r.text();
  c.envelopes = read_list<std::string>(r, copy_recipients_max, one);
  c.events = read_list<std::string>(r, copy_recipients_max, one);
  c.body = read_body(r);
  return c;
}

template <std::size_t Kind>
copies_message read_kind(value_reader& r) {
  std::variant_alternative_t<Kind, copies_message> m;
  read(r, m);
  return m;
}

copies_message read_message(value_reader& r) {
  constexpr auto readers = []<std::size_t... Kinds>(std::index_sequence<Kinds...>) {
    return std::array{&read_kind<Kinds>...};
  }(std::make_index_sequence<std::variant_size_v<copies_message>>());
  const auto kind = r.octet();
  if (kind < readers.size()) return readers.at(kind)(r);
  r.refuse();
  return {};
}

}  // namespace

std::string encode(const copies_item& item) {
  value_writer w(128 + (item.contents ? item.contents->record.size() : 0));
  w.octet(static_cast<std::uint8_t>(item.said.index()));
  std::visit([&w](const auto& m) { write(w, m); }, item.said);
  w.octet(item.contents ? 1 : 0);
  if (item.contents) write(w, *item.contents);
  return w.take();
}

result<copies_item> decode_copies_item(std::string_view octets) {
  SP_CHECK(check_size(octets, copies_item_octets_max, "copies_item_octets_max"));
  value_reader r(octets);
  copies_item item;
  item.said = read_message(r);
  const auto with_contents = r.octet();
  if (with_contents > 1) r.refuse();
  if (with_contents == 1) item.contents = read_contents(r);
  if (!r.finish()) return fail(errc::malformed, "copies_item");
  return item;
}

}  // namespace signpost::cluster::wire
