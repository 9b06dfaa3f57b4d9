// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The copies of queued messages on the disks of several nodes: who owns a message, who has a copy,
// when it may be acknowledged, who delivers it when its owner is gone, and when everyone may forget
// it. One machine for each node. It does no I/O, knows no clock and has no thread: events and the
// time come in, and what is to be done goes out through an `outlet`. The same machine runs in a
// node and in the simulation (tests/sim), which is its proof.
//
// What makes it safe, in the words of the code: a *holder* is a node and its disk; only what that
// disk has confirmed counts. A *claim* (version, node, tenure) says who owns a message; when the
// tenure has ended, the holders ask each other in one order and the first one takes it over. A
// message is forgotten only when all recipients are final, and every message that this made is
// safe (*closing*); then a *tombstone* remains until nobody can have a copy any more.
//
// Threads: one at a time. Cost: O(log n) for an event; a tick costs what is due in it, not what is
// there. A change of members (a new disk, an ended tenure, a drain) looks at all messages once.
// Memory: about 250 octets for each message on this disk.
// Limits: `machine_options`. Not done: bodies and envelopes; the host adds them to what is sent.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "cluster/replication/members.hpp"
#include "cluster/replication/message_row.hpp"
#include "cluster/replication/options.hpp"
#include "cluster/replication/outlet.hpp"
#include "cluster/replication/safeguards.hpp"

namespace signpost::cluster::replication {

struct new_copy {
  queue_id id;
  std::uint64_t digest = 0;
  std::uint32_t recipients = 1;
  std::uint64_t group = 0;   ///< messages that are written together have the same holders
  bool own_message = false;  ///< a report of ours: never given back, waits as long as it must
};

/// What an attempt, or an operator, has decided about one recipient.
struct settlement {
  std::uint32_t recipient = 0;
  recipient_end end = recipient_end::open;  ///< open: to be tried again
  bool attempted = true;                    ///< a destination was asked
  std::vector<queue_id> made = {};  ///< messages written with it, each accepted before
};

struct machine_counts {
  std::size_t rows = 0;
  std::size_t tombstones = 0;
  std::size_t under_replicated = 0;  ///< owned, on fewer disks than required
  std::size_t undecided = 0;         ///< whose owner is gone
  std::size_t audits = 0;            ///< ranges that were not answered yet
  std::size_t quarantined = 0;
  std::size_t unreadable = 0;  ///< whose body on this disk cannot be read
};

class machine {
 public:
  machine(node_number self, const machine_options& options, const safeguards& rules, outlet& out)
      : self_(self), options_(options), rules_(rules), out_(out) {}

  // ---- beginning -------------------------------------------------------------------------------
  /// What is on this disk. `old_disk`: it is a copy or a backup, or was away for longer than mail
  /// is remembered. The first set_members then stores each row as old; the host has to say
  /// `old_disk` again at every start until that write (`written` after that call) is durable.
  void restore(const queue_id& id, message_row row, bool old_disk);
  void restore(const queue_id& id, tombstone grave);
  /// The first call begins; each later one tells what has changed. `self` must be among them.
  void set_members(std::vector<member> now_known, steady_time now);
  /// Whether this node may accept and deliver (leases::lease_machine).
  void set_serving(bool serving, steady_time now);

  // ---- from this node --------------------------------------------------------------------------
  void accept(const new_copy& message, steady_time now);
  /// The local write failed; others forget it.
  void withdraw(const queue_id& id, steady_time now);
  /// Everything up to the write of this number is synced.
  void durable(std::uint64_t write, steady_time now);
  void settle(const queue_id& id, const settlement& outcome, steady_time now);
  /// After outlet::stop: nothing of it is under way.
  void stopped(const queue_id& id, steady_time now);
  /// The body on this disk cannot be read (any more).
  void found_unreadable(const queue_id& id, steady_time now);
  /// By an operator: gone, for everybody. outlet::removal_done(ticket) when all live holders say
  /// so.
  void remove(const queue_id& id, std::uint64_t ticket, steady_time now);
  /// Of a quarantined message.
  void release(const queue_id& id, steady_time now);
  void discard(const queue_id& id, steady_time now);
  /// A few times a second.
  void tick(steady_time now);

  // ---- from other nodes ------------------------------------------------------------------------
  void received(node_number from, const wire::copies_message& message, steady_time now);

  // ---- looking ---------------------------------------------------------------------------------
  /// The number of the last write that was asked for.
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] machine_counts counts() const;
  [[nodiscard]] const message_row* row(const queue_id& id) const;
  [[nodiscard]] const tombstone* grave(const queue_id& id) const;
  /// This node leaves, and everything that it had is elsewhere.
  [[nodiscard]] bool drained() const;
  /// It is in nobody's hands but ours, now.
  [[nodiscard]] bool owns(const queue_id& id) const;

 private:
  /// What is asked about a message whose owner is gone.
  struct asked_node {
    node_number node = 0;
    wire::answer_kind said = wire::answer_kind::wait;
    bool answered = false;
    std::uint32_t revision = 0;  ///< of the progress that it was sent
    steady_time sent{};
    steady_time at{};             ///< of the answer
    steady_time waits_since{};    ///< of the first WAIT in a row
  };
  struct inquiry {
    steady_time began{};
    steady_time look{};
    bool forced = false;  ///< the owner is live and does not know it
    bool telling = false;  ///< there is an owner: it has to hear what we know
    std::vector<asked_node> nodes;
    std::vector<node_number> extra;  ///< named by others
  };
  struct audit {
    node_number peer = 0;
    disk_id disk = 0;
    std::uint64_t boot = 0;
    steady_time next{};
  };
  struct open_range {
    node_number peer = 0;
    disk_id disk = 0;
    queue_id first;
    queue_id last;
    steady_time sent{};
    unsigned tries = 0;
  };
  using row_place = std::map<queue_id, message_row>::iterator;

  // accepting.cpp
  void check_accepting(row_place at, steady_time now);
  [[nodiscard]] unsigned needed_now(const message_row& row) const;
  void give_back(row_place at, refusal why, steady_time now);

  // copying.cpp: the owner's side of PUT
  void tend(row_place at, steady_time now);
  void put_to(const queue_id& id, message_row& row, copy_holder& to, bool whole, steady_time now);
  void add_holders(row_place at, unsigned standing_now, steady_time now);
  /// Disks that count, this one included.
  [[nodiscard]] unsigned standing(const message_row& row) const;
  void recount(row_place at, steady_time now);
  void offer_away(row_place at, steady_time now);
  void release_leavers(row_place at, unsigned disks, steady_time now);
  void fetch_from_holders(row_place at, steady_time now);
  void on(node_number from, const wire::put_ack& m, steady_time now);
  void on(node_number from, const wire::put_nack& m, steady_time now);
  void on(node_number from, const wire::unreadable& m, steady_time now);
  void on(node_number from, const wire::released& m, steady_time now);

  // holding.cpp: the holder's side
  void on(node_number from, const wire::put& m, steady_time now);
  void put_on_ours(node_number from, row_place at, const wire::put& m, steady_time now);
  void take_copy(row_place at, const wire::put& m, steady_time now);
  void acknowledge(node_number to, const queue_id& id, const message_row& row,
                   std::uint64_t version);
  void on(node_number from, const wire::release& m, steady_time now);
  void on(node_number from, const wire::offer& m, steady_time now);
  void on(node_number from, const wire::fetch& m, steady_time now);
  void on(node_number from, const wire::found& m, steady_time now);
  bool merge(message_row& row, std::span<const recipient_progress> theirs);
  static void add_all(message_row& row, std::span<const wire::holder> listed, node_number self);

  // finishing.cpp: closing, tombstones
  void made_safe(const queue_id& made, steady_time now);
  void made_lost(row_place at, steady_time now);
  void made_lost_links(const queue_id& made, steady_time now);
  void close_if_done(row_place at, steady_time now);
  void finish(row_place at, steady_time now, std::uint64_t ticket = 0);
  void tell_all(tombstone& grave) const;
  void pursue_grave(const queue_id& id, tombstone& grave, steady_time now);
  void complete(const queue_id& id, tombstone& grave, steady_time now);
  void hand_over(const queue_id& id, tombstone& grave, steady_time now);
  [[nodiscard]] wire::del del_of(const queue_id& id, const tombstone& grave) const;
  [[nodiscard]] bool nobody_there(const wire::holder& h) const;
  void on(node_number from, const wire::del& m, steady_time now);
  void on(node_number from, const wire::del_ack& m, steady_time now);
  void on(node_number from, const wire::forget& m, steady_time now);

  // takeover.cpp
  void inquire(const queue_id& id, bool forced, bool telling, steady_time now);
  void pursue(const queue_id& id, steady_time now);
  void choose_asked(inquiry& i, const message_row& row) const;
  void ask(const queue_id& id, const message_row& row, asked_node& whom, steady_time now);
  [[nodiscard]] bool settled(const inquiry& i, const asked_node& n, steady_time now) const;
  [[nodiscard]] bool does_not_own(const inquiry& i, node_number node) const;
  void decide(row_place at, inquiry& i, steady_time now);
  void adopt(row_place at, adoption why, steady_time now);
  void yield_to(row_place at, const claim& owner, steady_time now);
  void lose_tenure(steady_time now);
  void on(node_number from, const wire::ask& m, steady_time now);
  void on(node_number from, const wire::answer& m, steady_time now);
  void on(node_number from, const wire::stray& m, steady_time now);
  void owned_elsewhere(node_number from, row_place at, const claim& owner, steady_time now);

  // auditing.cpp
  void audit_peers(steady_time now);
  void begin_audit(const member& peer, steady_time now);
  void send_range(open_range& range, steady_time now);
  [[nodiscard]] std::uint64_t range_hash(const open_range& range) const;
  void compare(const open_range& range, const wire::listing& m, steady_time now);
  void listed(node_number from, disk_id disk, const wire::listed_copy& copy, steady_time now);
  void on(node_number from, const wire::digest_range& m, steady_time now);
  void on(node_number from, const wire::listing& m, steady_time now);

  // machine.cpp
  void begin(steady_time now);
  void look_at_all(steady_time now);
  void store(const queue_id& id, message_row& row);
  void bury(const queue_id& id, const tombstone& grave);
  void send(node_number to, wire::copies_message message, bool after_writes = false);
  void wake(const queue_id& id, steady_time& slot, steady_time when);
  void look(const queue_id& id, steady_time now);
  void drop_row(row_place at);
  [[nodiscard]] bool ours(const message_row& row) const {
    return row.phase != row_phase::passive;
  }
  [[nodiscard]] bool may_act() const;  ///< serving, under a tenure that has not ended
  [[nodiscard]] const member& me() const { return *known_.find(self_); }
  [[nodiscard]] bool leaving() const { return me().draining; }

  node_number self_;
  machine_options options_;
  const safeguards& rules_;
  outlet& out_;
  members known_;
  bool begun_ = false;
  bool serving_ = false;
  steady_time ticked_{};
  steady_time gave_way_until_{};  ///< others may act on a NO that we said while we were leaving
  tenure_number tenure_ = 0;  ///< ours
  std::uint64_t written_ = 0;
  std::uint64_t synced_ = 0;
  std::map<queue_id, message_row> rows_;
  std::map<queue_id, tombstone> graves_;
  std::map<queue_id, inquiry> inquiries_;
  std::set<queue_id> lacking_;    ///< under-replicated, oldest first
  std::set<queue_id> accepting_;  ///< rows of that phase
  std::map<queue_id, std::vector<queue_id>> closing_by_;  ///< made → messages that wait for it
  std::vector<std::pair<steady_time, queue_id>> due_;     ///< a heap, earliest first
  std::vector<queue_id> found_old_;
  std::vector<audit> audits_;
  std::vector<open_range> ranges_;
  std::size_t repairs_left_ = 0;
  std::size_t quarantined_ = 0;
  std::size_t unreadable_ = 0;
};

}  // namespace signpost::cluster::replication
