// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/wire/signing.hpp"

#include "cluster/wire/parts.hpp"
#include "model/authentication/author_codec.hpp"

namespace signpost::cluster::wire {
namespace {

/// Beside what is signed: names, addresses, and authors.
constexpr std::size_t claims_octets_max = 64 * 1024;

void write_claims(value_writer& w, const copy_claims& c) {
  w.text(c.queue_id.octets()).text(c.zone).text(c.sender);
  w.number(flags({c.sender_proven, c.own}));
  model::write_author_facts(w, c.author);
}

copy_claims read_claims(value_reader& r) {
  copy_claims c;
  const auto id = model::queue_id::from_octets(r.text());
  if (!id) r.refuse();
  c.queue_id = id.value_or(model::queue_id());
  c.zone = r.text();
  c.sender = r.text();
  const auto bits = r.number();
  c.sender_proven = flag(bits, 0);
  c.own = flag(bits, 1);
  c.author = model::read_author_facts(r);
  return c;
}

}  // namespace

std::string encode(const signing_question& q) {
  value_writer w(256 + q.header.size());
  w.octet(static_cast<std::uint8_t>(q.kind)).text(q.header).text(q.body_hash);
  write_claims(w, q.claims);
  return w.take();
}

result<signing_question> decode_signing_question(std::string_view octets) {
  if (octets.size() > signing_text_octets_max + claims_octets_max) {
    return fail(errc::limit_exceeded, "signing_text_octets_max");
  }
  value_reader r(octets);
  signing_question q;
  q.kind = r.choice(signature_kind::arc_seal);
  q.header = r.text();
  q.body_hash = r.text();
  q.claims = read_claims(r);
  if (!r.finish()) return fail(errc::malformed, "signing_question");
  return q;
}

std::string encode(const signing_answer& a) {
  return encode_answer(a, [](value_writer& w, const std::string& octets) { w.text(octets); });
}

signing_answer decode_signing_answer(std::string_view octets) {
  SP_CHECK(check_size(octets, signing_answer_octets_max, "signing_answer_octets_max"));
  return decode_answer<std::string>(octets, "signing_answer",
                                    [](value_reader& r) { return r.text(); });
}

}  // namespace signpost::cluster::wire
