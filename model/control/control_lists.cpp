// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_lists.hpp"

#include <algorithm>
#include <tuple>

#include "base/text.hpp"
#include "proto/address/idna.hpp"

namespace signpost::model {
namespace {

bool compare(text_comparison how, std::string_view text, std::string_view value) {
  switch (how) {
    case text_comparison::equal:
      return text == value;
    case text_comparison::not_equal:
      return text != value;
    case text_comparison::starts_with:
      return text.starts_with(value);
    case text_comparison::ends_with:
      return text.ends_with(value);
    case text_comparison::contains:
      return text.find(value) != std::string_view::npos;
  }
  return false;
}

/// What orders zones of one name, and of one key in other orders.
auto place_of(const zone_object& z) {
  return std::tuple<std::string_view, bool, std::string_view>(z.name, !z.is_active(), z.id);
}

std::string_view key_of(const listed_zone& z, zone_order by) {
  switch (by) {
    case zone_order::account:
      return z.zone.account;
    case zone_order::account_name:
      return z.owner;
    case zone_order::status:
      return to_string(z.zone.ownership.status);
    case zone_order::name:
      break;
  }
  return z.zone.name;
}

bool precedes(const rule_object& a, const rule_object& b, rule_order by) {
  if (by == rule_order::priority) {
    return std::tie(a.priority, a.created, a.id) < std::tie(b.priority, b.created, b.id);
  }
  return std::tie(a.created, a.priority, a.id) < std::tie(b.created, b.priority, b.id);
}

// Parts of a name may be given as people write it, or in A-labels.
bool is_named(const text_filter& wanted, const std::string& name) {
  if (wanted.passes(name)) return true;
  const bool is_whole =
      wanted.how == text_comparison::equal || wanted.how == text_comparison::not_equal;
  if (is_whole || name.find("xn--") == std::string::npos) return false;
  return wanted.passes(address::to_u_labels(name));
}

}  // namespace

std::uint64_t page_query::offset() const {
  const auto before = std::max<std::uint64_t>(page, 1) - 1;
  if (per_page == 0) return 0;
  return before > UINT64_MAX / per_page ? UINT64_MAX : before * per_page;
}

bool text_filter::passes(std::string_view text) const {
  if (with_case) return compare(how, text, value);
  return compare(how, to_lower(text), to_lower(value));
}

bool account_filter::passes(const account& a) const {
  return (!name || a.name == *name) && (!visible || visible->has(a.id, {}));
}

void sort_accounts(std::vector<account>& accounts, sort_order direction) {
  std::ranges::sort(accounts, [&](const account& a, const account& b) {
    const bool less = std::tie(a.created, a.id) < std::tie(b.created, b.id);
    const bool more = std::tie(b.created, b.id) < std::tie(a.created, a.id);
    return direction == sort_order::ascending ? less : more;
  });
}

std::optional<std::string> zone_filter::only_name() const {
  const bool alone = !account && !account_name && !status;
  if (!name || name->how != text_comparison::equal || (any && !alone)) return std::nullopt;
  return to_lower(name->value);
}

bool zone_filter::passes(const zone_object& zone, std::string_view owner) const {
  if (visible && !visible->has(zone.account, zone.id)) return false;
  bool asked = false;
  bool one = false;
  bool all = true;
  const auto look = [&](bool holds) {
    asked = true;
    one = one || holds;
    all = all && holds;
  };
  if (name) look(is_named(*name, zone.name));
  if (account) look(zone.account == *account);
  if (account_name) look(account_name->passes(owner));
  if (status) look(zone.ownership.status == *status);
  return !asked || (any ? one : all);
}

void sort_zones(std::vector<listed_zone>& zones, zone_order by, sort_order direction) {
  const bool backward = direction == sort_order::descending;
  std::ranges::sort(zones, [&](const listed_zone& a, const listed_zone& b) {
    if (by == zone_order::name) {
      return backward ? place_of(b.zone) < place_of(a.zone) : place_of(a.zone) < place_of(b.zone);
    }
    const auto left = key_of(a, by);
    const auto right = key_of(b, by);
    if (left != right) return backward ? right < left : left < right;
    return place_of(a.zone) < place_of(b.zone);
  });
}

void sort_rules(std::vector<rule_object>& rules, rule_order by, sort_order direction) {
  std::ranges::sort(rules, [&](const rule_object& a, const rule_object& b) {
    if (a.catch_all != b.catch_all) return b.catch_all;
    return direction == sort_order::ascending ? precedes(a, b, by) : precedes(b, a, by);
  });
}

}  // namespace signpost::model
