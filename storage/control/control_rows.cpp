// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_rows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.hpp"
#include "proto/crypto/digest.hpp"
#include "storage/control/control_codec.hpp"

namespace signpost::storage {
namespace {

using control_schema::family;
using control_schema::key;
using control_schema::time_octets;
using limits = model::control_limits;
namespace audit = control_schema::audit;
namespace index = control_schema::index;
namespace object = control_schema::object;

result<void> check_id(std::string_view id, const char* field) {
  if (!control_schema::pack_id(id)) return fail(errc::malformed, field);
  return {};
}

/// Texts may be part of keys, where NUL ends them.
result<void> check_text(std::string_view text, const char* field,
                        std::size_t max = limits::name_octets_max) {
  if (text.size() > max || text.find('\0') != std::string_view::npos) {
    return fail(errc::malformed, field);
  }
  return {};
}

template <typename List>
result<void> check_list(const List& list, const char* field) {
  if (list.size() > limits::list_max) return fail(errc::malformed, field);
  return {};
}

}  // namespace

namespace {

// Equal for equal matchers in any order; the address a rule is for is compared as in matcher_key.
std::string hash_of(const std::vector<model::rule_matcher>& matchers) {
  std::vector<std::string> lines;
  for (const auto& m : matchers) {
    const auto field = m.field.value_or("to");
    lines.push_back(
        control_schema::key('m', field, std::string_view("\0", 1),
                            control_schema::matcher_key({}, m.type, m.value.value_or(""))));
  }
  std::ranges::sort(lines);
  std::string text;
  for (const auto& line : lines) {
    schema::append_be64(text, line.size());
    text += line;
  }
  const auto octets = crypto::sha256(text);
  return std::string(as_text(octets));
}

/// Under which a rule's matchers are unique in its zone; empty for a catch-all, whose place is its
/// index.
std::string matchers_key_of(const model::rule_object& r, std::string_view zone) {
  if (r.catch_all || r.matchers.empty()) return {};
  const auto& first = r.matchers.front();
  if (r.matchers.size() > 1) return control_schema::matchers_key(zone, hash_of(r.matchers));
  return control_schema::matcher_key(zone, first.type, first.value.value_or(""));
}

bool sends_mail_on(const model::rule_object_action& action) {
  return action.type == "forward" || action.type == "failover";
}

}  // namespace

control_rows rows_of(const model::account& a) {
  const auto id = packed(a.id);
  return {{family::object, key(object::account, id), encode(a)},
          {family::index, key(index::account_by_creation, time_octets(a.created), id), {}}};
}

control_rows rows_of(const model::zone_object& z) {
  const auto id = packed(z.id);
  const auto account = packed(z.account);
  control_rows rows{
      {family::object, key(object::zone, id), encode(z)},
      {family::index, key(index::zone_by_account, account, z.name), id, "name"}};
  if (z.is_active()) {
    rows.push_back({family::index, key(index::zone_by_name, z.name), id, "name"});
    rows.push_back(suffix_row(z));
  } else {
    rows.push_back({family::index, control_schema::inactive_prefix(z.name) + id, id});
  }
  const auto proof = z.ownership.proof;
  const bool in_dns = proof == model::zone_proof::mx || proof == model::zone_proof::txt;
  if (!z.is_active() || in_dns) rows.push_back({family::index, key(index::zone_to_check, id), {}});
  return rows;
}

control_row suffix_row(const model::zone_object& z) {
  return {family::index,
          key(index::zone_by_suffix, control_schema::from_the_right(z.name)),
          packed(z.account) + packed(z.id)};
}

control_rows rows_of(const model::rule_object& r, std::string_view account) {
  const auto id = packed(r.id);
  const auto zone = packed(r.zone);
  const auto place = control_schema::place_of(r);
  control_rows rows{{family::rule, zone + place + id, encode(r)},
                    {family::index, key(index::rule_place, zone, id), place}};
  if (auto unique = matchers_key_of(r, zone); !unique.empty()) {
    rows.push_back({family::index, std::move(unique), id, "matcher"});
  }
  if (r.owner_worker_tag) {
    rows.push_back({family::index,
                    control_schema::owner_prefix(account, *r.owner_worker_tag) + zone + id,
                    {}});
  }
  for (const auto& action : r.actions) {
    if (!sends_mail_on(action) || !action.value) continue;
    for (const auto& email : *action.value) {
      rows.push_back(
          {family::index, control_schema::forward_prefix(account, email) + zone + id, {}});
    }
  }
  return rows;
}

control_rows rows_of(const model::destination_address& a) {
  const auto id = packed(a.id);
  const auto account = packed(a.account);
  const auto email = to_lower(a.email);
  control_rows rows{
      {family::object, key(object::address, account, id), encode(a)},
      {family::index, key(index::address_by_email, account, email), id, "email"},
      {family::index, key(index::address_by_creation, account, time_octets(a.created), id),
       std::string(1, a.verified ? '\1' : '\0')}};
  if (a.verified) rows.push_back({family::index, key(index::verified, account, email), {}});
  return rows;
}

control_rows rows_of(const model::api_token& t) {
  const auto id = packed(t.id);
  return {{family::object, key(object::token, id), encode(t)},
          {family::index, key(index::token_by_hash, t.secret_hash), id, "secret_hash"},
          {family::index,
           key(index::token_by_issue, packed(t.account), time_octets(t.issued_on), id),
           {}}};
}

control_rows rows_of(const model::audit_entry& e, std::string_view order) {
  const auto account = packed(e.account);
  const auto position = time_octets(e.when) + std::string(order);
  return {{family::audit, key(audit::entry, account, position), encode(e)},
          {family::audit, key(audit::everywhere, position), account},
          {family::index, key(index::audit_by_id, packed(e.id)), account + position}};
}

std::string mark_of(const model::change_record& change, std::string_view before,
                    const model::audit_entry& entry) {
  constexpr std::size_t mark_octets = 16;
  std::string text(before);
  schema::append_be64(text, change.position.revision);
  text += packed(entry.id);
  text += encode(change);
  const auto octets = crypto::sha256(text);
  return std::string(as_text(octets).substr(0, mark_octets));
}

result<void> check(const model::account& a) {
  SP_CHECK(check_id(a.id, "id"));
  return check_text(a.name, "name");
}

result<void> check(const model::zone_object& z) {
  SP_CHECK(check_id(z.id, "id"));
  SP_CHECK(check_id(z.account, "account"));
  if (z.name.empty()) return fail(errc::malformed, "name");
  SP_CHECK(check_text(z.name, "name"));
  SP_CHECK(check_list(z.subdomains, "subdomains"));
  for (const auto& s : z.subdomains) {
    SP_CHECK(check_id(s.id, "subdomain id"));
    SP_CHECK(check_text(s.name, "subdomain"));
  }
  return {};
}

result<void> check(const model::rule_object& r) {
  SP_CHECK(check_id(r.id, "id"));
  SP_CHECK(check_id(r.zone, "zone"));
  SP_CHECK(check_text(r.name.value_or(""), "name"));
  SP_CHECK(check_text(r.source, "source"));
  SP_CHECK(check_text(r.owner_worker_tag.value_or(""), "owner_worker_tag"));
  if (!std::isfinite(r.priority)) return fail(errc::malformed, "priority");
  SP_CHECK(check_list(r.matchers, "matchers"));
  SP_CHECK(check_list(r.actions, "actions"));
  for (const auto& m : r.matchers) {
    if (m.type.empty()) return fail(errc::malformed, "matcher type");
    SP_CHECK(check_text(m.type, "matcher type"));
    SP_CHECK(check_text(m.field.value_or(""), "matcher field"));
    SP_CHECK(check_text(m.value.value_or(""), "matcher value", limits::value_octets_max));
  }
  for (const auto& a : r.actions) {
    SP_CHECK(check_text(a.type, "action type"));
    if (!a.value) continue;
    SP_CHECK(check_list(*a.value, "action values"));
    for (const auto& v : *a.value)
      SP_CHECK(check_text(v, "action value", limits::value_octets_max));
  }
  return {};
}

result<void> check(const model::destination_address& a) {
  SP_CHECK(check_id(a.id, "id"));
  SP_CHECK(check_id(a.account, "account"));
  if (a.email.empty()) return fail(errc::malformed, "email");
  SP_CHECK(check_text(a.verification_mail, "verification_mail"));
  return check_text(a.email, "email");
}

result<void> check(const model::api_token& t) {
  SP_CHECK(check_id(t.id, "id"));
  if (!t.account.empty()) SP_CHECK(check_id(t.account, "account"));
  SP_CHECK(check_text(t.name, "name"));
  if (t.secret_hash.size() != 32) return fail(errc::malformed, "secret_hash");
  SP_CHECK(check_list(t.policies, "policies"));
  SP_CHECK(check_list(t.ip_in, "ip_in"));
  SP_CHECK(check_list(t.ip_not_in, "ip_not_in"));
  for (const auto& p : t.policies) {
    SP_CHECK(check_list(p.resources, "resources"));
    SP_CHECK(check_list(p.permission_groups, "permission_groups"));
  }
  return {};
}

result<void> check(const model::audit_entry& e) {
  return check_id(e.id, "audit id");
}

}  // namespace signpost::storage
