// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/conditions.hpp"

#include <string>

#include "base/text.hpp"

namespace signpost::storage::postgres {
namespace {

using model::audit_field;
using model::text_comparison;

void add_zones(statement& s, const model::place_set& set, const place_columns& in) {
  s.add(in.zone).add(" = ANY (");
  if (!in.zone_as_octets) {
    s.bind(ids(set.zones)).add(")");
    return;
  }
  // No zone is named by an empty text.
  std::vector<std::string> named;
  for (const auto& zone : set.zones) {
    if (!zone.empty()) named.push_back(zone);
  }
  s.bind(octet_strings(named)).add(")");
}

void add_places(statement& s, const model::place_set& set, const place_columns& in) {
  if (set.all) {
    s.add("true");
    return;
  }
  s.add("(").add(in.account).add(" = ANY (").bind(ids(set.accounts)).add(") OR ");
  add_zones(s, set, in);
  s.add(")");
}

/// `text` where `%` and `_` stand for themselves.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '%' || c == '_') out += '\\';
    out += c;
  }
  return out;
}

// What text_of() says of an entry, as an expression of octets.
std::string_view expression_of(audit_field field) {
  switch (field) {
    case audit_field::id:
      return "convert_to(replace(id::text, '-', ''), 'UTF8')";
    case audit_field::action:
      return "action";
    case audit_field::result:
      return "(CASE WHEN succeeded THEN 'success'::bytea ELSE 'failure'::bytea END)";
    case audit_field::actor_kind:
      return "(CASE WHEN actor_id IN ('signpostd'::bytea, 'cli'::bytea) THEN 'system'::bytea "
             "ELSE 'user'::bytea END)";
    case audit_field::actor_id:
      return "actor_id";
    case audit_field::actor_ip:
      return "actor_ip";
    case audit_field::token_id:
      return "(CASE WHEN actor_id IN ('signpostd'::bytea, 'cli'::bytea) THEN ''::bytea "
             "ELSE actor_id END)";
    case audit_field::token_name:
      return "(CASE WHEN actor_id IN ('signpostd'::bytea, 'cli'::bytea) THEN ''::bytea "
             "ELSE actor_name END)";
    case audit_field::method:
      return "method";
    case audit_field::http_status:
      return "convert_to(http_status::text, 'UTF8')";
    case audit_field::uri:
      return "uri";
    case audit_field::resource_id:
      return "resource_id";
    case audit_field::resource_type:
      return "resource_type";
    case audit_field::product:
      return "(CASE WHEN substr(resource_type, 1, 13) = 'email_routing'::bytea "
             "THEN 'email_routing'::bytea WHEN resource_type = 'zone'::bytea THEN 'zones'::bytea "
             "WHEN resource_type IN ('token'::bytea, 'administrator'::bytea) "
             "THEN 'api_tokens'::bytea ELSE 'accounts'::bytea END)";
    case audit_field::scope:
      return "(CASE WHEN zone_id <> ''::bytea THEN 'zones'::bytea WHEN account IS NULL "
             "THEN 'user'::bytea ELSE 'accounts'::bytea END)";
    case audit_field::zone_id:
      return "zone_id";
    case audit_field::zone_name:
      return "zone_name";
    case audit_field::nothing:
      break;
  }
  return "''::bytea";
}

}  // namespace

void add_visible(statement& s, const model::visibility& seen, const place_columns& in) {
  s.add("(false");
  for (const auto& grant : seen.grants) {
    s.add(" OR (");
    if (!grant.within.empty()) s.add(in.account).add(" = ").bind(id(grant.within)).add(" AND ");
    add_places(s, grant.allowed, in);
    s.add(" AND NOT ");
    add_places(s, grant.denied, in);
    s.add(")");
  }
  s.add(")");
}

void add_text(statement& s, std::string_view column, const model::text_filter& filter,
              bool column_is_lower) {
  const auto value = filter.with_case ? filter.value : to_lower(filter.value);
  const bool fold = !filter.with_case && !column_is_lower;
  std::string compared(column);
  if (fold) compared = "lower(" + compared + ")";
  s.add("(");
  switch (filter.how) {
    case text_comparison::equal:
      s.add(compared).add(" = ").bind(text(value));
      break;
    case text_comparison::not_equal:
      s.add(compared).add(" <> ").bind(text(value));
      break;
    case text_comparison::starts_with:
      s.add(compared).add(" LIKE ").bind(text(escaped(value) + "%"));
      break;
    case text_comparison::ends_with:
      s.add(compared).add(" LIKE ").bind(text("%" + escaped(value)));
      break;
    case text_comparison::contains:
      s.add(compared).add(" LIKE ").bind(text("%" + escaped(value) + "%"));
      break;
  }
  s.add(")");
}

void add_zone_filter(statement& s, const model::zone_filter& filter) {
  s.add("(");
  if (filter.visible) {
    add_visible(s, *filter.visible, {.account = "z.account", .zone = "z.id"});
  } else {
    s.add("true");
  }
  s.add(" AND (");
  bool asked = false;
  const auto next = [&] {
    if (asked) s.add(filter.any ? " OR " : " AND ");
    asked = true;
  };
  if (filter.name) {
    next();
    s.add("(");
    add_text(s, "z.name", *filter.name, true);
    // Parts of a name may be given as people write it.
    const auto how = filter.name->how;
    if (how != text_comparison::equal && how != text_comparison::not_equal) {
      s.add(" OR ");
      add_text(s, "z.shown_name", *filter.name, true);
    }
    s.add(")");
  }
  if (filter.account) {
    next();
    s.add("coalesce(z.account = ").bind(id(*filter.account)).add(", false)");
  }
  if (filter.account_name) {
    next();
    add_text(s, "coalesce(a.name, '')", *filter.account_name, false);
  }
  if (filter.status) {
    next();
    s.add("z.status = ").bind(text(to_string(*filter.status)));
  }
  s.add(asked ? "))" : "true))");
}

void add_audit_filter(statement& s, const model::audit_filter& filter) {
  s.add("(CASE WHEN account IS NULL THEN ").bind(flag(filter.of_no_account)).add(" ELSE ");
  if (filter.visible) {
    add_visible(s, *filter.visible,
                {.account = "account", .zone = "zone_id", .zone_as_octets = true});
  } else {
    s.add("true");
  }
  s.add(" END)");
  for (const auto& condition : filter.conditions) {
    const auto expression = expression_of(condition.field);
    if (!condition.any_of.empty()) {
      s.add(" AND ").add(expression).add(" = ANY (").bind(octet_strings(condition.any_of)).add(")");
    }
    if (!condition.none_of.empty()) {
      s.add(" AND NOT ").add(expression).add(" = ANY (");
      s.bind(octet_strings(condition.none_of)).add(")");
    }
  }
}

}  // namespace signpost::storage::postgres
