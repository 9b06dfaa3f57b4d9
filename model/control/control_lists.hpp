// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Lists of accounts, zones and rules: which objects, in which order, which page. All of it is data,
// so that a store can use its indexes, or have a database do the work. The `passes` and `sort_…`
// functions define what the data means; the answers of every store agree with them.
//
//     zone_filter filter{.name = text_filter{.how = text_comparison::contains, .value = "shop"}};
//     filter.visible = seen;  // whatever else is asked
//     SP_TRY(const auto page, now->zones({}, {.page = 2}, filter, zone_order::status));
//
// *Collation.* Texts are compared and ordered by octet, without a locale. Comparisons that ignore
// case fold the letters A to Z only.
//
// *Paging.* Pages are counted from the beginning of the list. Pages from the same reader fit
// together; between readers, objects that were added or removed shift what follows. The order is
// total (ids break ties): without changes, every object is on exactly one page. `total` is exact.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/control/control_objects.hpp"
#include "model/control/visibility.hpp"

namespace signpost::model {

enum class sort_order : std::uint8_t { ascending, descending };

/// One page of a list. Totals come from counters and cost nothing; to reach a deep page its
/// predecessors' keys (not their objects) are stepped over.
struct page_query {
  std::uint64_t page = 1;  ///< 0 counts as 1; one past the end is empty
  std::uint32_t per_page = 20;
  sort_order order = sort_order::ascending;

  /// How many objects are before the page; does not overflow.
  [[nodiscard]] std::uint64_t offset() const;
};

template <typename T>
struct page_of {
  std::vector<T> items;
  std::uint64_t total = 0;  ///< of the whole list
};

/// The page of a list that is there as a whole.
template <typename T>
page_of<T> page_from(std::vector<T> all, const page_query& query) {
  page_of<T> page{.items = {}, .total = all.size()};
  for (auto i = query.offset(); i < all.size() && page.items.size() < query.per_page; ++i) {
    page.items.push_back(std::move(all[i]));
  }
  return page;
}

enum class text_comparison : std::uint8_t { equal, not_equal, starts_with, ends_with, contains };

struct text_filter {
  text_comparison how = text_comparison::equal;
  std::string value;
  bool with_case = false;
  friend bool operator==(const text_filter&, const text_filter&) = default;

  [[nodiscard]] bool passes(std::string_view text) const;
};

// ---- accounts -----------------------------------------------------------------------------------

struct account_filter {
  std::optional<std::string> name;   ///< exactly this name; case matters
  std::optional<place_set> visible;  ///< only these accounts; zones in it are ignored
  friend bool operator==(const account_filter&, const account_filter&) = default;

  [[nodiscard]] bool is_empty() const { return !name && !visible; }
  [[nodiscard]] bool passes(const account& a) const;
};

/// By creation, then id.
void sort_accounts(std::vector<account>& accounts, sort_order direction);

// ---- zones --------------------------------------------------------------------------------------

/// Zones that are not visible never pass. Of the other conditions all must hold, or at least one of
/// them if `any` is set. Absent conditions do not count; if all are absent, everything passes.
struct zone_filter {
  std::optional<visibility> visible;
  bool any = false;
  /// Zones' names are A-labels in lower case; a part of one is looked for in its Unicode form too.
  std::optional<text_filter> name;
  std::optional<object_id> account;         ///< of this account
  std::optional<text_filter> account_name;  ///< of an account whose name this fits
  std::optional<zone_status> status;
  friend bool operator==(const zone_filter&, const zone_filter&) = default;

  [[nodiscard]] bool is_empty() const {
    return !visible && !name && !account && !account_name && !status;
  }
  /// If only zones of one name can pass: the name.
  [[nodiscard]] std::optional<std::string> only_name() const;
  /// `owner`: the name of the zone's account; looked at for `account_name` alone.
  [[nodiscard]] bool passes(const zone_object& zone, std::string_view owner) const;
};

/// `name`: by name, the active zone of a name first, then by id; descending is the exact reverse.
/// Others: by the account's id, the account's name, or the status as text; ties are in ascending
/// order of `name` in both directions.
enum class zone_order : std::uint8_t { name, account, account_name, status };

struct listed_zone {
  zone_object zone;
  std::string owner;  ///< the name of its account, where the filter or the order needs it
};
void sort_zones(std::vector<listed_zone>& zones, zone_order by, sort_order direction);

// ---- rules --------------------------------------------------------------------------------------

struct rule_filter {
  std::optional<bool> enabled;
  friend bool operator==(const rule_filter&, const rule_filter&) = default;

  [[nodiscard]] bool is_empty() const { return !enabled; }
  [[nodiscard]] bool passes(const rule_object& rule) const {
    return !enabled || rule.enabled == *enabled;
  }
};

/// Of the rules of one zone. `priority`: by priority, creation and id. `created`: by creation,
/// priority and id. The catch-all is last in both directions.
enum class rule_order : std::uint8_t { priority, created };

void sort_rules(std::vector<rule_object>& rules, rule_order by, sort_order direction);

}  // namespace signpost::model
