// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/wire/acceptance.hpp"

#include <utility>

#include "model/queue/codec.hpp"

namespace signpost::cluster::wire {
namespace {

// They travel as they are stored, each with its own version.
template <typename T>
void write_stored(value_writer& w, const T& value) {
  w.text(model::encode(value));
}

template <typename T>
T value_or_refuse(value_reader& r, result<T> decoded) {
  if (decoded) return *std::move(decoded);
  r.refuse();
  return {};
}

model::queue_id read_id(value_reader& r) {
  const auto id = model::queue_id::from_octets(r.text());
  if (!id) r.refuse();
  return id.value_or(model::queue_id());
}

}  // namespace

std::string encode(const acceptance_question& q) {
  value_writer w(512 + 256 * (q.envelopes.size() + q.events.size()));
  write_stored(w, q.record);
  write(w, q.body);
  write_list(w, q.envelopes, write_stored<model::envelope>);
  write_list(w, q.events, write_stored<model::activity_event>);
  return w.take();
}

result<acceptance_question> decode_acceptance_question(std::string_view octets) {
  if (octets.size() > acceptance_octets_max) {
    return fail(errc::limit_exceeded, "acceptance_octets_max");
  }
  value_reader r(octets);
  acceptance_question q;
  q.record = value_or_refuse(r, model::decode_message({}, r.text()));
  q.body = read_body(r);
  std::uint32_t index = 0;
  q.envelopes = read_list<model::envelope>(r, envelopes_max, [&index](value_reader& from) {
    return value_or_refuse(from, model::decode_envelope({}, index++, from.text()));
  });
  q.events = read_list<model::activity_event>(r, events_max, [](value_reader& from) {
    return value_or_refuse(from, model::decode_event(from.text()));
  });
  if (!r.finish()) return fail(errc::malformed, "acceptance_question");
  return q;
}

std::string encode(const acceptance_answer& a) {
  return encode_answer(a, [](value_writer& w, const model::queue_id& id) { w.text(id.octets()); });
}

acceptance_answer decode_acceptance_answer(std::string_view octets) {
  SP_CHECK(check_size(octets, acceptance_answer_octets_max, "acceptance_answer_octets_max"));
  return decode_answer<model::queue_id>(octets, "acceptance_answer", read_id);
}

}  // namespace signpost::cluster::wire
