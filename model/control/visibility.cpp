// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/visibility.hpp"

#include <algorithm>

namespace signpost::model {
namespace {

bool names(const std::vector<object_id>& ids, std::string_view id) {
  return !id.empty() && std::ranges::find(ids, id) != ids.end();
}

}  // namespace

bool place_set::has(std::string_view account, std::string_view zone) const {
  return all || names(accounts, account) || names(zones, zone);
}

bool visibility::grant::has(std::string_view account, std::string_view zone) const {
  return (within.empty() || within == account) && allowed.has(account, zone)
         && !denied.has(account, zone);
}

bool visibility::has(std::string_view account, std::string_view zone) const {
  return std::ranges::any_of(grants, [&](const grant& g) { return g.has(account, zone); });
}

bool visibility::has_all_of(std::string_view account) const {
  return std::ranges::any_of(grants, [&](const grant& g) {
    return (g.within.empty() || g.within == account) && g.denied.is_empty()
           && g.allowed.has(account, {});
  });
}

std::optional<std::vector<object_id>> visibility::zones_alone() const {
  std::vector<object_id> ids;
  for (const auto& g : grants) {
    if (g.allowed.all || !g.allowed.accounts.empty()) return std::nullopt;
    ids.insert(ids.end(), g.allowed.zones.begin(), g.allowed.zones.end());
  }
  std::ranges::sort(ids);
  const auto [first, last] = std::ranges::unique(ids);
  ids.erase(first, last);
  return ids;
}

}  // namespace signpost::model
