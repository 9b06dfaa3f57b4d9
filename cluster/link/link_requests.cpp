// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Notes, requests and answers of a link_engine.
#include <algorithm>
#include <atomic>
#include <utility>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/value_format.hpp"
#include "cluster/link/link_engine.hpp"
#include "cluster/link/link_state.hpp"

namespace signpost::cluster::link {
namespace {

const logger log("cluster.link");

std::string encode_failure(const error& why) {
  value_writer w(64);
  w.octet(static_cast<std::uint8_t>(why.code));
  w.text(std::string_view(why.context).substr(0, reason_octets_max));
  return w.take();
}

error decode_failure(std::string_view octets) {
  value_reader r(octets);
  error why;
  why.code = r.choice(errc::corrupt);
  why.context = r.text();
  if (!r.finish()) return {errc::malformed, "a failure that cannot be read"};
  return why;
}

tl::unexpected<error> too_large(const frame_header& header) {
  return fail(errc::limit_exceeded, "a frame of type "
                                        + std::to_string(static_cast<int>(header.type)) + " with "
                                        + std::to_string(header.size) + " octets");
}

std::size_t request_octets_max(lane use) {
  if (use == lane::control) return control_octets_max;
  return use == lane::bulk ? bulk_octets_max : bulk_octets_max + sizeof(std::uint64_t);
}

bool share_a_role(const role_set& a, const role_set& b) {
  return (a.bits() & b.bits()) != 0;
}

std::string unknown_kind(kind_number kind) {
  return "unknown kind " + std::to_string(kind);
}

}  // namespace

// ---- what comes in -----------------------------------------------------------------------------

result<payload_use> link_engine::begin_frame(wire& w, const frame_header& header) {
  if (w.at == wire::phase::greeting) {
    const bool fits = header.type == frame_type::hello ? header.size <= hello_octets_max
                                                       : header.size <= reason_octets_max;
    if (header.type != frame_type::hello && header.type != frame_type::farewell) {
      return fail(errc::malformed, "the first frame is not a hello");
    }
    if (!fits) return too_large(header);
    return payload_use::keep;
  }
  switch (header.type) {
    case frame_type::hello:
      return fail(errc::malformed, "a second hello");
    case frame_type::note:
      return begin_note(w, header);
    case frame_type::request:
      return begin_request(w, header);
    case frame_type::answer:
    case frame_type::failure:
      return begin_answer(w, header);
    case frame_type::ping:
    case frame_type::pong:
      if (header.size > ping_octets_max) return too_large(header);
      return payload_use::keep;
    case frame_type::part:
      return begin_part(w, header);
    case frame_type::credit:
      if (header.size > 0) return too_large(header);
      return payload_use::keep;
    case frame_type::farewell:
      if (header.size > reason_octets_max) return too_large(header);
      return payload_use::keep;
  }
  // Of a later version.
  if (header.size > bulk_octets_max) return too_large(header);
  return payload_use::skip;
}

result<void> link_engine::complete_frame(wire& w, const frame_header& header,
                                         std::string_view payload) {
  switch (header.type) {
    case frame_type::hello:
      return greeted(w, payload);
    case frame_type::note:
      complete_note(w, header, payload);
      return {};
    case frame_type::request:
      return complete_request(w, header, payload);
    case frame_type::answer:
      complete_answer(peer_at(w.number), header, w.reader.take(payload));
      return {};
    case frame_type::failure:
      complete_answer(peer_at(w.number), header, tl::unexpected(decode_failure(payload)));
      return {};
    case frame_type::ping:
      // A peer that pings and does not read gets no more than the queue holds.
      if (queued_on(w.id) <= limits_.control_queue_octets) {
        write_frame(w, {.type = frame_type::pong}, payload);
      }
      return {};
    case frame_type::pong:
      complete_pong(w, payload);
      return {};
    case frame_type::part:
      take_part(w, payload);
      return {};
    case frame_type::credit:
      return take_credit(w, header.number);
    case frame_type::farewell:
      return fail(errc::unavailable, "the other side ends it: " + printable(payload));
  }
  return {};
}

void link_engine::complete_pong(wire& w, std::string_view payload) {
  value_reader r(payload);
  const auto number = r.number();
  // Of the last one only: the time is kept here, so that no peer chooses its own round trip.
  if (r.finish() && number == w.pings) peer_at(w.number).rtt = port_.now() - w.pinged;
}

result<payload_use> link_engine::begin_note(wire& w, const frame_header& header) {
  if (header.size > control_octets_max || w.use != lane::control) return too_large(header);
  const auto found = notes_.find(header.kind);
  if (found == notes_.end() || !share_a_role(found->second.rules.senders, w.roles)) {
    log.debug("link.note_ignored", {{"node", w.number}, {"kind", header.kind}});
    return payload_use::skip;
  }
  return payload_use::keep;
}

void link_engine::complete_note(wire& w, const frame_header& header, std::string_view payload) {
  notes_.at(header.kind).handler(w.number, payload);
}

result<void> link_engine::may_be_asked(wire& w, const frame_header& header) {
  const auto found = requests_.find(header.kind);
  if (found == requests_.end()) return fail(errc::not_found, unknown_kind(header.kind));
  if (!share_a_role(found->second.rules.senders, w.roles)) {
    return fail(errc::denied, "none of the roles of node " + std::to_string(w.number)
                                  + " may ask for this; needed is one of "
                                  + to_string(found->second.rules.senders));
  }
  auto& p = peer_at(w.number);
  if (p.worked_on >= limits_.requests_max) {
    return fail(errc::no_space, "requests_max: too many requests are worked on");
  }
  auto octets = header.size + request_overhead_octets;
  if (w.use == lane::body) {
    if (bodies_of(w.number, false) >= limits_.bodies_max) {
      return fail(errc::no_space, "bodies_max: too many bodies come in");
    }
    octets += limits_.body_window;
  }
  w.lease = memory_lease(memory_account(p.share));
  if (!w.lease.grow_to(octets)) {
    return fail(errc::no_space, "incoming_octets: no memory for the request");
  }
  return {};
}

result<payload_use> link_engine::begin_request(wire& w, const frame_header& header) {
  if (header.size > request_octets_max(w.use)) return too_large(header);
  if (w.use == lane::body && (w.in || header.size < sizeof(std::uint64_t))) {
    return fail(errc::malformed, "a request that is not one with a body");
  }
  const auto may = may_be_asked(w, header);
  if (may) return payload_use::keep;
  auto& p = peer_at(w.number);
  if (may.error().code == errc::no_space) ++p.turned_away;
  // Of those that are not worked on none waits: this costs less than what was read for it.
  if (p.up) {
    write_answer(p, {.type = frame_type::failure, .number = header.number},
                 encode_failure(may.error()));
  }
  return payload_use::skip;
}

/// Answers once: by its function, or when all copies of that are gone.
class link_engine::answer_slot {
 public:
  answer_slot(poster post, std::weak_ptr<link_engine*> engine, node_number to,
              std::string boot, std::uint64_t number, std::shared_ptr<memory_lease> lease)
      : post_(std::move(post)),
        engine_(std::move(engine)),
        lease_(std::move(lease)),
        boot_(std::move(boot)),
        number_(number),
        to_(to) {}
  ~answer_slot() { give(fail(errc::unavailable, "the node has not answered")); }
  answer_slot(const answer_slot&) = delete;
  answer_slot& operator=(const answer_slot&) = delete;

  void give(result<std::string> what) {
    if (given_.exchange(true)) return;
    post_([engine = engine_, to = to_, boot = boot_, number = number_, lease = lease_,
           what = std::move(what)] {
      if (const auto alive = engine.lock()) (*alive)->answer(to, boot, number, what);
    });
  }

 private:
  const poster post_;
  const std::weak_ptr<link_engine*> engine_;
  const std::shared_ptr<memory_lease> lease_;
  const std::string boot_;
  const std::uint64_t number_;
  const node_number to_;
  std::atomic<bool> given_ = false;
};

result<void> link_engine::complete_request(wire& w, const frame_header& header,
                                           std::string_view payload) {
  auto& p = peer_at(w.number);
  incoming_request q{.from = w.number,
                     .kind = header.kind,
                     .octets = {},
                     .lease = std::make_shared<memory_lease>(std::move(w.lease)),
                     .within = milliseconds(header.within_ms)};
  const auto slot = std::make_shared<answer_slot>(post_, alive_, w.number, w.boot,
                                                  header.number, q.lease);
  q.answer = [slot](result<std::string> what) { slot->give(std::move(what)); };
  ++p.worked_on;
  if (w.use == lane::body) {
    q.body = receive_body(w, number_of(payload));
    w.deadline = port_.now() + q.within + limits_.heartbeat;
    q.octets = payload.substr(sizeof(std::uint64_t));
  } else {
    q.octets = w.reader.take(payload);
  }
  requests_.at(header.kind).handler(std::move(q));
  return {};
}

result<payload_use> link_engine::begin_answer(wire& w, const frame_header& header) {
  const auto most = w.use == lane::control ? control_octets_max : bulk_octets_max;
  if (header.size > most || w.use == lane::body) return too_large(header);
  const auto& pending = peer_at(w.number).pending;
  return pending.waits_for(header.number) ? payload_use::keep : payload_use::skip;
}

void link_engine::complete_answer(peer& p, const frame_header& header, result<std::string> what) {
  const auto on = p.pending.connection_of(header.number);
  const auto done = p.pending.finish(header.number);
  if (!done) return;
  if (auto* w = find(on); w != nullptr && w->out) end_wire(on, "the request is answered");
  done(std::move(what));
}

// ---- what goes out -----------------------------------------------------------------------------

void link_engine::answer(node_number to, const std::string& boot, std::uint64_t number,
                         const result<std::string>& what) {
  auto& p = peer_at(to);
  --p.worked_on;
  // Another process of that node has not asked.
  if (!p.up || p.facts.boot != boot) return;
  if (what && what->size() <= bulk_octets_max) {
    return write_answer(p, {.type = frame_type::answer, .number = number}, *what);
  }
  const auto why = what ? error{errc::limit_exceeded, "bulk_octets_max: the answer is too large"}
                        : what.error();
  write_answer(p, {.type = frame_type::failure, .number = number}, encode_failure(why));
}

void link_engine::write_answer(peer& p, const frame_header& header, std::string_view payload) {
  if (payload.size() > control_octets_max) {
    const auto bulk = bulk_of(p);
    const bool fits = bulk && queued_on(*bulk) + payload.size() <= limits_.bulk_queue_octets;
    if (fits) return write_frame(*find(*bulk), header, payload);
    const error why{errc::unavailable, "too much waits for the node that has asked"};
    return write_answer(p, {.type = frame_type::failure, .number = header.number},
                        encode_failure(why));
  }
  const auto queued = queued_on(p.control) + payload.size();
  if (queued > answer_queues_max * limits_.control_queue_octets) {
    return end_wire(p.control, "it does not read the answers to its requests");
  }
  write_frame(*find(p.control), header, payload);
}

void link_engine::send(node_number to, kind_number kind, std::string_view octets) {
  SP_ASSERT(octets.size() <= control_octets_max);
  const auto found = peers_.find(to);
  if (found == peers_.end()) return;
  auto& p = *found->second;
  const auto queued = p.up ? queued_on(p.control) + octets.size() : 0;
  if (!p.up || queued > limits_.control_queue_octets) {
    ++p.dropped_notes;
    return;
  }
  write_frame(*find(p.control), {.type = frame_type::note, .kind = kind}, octets);
}

void link_engine::request(node_number to, outgoing_request what, answered done) {
  const auto found = peers_.find(to);
  const auto node = "node " + std::to_string(to);
  if (what.octets.size() > bulk_octets_max) {
    return done(fail(errc::limit_exceeded, "bulk_octets_max: send it as the request's body"));
  }
  if (found == peers_.end() || !found->second->up) {
    const auto reason = found == peers_.end() ? "it is not known" : found->second->last_reason;
    return done(fail(errc::unavailable, node + " is down: " + reason));
  }
  auto& p = *found->second;
  if (p.pending.size() >= p.requests_max) {
    return done(fail(errc::unavailable, node + " has requests_max requests to answer"));
  }
  const auto begun = begin_sending(p, what, done);
  if (!begun) done(fail(begun.error().code, node + ": " + begun.error().context));
}

result<void> link_engine::begin_sending(peer& p, outgoing_request& what, answered& done) {
  if (what.body) return begin_body(p, what, done);
  const bool bulk = what.bulk || what.octets.size() > control_octets_max;
  auto on = p.control;
  if (bulk) {
    SP_TRY(on, bulk_of(p));
  }
  const auto most = bulk ? limits_.bulk_queue_octets : limits_.control_queue_octets;
  if (queued_on(on) + what.octets.size() > most) {
    return fail(errc::unavailable, "too much waits for it to read");
  }
  const auto number = p.pending.add(on, port_.now() + what.within, std::move(done));
  write_frame(*find(on), request_header(what, number), what.octets);
  return {};
}

result<connection_id> link_engine::bulk_of(peer& p) {
  if (p.bulk != 0) return p.bulk;
  if (p.about.address.empty()) return fail(errc::unavailable, "its address is not known");
  if (port_.now() < p.bulk_redial_at) {
    return fail(errc::unavailable, "its bulk connection could not be opened");
  }
  p.bulk = add_wire(lane::bulk, p.about.number).id;
  port_.dial(p.bulk, p.about);
  return p.bulk;
}

}  // namespace signpost::cluster::link
