// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where one decision gets the compiled patterns of zones, and how much it may spend.
//
// Threads: one.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "model/routing/step_budget.hpp"
#include "model/routing/zone_routes.hpp"

namespace signpost::model {

/// What to do about patterns that have not been compiled yet.
enum class compiling : std::uint8_t {
  never,  ///< the budget then counts as used up
  once,   ///< for this decision
  keep,   ///< for all later ones
};

class pattern_supply {
 public:
  pattern_supply(compiling how, step_budget budget) : how_(how), budget_(budget) {}

  [[nodiscard]] step_budget& budget() { return budget_; }
  /// nullptr if the budget does not allow it, which uses it up. Fails as compiling does.
  result<std::shared_ptr<const compiled_patterns>> of(
      const std::shared_ptr<const zone_routes>& zone) {
    if (auto known = zone->kept()) return known;
    for (const auto& [name, compiled] : compiled_) {
      if (name == zone) return compiled;
    }
    if (how_ == compiling::never) budget_.use_up();
    if (!budget_.spend(zone->steps_to_compile())) return nullptr;
    SP_TRY(auto made, zone->compile());
    if (how_ == compiling::keep) zone->keep(made);
    compiled_.emplace_back(zone, made);
    return made;
  }
  /// The zones whose patterns were compiled here.
  [[nodiscard]] auto& compiled() { return compiled_; }

 private:
  using zone_ptr = std::shared_ptr<const zone_routes>;
  compiling how_;
  step_budget budget_;
  std::vector<std::pair<zone_ptr, std::shared_ptr<const compiled_patterns>>> compiled_;
};

}  // namespace signpost::model
