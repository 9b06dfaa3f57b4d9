// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The nodes of the cluster as one of them knows them, for everything that copies depend on.
//
// Threads: values; each object one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cluster/wire/copies.hpp"

namespace signpost::cluster::replication {

using wire::claim;
using wire::disk_id;
using wire::holder;
using wire::node_number;
using wire::tenure_number;

struct member {
  node_number node = 0;
  disk_id disk = 0;
  tenure_number tenure = 0;
  tenure_number ended = 0;     ///< the last tenure that was fenced; grows only
  std::uint64_t boot = 0;      ///< which process it is
  std::uint32_t domain = 0;    ///< what fails together
  bool up = false;             ///< heard, and hears us
  bool draining = false;       ///< it is being emptied
  bool full = false;           ///< takes no copies
  bool slow = false;           ///< takes much longer than the others
  bool keeps_copies = true;    ///< has the role and a disk
  bool removed = false;        ///< for ever: its disk never counts again
  friend bool operator==(const member&, const member&) = default;
};

class members {
 public:
  /// Tenures that have ended stay so, whatever `now` says.
  void replace(std::vector<member> now);

  [[nodiscard]] const member* find(node_number node) const;
  [[nodiscard]] std::span<const member> all() const { return all_; }
  /// The node exists, and its present tenure has not ended.
  [[nodiscard]] bool live(node_number node) const;
  /// The claim's tenure has not ended. A later tenure of the node ends the earlier ones.
  [[nodiscard]] bool live(const claim& owner) const;
  /// The node's present disk is this one, and it has not been removed.
  [[nodiscard]] bool has_disk(const holder& h) const;
  /// May be given copies now.
  [[nodiscard]] static bool takes_copies(const member& m);

 private:
  std::vector<member> all_;  ///< by number
};

/// Other nodes for `wanted` copies of a group of messages, best first; fewer if there are no more.
/// Each node has a few fixed sets, which take turns by `group`: so many nodes must burn at once to
/// lose anything, and one slow peer does not hold every group. Distinct failure domains first.
[[nodiscard]] std::vector<node_number> holder_set(const members& known, node_number self,
                                                  std::size_t wanted, std::uint64_t group);

/// A node may be drained only if so many others are left that can take its copies.
[[nodiscard]] bool may_drain(const members& known, node_number leaving, unsigned copies);

/// Spreads well; the same on every node and in every version.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t v) {
  v += 0x9e3779b97f4a7c15ULL;
  v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9ULL;
  v = (v ^ (v >> 27)) * 0x94d049bb133111ebULL;
  return v ^ (v >> 31);
}
/// Where a node stands in the one order in which holders of a message take it over.
[[nodiscard]] std::uint64_t takeover_place(const model::queue_id& id, node_number node);

}  // namespace signpost::cluster::replication
