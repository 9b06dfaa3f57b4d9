// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// From a domain name to the zone that routes it: a map whose changed copies share everything that
// did not change, so that one change among a million zones copies some kilobytes.
//
//     host_map::editor edit(map);
//     edit.remove(*old_routes);
//     if (const auto* other = edit.add(new_routes)) …claimed by *other…
//     map = edit.finish();
//
// How it works: the hash of a name selects one of 128 branches and one of its 128 shards, which is
// an array of entries, a few dozen with a million domains.
//
// Threads: a map is an immutable value; an editor belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/routing/zone_routes.hpp"

namespace signpost::model {

class host_map {
 public:
  struct place {
    std::shared_ptr<const zone_routes> zone;
    std::uint32_t hash = 0;
    std::uint32_t host = 0;  ///< which of `zone->hosts()`

    [[nodiscard]] std::string_view name() const { return zone->hosts()[host].ascii(); }
  };
  class editor;

  /// `name` in A-labels and lower case; nullptr if no zone routes it.
  [[nodiscard]] const place* find(std::string_view name) const;
  /// Every zone once, in no particular order.
  template <typename Look>
  void for_each_zone(const Look& look) const;

 private:
  static constexpr unsigned fan_bits = 7;
  static constexpr std::size_t fan = 1U << fan_bits;
  using shard = std::vector<place>;
  using branch = std::array<std::shared_ptr<const shard>, fan>;

  static std::size_t slot_of(std::uint32_t hash) { return hash >> (32 - 2 * fan_bits); }
  static const place* find_in(const shard& where, std::uint32_t hash, std::string_view name);

  std::array<std::shared_ptr<const branch>, fan> branches_;
};

class host_map::editor {
 public:
  explicit editor(host_map from) : map_(std::move(from)) {}

  /// Adds all hosts of a zone. If one of them belongs to another zone, that zone is returned and
  /// some hosts may have been added (`remove` removes them again); nullptr on success.
  const zone_routes* add(const std::shared_ptr<const zone_routes>& zone);
  /// Removes the entries of `zone`.
  void remove(const zone_routes& zone);
  [[nodiscard]] const place* find(std::string_view name) const;
  [[nodiscard]] host_map finish();

 private:
  shard& changeable(std::size_t slot);

  host_map map_;
  std::unordered_map<std::size_t, shard> changed_;  ///< by slot
};

template <typename Look>
void host_map::for_each_zone(const Look& look) const {
  for (const auto& b : branches_) {
    if (!b) continue;
    for (const auto& s : *b) {
      if (!s) continue;
      for (const auto& p : *s) {
        if (p.host == 0) look(*p.zone);
      }
    }
  }
}

}  // namespace signpost::model
