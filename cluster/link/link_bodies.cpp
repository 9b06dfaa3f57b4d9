// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Bodies of requests of a link_engine: each on a connection of its own, with credit.
#include <algorithm>
#include <utility>

#include "cluster/link/link_engine.hpp"
#include "cluster/link/link_state.hpp"

namespace signpost::cluster::link {

// ---- outgoing ----------------------------------------------------------------------------------

std::size_t link_engine::bodies_of(node_number number, bool outgoing) const {
  return static_cast<std::size_t>(std::ranges::count_if(wires_, [&](const auto& each) {
    const auto& w = *each.second;
    return w.number == number && (outgoing ? w.out != nullptr : w.in != nullptr);
  }));
}

result<void> link_engine::begin_body(peer& p, outgoing_request& what, answered& done) {
  if (p.about.address.empty()) return fail(errc::unavailable, "its address is not known");
  if (bodies_of(p.about.number, true) >= limits_.bodies_max) {
    return fail(errc::unavailable, "bodies_max bodies are on their way to it");
  }
  auto& w = add_wire(lane::body, p.about.number);
  const auto number = p.pending.add(w.id, port_.now() + what.within, std::move(done));
  w.out = std::make_unique<outgoing_body>();
  w.out->number = number;
  w.out->size = what.body->size();
  w.out->source = std::move(what.body);
  w.out->credit = p.body_window;
  write_frame(w, request_header(what, number), octets_of(w.out->size) + what.octets);
  port_.dial(w.id, p.about);
  return {};
}

void link_engine::send_parts(connection_id id) {
  auto& out = *find(id)->out;
  const auto most = std::min<std::uint64_t>({part_octets_max, out.credit, out.size - out.sent});
  if (out.asked > 0 || most == 0) return;
  out.asked = most;
  out.source->read(out.sent, most, [post = post_, engine = std::weak_ptr(alive_),
                                    id](result<std::string> part) {
    post([engine, id, part = std::move(part)] {
      if (const auto alive = engine.lock()) (*alive)->part_read(id, part);
    });
  });
}

void link_engine::part_read(connection_id id, result<std::string> part) {
  auto* w = find(id);
  if (w == nullptr) return;
  auto& out = *w->out;
  if (part && (part->empty() || part->size() > out.asked)) {
    part = fail(errc::corrupt, "the body has other octets than it said");
  }
  if (!part) {
    const auto done = peer_at(w->number).pending.finish(out.number);
    end_wire(id, "the body cannot be read");
    if (done) done(tl::unexpected(part.error()));
    return;
  }
  out.asked = 0;
  out.sent += part->size();
  out.credit -= part->size();
  write_frame(*w, {.type = frame_type::part}, *part);
  send_parts(id);
}

result<void> link_engine::take_credit(wire& w, std::uint64_t octets) {
  if (!w.out || octets > w.out->size) return fail(errc::malformed, "credit that nobody needs");
  w.out->credit = std::min(w.out->credit + octets, w.out->size);
  send_parts(w.id);
  return {};
}

// ---- incoming ----------------------------------------------------------------------------------

std::shared_ptr<link_engine::receiving_body> link_engine::receive_body(wire& w,
                                                                       std::uint64_t size) {
  w.in = std::make_shared<receiving_body>();
  w.in->size_ = size;
  w.in->on = w.id;
  w.in->post = post_;
  w.in->engine = alive_;
  w.in->granted = limits_.body_window;
  return w.in;
}

result<payload_use> link_engine::begin_part(wire& w, const frame_header& header) {
  if (w.use != lane::body) return fail(errc::malformed, "a part of no body");
  // The request was turned away: the other side will know.
  if (!w.in) return payload_use::skip;
  const auto& in = *w.in;
  const auto most = std::min<std::uint64_t>(
      {part_octets_max, in.granted - in.arrived, in.size_ - in.arrived});
  if (header.size == 0 || header.size > most) {
    return fail(errc::limit_exceeded, "more octets of a body than it was given credit for");
  }
  return payload_use::keep;
}

void link_engine::take_part(wire& w, std::string_view payload) {
  // Lives on if the handler ends the connection.
  const auto in = w.in;
  in->take(payload);
}

void link_engine::grant(connection_id id, std::size_t octets) {
  auto* w = find(id);
  if (w == nullptr || !w->in || w->at != wire::phase::up) return;
  auto& in = *w->in;
  // Never more than the window on its way, nor more than there is.
  const auto most = std::min(in.arrived + limits_.body_window, in.size_);
  const auto more = std::min<std::uint64_t>(octets, most > in.granted ? most - in.granted : 0);
  if (more == 0) return;
  in.granted += more;
  write_frame(*w, {.type = frame_type::credit, .number = more}, {});
}

void link_engine::receiving_body::read(std::function<void(std::string part)> part,
                                       std::function<void(result<void>)> end) {
  post([self = shared_from_this(), part = std::move(part), end = std::move(end)] {
    self->begin(part, end);
  });
}

void link_engine::receiving_body::taken(std::size_t octets) {
  post([e = engine, id = on, octets] {
    if (const auto alive = e.lock()) (*alive)->grant(id, octets);
  });
}

void link_engine::receiving_body::begin(std::function<void(std::string)> part,
                                        std::function<void(result<void>)> end) {
  if (!early.empty()) part(std::exchange(early, {}));
  if (arrived == size_) ended = result<void>();
  if (ended) return end(*ended);
  part_ = std::move(part);
  end_ = std::move(end);
}

void link_engine::receiving_body::take(std::string_view octets) {
  arrived += octets.size();
  if (part_) {
    part_(std::string(octets));
  } else {
    early += octets;
  }
  if (arrived == size_ && part_) finish({});
}

// The functions may hold this body: they are gone afterwards.
void link_engine::receiving_body::finish(result<void> how) {
  if (ended) return;
  if (arrived == size_) how = {};
  ended = how;
  part_ = nullptr;
  if (const auto end = std::exchange(end_, nullptr)) end(how);
}

}  // namespace signpost::cluster::link
