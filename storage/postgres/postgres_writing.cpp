// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/postgres_writing.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "proto/address/idna.hpp"
#include "proto/crypto/digest.hpp"
#include "storage/control/control_codec.hpp"
#include "storage/control/control_rows.hpp"
#include "storage/control/control_schema.hpp"
#include "storage/format/key_numbers.hpp"

namespace signpost::storage::postgres {
namespace {

namespace index = control_schema::index;

/// Rows of one statement: far below the number of parameters that PostgreSQL takes.
constexpr std::size_t rows_at_once = 200;

struct rule_keys {
  parameter matchers = octets({});
  std::vector<std::string> forwards;
};

// The keys of the other store say what is unique and where a rule sends mail: one definition for
// both.
rule_keys keys_of(const model::rule_object& r, std::string_view account) {
  rule_keys keys;
  keys.matchers.octets.reset();
  const auto packed_account = packed(account);
  for (const auto& row : rows_of(r, packed_account)) {
    if (row.unique == "matcher") {
      keys.matchers.octets = std::string(as_text(crypto::sha256(row.key)));
    }
  }
  for (const auto& action : r.actions) {
    if ((action.type != "forward" && action.type != "failover") || !action.value) continue;
    for (const auto& email : *action.value) keys.forwards.push_back(forward_mark(account, email));
  }
  std::ranges::sort(keys.forwards);
  const auto [first, last] = std::ranges::unique(keys.forwards);
  keys.forwards.erase(first, last);
  return keys;
}

constexpr std::string_view rule_columns =
    "INSERT INTO rule (zone, id, account, catch_all, priority, created, enabled, matchers, owner, "
    "forwards, value) VALUES ";

void add_rule(statement& s, const model::rule_object& r, std::string_view account) {
  auto keys = keys_of(r, account);
  parameter owner = text({});
  owner.octets = r.owner_worker_tag;
  s.add("(");
  s.bind_all({id(r.zone), id(r.id), id(account), flag(r.catch_all), real(r.priority),
              time(r.created), flag(r.enabled), std::move(keys.matchers), std::move(owner),
              octet_strings(keys.forwards), octets(encode(r))});
  s.add(")");
}

bool has_to_be_checked(const model::zone_object& z) {
  const auto proof = z.ownership.proof;
  return !z.is_active() || proof == model::zone_proof::mx || proof == model::zone_proof::txt;
}

/// The value that is there, or nothing.
template <typename T>
result<std::optional<T>> if_there(result<T> found) {
  if (found) return std::optional<T>(std::move(*found));
  if (found.error().code == errc::not_found) return std::optional<T>();
  return tl::unexpected(std::move(found.error()));
}

}  // namespace

result<void> write_entries(session& at, const std::vector<placed_entry>& entries) {
  for (std::size_t i = 0; i < entries.size();) {
    statement s(
        "INSERT INTO audit (id, happened, place, refused, account, action, succeeded, actor_id, "
        "actor_name, actor_ip, method, http_status, uri, resource_id, resource_type, zone_id, "
        "zone_name, value) VALUES ");
    const auto end = std::min(entries.size(), i + rows_at_once);
    for (const auto first = i; i < end; ++i) {
      const auto value = encode(entries[i].entry);
      // As it will be read, with long texts cut.
      SP_TRY(const auto e, decode_audit_entry(value));
      s.add(i == first ? "(" : ", (");
      s.bind_all({id(e.id), time(e.when), octets(entries[i].place), flag(entries[i].refused),
                  id(e.account), octets(e.action), flag(e.succeeded), octets(e.actor_id),
                  octets(e.actor_name), octets(e.actor_ip), octets(e.method),
                  number(static_cast<std::uint64_t>(e.http_status)), octets(e.uri),
                  octets(e.resource_id), octets(e.resource_type), octets(e.zone),
                  octets(e.zone_name), octets(value)});
      s.add(")");
    }
    SP_TRY([[maybe_unused]] const auto done, at.run(s));
  }
  return {};
}

statement insert_of(const model::zone_object& z) {
  statement s("INSERT INTO zone (id, account, name, from_the_right, shown_name, status, inactive, "
              "to_check, value) VALUES (");
  s.bind_all({id(z.id), id(z.account), text(z.name), text(control_schema::from_the_right(z.name)),
              text(address::to_u_labels(z.name)), text(to_string(z.ownership.status)),
              flag(!z.is_active()), flag(has_to_be_checked(z)), octets(encode(z))});
  s.add(")");
  return s;
}

statement insert_of(const model::destination_address& a) {
  statement s("INSERT INTO address (account, id, email, verified, created, value) VALUES (");
  s.bind_all({id(a.account), id(a.id), text(to_lower(a.email)), flag(a.verified.has_value()),
              time(a.created), octets(encode(a))});
  s.add(")");
  return s;
}

postgres_writing::postgres_writing(postgres_queries queries, model::feed_position before,
                                   random_source& random)
    : control_reading(std::move(queries)), before_(std::move(before)), random_(random) {}

// ---- what all of them do -----------------------------------------------------------------------

result<void> postgres_writing::write(const statement& s) {
  SP_TRY([[maybe_unused]] const auto done, run(s));
  return {};
}

result<void> postgres_writing::count(std::string_view account, std::string_view column,
                                     std::int64_t by, std::string_view total) {
  if (by == 0) return {};
  statement s("UPDATE account SET ");
  s.add(column).add(" = ").add(column).add(" + ").bind(signed_number(by));
  s.add(" WHERE id = ").bind(id(account));
  SP_CHECK(write(s));
  if (total.empty()) return {};
  statement whole("UPDATE head SET ");
  whole.add(total).add(" = ").add(total).add(" + ").bind(signed_number(by));
  return write(whole);
}

result<void> postgres_writing::require_account(std::string_view account_id) const {
  SP_TRY([[maybe_unused]] const auto found, account(account_id));
  return {};
}

result<void> postgres_writing::require_free(const statement& others, std::string_view field) const {
  SP_TRY(const auto found, at().run(others));
  if (found.count() > 0) return fail(errc::conflict, std::string(field));
  return {};
}

void postgres_writing::touch(std::string zone) {
  if (all_touched_) return;
  touched_.insert(std::move(zone));
  if (touched_.size() <= named_max) return;
  all_touched_ = true;
  touched_.clear();
}

void postgres_writing::note(object_kind kind, std::string_view name, std::string_view more) {
  if (all_objects_) return;
  objects_.insert(control_schema::key(static_cast<char>(kind), name, more));
  if (objects_.size() <= named_max) return;
  all_objects_ = true;
  objects_.clear();
}

void postgres_writing::touch_all() {
  all_touched_ = all_objects_ = true;
  touched_.clear();
  objects_.clear();
}

// ---- accounts ----------------------------------------------------------------------------------

result<void> postgres_writing::put(const model::account& changed) {
  SP_CHECK(check(changed));
  statement s("INSERT INTO account (id, name, created, value) VALUES (");
  s.bind_all({id(changed.id), text(changed.name), time(changed.created), octets(encode(changed))});
  s.add(") ON CONFLICT (id) DO UPDATE SET name = excluded.name, created = excluded.created, "
        "value = excluded.value RETURNING xmax = 0");
  SP_TRY(const auto done, run(s));
  note(object_kind::account, packed(changed.id));
  if (!done.flag(0, 0)) return {};
  return write(statement("UPDATE head SET accounts = accounts + 1"));
}

result<void> postgres_writing::remove_account(std::string_view account_id) {
  SP_CHECK(require_account(account_id));
  statement left("SELECT 1 FROM account WHERE zones + addresses + tokens > 0 AND id = ");
  left.bind(id(account_id));
  SP_CHECK(require_free(left, "the account is not empty"));
  statement s("DELETE FROM account WHERE id = ");
  s.bind(id(account_id));
  SP_CHECK(write(s));
  note(object_kind::account, packed(account_id));
  return write(statement("UPDATE head SET accounts = accounts - 1"));
}

// ---- zones -------------------------------------------------------------------------------------

result<void> postgres_writing::put(const model::zone_object& changed) {
  SP_CHECK(check(changed));
  SP_CHECK(require_account(changed.account));
  SP_TRY(const auto before, if_there(zone(changed.id)));
  if (before && before->account != changed.account) return fail(errc::conflict, "account");
  statement others("SELECT 1 FROM zone WHERE name = ");
  others.bind(text(changed.name)).add(" AND id <> ").bind(id(changed.id)).add(" AND (account = ");
  others.bind(id(changed.account)).add(" OR NOT inactive AND NOT ");
  others.bind(flag(!changed.is_active())).add(")");
  SP_CHECK(require_free(others, "name"));
  auto s = insert_of(changed);
  s.add(" ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
        "from_the_right = excluded.from_the_right, shown_name = excluded.shown_name, "
        "status = excluded.status, "
        "inactive = excluded.inactive, to_check = excluded.to_check, value = excluded.value");
  SP_CHECK(write(s));
  touch(changed.id);
  note(object_kind::zone, packed(changed.id));
  const int inactive_before = before && !before->is_active() ? 1 : 0;
  const int inactive = changed.is_active() ? 0 : 1;
  SP_CHECK(count(changed.account, "inactive_zones", inactive - inactive_before));
  return count(changed.account, "zones", before ? 0 : 1, "zones");
}

result<void> postgres_writing::remove_zone(std::string_view zone_id) {
  SP_TRY(const auto old, zone(zone_id));
  statement rules("DELETE FROM rule WHERE zone = ");
  rules.bind(id(zone_id));
  SP_TRY(const auto gone, run(rules));
  SP_CHECK(count(old.account, "rules", -static_cast<std::int64_t>(gone.changed()), "rules"));
  statement s("DELETE FROM zone WHERE id = ");
  s.bind(id(zone_id));
  SP_CHECK(write(s));
  touch(old.id);
  note(object_kind::zone, packed(old.id));
  SP_CHECK(count(old.account, "inactive_zones", old.is_active() ? 0 : -1));
  return count(old.account, "zones", -1, "zones");
}

// ---- rules -------------------------------------------------------------------------------------

result<void> postgres_writing::put(const model::rule_object& changed) {
  SP_CHECK(check(changed));
  SP_TRY(const auto owner, zone(changed.zone));
  const auto keys = keys_of(changed, owner.account);
  if (keys.matchers.octets) {
    statement others("SELECT 1 FROM rule WHERE zone = ");
    others.bind(id(changed.zone)).add(" AND matchers = ").bind(keys.matchers);
    others.add(" AND id <> ").bind(id(changed.id));
    SP_CHECK(require_free(others, "matcher"));
  }
  if (changed.catch_all) {
    SP_TRY(const auto other, if_there(catch_all(changed.zone)));
    if (other && other->id != changed.id) return fail(errc::conflict, "catch_all");
  }
  statement s(rule_columns);
  add_rule(s, changed, owner.account);
  s.add(" ON CONFLICT (zone, id) DO UPDATE SET catch_all = excluded.catch_all, "
        "priority = excluded.priority, created = excluded.created, enabled = excluded.enabled, "
        "matchers = excluded.matchers, owner = excluded.owner, forwards = excluded.forwards, "
        "value = excluded.value RETURNING xmax = 0");
  SP_TRY(const auto done, run(s));
  touch(changed.zone);
  note(object_kind::rule, packed(changed.zone), packed(changed.id));
  if (!done.flag(0, 0)) return {};
  SP_CHECK(count(owner.account, "rules", 1, "rules"));
  statement of_zone("UPDATE zone SET rules = rules + 1 WHERE id = ");
  of_zone.bind(id(changed.zone));
  return write(of_zone);
}

result<void> postgres_writing::remove_rule(std::string_view zone_id, std::string_view rule_id) {
  SP_TRY([[maybe_unused]] const auto old, rule(zone_id, rule_id));
  SP_TRY(const auto owner, zone(zone_id));
  statement s("DELETE FROM rule WHERE zone = ");
  s.bind(id(zone_id)).add(" AND id = ").bind(id(rule_id));
  SP_CHECK(write(s));
  touch(std::string(zone_id));
  note(object_kind::rule, packed(zone_id), packed(rule_id));
  SP_CHECK(count(owner.account, "rules", -1, "rules"));
  statement of_zone("UPDATE zone SET rules = rules - 1 WHERE id = ");
  of_zone.bind(id(zone_id));
  return write(of_zone);
}

result<void> postgres_writing::insert_rules(const model::zone_object& zone,
                                            const std::vector<model::rule_object>& rules) {
  for (std::size_t i = 0; i < rules.size();) {
    statement s(rule_columns);
    const auto end = std::min(rules.size(), i + rows_at_once);
    for (const auto first = i; i < end; ++i) {
      if (i != first) s.add(", ");
      add_rule(s, rules[i], zone.account);
    }
    SP_CHECK(write(s));
  }
  if (rules.empty()) return {};
  statement of_zone("UPDATE zone SET rules = ");
  of_zone.bind(number(rules.size())).add(" WHERE id = ").bind(id(zone.id));
  return write(of_zone);
}

// ---- addresses ---------------------------------------------------------------------------------

result<void> postgres_writing::touch_users_of(const model::destination_address& address) {
  SP_TRY(const auto users, rules_forwarding_to(address.account, address.email, SIZE_MAX));
  for (const auto& name : users) touch(name.zone);
  return {};
}

result<void> postgres_writing::put(const model::destination_address& changed) {
  SP_CHECK(check(changed));
  SP_CHECK(require_account(changed.account));
  SP_TRY(const auto before, if_there(address(changed.account, changed.id)));
  statement others("SELECT 1 FROM address WHERE account = ");
  others.bind(id(changed.account)).add(" AND email = ").bind(text(to_lower(changed.email)));
  others.add(" AND id <> ").bind(id(changed.id));
  SP_CHECK(require_free(others, "email"));
  auto s = insert_of(changed);
  s.add(" ON CONFLICT (account, id) DO UPDATE SET email = excluded.email, "
        "verified = excluded.verified, created = excluded.created, value = excluded.value");
  SP_CHECK(write(s));
  note(object_kind::address, packed(changed.account), packed(changed.id));
  const bool was_verified = before && before->verified;
  const bool is_now = changed.verified.has_value();
  const bool renamed = before && !equals_ignoring_case(before->email, changed.email);
  if (renamed && was_verified) SP_CHECK(touch_users_of(*before));
  if (was_verified != is_now || renamed) SP_CHECK(touch_users_of(changed));
  const int verified = static_cast<int>(is_now) - static_cast<int>(was_verified);
  SP_CHECK(count(changed.account, "verified_addresses", verified));
  return count(changed.account, "addresses", before ? 0 : 1);
}

result<void> postgres_writing::remove_address(std::string_view account_id,
                                              std::string_view address_id) {
  SP_TRY(const auto old, address(account_id, address_id));
  SP_CHECK(touch_users_of(old));
  statement s("DELETE FROM address WHERE account = ");
  s.bind(id(account_id)).add(" AND id = ").bind(id(address_id));
  SP_CHECK(write(s));
  note(object_kind::address, packed(account_id), packed(address_id));
  SP_CHECK(count(account_id, "verified_addresses", old.verified ? -1 : 0));
  return count(account_id, "addresses", -1);
}

// ---- tokens, settings, usage -------------------------------------------------------------------

result<void> postgres_writing::put(const model::api_token& changed) {
  SP_CHECK(check(changed));
  if (!changed.account.empty()) SP_CHECK(require_account(changed.account));
  SP_TRY(const auto before, if_there(token(changed.id)));
  if (before && before->account != changed.account) return fail(errc::conflict, "account");
  statement others("SELECT 1 FROM token WHERE secret_hash = ");
  others.bind(octets(changed.secret_hash)).add(" AND id <> ").bind(id(changed.id));
  SP_CHECK(require_free(others, "secret_hash"));
  statement s("INSERT INTO token (id, account, secret_hash, issued, value) VALUES (");
  s.bind_all({id(changed.id), id(changed.account), octets(changed.secret_hash),
              time(changed.issued_on), octets(encode(changed))});
  s.add(") ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash, "
        "issued = excluded.issued, value = excluded.value");
  SP_CHECK(write(s));
  note(object_kind::token, packed(changed.id));
  return changed.account.empty() ? result<void>()
                                 : count(changed.account, "tokens", before ? 0 : 1);
}

result<void> postgres_writing::remove_token(std::string_view token_id) {
  SP_TRY(const auto old, token(token_id));
  statement s("DELETE FROM token WHERE id = ");
  s.bind(id(token_id));
  SP_CHECK(write(s));
  note(object_kind::token, packed(token_id));
  return old.account.empty() ? result<void>() : count(old.account, "tokens", -1);
}

result<void> postgres_writing::put_setting(std::string_view name, std::string_view value) {
  if (name.size() > model::control_limits::name_octets_max
      || value.size() > model::control_limits::setting_octets_max) {
    return fail(errc::malformed, "setting");
  }
  // The version is the change's: what an older one of this row contained does not open here.
  const auto version = before_.revision + 1;
  const auto* box = queries().secrets();
  const secret_place place{.table = "setting", .row = name, .version = version};
  const auto stored = box == nullptr ? std::string(value) : box->seal(random_, place, value);
  statement s("INSERT INTO setting (name, version, sealed, value) VALUES (");
  s.bind_all({octets(name), number(version), flag(box != nullptr), octets(stored)});
  s.add(") ON CONFLICT (name) DO UPDATE SET version = excluded.version, "
        "sealed = excluded.sealed, value = excluded.value");
  SP_CHECK(write(s));
  note(object_kind::setting, name);
  return {};
}

result<void> postgres_writing::put_usage(std::string_view name, const model::usage_count& usage) {
  if (name.empty() || name.size() > model::control_limits::name_octets_max
      || name.find('\0') != std::string_view::npos) {
    return fail(errc::malformed, "the name of a counter is not valid");
  }
  statement s("INSERT INTO usage (name, until, count) VALUES (");
  s.bind_all({octets(name), time(usage.until), number(usage.count)});
  s.add(") ON CONFLICT (name, until) DO UPDATE SET count = excluded.count");
  return write(s);
}

// ---- the end -----------------------------------------------------------------------------------

result<void> postgres_writing::write_audit() {
  if (entries_.empty()) return fail(errc::malformed, "a change without an audit entry");
  if (entries_.size() > model::control_limits::audit_entries_max) {
    return fail(errc::limit_exceeded, "too many audit entries in one change");
  }
  const auto revision = before_.revision + 1;
  std::vector<placed_entry> placed;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    SP_CHECK(check(entries_[i]));
    entries_[i].revision = revision;
    placed.push_back({.entry = entries_[i], .place = control_schema::audit_order(revision, i)});
  }
  return write_entries(at(), placed);
}

result<model::change_record> postgres_writing::finish(wall_time now, std::uint64_t keep) {
  if (!wrote_ && entries_.empty()) return model::change_record{};
  SP_CHECK(write_audit());
  const auto revision = before_.revision + 1;
  model::change_record change{.position = {.revision = revision},
                              .when = now,
                              .zones = {touched_.begin(), touched_.end()},
                              .all_zones = all_touched_};
  change.position.mark = mark_of(change, before_.mark, entries_.front());
  parameter objects = octet_strings({objects_.begin(), objects_.end()});
  if (all_objects_) objects.octets.reset();
  statement log("INSERT INTO change_log (revision, mark, objects, value) VALUES (");
  log.bind_all({number(revision), octets(change.position.mark), std::move(objects),
                octets(encode(change))});
  log.add(")");
  SP_CHECK(write(log));
  statement head("UPDATE head SET revision = ");
  head.bind(number(revision)).add(", mark = ").bind(octets(change.position.mark));
  SP_CHECK(write(head));
  if (revision > keep) {
    statement old("DELETE FROM change_log WHERE revision <= ");
    old.bind(number(revision - keep));
    SP_CHECK(write(old));
  }
  return change;
}

}  // namespace signpost::storage::postgres
