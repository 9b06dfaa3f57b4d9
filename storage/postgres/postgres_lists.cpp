// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Lists with filters and orders. The ids of a page are found in an index; its objects are then read
// by their ids.
#include <algorithm>

#include "storage/control/control_codec.hpp"
#include "storage/control/control_schema.hpp"
#include "storage/postgres/conditions.hpp"
#include "storage/postgres/postgres_queries.hpp"

namespace signpost::storage::postgres {
namespace {

using model::sort_order;
using model::zone_filter;
using model::zone_order;

std::string_view direction(sort_order order) {
  return order == sort_order::descending ? " DESC" : "";
}

void add_page(statement& s, const page_query& query) {
  s.add(" LIMIT ").bind(count_of(query.per_page)).add(" OFFSET ").bind(count_of(query.offset()));
}

/// Whether the page has anything on it.
bool has_rows(const page_query& query, std::uint64_t total) {
  return query.per_page > 0 && query.offset() < total;
}

result<std::uint64_t> count(session& at, const statement& s) {
  SP_TRY(const auto found, at.run(s));
  return found.count() == 0 ? 0 : found.number(0, 0);
}

/// Reads the page of a list whose length is known.
template <typename T, typename Read>
result<page_of<T>> page(session& at, std::uint64_t total, const page_query& query, statement s,
                        Read read) {
  page_of<T> out{.items = {}, .total = total};
  if (!has_rows(query, total)) return out;
  add_page(s, query);
  SP_TRY(const auto found, at.run(s));
  for (std::size_t i = 0; i < found.count(); ++i) {
    SP_TRY(auto one, read(found, i));
    out.items.push_back(std::move(one));
  }
  return out;
}

/// A filter without the conditions that the list of an account fulfils by itself, and the account.
std::pair<zone_filter, std::string> without_account(zone_filter filter,
                                                    std::string_view of_account) {
  std::string account(of_account);
  if (filter.account && !filter.any && !filter.account->empty()
      && (account.empty() || account == *filter.account)) {
    account = std::move(*filter.account);
    filter.account.reset();
  }
  if (filter.visible && filter.visible->has_all_of(account)) filter.visible.reset();
  return {std::move(filter), std::move(account)};
}

void add_zone_order(statement& s, zone_order by, sort_order order) {
  const auto way = direction(order);
  s.add(" ORDER BY ");
  if (by == zone_order::name) {
    s.add("z.name").add(way).add(", z.inactive").add(way).add(", z.id").add(way);
    return;
  }
  s.add(by == zone_order::account        ? "z.account"
        : by == zone_order::account_name ? "coalesce(a.name, '')"
                                         : "z.status");
  s.add(way).add(", z.name, z.inactive, z.id");
}

result<model::zone_object> zone_of_row(const rows& r, std::size_t i) {
  return decode_zone(r.id(i, 0), r.octets(i, 1));
}
result<model::rule_object> rule_of_row(const rows& r, std::size_t i) {
  return decode_rule(r.id(i, 0), r.id(i, 1), r.octets(i, 2));
}

}  // namespace

result<page_of<model::account>> postgres_queries::accounts(
    const page_query& query, const model::account_filter& filter) const {
  const auto add_where = [&](statement& s) {
    s.add(" WHERE true");
    if (filter.name) s.add(" AND name = ").bind(text(*filter.name));
    if (filter.visible && !filter.visible->all) {
      s.add(" AND id = ANY (").bind(ids(filter.visible->accounts)).add(")");
    }
  };
  statement counted(filter.is_empty() ? "SELECT accounts FROM head"
                                      : "SELECT count(*) FROM account");
  if (!filter.is_empty()) add_where(counted);
  SP_TRY(const auto total, count(at(), counted));
  statement s("SELECT id, value FROM account");
  add_where(s);
  const auto way = direction(query.order);
  s.add(" ORDER BY created").add(way).add(", id").add(way);
  return page<model::account>(at(), total, query, std::move(s),
                              [](const rows& r, std::size_t i) {
                                return decode_account(r.id(i, 0), r.octets(i, 1));
                              });
}

result<page_of<model::zone_object>> postgres_queries::zones(std::string_view of_account,
                                                            const page_query& query,
                                                            const zone_filter& asked,
                                                            zone_order by) const {
  const auto [filter, account] = without_account(asked, of_account);
  if (!account.empty() && !control_schema::pack_id(account)) return page_of<model::zone_object>{};
  const bool joined = filter.account_name || by == zone_order::account_name;
  const auto add_where = [&, &f = filter, &a = account](statement& s) {
    if (joined) s.add(" LEFT JOIN account a ON a.id = z.account");
    s.add(" WHERE ");
    add_zone_filter(s, f);
    if (!a.empty()) s.add(" AND z.account = ").bind(id(a));
  };
  statement counted("SELECT count(*) FROM zone z");
  if (!filter.is_empty()) {
    add_where(counted);
  } else if (account.empty()) {
    counted = statement("SELECT zones FROM head");
  } else {
    counted = statement("SELECT zones FROM account WHERE id = ");
    counted.bind(id(account));
  }
  SP_TRY(const auto total, count(at(), counted));
  if (by != zone_order::name && total > model::control_reader::sorted_max) {
    return fail(errc::limit_exceeded, "zones that can be sorted");
  }
  statement s("SELECT z.id, z.value FROM zone z");
  add_where(s);
  add_zone_order(s, by, query.order);
  return page<model::zone_object>(at(), total, query, std::move(s), zone_of_row);
}

result<page_of<model::rule_object>> postgres_queries::rules(std::string_view zone,
                                                            const page_query& query,
                                                            const model::rule_filter& filter,
                                                            model::rule_order by) const {
  const auto add_where = [&](statement& s) {
    s.add(" WHERE zone = ").bind(id(zone));
    if (filter.enabled) s.add(" AND enabled = ").bind(flag(*filter.enabled));
  };
  statement counted(filter.is_empty() ? "SELECT rules FROM zone WHERE id = "
                                      : "SELECT count(*) FROM rule");
  if (filter.is_empty()) {
    counted.bind(id(zone));
  } else {
    add_where(counted);
  }
  SP_TRY(const auto total, count(at(), counted));
  statement s("SELECT zone, id, value FROM rule");
  add_where(s);
  const bool priority = by == model::rule_order::priority;
  const auto way = direction(query.order);
  // The catch-all is last in both directions.
  s.add(" ORDER BY catch_all, ").add(priority ? "priority" : "created").add(way).add(", ");
  s.add(priority ? "created" : "priority").add(way).add(", id").add(way);
  return page<model::rule_object>(at(), total, query, std::move(s), rule_of_row);
}

result<page_of<model::rule_object>> postgres_queries::rules_of_account(
    std::string_view account, const page_query& query, const model::rule_filter& filter,
    const std::optional<model::visibility>& visible) const {
  const bool sees_all = !visible || visible->has_all_of(account);
  const auto add_where = [&](statement& s) {
    s.add(" WHERE z.account = ").bind(id(account));
    if (filter.enabled) s.add(" AND r.enabled = ").bind(flag(*filter.enabled));
    if (sees_all) return;
    s.add(" AND ");
    add_visible(s, *visible, {.account = "z.account", .zone = "z.id"});
  };
  statement counted("SELECT rules FROM account WHERE id = ");
  if (filter.is_empty() && sees_all) {
    counted.bind(id(account));
  } else if (filter.is_empty()) {
    counted = statement("SELECT coalesce(sum(z.rules), 0)::bigint FROM zone z");
    add_where(counted);
  } else {
    counted = statement("SELECT count(*) FROM zone z JOIN rule r ON r.zone = z.id");
    add_where(counted);
  }
  SP_TRY(const auto total, count(at(), counted));
  statement s("SELECT r.zone, r.id, r.value FROM zone z JOIN rule r ON r.zone = z.id");
  add_where(s);
  s.add(" ORDER BY ");
  bool first = true;
  for (const auto* column : {"z.name", "r.catch_all", "r.priority", "r.created", "r.id"}) {
    if (!std::exchange(first, false)) s.add(", ");
    s.add(column).add(direction(query.order));
  }
  return page<model::rule_object>(at(), total, query, std::move(s), rule_of_row);
}

result<page_of<model::destination_address>> postgres_queries::addresses(
    std::string_view account, const page_query& query, std::optional<bool> verified) const {
  statement counted("SELECT ");
  counted.add(!verified   ? "addresses"
              : *verified ? "verified_addresses"
                          : "addresses - verified_addresses");
  counted.add(" FROM account WHERE id = ").bind(id(account));
  SP_TRY(const auto total, count(at(), counted));
  statement s("SELECT id, value FROM address WHERE account = ");
  s.bind(id(account));
  if (verified) s.add(" AND verified = ").bind(flag(*verified));
  const auto way = direction(query.order);
  s.add(" ORDER BY created").add(way).add(", id").add(way);
  return page<model::destination_address>(
      at(), total, query, std::move(s), [&](const rows& r, std::size_t i) {
        return decode_address(account, r.id(i, 0), r.octets(i, 1));
      });
}

result<page_of<model::api_token>> postgres_queries::tokens(std::string_view account,
                                                           const page_query& query) const {
  const bool of_administrator = account.empty();
  const auto add_where = [&](statement& s) {
    if (of_administrator) {
      s.add(" WHERE account IS NULL");
    } else {
      s.add(" WHERE account = ").bind(id(account));
    }
  };
  statement counted("SELECT count(*) FROM token");
  if (of_administrator) {
    add_where(counted);
  } else {
    counted = statement("SELECT tokens FROM account WHERE id = ");
    counted.bind(id(account));
  }
  SP_TRY(const auto total, count(at(), counted));
  statement s("SELECT id, value FROM token");
  add_where(s);
  const auto way = direction(query.order);
  s.add(" ORDER BY issued").add(way).add(", id").add(way);
  return page<model::api_token>(at(), total, query, std::move(s),
                                [](const rows& r, std::size_t i) {
                                  return decode_token(r.id(i, 0), r.octets(i, 1));
                                });
}

// ---- the audit log -----------------------------------------------------------------------------

result<model::audit_page> postgres_queries::audit_log(const model::audit_query& query) const {
  model::audit_page page;
  if (!query.account.empty() && !control_schema::pack_id(query.account)) return page;
  const bool backward = query.order == sort_order::descending;
  statement s("SELECT value, happened, place FROM audit WHERE ");
  add_audit_filter(s, query.filter);
  if (!query.account.empty()) s.add(" AND account = ").bind(id(query.account));
  if (query.since) s.add(" AND happened >= ").bind(time(*query.since));
  if (query.before) s.add(" AND happened < ").bind(time(*query.before));
  if (!query.cursor.empty()) {
    const auto last = control_schema::pack_id(query.cursor);
    if (!last) return fail(errc::malformed, "cursor");
    s.add(" AND (happened, place) ").add(backward ? "< (" : "> (");
    s.bind(number(schema::read_big_endian(std::string_view(*last).substr(0, 8)))).add(", ");
    s.bind(octets(std::string_view(*last).substr(8))).add(")");
  }
  s.add(" ORDER BY happened").add(direction(query.order)).add(", place");
  s.add(direction(query.order)).add(" LIMIT ").bind(count_of(std::uint64_t{query.max} + 1));
  s.add(" OFFSET ").bind(count_of(query.skip));
  SP_TRY(const auto found, session_->run(s));
  const auto shown = std::min<std::size_t>(found.count(), query.max);
  for (std::size_t i = 0; i < shown; ++i) {
    SP_TRY(auto entry, decode_audit_entry(found.octets(i, 0)));
    page.entries.push_back(std::move(entry));
  }
  if (found.count() > shown && shown > 0) {
    page.next = control_schema::unpack_id(std::string(found.octets(shown - 1, 1))
                                          + std::string(found.octets(shown - 1, 2)));
  }
  return page;
}

result<model::audit_entry> postgres_queries::audit_record(std::string_view account,
                                                          std::string_view entry) const {
  statement s("SELECT value FROM audit WHERE id = ");
  s.bind(id(entry));
  if (!account.empty()) s.add(" AND account = ").bind(id(account));
  SP_TRY(const auto found, session_->run(s));
  if (found.count() == 0) return fail(errc::not_found, "audit entry");
  return decode_audit_entry(found.octets(0, 0));
}

}  // namespace signpost::storage::postgres
