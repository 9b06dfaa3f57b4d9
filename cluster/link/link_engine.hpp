// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Everything about the link of a node except its sockets: hellos, heartbeats, requests, credit,
// limits and reconnecting, for all peers. It touches no socket, clock or thread: octets and events
// come in by its functions, octets and wishes go out by a `wire_port`.
//
//     link_engine engine(us, limits, port, random);
//     engine.received(id, octets);   // as dialed, accepted, lost: what the sockets report
//     engine.tick();                 // every `tick_every`
//
// `node_link` is the interface for those who use a link; engine_link puts it in front of an engine.
//
// Threads: all on one; answers of handlers come from any, by wire_port::post.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/memory_budget.hpp"
#include "base/random.hpp"
#include "cluster/link/frame.hpp"
#include "cluster/link/hello.hpp"
#include "cluster/link/node_link.hpp"
#include "cluster/link/request_table.hpp"

namespace signpost::cluster::link {

using poster = std::function<void(std::function<void()> task)>;

/// The sockets, and time. Calls never lead to calls of the engine before they have returned.
class wire_port {
 public:
  virtual ~wire_port() = default;
  /// Connects to `to.address` and authenticates it as `to.name`; then link_engine::dialed, or lost.
  virtual void dial(connection_id id, const member& to) = 0;
  /// Of a connection that is neither lost nor closed.
  virtual void write(connection_id id, std::string_view octets) = 0;
  [[nodiscard]] virtual std::size_t unsent(connection_id id) const = 0;
  /// Sends what is unsent if the peer takes it; nothing is reported of it any more.
  virtual void close(connection_id id) = 0;
  /// A function that runs a task on the link's thread, not inside the call. It may be called from
  /// any thread and outlives the link, after whose end it drops what it is given.
  [[nodiscard]] virtual poster posts() = 0;
  [[nodiscard]] virtual steady_time now() const = 0;
};

struct link_limits {
  milliseconds heartbeat{1'000};
  milliseconds silence{5'000};       ///< then the peer is down
  milliseconds hello_within{5'000};  ///< of an authenticated connection
  milliseconds stalled{5'000};       ///< a bulk connection that takes nothing for so long is closed
  milliseconds redial_min{200};
  milliseconds redial_max{10'000};
  /// What may wait for one peer to read it: requests and notes on the control connection, and
  /// requests on the bulk connection.
  std::size_t control_queue_octets = 4U << 20;
  std::size_t bulk_queue_octets = 32U << 20;
  std::size_t incoming_octets = 128U << 20;  ///< of all peers' requests that are worked on
  std::uint32_t requests_max = 1024;         ///< of one peer that are worked on
  std::uint32_t bodies_max = 8;              ///< to one peer, and from one peer
  std::uint32_t body_window = 512 * 1024;    ///< of one body

  [[nodiscard]] milliseconds tick_every() const { return heartbeat / 20; }
};

class link_engine {
 public:
  link_engine(node_facts us, const link_limits& limits, wire_port& port, random_source& random);
  ~link_engine();
  link_engine(const link_engine&) = delete;
  link_engine& operator=(const link_engine&) = delete;

  // What the port reports. Ids of connections are given by the engine.
  /// An authenticated connection has come in. 0: it is not wanted, close it (a removed node, or too
  /// many connections of one).
  [[nodiscard]] connection_id accepted(const identity& who);
  void dialed(connection_id id, const identity& who);
  void received(connection_id id, std::string_view octets);
  /// Also of a dial that failed. Nothing more is called for it.
  void lost(connection_id id, std::string_view reason);
  void tick();

  // As node_link, on the link's thread; `done` may be called inside.
  void on_note(kind_number kind, kind_rules rules, note_handler handler);
  void on_request(kind_number kind, kind_rules rules, request_handler handler);
  void monitor(monitor_function changed);
  void set_members(const std::vector<member>& members);
  void set_removed(const std::vector<std::string>& node_ids, const std::vector<std::string>& names);
  void send(node_number to, kind_number kind, std::string_view octets);
  void request(node_number to, outgoing_request what, answered done);
  [[nodiscard]] std::vector<peer_state> states() const;
  [[nodiscard]] const node_facts& us() const { return us_; }
  [[nodiscard]] std::set<std::string> member_addresses() const;
  [[nodiscard]] bool is_removed(std::string_view name) const {
    return removed_names_.contains(std::string(name));
  }
  /// Octets of requests that are worked on.
  [[nodiscard]] std::size_t incoming_octets() const { return incoming_->used(); }

 private:
  struct peer;
  struct outgoing_body;
  struct receiving_body;
  struct wire;
  class answer_slot;
  struct note_kind {
    kind_rules rules;
    note_handler handler;
  };
  struct request_kind {
    kind_rules rules;
    request_handler handler;
  };

  // Connections (link_engine.cpp)
  wire* find(connection_id id);
  wire& add_wire(lane use, node_number to);
  peer& peer_at(node_number number);
  void say_hello(wire& w);
  void write_frame(wire& w, const frame_header& header, std::string_view payload);
  std::size_t queued_on(connection_id id);
  bool dials(const peer& p) const;
  void dial_control(peer& p);
  void end_wire(connection_id id, std::string_view reason);
  void drop_wire(connection_id id, std::string_view reason);
  void end_wires_of(node_number number, connection_id except, std::string_view reason);
  void up(peer& p, wire& w, const hello& theirs);
  void down(peer& p, std::string_view reason, connection_id except = 0);
  void plan_redial(peer& p);
  void become_member(peer& p, const member& m);
  void tick_wire(wire& w);
  void tick_control(wire& w);
  void tick_peer(peer& p);
  result<void> greeted(wire& w, std::string_view payload);
  result<void> admit(wire& w, const hello& theirs);
  void tell(const peer_event& event);

  // Frames and requests (link_requests.cpp)
  result<payload_use> begin_frame(wire& w, const frame_header& header);
  result<payload_use> begin_note(wire& w, const frame_header& header);
  result<payload_use> begin_request(wire& w, const frame_header& header);
  result<payload_use> begin_answer(wire& w, const frame_header& header);
  result<void> may_be_asked(wire& w, const frame_header& header);
  result<void> complete_frame(wire& w, const frame_header& header, std::string_view payload);
  result<void> complete_request(wire& w, const frame_header& header, std::string_view payload);
  void complete_note(wire& w, const frame_header& header, std::string_view payload);
  void complete_answer(peer& p, const frame_header& header, result<std::string> what);
  void complete_pong(wire& w, std::string_view payload);
  void answer(node_number to, const std::string& boot, std::uint64_t number,
              const result<std::string>& what);
  void write_answer(peer& p, const frame_header& header, std::string_view payload);
  result<void> begin_sending(peer& p, outgoing_request& what, answered& done);
  result<connection_id> bulk_of(peer& p);

  // Bodies (link_bodies.cpp)
  result<void> begin_body(peer& p, outgoing_request& what, answered& done);
  void send_parts(connection_id id);
  void part_read(connection_id id, result<std::string> part);
  result<payload_use> begin_part(wire& w, const frame_header& header);
  void take_part(wire& w, std::string_view payload);
  result<void> take_credit(wire& w, std::uint64_t octets);
  void grant(connection_id id, std::size_t octets);
  std::shared_ptr<receiving_body> receive_body(wire& w, std::uint64_t size);
  std::size_t bodies_of(node_number number, bool outgoing) const;

  const node_facts us_;
  const link_limits limits_;
  wire_port& port_;
  const poster post_;
  random_source& random_;
  /// Outlives the engine: answers that come later give their memory back.
  std::shared_ptr<memory_budget> incoming_;
  /// Expires with the engine, for what comes from other threads.
  std::shared_ptr<link_engine*> alive_;
  connection_id last_id_ = 0;
  std::map<connection_id, std::unique_ptr<wire>> wires_;
  std::vector<std::unique_ptr<wire>> ended_;  ///< may be in use below the current call
  std::map<node_number, std::unique_ptr<peer>> peers_;
  std::unordered_map<kind_number, note_kind> notes_;
  std::unordered_map<kind_number, request_kind> requests_;
  std::vector<monitor_function> monitors_;
  std::unordered_set<std::string> removed_ids_;
  std::unordered_set<std::string> removed_names_;
};

}  // namespace signpost::cluster::link
