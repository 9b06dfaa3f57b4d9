// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_writing.hpp"

#include <algorithm>

#include "storage/control/control_codec.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

using control_schema::family;
using control_schema::key;
namespace counter = control_schema::counter;
namespace object = control_schema::object;

result<void> written(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return tl::unexpected(to_error(status, "change"));
}

/// The rows of what is there already; none if there is nothing.
template <typename T, typename RowsOf>
result<control_rows> rows_of_old(const result<T>& old, RowsOf rows) {
  if (old) return rows(*old);
  if (old.error().code == errc::not_found) return control_rows{};
  return tl::unexpected(old.error());
}

}  // namespace

control_rows rows_of(const model::change_record& change) {
  const auto revision = schema::be64(change.position.revision);
  return {{family::change, revision, encode(change)},
          {family::meta, std::string(control_schema::meta::revision), revision}};
}

control_writing::control_writing(const control_database& database,
                                 rocksdb::WriteBatchWithIndex& batch, std::uint64_t revision)
    : control_reading(control_queries(control_view(database, batch))),
      database_(database),
      batch_(batch),
      revision_(revision) {}

result<void> control_writing::check_unique(const control_rows& rows, std::string_view owner) const {
  for (const auto& row : rows) {
    if (row.unique.empty()) continue;
    SP_TRY(const auto holder, queries().view().get(row.family, row.key));
    if (holder && *holder != owner) return fail(errc::conflict, std::string(row.unique));
  }
  return {};
}

result<void> control_writing::replace(const control_rows& old, const control_rows& rows) {
  wrote_ = true;
  for (const auto& row : old) {
    const bool stays = std::ranges::any_of(
        rows, [&](const control_row& r) { return r.family == row.family && r.key == row.key; });
    if (!stays) SP_CHECK(written(batch_.Delete(of(row.family), row.key)));
  }
  for (const auto& row : rows) SP_CHECK(written(batch_.Put(of(row.family), row.key, row.value)));
  return {};
}

result<void> control_writing::add_to(const std::string& name, std::int64_t by) {
  SP_TRY(const auto before, queries().view().number(family::counter, name));
  const auto after = before + static_cast<std::uint64_t>(by);
  // A counter of zero has no key: what is removed leaves nothing behind.
  return written(after == 0 ? batch_.Delete(of(family::counter), name)
                            : batch_.Put(of(family::counter), name, schema::be64(after)));
}

result<void> control_writing::require_account(std::string_view id) const {
  SP_TRY([[maybe_unused]] const auto found, account(id));
  return {};
}

void control_writing::touch(std::string zone) {
  if (all_touched_) return;
  touched_.insert(std::move(zone));
  if (touched_.size() <= zones_named_max) return;
  all_touched_ = true;
  touched_.clear();
}

result<void> control_writing::put(const model::account& changed) {
  SP_CHECK(check(changed));
  SP_TRY(const auto old,
         rows_of_old(account(changed.id), [](const model::account& a) { return rows_of(a); }));
  SP_CHECK(replace(old, rows_of(changed)));
  if (!old.empty()) return {};
  return add_to(key(counter::accounts), 1);
}

result<void> control_writing::remove_account(std::string_view id) {
  SP_TRY(const auto old, account(id));
  for (const char letter :
       {counter::zones_of_account, counter::addresses_of_account, counter::tokens_of_account}) {
    SP_TRY(const auto left, queries().view().number(family::counter, key(letter, packed(id))));
    if (left > 0) return fail(errc::conflict, "the account is not empty");
  }
  SP_CHECK(replace(rows_of(old), {}));
  return add_to(key(counter::accounts), -1);
}

result<void> control_writing::put(const model::zone_object& changed) {
  SP_CHECK(check(changed));
  SP_CHECK(require_account(changed.account));
  const auto before = zone(changed.id);
  if (before && before->account != changed.account) return fail(errc::conflict, "account");
  SP_TRY(const auto old,
         rows_of_old(before, [](const model::zone_object& z) { return rows_of(z); }));
  const auto rows = rows_of(changed);
  SP_CHECK(check_unique(rows, packed(changed.id)));
  SP_CHECK(replace(old, rows));
  touch(changed.id);
  const auto account = packed(changed.account);
  const int inactive_before = before && !before->is_active() ? 1 : 0;
  const int inactive = changed.is_active() ? 0 : 1;
  if (inactive != inactive_before) {
    SP_CHECK(add_to(key(counter::inactive_of_account, account), inactive - inactive_before));
  }
  if (!old.empty()) return {};
  SP_CHECK(add_to(key(counter::zones), 1));
  return add_to(key(counter::zones_of_account, account), 1);
}

result<void> control_writing::remove_zone(std::string_view id) {
  SP_TRY(const auto old, zone(id));
  SP_TRY(const auto rules, all_rules(id, SIZE_MAX));
  const auto account = packed(old.account);
  for (const auto& rule : rules) SP_CHECK(replace(rows_of(rule, account), {}));
  if (!rules.empty()) {
    SP_CHECK(count_rule(account, packed(id), -static_cast<std::int64_t>(rules.size())));
  }
  SP_CHECK(replace(rows_of(old), {}));
  touch(old.id);
  SP_CHECK(add_to(key(counter::zones), -1));
  if (!old.is_active()) SP_CHECK(add_to(key(counter::inactive_of_account, account), -1));
  return add_to(key(counter::zones_of_account, account), -1);
}

result<void> control_writing::count_rule(std::string_view account, std::string_view zone,
                                         std::int64_t by) {
  SP_CHECK(add_to(key(counter::rules), by));
  SP_CHECK(add_to(key(counter::rules_of_account, account), by));
  return add_to(key(counter::rules_of_zone, zone), by);
}

result<void> control_writing::put(const model::rule_object& changed) {
  SP_CHECK(check(changed));
  SP_TRY(const auto owner, zone(changed.zone));
  const auto account = packed(owner.account);
  SP_TRY(const auto old,
         rows_of_old(rule(changed.zone, changed.id),
                     [&](const model::rule_object& r) { return rows_of(r, account); }));
  const auto rows = rows_of(changed, account);
  SP_CHECK(check_unique(rows, packed(changed.id)));
  if (changed.catch_all) {
    const auto other = catch_all(changed.zone);
    if (other && other->id != changed.id) return fail(errc::conflict, "catch_all");
    if (!other && other.error().code != errc::not_found) return tl::unexpected(other.error());
  }
  SP_CHECK(replace(old, rows));
  touch(changed.zone);
  if (!old.empty()) return {};
  return count_rule(account, packed(changed.zone), 1);
}

result<void> control_writing::remove_rule(std::string_view zone_id, std::string_view id) {
  SP_TRY(const auto old, rule(zone_id, id));
  SP_TRY(const auto owner, zone(zone_id));
  const auto account = packed(owner.account);
  SP_CHECK(replace(rows_of(old, account), {}));
  touch(old.zone);
  return count_rule(account, packed(zone_id), -1);
}

result<void> control_writing::touch_users_of(const model::destination_address& address) {
  SP_TRY(const auto users, rules_forwarding_to(address.account, address.email, SIZE_MAX));
  for (const auto& name : users) touch(name.zone);
  return {};
}

result<void> control_writing::put(const model::destination_address& changed) {
  SP_CHECK(check(changed));
  SP_CHECK(require_account(changed.account));
  const auto before = address(changed.account, changed.id);
  SP_TRY(const auto old,
         rows_of_old(before, [](const model::destination_address& a) { return rows_of(a); }));
  const auto rows = rows_of(changed);
  SP_CHECK(check_unique(rows, packed(changed.id)));
  SP_CHECK(replace(old, rows));
  const auto account = packed(changed.account);
  const bool was_verified = before && before->verified;
  const bool renamed = before && !equals_ignoring_case(before->email, changed.email);
  if (renamed && was_verified) SP_CHECK(touch_users_of(*before));
  if (was_verified != changed.verified.has_value() || renamed) SP_CHECK(touch_users_of(changed));
  if (was_verified != changed.verified.has_value()) {
    SP_CHECK(add_to(key(counter::verified_of_account, account), was_verified ? -1 : 1));
  }
  if (!old.empty()) return {};
  return add_to(key(counter::addresses_of_account, account), 1);
}

result<void> control_writing::remove_address(std::string_view account_id, std::string_view id) {
  SP_TRY(const auto old, address(account_id, id));
  SP_CHECK(touch_users_of(old));
  SP_CHECK(replace(rows_of(old), {}));
  const auto account = packed(account_id);
  if (old.verified) SP_CHECK(add_to(key(counter::verified_of_account, account), -1));
  return add_to(key(counter::addresses_of_account, account), -1);
}

result<void> control_writing::put(const model::api_token& changed) {
  SP_CHECK(check(changed));
  if (!changed.account.empty()) SP_CHECK(require_account(changed.account));
  const auto before = token(changed.id);
  if (before && before->account != changed.account) return fail(errc::conflict, "account");
  SP_TRY(const auto old, rows_of_old(before, [](const model::api_token& t) { return rows_of(t); }));
  const auto rows = rows_of(changed);
  SP_CHECK(check_unique(rows, packed(changed.id)));
  SP_CHECK(replace(old, rows));
  if (!old.empty()) return {};
  return add_to(key(counter::tokens_of_account, packed(changed.account)), 1);
}

result<void> control_writing::remove_token(std::string_view id) {
  SP_TRY(const auto old, token(id));
  SP_CHECK(replace(rows_of(old), {}));
  return add_to(key(counter::tokens_of_account, packed(old.account)), -1);
}

result<void> control_writing::put_setting(std::string_view name, std::string_view value) {
  if (name.size() > model::control_limits::name_octets_max
      || value.size() > model::control_limits::setting_octets_max) {
    return fail(errc::malformed, "setting");
  }
  return replace({}, {{family::object, key(object::setting, name), std::string(value)}});
}

result<void> control_writing::put_usage(std::string_view name, const model::usage_count& usage) {
  if (name.empty() || name.size() > model::control_limits::name_octets_max
      || name.find('\0') != std::string_view::npos) {
    return fail(errc::malformed, "the name of a counter is not valid");
  }
  const auto end = control_schema::time_octets(usage.until);
  return replace(
      {}, {{family::counter, control_schema::usage_prefix(name) + end, schema::be64(usage.count)},
           {family::counter, key(control_schema::usage::by_end, end, name), {}}});
}

result<void> control_writing::write_audit() {
  if (entries_.empty()) return fail(errc::malformed, "a change without an audit entry");
  if (entries_.size() > model::control_limits::audit_entries_max) {
    return fail(errc::limit_exceeded, "too many audit entries in one change");
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    auto& entry = entries_[i];
    SP_CHECK(check(entry));
    entry.revision = revision_;
    SP_CHECK(replace({}, rows_of(entry, control_schema::audit_order(revision_, i))));
  }
  return {};
}

result<model::change_record> control_writing::finish(wall_time now) {
  if (!wrote_ && entries_.empty()) return model::change_record{};
  SP_CHECK(write_audit());
  model::change_record change{.position = {.revision = revision_},
                              .when = now,
                              .zones = {touched_.begin(), touched_.end()},
                              .all_zones = all_touched_};
  SP_TRY(const auto before, queries().change(revision_ - 1));
  change.position.mark = mark_of(change, before ? before->position.mark : "", entries_.front());
  SP_CHECK(replace({}, rows_of(change)));
  return change;
}

}  // namespace signpost::storage
