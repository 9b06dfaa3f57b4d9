// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node says to the others, and what it is told.
//
//     link.on_request(kind, {.senders = delivery_nodes}, [&](incoming_request q) {
//       q.answer(signature_of(q.octets));
//     });
//     link.request(4, {.kind = kind, .octets = question, .within = milliseconds(800)},
//                  [](result<std::string> answer) { … });
//     link.monitor([](const peer_event& e) { … });   // up and down
//
// What is promised:
//
// - `done` of a request is called exactly once, never inside the call: with the answer; with the
//   other node's error; with errc::not_found ("unknown kind …") if it does not know the kind;
//   errc::denied if this node's roles do not allow it; errc::no_space if it is busy; or with
//   errc::unavailable if there was no answer in time, the peer is down or goes down, or what waits
//   for it is too much. After errc::unavailable the other node may have done what was asked.
// - A peer is up when both have accepted each other's hello, and down at the latest
//   `silence` after its last octet. Its requests fail before its `down` is reported.
// - Notes arrive in the order in which they were sent, or not at all: repeat what must arrive.
// - A peer that does not read costs `queue_octets` of memory, and delays nobody else.
// - What comes in has memory of its own (`incoming_octets`), of which no peer can have more than it
//   leaves free. Without memory for a request its octets are read and dropped, and it is answered
//   errc::no_space: a connection is always read.
//
// Threads: any. Handlers, `done` and monitors are called on the link's thread and must not block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/memory_budget.hpp"
#include "base/result.hpp"
#include "cluster/link/hello.hpp"
#include "cluster/link/request_table.hpp"
#include "cluster/roles.hpp"

namespace signpost::cluster::link {

using kind_number = std::uint16_t;

/// Octets of a note, and of a request or answer on the control connection.
inline constexpr std::size_t control_octets_max = 64 * 1024;
/// Of a request or answer on a bulk connection: a body of 1 MiB with its record. What has more goes
/// as the body of a request.
inline constexpr std::size_t bulk_octets_max = (1024 + 256) * 1024;

/// Octets that are read piece by piece while they are sent: those of a body.
class body_source {
 public:
  virtual ~body_source() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// `done` is called once, from any thread, perhaps inside this call, with 1 to `at_most` octets
  /// from `offset` on, or an error, which ends the request.
  virtual void read(std::uint64_t offset, std::size_t at_most,
                    std::function<void(result<std::string>)> done) = 0;
};

struct outgoing_request {
  kind_number kind = 0;
  std::string octets;
  milliseconds within{5'000};
  /// On the bulk connection: for what would delay others on the control connection. Set by itself
  /// if there are more octets than fit there.
  bool bulk = false;
  /// Sent behind `octets` on a connection of its own.
  std::shared_ptr<body_source> body = nullptr;
};

/// A body on its way in.
class incoming_body {
 public:
  virtual ~incoming_body() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Called once. `part` gets the octets in order, on the link's thread; `end` follows: with a
  /// value after the last octet, or with errc::unavailable. No more than `body_window` octets come
  /// before `taken` has been called for some.
  virtual void read(std::function<void(std::string part)> part,
                    std::function<void(result<void>)> end) = 0;
  /// There is room for that many more octets. Any thread.
  virtual void taken(std::size_t octets) = 0;
};

struct incoming_request {
  node_number from = 0;
  kind_number kind = 0;
  std::string octets;
  /// Its memory; kept for as long as the octets are.
  std::shared_ptr<memory_lease> lease;
  /// In how much time an answer is of use.
  milliseconds within{};
  /// To be called once, on any thread, with at most `bulk_octets_max`. If all copies of it are
  /// destroyed uncalled the answer is errc::unavailable.
  answered answer;
  std::shared_ptr<incoming_body> body;  ///< null: none
};

struct kind_rules {
  /// One of these roles is needed to send it.
  role_set senders = role_set::all();
};

using note_handler = std::function<void(node_number from, std::string_view octets)>;
using request_handler = std::function<void(incoming_request)>;

/// A node of the cluster, as far as the membership knows it.
struct member {
  node_number number = 0;
  std::string name;     ///< in its certificate
  std::string address;  ///< ADDRESS:PORT; empty: that of its hello
  std::string node_id;  ///< empty: not known yet
  friend bool operator==(const member&, const member&) = default;
};

struct peer_event {
  node_number number = 0;
  bool up = false;
  node_facts facts;    ///< of up
  std::string reason;  ///< of down
};
using monitor_function = std::function<void(const peer_event&)>;

/// For status and metrics.
struct peer_state {
  node_number number = 0;
  std::string name;
  bool up = false;
  std::uint16_t version = 0;           ///< spoken
  std::chrono::microseconds rtt{};     ///< the last one measured
  std::size_t unanswered = 0;          ///< requests
  std::size_t queued_octets = 0;       ///< written and not yet with the kernel
  std::uint64_t sent_octets = 0;
  std::uint64_t received_octets = 0;
  std::uint64_t turned_away = 0;       ///< requests of the peer that were answered busy
  std::uint64_t dropped_notes = 0;     ///< because too much waited
  std::uint64_t downs = 0;
  std::string last_reason;             ///< why it is down, or was
};

class node_link {
 public:
  virtual ~node_link() = default;

  // Before the first peer is up; each kind once.
  virtual void on_note(kind_number kind, kind_rules rules, note_handler handler) = 0;
  virtual void on_request(kind_number kind, kind_rules rules, request_handler handler) = 0;
  /// Called for what happens from now on, and at once for each peer that is up. They stay for ever.
  virtual void monitor(monitor_function changed) = 0;

  /// All other nodes. Nobody else is let in: before the first call, nobody at all. Peers that are
  /// no longer among them are left, as are those whose number now belongs to another node; new ones
  /// are connected to. One without a name is ignored.
  virtual void set_members(std::vector<member> members) = 0;
  /// Nodes that must not come back, by node_id and by the name in their certificates.
  virtual void set_removed(std::vector<std::string> node_ids, std::vector<std::string> names) = 0;

  virtual void send(node_number to, kind_number kind, std::string octets) = 0;
  virtual void request(node_number to, outgoing_request what, answered done) = 0;
  virtual void states(std::function<void(std::vector<peer_state>)> done) = 0;
};

}  // namespace signpost::cluster::link
