// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/link_engine.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/value_format.hpp"
#include "cluster/link/link_state.hpp"

namespace signpost::cluster::link {
namespace {

const logger log("cluster.link");

constexpr unsigned redial_doublings_max = 10;

}  // namespace

link_engine::link_engine(node_facts us, const link_limits& limits, wire_port& port,
                         random_source& random)
    : us_(std::move(us)),
      limits_(limits),
      port_(port),
      post_(port.posts()),
      random_(random),
      incoming_(std::make_shared<memory_budget>(limits.incoming_octets)),
      alive_(std::make_shared<link_engine*>(this)) {}

link_engine::~link_engine() {
  alive_.reset();
  // What takes a body may hold it: nobody ends that any more.
  for (const auto& [id, w] : wires_) {
    if (w->in) w->in->forget();
  }
}

// ---- what the port reports ---------------------------------------------------------------------

connection_id link_engine::accepted(const identity& who) {
  if (is_removed(who.name)) return 0;
  const auto open = std::ranges::count_if(wires_, [&who](const auto& each) {
    return !each.second->dialed && each.second->who.name == who.name;
  });
  // Control, bulk and bodies, and as many more that take the place of lost ones.
  if (open >= 2 * static_cast<std::int64_t>(limits_.bodies_max + 2)) return 0;
  auto& w = add_wire(lane::control, 0);
  w.who = who;
  return w.id;
}

void link_engine::dialed(connection_id id, const identity& who) {
  ended_.clear();
  auto* w = find(id);
  if (w == nullptr) return;
  w->who = who;
  w->at = wire::phase::greeting;
  w->since = w->progress = port_.now();
  const auto waiting = std::exchange(w->waiting, {});
  say_hello(*w);
  // The other side reads them when it has accepted the hello.
  if (!waiting.empty()) {
    w->written += waiting.size();
    port_.write(id, waiting);
  }
  if (w->out) send_parts(id);
}

void link_engine::received(connection_id id, std::string_view octets) {
  ended_.clear();
  auto* w = find(id);
  if (w == nullptr) return;
  w->heard = port_.now();
  if (w->number != 0) peer_at(w->number).received_octets += octets.size();
  const auto read = w->reader.feed(octets, *w);
  if (!read && !w->gone) end_wire(id, read.error().context);
}

void link_engine::lost(connection_id id, std::string_view reason) {
  ended_.clear();
  if (find(id) != nullptr) drop_wire(id, reason);
}

void link_engine::tick() {
  ended_.clear();
  std::vector<connection_id> ids;
  ids.reserve(wires_.size());
  for (const auto& [id, w] : wires_) ids.push_back(id);
  for (const auto id : ids) {
    if (auto* w = find(id)) tick_wire(*w);
  }
  for (const auto& [number, p] : peers_) tick_peer(*p);
}

void link_engine::tick_wire(wire& w) {
  const auto now = port_.now();
  if (w.at == wire::phase::dialing) return;
  if (w.at == wire::phase::greeting) {
    if (now - w.since > limits_.hello_within) end_wire(w.id, "no hello in time");
    return;
  }
  if (w.use == lane::control) return tick_control(w);
  if (w.out && !peer_at(w.number).pending.waits_for(w.out->number)) {
    return end_wire(w.id, "the request has ended");
  }
  if (now > w.deadline) return end_wire(w.id, "the body did not come in time");
  const auto unsent = port_.unsent(w.id);
  const auto taken = w.written - std::min<std::uint64_t>(unsent, w.written);
  if (unsent == 0 || taken != std::exchange(w.taken, taken)) {
    w.progress = now;
  } else if (now - w.progress > limits_.stalled) {
    end_wire(w.id, "the other side takes nothing");
  }
}

void link_engine::tick_control(wire& w) {
  const auto now = port_.now();
  if (now - w.heard > limits_.silence) return end_wire(w.id, "nothing was heard of it");
  if (now - w.pinged < limits_.heartbeat) return;
  w.pinged = now;
  value_writer ping(16);
  ping.number(++w.pings);
  write_frame(w, {.type = frame_type::ping}, ping.take());
}

void link_engine::tick_peer(peer& p) {
  const auto now = port_.now();
  for (const auto& late : p.pending.expired(now)) {
    late(fail(errc::unavailable, "node " + std::to_string(p.about.number) + ": no answer in time"));
  }
  if (p.control == 0 && now >= p.redial_at && dials(p)) dial_control(p);
}

// ---- connections -------------------------------------------------------------------------------

link_engine::wire* link_engine::find(connection_id id) {
  const auto found = wires_.find(id);
  return found == wires_.end() ? nullptr : found->second.get();
}

link_engine::wire& link_engine::add_wire(lane use, node_number to) {
  const auto id = ++last_id_;
  auto made = std::make_unique<wire>(*this, id, use, to);
  made->since = made->heard = made->progress = port_.now();
  if (to != 0) {
    made->dialed = true;
    made->at = wire::phase::dialing;
  }
  return *wires_.emplace(id, std::move(made)).first->second;
}

link_engine::peer& link_engine::peer_at(node_number number) {
  auto& place = peers_[number];
  if (!place) place = std::make_unique<peer>(number, incoming_);
  return *place;
}

void link_engine::say_hello(wire& w) {
  const hello ours{.node = us_,
                   .to = w.number,
                   .use = w.use,
                   .requests_max = limits_.requests_max,
                   .body_window = limits_.body_window};
  write_frame(w, {.type = frame_type::hello}, encode(ours));
}

void link_engine::write_frame(wire& w, const frame_header& header, std::string_view payload) {
  if (w.gone) return;
  if (w.number != 0) peer_at(w.number).sent_octets += frame_header_octets + payload.size();
  if (w.at == wire::phase::dialing) return append_frame(w.waiting, header, payload);
  w.written += frame_header_octets + payload.size();
  // A large payload is not copied for its header.
  const auto head = encode_frame_header(header, payload.size());
  port_.write(w.id, {head.data(), head.size()});
  port_.write(w.id, payload);
}

std::size_t link_engine::queued_on(connection_id id) {
  const auto* w = find(id);
  if (w == nullptr) return 0;
  return w->at == wire::phase::dialing ? w->waiting.size() : port_.unsent(id);
}

bool link_engine::dials(const peer& p) const {
  return us_.number < p.about.number && p.is_member && !p.about.address.empty()
         && !is_removed(p.about.name);
}

void link_engine::dial_control(peer& p) {
  auto& w = add_wire(lane::control, p.about.number);
  p.control = w.id;
  port_.dial(w.id, p.about);
}

// Between half and all of twice the delay: nodes that were cut off together do not come back
// together.
void link_engine::plan_redial(peer& p) {
  auto delay = limits_.redial_min * (1 << std::min(p.redials++, redial_doublings_max));
  delay = std::min(delay, limits_.redial_max);
  const auto half = static_cast<std::uint64_t>(std::max<std::int64_t>(1, delay.count() / 2));
  p.redial_at = port_.now() + delay / 2 + milliseconds(random_.below(half + 1));
}

void link_engine::end_wire(connection_id id, std::string_view reason) {
  auto* w = find(id);
  if (w == nullptr) return;
  if (w->at != wire::phase::dialing) {
    write_frame(*w, {.type = frame_type::farewell}, reason.substr(0, reason_octets_max));
  }
  port_.close(id);
  drop_wire(id, reason);
}

// It is closed; what follows from that.
void link_engine::drop_wire(connection_id id, std::string_view why) {
  const std::string reason(why);
  auto node = wires_.extract(id);
  auto& w = *node.mapped();
  ended_.push_back(std::move(node.mapped()));
  w.gone = true;
  if (w.number == 0) return;
  auto& p = peer_at(w.number);
  if (w.in) w.in->finish(fail(errc::unavailable, reason));
  if (id == p.control) {
    if (p.up) return down(p, reason);
    p.control = 0;
    plan_redial(p);
    if (p.last_reason != reason) {
      log.warning("link.not_connected", {{"node", p.about.number},
                                         {"name", p.about.name},
                                         {"address", p.about.address},
                                         {"reason", reason}});
    }
    p.last_reason = reason;
  }
  if (id == p.bulk) {
    p.bulk = 0;
    if (w.at != wire::phase::up) p.bulk_redial_at = port_.now() + limits_.redial_min;
    if (p.up) log.warning("link.bulk_lost", {{"node", p.about.number}, {"reason", reason}});
  }
  for (const auto& done : p.pending.sent_on(id)) done(fail(errc::unavailable, reason));
}

void link_engine::end_wires_of(node_number number, connection_id except, std::string_view reason) {
  std::vector<connection_id> ids;
  for (const auto& [id, w] : wires_) {
    if (w->number == number && id != except) ids.push_back(id);
  }
  for (const auto id : ids) end_wire(id, reason);
}

// ---- up and down -------------------------------------------------------------------------------

result<void> link_engine::greeted(wire& w, std::string_view payload) {
  SP_TRY(const auto theirs, decode_hello(payload));
  const auto found = peers_.find(theirs.node.number);
  hello_expectation expected{.certified = w.who, .number = w.number};
  expected.removed = removed_ids_.contains(theirs.node.node_id) || is_removed(theirs.node.name);
  if (found != peers_.end() && found->second->is_member) {
    expected.known_id = found->second->about.node_id;
    expected.known_name = found->second->about.name;
  }
  auto version = judge_hello(theirs, us_, expected);
  if (version && w.dialed && theirs.use != w.use) {
    version = fail(errc::malformed, "the hello is for another kind of connection");
  }
  if (!version) {
    log.warning("link.refused", {{"node", theirs.node.number},
                                 {"name", w.who.name},
                                 {"reason", version.error().context}});
    return tl::unexpected(version.error());
  }
  w.boot = theirs.node.boot;
  w.roles = theirs.node.roles;
  w.use = theirs.use;
  auto& p = peer_at(theirs.node.number);
  p.version = *version;
  return admit(w, theirs);
}

result<void> link_engine::admit(wire& w, const hello& theirs) {
  auto& p = peer_at(theirs.node.number);
  const bool their_turn = theirs.node.number < us_.number;
  if (w.use == lane::control && !w.dialed && !their_turn) {
    return fail(errc::conflict, "the node with the lower number opens the control connection");
  }
  if (w.use != lane::control && p.up && p.facts.boot != w.boot) {
    return fail(errc::conflict, "another process of this node is connected");
  }
  w.number = theirs.node.number;
  w.at = wire::phase::up;
  if (p.about.node_id.empty()) p.about.node_id = theirs.node.node_id;
  if (p.about.address.empty()) p.about.address = theirs.node.address;
  if (!w.dialed) say_hello(w);
  if (w.use == lane::control) up(p, w, theirs);
  return {};
}

void link_engine::up(peer& p, wire& w, const hello& theirs) {
  const auto before = std::exchange(p.control, w.id);
  if (p.up) {
    down(p, "it has connected again", w.id);
    if (w.gone) return;
    p.control = w.id;
  } else if (before != 0 && before != w.id) {
    end_wire(before, "it has connected again");
  }
  p.up = true;
  p.redials = 0;
  p.facts = theirs.node;
  // What waits here for a peer is not for the peer to decide.
  p.requests_max = std::min(theirs.requests_max, limits_.requests_max);
  p.body_window = std::min(theirs.body_window, limits_.body_window);
  w.pinged = {};
  // Those of another process of it do not count any more.
  std::vector<connection_id> old;
  for (const auto& [id, other] : wires_) {
    if (other->number == p.about.number && other->at == wire::phase::up
        && other->boot != w.boot) {
      old.push_back(id);
    }
  }
  for (const auto id : old) end_wire(id, "another process of this node is connected");
  log.info("link.up", {{"node", p.about.number},
                       {"name", p.about.name},
                       {"roles", to_string(theirs.node.roles)},
                       {"version", p.version}});
  tell({.number = p.about.number, .up = true, .facts = p.facts});
}

void link_engine::down(peer& p, std::string_view why, connection_id except) {
  const std::string reason(why);
  p.up = false;
  p.control = 0;
  ++p.downs;
  p.last_reason = reason;
  plan_redial(p);
  log.warning("link.down", {{"node", p.about.number},
                            {"name", p.about.name},
                            {"reason", reason},
                            {"unanswered", p.pending.size()}});
  for (const auto& done : p.pending.all()) {
    done(fail(errc::unavailable, "node " + std::to_string(p.about.number) + " is down: " + reason));
  }
  end_wires_of(p.about.number, except, reason);
  tell({.number = p.about.number, .up = false, .facts = p.facts, .reason = reason});
}

void link_engine::tell(const peer_event& event) {
  // By index: a monitor may add another one.
  for (std::size_t i = 0; i < monitors_.size(); ++i) monitors_[i](event);
}

// ---- set-up ------------------------------------------------------------------------------------

void link_engine::on_note(kind_number kind, kind_rules rules, note_handler handler) {
  SP_ASSERT(notes_.emplace(kind, note_kind{rules, std::move(handler)}).second);
}

void link_engine::on_request(kind_number kind, kind_rules rules, request_handler handler) {
  SP_ASSERT(requests_.emplace(kind, request_kind{rules, std::move(handler)}).second);
}

void link_engine::monitor(monitor_function changed) {
  monitors_.push_back(changed);
  for (const auto& [number, p] : peers_) {
    if (p->up) changed({.number = number, .up = true, .facts = p->facts});
  }
}

void link_engine::set_members(const std::vector<member>& members) {
  std::unordered_set<node_number> there;
  for (const auto& m : members) {
    if (m.number == us_.number || m.number == 0 || m.name.empty()) continue;
    there.insert(m.number);
    become_member(peer_at(m.number), m);
  }
  for (const auto& [number, p] : peers_) {
    if (p->is_member && !there.contains(number)) {
      p->is_member = false;
      end_wires_of(number, 0, "it is no longer a member");
    }
    tick_peer(*p);
  }
}

void link_engine::set_removed(const std::vector<std::string>& node_ids,
                              const std::vector<std::string>& names) {
  removed_ids_ = {node_ids.begin(), node_ids.end()};
  removed_names_ = {names.begin(), names.end()};
  std::vector<connection_id> ids;
  for (const auto& [id, w] : wires_) {
    const bool by_id = w->number != 0 && removed_ids_.contains(peer_at(w->number).about.node_id);
    if (by_id || is_removed(w->who.name)) ids.push_back(id);
  }
  for (const auto id : ids) end_wire(id, "the node was removed");
}

void link_engine::become_member(peer& p, const member& m) {
  const bool moved = p.is_member && p.about.address != m.address;
  const bool another = p.is_member && (p.about.name != m.name
                                       || (!m.node_id.empty() && p.about.node_id != m.node_id));
  // Another node has that number than the one that was let in.
  if (another) end_wires_of(m.number, 0, "the membership names another node");
  const auto known_id = another ? std::string() : p.about.node_id;
  const auto known_address = another ? std::string() : p.about.address;
  p.about = m;
  if (p.about.node_id.empty()) p.about.node_id = known_id;
  if (p.about.address.empty()) p.about.address = known_address;
  p.is_member = true;
  if (moved) p.redial_at = p.bulk_redial_at = {};
}

std::set<std::string> link_engine::member_addresses() const {
  std::set<std::string> all;
  for (const auto& [number, p] : peers_) {
    if (p->is_member) all.insert(p->about.address);
  }
  return all;
}

std::vector<peer_state> link_engine::states() const {
  std::vector<peer_state> all;
  for (const auto& [number, p] : peers_) {
    peer_state s{.number = number,
                 .name = p->about.name,
                 .up = p->up,
                 .version = p->version,
                 .rtt = p->rtt,
                 .unanswered = p->pending.size()};
    for (const auto& [id, w] : wires_) {
      if (w->number != number) continue;
      s.queued_octets += w->at == wire::phase::dialing ? w->waiting.size() : port_.unsent(id);
    }
    s.sent_octets = p->sent_octets;
    s.received_octets = p->received_octets;
    s.turned_away = p->turned_away;
    s.dropped_notes = p->dropped_notes;
    s.downs = p->downs;
    s.last_reason = p->last_reason;
    all.push_back(std::move(s));
  }
  return all;
}

}  // namespace signpost::cluster::link
