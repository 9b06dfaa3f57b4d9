// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/host_map.hpp"

#include <algorithm>
#include <utility>

namespace signpost::model {

const host_map::place* host_map::find_in(const shard& where, std::uint32_t hash,
                                         std::string_view name) {
  const auto at = std::ranges::find_if(
      where, [&](const place& p) { return p.hash == hash && p.name() == name; });
  return at == where.end() ? nullptr : &*at;
}

const host_map::place* host_map::find(std::string_view name) const {
  const auto hash = folded_hash(name);
  const auto slot = slot_of(hash);
  const auto& b = branches_[slot / fan];
  if (!b || !(*b)[slot % fan]) return nullptr;
  return find_in(*(*b)[slot % fan], hash, name);
}

host_map::shard& host_map::editor::changeable(std::size_t slot) {
  const auto [at, added] = changed_.try_emplace(slot);
  if (added) {
    const auto& b = map_.branches_[slot / fan];
    if (b && (*b)[slot % fan]) at->second = *(*b)[slot % fan];
  }
  return at->second;
}

const host_map::place* host_map::editor::find(std::string_view name) const {
  const auto hash = folded_hash(name);
  const auto at = changed_.find(slot_of(hash));
  return at == changed_.end() ? map_.find(name) : find_in(at->second, hash, name);
}

const zone_routes* host_map::editor::add(const std::shared_ptr<const zone_routes>& zone) {
  for (std::uint32_t host = 0; host < zone->hosts().size(); ++host) {
    const auto& name = zone->hosts()[host].ascii();
    if (const auto* there = find(name)) return there->zone.get();
    const auto hash = folded_hash(name);
    changeable(slot_of(hash)).push_back({.zone = zone, .hash = hash, .host = host});
  }
  return nullptr;
}

void host_map::editor::remove(const zone_routes& zone) {
  for (const auto& host : zone.hosts()) {
    auto& s = changeable(slot_of(folded_hash(host.ascii())));
    std::erase_if(s, [&](const place& p) { return p.zone.get() == &zone; });
  }
}

host_map host_map::editor::finish() {
  std::unordered_map<std::size_t, std::shared_ptr<branch>> branches;
  for (auto& [slot, places] : changed_) {
    auto& b = branches[slot / fan];
    if (!b) {
      const auto& old = map_.branches_[slot / fan];
      b = old ? std::make_shared<branch>(*old) : std::make_shared<branch>();
    }
    places.shrink_to_fit();
    (*b)[slot % fan] = places.empty() ? nullptr : std::make_shared<const shard>(std::move(places));
  }
  for (auto& [number, b] : branches) map_.branches_[number] = std::move(b);
  changed_.clear();
  return std::move(map_);
}

}  // namespace signpost::model
