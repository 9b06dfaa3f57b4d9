// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Lists with filters and orders: by which index each is read.
#include <map>

#include "storage/control/control_codec.hpp"
#include "storage/control/control_paging.hpp"
#include "storage/control/control_queries.hpp"

namespace signpost::storage {
namespace {

using control_schema::family;
using control_schema::key;
using control_schema::pack_id;
using control_schema::unpack_id;
using model::listed_zone;
using model::rule_object;
using model::sort_order;
using model::zone_filter;
using model::zone_object;
using model::zone_order;
namespace counter = control_schema::counter;
namespace index = control_schema::index;

/// Zones that a filter lets through, with the names of their accounts where somebody asks for them.
class zone_picker {
 public:
  zone_picker(const control_queries& queries, std::string_view account, const zone_filter& filter,
              zone_order by)
      : queries_(queries),
        account_(account),
        filter_(filter),
        by_(by),
        needs_owner_(filter.account_name || by == zone_order::account_name) {}

  result<bool> passes(const zone_object& zone) {
    SP_TRY(const auto* owner, owner_of(zone));
    return (account_.empty() || zone.account == account_) && filter_.passes(zone, *owner);
  }
  result<void> add(zone_object zone) {
    SP_TRY(const bool wanted, passes(zone));
    if (!wanted) return {};
    if (zones_.size() == model::control_reader::sorted_max) {
      return fail(errc::limit_exceeded, "zones that can be sorted");
    }
    SP_TRY(const auto* owner, owner_of(zone));
    zones_.push_back({.zone = std::move(zone), .owner = *owner});
    return {};
  }
  page_of<zone_object> page(const page_query& query) && {
    model::sort_zones(zones_, by_, query.order);
    std::vector<zone_object> all;
    all.reserve(zones_.size());
    for (auto& one : zones_) all.push_back(std::move(one.zone));
    return model::page_from(std::move(all), query);
  }

 private:
  // An account that is not there has no name; that it should be there is not what is asked.
  result<const std::string*> owner_of(const zone_object& zone) {
    static const std::string none;
    if (!needs_owner_) return &none;
    const auto known = names_.find(zone.account);
    if (known != names_.end()) return &known->second;
    auto found = queries_.account(zone.account);
    if (!found && found.error().code != errc::not_found) return tl::unexpected(found.error());
    return &names_.emplace(zone.account, found ? std::move(found->name) : "").first->second;
  }

  const control_queries& queries_;
  const std::string_view account_;
  const zone_filter& filter_;
  const zone_order by_;
  const bool needs_owner_;
  std::map<std::string, std::string, std::less<>> names_;
  std::vector<listed_zone> zones_;
};

/// A filter without the conditions that the list of an account fulfils by itself, and the account.
std::pair<zone_filter, std::string> simplified(zone_filter filter, std::string_view of_account) {
  std::string account(of_account);
  if (filter.account && !filter.any && !filter.account->empty()
      && (account.empty() || account == *filter.account)) {
    account = std::move(*filter.account);
    filter.account.reset();
  }
  if (filter.visible && filter.visible->has_all_of(account)) filter.visible.reset();
  return {std::move(filter), std::move(account)};
}

/// Objects with these ids; those that are not there are left out.
template <typename T, typename Read>
result<std::vector<T>> those_there(const std::vector<model::object_id>& ids, Read read) {
  std::vector<T> found;
  for (const auto& id : ids) {
    auto one = read(id);
    if (!one && one.error().code == errc::not_found) continue;
    if (!one) return tl::unexpected(std::move(one.error()));
    found.push_back(std::move(*one));
  }
  return found;
}

}  // namespace

result<page_of<model::account>> control_queries::accounts(
    const page_query& query, const model::account_filter& asked) const {
  auto filter = asked;
  if (filter.visible && filter.visible->all) filter.visible.reset();
  if (filter.visible) {
    // There may be many others.
    SP_TRY(auto some, those_there<model::account>(filter.visible->accounts,
                                                  [&](const auto& id) { return account(id); }));
    std::erase_if(some, [&](const auto& a) { return !filter.passes(a); });
    model::sort_accounts(some, query.order);
    const auto [first, last] = std::ranges::unique(some);
    some.erase(first, last);
    return model::page_from(std::move(some), query);
  }
  auto scan = view_.scan(family::index, key(index::account_by_creation));
  const auto read = [&](std::string_view tail, std::string_view) -> result<model::account> {
    SP_TRY(const auto id, id_at_end(tail));
    return must_exist(account(id));
  };
  if (!filter.is_empty()) {
    return filtered_page<model::account>(scan, query, read, [&](const auto& a) -> result<bool> {
      return filter.passes(a);
    });
  }
  SP_TRY(const auto total, view_.number(family::counter, key(counter::accounts)));
  return counted_page<model::account>(scan, total, query, read);
}

/// Zones among which all are that can pass, if an index names few of them: those of one name, or
/// those that the caller's grants name.
result<std::optional<std::vector<zone_object>>> control_queries::few_zones(
    std::string_view account, const zone_filter& filter) const {
  if (const auto name = filter.only_name()) {
    if (account.empty()) return zones_named(*name, model::control_reader::sorted_max);
    auto one = zone_by_name(account, *name);
    if (one) return std::vector{std::move(*one)};
    if (one.error().code == errc::not_found) return std::vector<zone_object>();
    return tl::unexpected(std::move(one.error()));
  }
  if (!filter.visible) return std::nullopt;
  const auto ids = filter.visible->zones_alone();
  if (!ids) return std::nullopt;
  return those_there<zone_object>(*ids, [&](const auto& id) { return zone(id); });
}

result<page_of<zone_object>> control_queries::zones(std::string_view of_account,
                                                    const page_query& query,
                                                    const zone_filter& asked,
                                                    zone_order by) const {
  const auto [filter, account] = simplified(asked, of_account);
  auto prefix = key(index::zone_by_name);
  auto counted = key(counter::zones);
  if (!account.empty()) {
    const auto packed = pack_id(account);
    if (!packed) return page_of<zone_object>{};
    prefix = key(index::zone_by_account, *packed);
    counted = key(counter::zones_of_account, *packed);
  }
  zone_picker picker(*this, account, filter, by);
  SP_TRY(auto few, few_zones(account, filter));
  if (few) {
    for (auto& one : *few) SP_CHECK(picker.add(std::move(one)));
    return std::move(picker).page(query);
  }
  auto scan = view_.scan(family::index, std::move(prefix));
  const auto read = [&](std::string_view, std::string_view id) {
    return must_exist(zone(unpack_id(id)));
  };
  if (by != zone_order::name) {
    for (scan.to_first(); scan.valid(); scan.next()) {
      SP_TRY(auto one, read(scan.tail(), scan.value()));
      SP_CHECK(picker.add(std::move(one)));
    }
    SP_CHECK(scan.finish());
    return std::move(picker).page(query);
  }
  if (!filter.is_empty()) {
    return filtered_page<zone_object>(scan, query, read,
                                      [&](const zone_object& z) { return picker.passes(z); });
  }
  SP_TRY(const auto total, view_.number(family::counter, counted));
  return counted_page<zone_object>(scan, total, query, read);
}

result<page_of<rule_object>> control_queries::rules(std::string_view zone, const page_query& query,
                                                    const model::rule_filter& filter,
                                                    model::rule_order by) const {
  const auto packed = pack_id(zone);
  if (!packed) return page_of<rule_object>{};
  if (by != model::rule_order::priority || query.order == sort_order::descending) {
    SP_TRY(auto all, all_rules(zone, model::control_reader::sorted_max));
    std::erase_if(all, [&](const auto& rule) { return !filter.passes(rule); });
    model::sort_rules(all, by, query.order);
    return model::page_from(std::move(all), query);
  }
  auto scan = view_.scan(family::rule, *packed);
  const auto read = [&](std::string_view tail, std::string_view value) {
    return decode_rule_at(zone, tail, value);
  };
  if (!filter.is_empty()) {
    return filtered_page<rule_object>(
        scan, query, read, [&](const auto& rule) -> result<bool> { return filter.passes(rule); });
  }
  SP_TRY(const auto total, view_.number(family::counter, key(counter::rules_of_zone, *packed)));
  return counted_page<rule_object>(scan, total, query, read);
}

// Zones outside the page are skipped by their counters; with a filter every rule is read.
result<page_of<rule_object>> control_queries::rules_of_account(
    std::string_view account, const page_query& query, const model::rule_filter& filter,
    const std::optional<model::visibility>& visible) const {
  page_of<rule_object> page;
  const auto packed = pack_id(account);
  if (!packed) return page;
  const bool counted = filter.is_empty();
  const bool sees_all = !visible || visible->has_all_of(account);
  page_window window(query);
  auto zones = view_.scan(family::index, key(index::zone_by_account, *packed));
  const bool backward = query.order == sort_order::descending;
  for (begin(zones, backward); zones.valid(); step(zones, backward)) {
    const std::string zone(zones.value());
    const auto zone_id = unpack_id(zone);
    if (!sees_all && !visible->has(account, zone_id)) continue;
    if (counted) {
      if (sees_all && window.full()) break;
      SP_TRY(const auto count, view_.number(family::counter, key(counter::rules_of_zone, zone)));
      page.total += count;
      if (window.full() || window.skip(count)) continue;
    }
    auto scan = view_.scan(family::rule, zone);
    for (begin(scan, backward); scan.valid(); step(scan, backward)) {
      if (counted && window.full()) break;
      if (counted && window.skip(1)) continue;
      SP_TRY(auto rule, decode_rule_at(zone_id, scan.tail(), scan.value()));
      if (!filter.passes(rule)) continue;
      if (!counted) ++page.total;
      if (!counted && (window.full() || window.skip(1))) continue;
      window.take();
      page.items.push_back(std::move(rule));
    }
    SP_CHECK(scan.finish());
  }
  SP_CHECK(zones.finish());
  if (counted && sees_all) {
    SP_TRY(page.total, view_.number(family::counter, key(counter::rules_of_account, *packed)));
  }
  return page;
}

}  // namespace signpost::storage
