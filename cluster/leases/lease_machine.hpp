// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether this node may accept and deliver, whom it hears, and whose tenure it may end. One machine
// for each node; the coordinator (a database) only compares and sets rows, and its clock is never
// read. No I/O, no clock, no thread: events and the time come in, actions go out.
//
// A *renewal* writes this node's next number, which the node itself counts, into its row at the
// coordinator. A tenure may be ended by whoever saw that number unchanged for `fence_after` of its
// own time, while its own renewals succeeded; the statement compares the number once more. A node
// serves for `own_validity` after it has *sent* a renewal that succeeded: less than `fence_after`,
// so nobody delivers when others may take over. Without a coordinator it goes on while it hears,
// both ways, more than half of the members, and none of them has heard of a renewal since its own
// last one.
//
// The times are of a clock that goes on while the machine sleeps (CLOCK_BOOTTIME).
//
// Threads: one at a time. Memory: a row for each member.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "cluster/replication/members.hpp"
#include "cluster/wire/heartbeat.hpp"

namespace signpost::cluster::leases {

using replication::member;
using wire::disk_id;
using wire::node_number;
using wire::tenure_number;

struct lease_options {
  milliseconds renew_every{3'000};
  milliseconds renewal_deadline{3'000};  ///< for its answer; then a peer is asked to relay it
  milliseconds own_validity{12'000};
  milliseconds fence_after{18'000};
  milliseconds heartbeat_every{1'000};
  milliseconds down_after{5'000};
  milliseconds proof_age_max{10'000};  ///< of the last sign that mail can really be kept
  /// Renewals of different nodes are that far apart while the coordinator answers.
  milliseconds renewals_apart{4'000};
  /// Whoever hears less than half of the members waits so long before it ends a tenure.
  milliseconds minority_patience{600'000};
};

/// A row of the coordinator's table of members, and what each node keeps of it on its disk.
struct member_row {
  node_number node = 0;
  disk_id disk = 0;
  tenure_number tenure = 0;
  tenure_number ended = 0;
  std::uint64_t starts = 0;
  std::uint64_t renewals = 0;
  std::uint32_t domain = 0;
  bool draining = false;
  bool keeps_copies = true;
  bool removed = false;
  friend bool operator==(const member_row&, const member_row&) = default;
};

struct identity {
  node_number node = 0;
  disk_id disk = 0;
  tenure_number tenure = 0;
  std::uint64_t boot = 0;
  std::uint64_t starts = 0;
  /// The last number that this node may have written with a renewal, in any process.
  std::uint64_t renewals = 0;
};

/// What one node has seen of another one's renewals.
struct observation {
  node_number node = 0;
  tenure_number tenure = 0;
  std::uint64_t starts = 0;
  std::uint64_t renewals = 0;
  std::uint64_t timeline = 0;  ///< of the coordinator
  steady_time since{};  ///< of the answer that showed this number first
  steady_time until{};  ///< when the last question was sent that showed it
};

/// ◆ The decision that takes the mail of a node that may be alive.
class fencing_rule {
 public:
  virtual ~fencing_rule() = default;
  [[nodiscard]] virtual bool may_fence(const observation& seen, const lease_options& options) const;
};

enum class leave_reason : std::uint8_t {
  replaced,  ///< another process of this node has begun
  behind,    ///< others know a later past of this node: it begins again, after what they know
  removed,   ///< the node was removed from the cluster
};

class lease_outlet {
 public:
  virtual ~lease_outlet() = default;
  /// One statement: write `self.renewals` if node, tenure and boot are ours still, and tell all
  /// rows.
  /// `via`: the node that does it for us; 0 = ourselves. Rows that are behind what `known` says
  /// are brought up to date: a coordinator may have gone back in time.
  virtual void renew(const identity& self, node_number via, std::span<const member_row> known) = 0;
  /// One statement: ended = tenure, where node, tenure, starts and renewals are these, on this
  /// timeline.
  virtual void fence(const observation& seen) = 0;
  /// Our tenure has ended: a higher one is asked for; lease_machine::granted.
  virtual void ask_for_tenure(tenure_number above) = 0;
  /// To every other member.
  virtual void beat(const wire::heartbeat& beat) = 0;
  /// Ended tenures and removals that this node has learnt: kept on its disk.
  virtual void keep(std::span<const member_row> rows) = 0;
  /// The process ends. `known`: what others know of this node; the next process must come after.
  virtual void leave(leave_reason why, const wire::member_news& known) = 0;
};

class lease_machine {
 public:
  lease_machine(const identity& self, const lease_options& options, const fencing_rule& rule,
                lease_outlet& out)
      : self_(self), options_(options), rule_(rule), out_(out) {}

  /// The members as this disk knows them; the node itself is added.
  void restore(std::span<const member_row> rows, steady_time now);
  void tick(steady_time now);
  /// A heartbeat passed through the scheduler and the SPOOLER, and a commit or a probe succeeded.
  /// ◆ Without it nothing is renewed: a node that is alive and useless is not alive.
  void proof(steady_time now) { proof_ = now; }
  void set_full(bool full) { full_ = full; }
  /// A renewal that was sent at `sent` has succeeded. `timeline`: another number after each
  /// failover of the coordinator, which may have lost the last renewals of others.
  void renewed(steady_time sent, std::uint64_t timeline, std::span<const member_row> rows,
               steady_time now);
  /// It could not be done.
  void not_renewed(steady_time now);
  /// It was refused, because our tenure has ended: only what the rows say.
  void told(std::span<const member_row> rows, steady_time now);
  /// The row is another process's.
  void replaced();
  void granted(tenure_number tenure, steady_time now);
  void heard(node_number from, const wire::heartbeat& beat, steady_time now);

  [[nodiscard]] bool may_serve(steady_time now) const;
  /// For replication::machine.
  [[nodiscard]] std::vector<member> view(steady_time now) const;
  [[nodiscard]] const identity& self() const { return self_; }
  /// For a peer that asks us to relay: whether our own renewals succeed.
  [[nodiscard]] bool renews(steady_time now) const { return now < lease_until(); }

 private:
  struct peer {
    member_row row;
    std::uint64_t boot = 0;
    bool full = false;
    bool hears_us = false;
    std::optional<steady_time> renewed;         ///< what it said of itself last
    std::optional<steady_time> others_renewed;  ///< what it said that others said of themselves
    bool was_heard = false;
    steady_time heard{};
    bool observed = false;
    observation seen;
    bool fencing = false;
    steady_time fenced_at{};
  };

  peer& at(node_number node);
  [[nodiscard]] const peer* find(node_number node) const;
  [[nodiscard]] bool up(const peer& p, steady_time now) const;
  [[nodiscard]] std::size_t heard_both_ways(steady_time now) const;
  [[nodiscard]] std::size_t member_count() const;
  [[nodiscard]] steady_time lease_until() const;
  [[nodiscard]] bool live() const;
  void renew(steady_time now);
  void observe(const member_row& row, std::uint64_t timeline, steady_time sent, steady_time now);
  void fence_the_silent(steady_time now);
  bool learn(const member_row& row);
  [[nodiscard]] bool believable(const wire::member_news& news) const;
  [[nodiscard]] bool others_renew_after(steady_time when, steady_time now) const;
  void beat(steady_time now);
  void look_at_self();
  void keep_rows();

  identity self_;
  lease_options options_;
  const fencing_rule& rule_;
  lease_outlet& out_;
  std::vector<peer> peers_;  ///< this node among them
  steady_time started_{};
  steady_time proof_{};
  bool ever_renewed_ = false;
  steady_time renewed_sent_{};   ///< of the last renewal that succeeded
  bool renewing_ = false;
  node_number via_ = 0;
  std::size_t next_relay_ = 0;
  steady_time renewal_sent_{};
  steady_time next_renewal_{};
  steady_time next_beat_{};
  steady_time next_ask_{};
  bool full_ = false;
  bool left_ = false;
};

/// What a disk remembers of its node.
struct disk_memory {
  std::uint64_t starts = 0;    ///< processes that began on it
  std::uint64_t renewals = 0;  ///< a number of the coordinator's counter, noted now and then
  tenure_number tenure = 0;    ///< the last one that was granted
};
/// How often `renewals` is noted, in renewals; before it is written.
inline constexpr std::uint64_t renewals_noted_every = 20;

enum class join_decision : std::uint8_t {
  same_disk,  ///< goes on under its tenure: nothing moves
  old_disk,   ///< a clone or a backup: a new disk id, the next tenure, and what is on it is old
  refused,    ///< another process of this node is alive
};

/// A node that begins reads its row twice, a little more than one renewal apart. ◆ A disk that
/// remembers less than the coordinator is not the one that the node had last; one that remembers
/// more has seen what the coordinator forgot.
/// For `identity::renewals`: above every number that was ever written, whatever forgot which.
[[nodiscard]] constexpr std::uint64_t renewals_so_far(const disk_memory& disk,
                                                      const member_row& row) {
  const auto noted = disk.renewals + renewals_noted_every;
  return noted > row.renewals ? noted : row.renewals;
}
[[nodiscard]] join_decision decide_join(const disk_memory& disk, const member_row& first,
                                        const member_row& second);

}  // namespace signpost::cluster::leases
