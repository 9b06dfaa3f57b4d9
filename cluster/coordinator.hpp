// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What all nodes of a cluster agree on: which nodes there are, whose mail is whose, and who does
// what only one of them may do. It is written to one place, of which each method changes one row in
// one step: what a caller has seen is part of the question, and if that is no longer so, nothing
// changes.
//
//     SP_TRY(const auto me, c.enroll(node_id));  // a number, once and for all
//     SP_TRY(const auto lease, c.begin({.number = me.number, .seen = me.lease, .boot = nonce,
//                                       .disk = disk_id}));
//     const tenure_name mine{me.number, lease.tenure};
//     SP_TRY(const auto renewals, c.renew({.name = mine, .boot = nonce}, facts));  // every 3 s
//     SP_TRY(const bool fenced, c.fence({.number = 7, .tenure = 3}, renewals_seen));
//
// *No clock.* Nothing here expires. Whoever watches the others measures with its own clock for how
// long a renewal counter has stood still; whether it may then fence is decided elsewhere
// (membership rules), and the coordinator only makes sure that the counter still has that value.
//
// *Tenures.* Mail belongs to a node and its tenure. A fence ends a tenure for good; so does a new
// disk. A restart keeps it.
//
// Every implementation passes tests/cluster/coordination/coordinator_contract.hpp.
//
// Threads: all from any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::cluster {

/// A period of ownership. 24 bits of tenure, as queue ids have.
struct tenure_name {
  std::uint16_t number = 0;  ///< the node's; 0 is nobody
  std::uint32_t tenure = 0;
  friend auto operator<=>(const tenure_name&, const tenure_name&) = default;
};
inline constexpr std::uint32_t tenure_max = (1U << 24) - 1;

/// Who is at work for a node, as far as the coordinator knows.
struct node_lease {
  std::uint32_t tenure = 0;    ///< 0: it never began
  std::string boot = {};       ///< of the process: 32 hexadecimal digits
  std::string disk = {};       ///< of its spool: 32 hexadecimal digits
  std::uint64_t starts = 0;    ///< how often it began
  std::uint64_t renewals = 0;  ///< only ever grows
  bool fenced = false;         ///< this tenure has ended
  friend bool operator==(const node_lease&, const node_lease&) = default;
};

/// What a node says about itself with each renewal. The octets are the nodes' business.
struct node_facts {
  std::string address = {};         ///< where its link listens
  std::string roles = {};           ///< as they are in its certificate
  std::string failure_domain = {};
  std::string versions = {};        ///< of the protocols that it speaks
  std::uint64_t load = 0;
  bool draining = false;
  friend bool operator==(const node_facts&, const node_facts&) = default;
};

struct member {
  std::uint16_t number = 0;
  std::string node = {};  ///< its id: 32 hexadecimal digits
  bool removed = false;   ///< by an operator: it never comes back
  node_lease lease = {};
  node_facts facts = {};
  friend bool operator==(const member&, const member&) = default;
};

struct leadership {
  std::string task = {};
  tenure_name leader = {};
  std::uint64_t term = 0;  ///< raised whenever somebody else takes over
  friend bool operator==(const leadership&, const leadership&) = default;
};

class coordinator {
 public:
  virtual ~coordinator() = default;

  /// Makes the node known. The same node always gets the same number, and no other node ever does.
  /// errc::malformed: `node` is not 32 digits; errc::denied: it was removed; errc::limit_exceeded:
  /// all numbers have been given.
  virtual result<member> enroll(std::string_view node) = 0;

  struct beginning {
    std::uint16_t number = 0;
    node_lease seen = {};  ///< what the member's lease was when the caller decided to begin
    std::string boot = {};
    std::string disk = {};
  };
  /// A process begins to work for the node. The tenure stays unless it is the first one, was
  /// fenced, or the disk is another one, which ends the tenure of the old disk as a fence does. The
  /// lease from now on. errc::conflict: the lease is no longer as `seen`: another process has
  /// begun, or renews; errc::denied: removed; errc::not_found; errc::limit_exceeded: no tenures are
  /// left.
  virtual result<node_lease> begin(const beginning& b) = 0;

  struct holder {
    tenure_name name = {};
    std::string boot = {};
  };
  /// Raises the renewal counter, for the process itself or for one whose peer asks on its behalf;
  /// its new value. errc::conflict: another process has begun, or the tenure was fenced, or the
  /// node removed: the process must stop.
  virtual result<std::uint64_t> renew(const holder& who, const node_facts& facts) = 0;

  /// Ends a tenure if its renewal counter still is `renewals_seen`. False if it is not, or if the
  /// tenure is not the member's; true also if it has been fenced already.
  virtual result<bool> fence(const tenure_name& whose, std::uint64_t renewals_seen) = 0;
  /// Ends tenures that nodes know to have ended, whatever is stored here: a database that has lost
  /// its last minutes learns them again.
  virtual result<void> restore_fences(const std::vector<tenure_name>& fences) = 0;
  /// All that there ever were, in order.
  virtual result<std::vector<tenure_name>> fences() = 0;

  /// Ends its tenure, and the node never comes back. errc::not_found.
  virtual result<void> remove(std::uint16_t number) = 0;
  /// In order of their numbers, removed ones included.
  virtual result<std::vector<member>> members() = 0;

  /// Becomes the leader of a task if it has none, or one whose tenure has ended; the leader then,
  /// be it the caller or another. errc::conflict: the caller's own tenure has ended.
  virtual result<leadership> lead(std::string_view task, const tenure_name& who) = 0;
  /// Gives it up; nothing happens if somebody else has it.
  virtual result<void> resign(std::string_view task, const tenure_name& who) = 0;
};

}  // namespace signpost::cluster
