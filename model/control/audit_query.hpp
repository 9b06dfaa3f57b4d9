// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Queries of the audit log. All of it is data; `audit_filter::passes` defines what it means.
//
//     audit_query query{.account = account, .since = yesterday};
//     query.filter.conditions = {{.field = audit_field::action, .any_of = {"create", "delete"}}};
//     SP_TRY(auto page, now->audit_log(query));
//     query.cursor = page.next;  // and so on, until it is empty
//
// *Cursors* are opaque and belong to the store. They name an entry rather than a count, so entries
// written in the meantime cause neither repetitions nor gaps. They are valid for the same account,
// order and filter, also after a restart.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/control/control_lists.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::model {

/// What entries can be filtered by. `text_of` gives the value of each field in an entry.
enum class audit_field : std::uint8_t {
  id,
  action,
  result,      ///< `success`, `failure`
  actor_kind,  ///< `system`: the node itself and its command line; `user`: a token
  actor_id,
  actor_ip,
  token_id,    ///< of the actor, if it is a token; otherwise empty
  token_name,  ///< in the same way
  method,
  http_status,  ///< decimal
  uri,
  resource_id,
  resource_type,
  product,  ///< what the resource belongs to, see `product_of`
  scope,    ///< `zones`, `accounts`, or `user` without an account
  zone_id,
  zone_name,
  nothing,  ///< always empty; for fields of other services that have no counterpart here
};

/// Changes by the node itself, and by an operator at its command line.
[[nodiscard]] bool is_of_system(const audit_entry& entry);
/// Cloudflare's name for what a resource belongs to: `email_routing`, `zones`, `api_tokens`,
/// `accounts`.
[[nodiscard]] std::string_view product_of(std::string_view resource_type);
[[nodiscard]] std::string text_of(const audit_entry& entry, audit_field field);

/// The field's text is one of `any_of` (if that is not empty) and none of `none_of`. Compared by
/// octet; case matters.
struct audit_condition {
  audit_field field = audit_field::id;
  std::vector<std::string> any_of = {};
  std::vector<std::string> none_of = {};
  friend bool operator==(const audit_condition&, const audit_condition&) = default;

  [[nodiscard]] bool passes(const audit_entry& entry) const;
};

/// All conditions must hold.
struct audit_filter {
  std::vector<audit_condition> conditions = {};
  /// Entries of accounts only if account and zone are visible; not set = all.
  std::optional<visibility> visible = {};
  bool of_no_account = true;  ///< whether entries without an account pass
  friend bool operator==(const audit_filter&, const audit_filter&) = default;

  [[nodiscard]] bool passes(const audit_entry& entry) const;
};

struct audit_query {
  /// Of this account; empty = of all, for administrators.
  object_id account = {};
  sort_order order = sort_order::descending;  ///< by time: newest first
  std::optional<wall_time> since = {};        ///< from then on
  std::optional<wall_time> before = {};       ///< older than that
  audit_filter filter = {};
  std::string cursor = {};  ///< `audit_page::next` of the previous page
  std::uint64_t skip = 0;   ///< matching entries to skip at the beginning
  std::size_t max = 100;    ///< entries on this page
  /// How many entries a store examines if it has to examine each. A page may be shorter than `max`
  /// because of it, and then has a `next`.
  std::size_t examine_max = 200'000;
};

struct audit_page {
  std::vector<audit_entry> entries;
  std::string next;  ///< printable; empty = nothing further
};

}  // namespace signpost::model
