// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Checks regularly who owns zones: pending zones become active by themselves; those whose proof has
// disappeared from the DNS are reported and, after the grace period, removed from the routing.
//
//     zone_watch watch(world, {.looked = …});
//     while (!ended) wait(watch.step());      // a thread of its own: steps wait for the DNS
//
// Threads: one. Limits: `zones_at_once` zones in one step; of pending ones, newer zones are checked
// more often, and none that has waited longer than `pending_looked_at_max`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "api/frame/rest_call.hpp"

namespace signpost::api {

struct zone_watch_counts {
  /// After each round: the number of zones with each status.
  std::function<void(std::uint64_t pending, std::uint64_t active, std::uint64_t moved,
                     std::uint64_t proof_missing)>
      zones = [](auto, auto, auto, auto) {};
  /// `found`, `missing`, `unknown`: one check.
  std::function<void(std::string_view how)> looked = [](std::string_view) {};
  /// `activated`, `proof_missing`, `deactivated`, `displaced`.
  std::function<void(std::string_view what)> changed = [](std::string_view) {};
};

class zone_watch {
 public:
  static constexpr std::size_t zones_at_once = 20;
  static constexpr std::chrono::seconds round_min{30};
  static constexpr std::chrono::hours pending_looked_at_max{24 * 30};
  /// The time between checks of a pending zone: for the first hour, the first day, and later.
  static constexpr std::chrono::minutes pending_first{1};
  static constexpr std::chrono::minutes pending_next{15};
  static constexpr std::chrono::hours pending_later{3};

  /// `world` must outlive it.
  zone_watch(const rest_world& world, zone_watch_counts counts);

  /// Checks the next zones that are due; returns how long there is nothing to do after that.
  std::chrono::milliseconds step();

 private:
  [[nodiscard]] bool is_due(const model::zone_object& zone) const;
  void look_at(const std::vector<model::zone_object>& due);
  void settle(const model::zone_object& zone,
              const std::vector<std::optional<dns::answer>>& answers);
  void finish_round(const model::control_reader& now);

  const rest_world& world_;
  zone_watch_counts counts_;
  std::string after_;  ///< the last zone of this round
  std::map<std::string, steady_time, std::less<>> looked_;  ///< of zones seen in this round
  std::map<std::string, steady_time, std::less<>> next_looked_;
  std::uint64_t pending_ = 0;
  std::uint64_t moved_ = 0;
  std::uint64_t missing_ = 0;
};

}  // namespace signpost::api
