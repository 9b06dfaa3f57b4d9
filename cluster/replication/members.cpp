// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/replication/members.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace signpost::cluster::replication {

void members::replace(std::vector<member> now) {
  for (const auto& before : all_) {
    auto found = std::ranges::find(now, before.node, &member::node);
    if (found == now.end()) {
      // Whoever is forgotten by a coordinator that went back in time is not gone: that is said.
      auto gone = before;
      gone.up = false;
      now.push_back(gone);
      continue;
    }
    found->ended = std::max(found->ended, before.ended);
    found->tenure = std::max(found->tenure, before.tenure);
    found->removed = found->removed || (before.removed && before.disk == found->disk);
  }
  std::ranges::sort(now, {}, &member::node);
  all_ = std::move(now);
}

const member* members::find(node_number node) const {
  const auto found = std::ranges::lower_bound(all_, node, {}, &member::node);
  return found != all_.end() && found->node == node ? &*found : nullptr;
}

bool members::live(node_number node) const {
  const auto* m = find(node);
  return m != nullptr && !m->removed && m->tenure > m->ended;
}

bool members::live(const claim& owner) const {
  const auto* m = find(owner.node);
  return m != nullptr && !m->removed && owner.tenure > m->ended && owner.tenure >= m->tenure;
}

bool members::has_disk(const holder& h) const {
  const auto* m = find(h.node);
  return m != nullptr && m->disk == h.disk && !m->removed;
}

bool members::takes_copies(const member& m) {
  return m.up && m.tenure > m.ended && m.keeps_copies && !m.draining && !m.full && !m.removed;
}

std::vector<node_number> holder_set(const members& known, node_number self, std::size_t wanted,
                                    std::uint64_t group) {
  // The order is that of all nodes, up or not: one that is away is replaced by the next, and the
  // sets stay what they are.
  std::vector<std::pair<std::uint64_t, const member*>> ranked;
  ranked.reserve(known.all().size());
  for (const auto& m : known.all()) {
    if (m.node == self || !m.keeps_copies || m.removed) continue;
    ranked.emplace_back(mixed((std::uint64_t{self} << 16) + m.node), &m);
  }
  std::vector<node_number> chosen;
  if (ranked.empty() || wanted == 0) return chosen;
  std::ranges::sort(ranked);
  constexpr std::uint64_t sets = 2;
  std::ranges::rotate(ranked,
                      ranked.begin()
                          + static_cast<std::ptrdiff_t>(group % sets * wanted % ranked.size()));
  std::vector<std::uint32_t> domains;
  if (const auto* me = known.find(self)) domains.push_back(me->domain);
  const auto choose = [&](bool slow_too, bool domains_too) {
    for (const auto& [place, m] : ranked) {
      if (chosen.size() >= wanted) return;
      if (!members::takes_copies(*m) || (m->slow && !slow_too)) continue;
      if (std::ranges::find(chosen, m->node) != chosen.end()) continue;
      if (!domains_too && std::ranges::find(domains, m->domain) != domains.end()) continue;
      chosen.push_back(m->node);
      domains.push_back(m->domain);
    }
  };
  choose(false, false);
  choose(true, false);
  choose(false, true);
  choose(true, true);
  return chosen;
}

bool may_drain(const members& known, node_number leaving, unsigned copies) {
  const auto left = std::ranges::count_if(known.all(), [leaving](const member& m) {
    return m.node != leaving && members::takes_copies(m);
  });
  return std::cmp_greater_equal(left, copies);
}

std::uint64_t takeover_place(const model::queue_id& id, node_number node) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, id.octets().data(), sizeof high);
  std::memcpy(&low, id.octets().data() + sizeof high, sizeof low);
  if constexpr (std::endian::native == std::endian::big) {
    high = __builtin_bswap64(high);
    low = __builtin_bswap64(low);
  }
  return mixed(mixed(high ^ mixed(low)) + node);
}

}  // namespace signpost::cluster::replication
