// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_queries.hpp"

#include <algorithm>

#include "storage/control/control_codec.hpp"
#include "storage/control/control_paging.hpp"

namespace signpost::storage {
namespace {

using control_schema::family;
using control_schema::id_octets;
using control_schema::key;
using control_schema::pack_id;
using control_schema::unpack_id;
namespace counter = control_schema::counter;
namespace index = control_schema::index;
namespace object = control_schema::object;

tl::unexpected<error> nothing(std::string_view what) {
  return fail(errc::not_found, std::string(what));
}

}  // namespace

result<std::uint64_t> control_queries::revision() const {
  return view_.number(family::meta, control_schema::meta::revision);
}

result<model::control_totals> control_queries::totals() const {
  model::control_totals t;
  SP_TRY(t.accounts, view_.number(family::counter, key(counter::accounts)));
  SP_TRY(t.zones, view_.number(family::counter, key(counter::zones)));
  SP_TRY(t.rules, view_.number(family::counter, key(counter::rules)));
  return t;
}

result<model::account> control_queries::account(std::string_view id) const {
  const auto packed = pack_id(id);
  if (!packed) return nothing("account");
  SP_TRY(const auto value, view_.get(family::object, key(object::account, *packed)));
  if (!value) return nothing("account");
  return decode_account(id, *value);
}

result<model::zone_object> control_queries::zone(std::string_view id) const {
  const auto packed = pack_id(id);
  if (!packed) return nothing("zone");
  SP_TRY(const auto value, view_.get(family::object, key(object::zone, *packed)));
  if (!value) return nothing("zone");
  return decode_zone(id, *value);
}

result<model::zone_object> control_queries::zone_by_name(std::string_view name) const {
  SP_TRY(const auto id, view_.get(family::index, key(index::zone_by_name, name)));
  if (!id) return nothing("zone");
  return must_exist(zone(unpack_id(*id)));
}

result<model::zone_object> control_queries::zone_by_name(std::string_view account,
                                                         std::string_view name) const {
  const auto packed = pack_id(account);
  if (!packed) return nothing("zone");
  SP_TRY(const auto id, view_.get(family::index, key(index::zone_by_account, *packed, name)));
  if (!id) return nothing("zone");
  return must_exist(zone(unpack_id(*id)));
}

result<std::vector<model::zone_object>> control_queries::zones_named(std::string_view name,
                                                                     std::size_t max) const {
  std::vector<model::zone_object> all;
  SP_TRY(const auto active, view_.get(family::index, key(index::zone_by_name, name)));
  if (active && max > 0) {
    SP_TRY(auto one, must_exist(zone(unpack_id(*active))));
    all.push_back(std::move(one));
  }
  auto scan = view_.scan(family::index, control_schema::inactive_prefix(name));
  for (scan.to_first(); scan.valid() && all.size() < max; scan.next()) {
    SP_TRY(auto one, must_exist(zone(unpack_id(scan.value()))));
    all.push_back(std::move(one));
  }
  SP_CHECK(scan.finish());
  return all;
}

result<std::vector<model::zone_object>> control_queries::zones_around(std::string_view account,
                                                                      std::string_view name,
                                                                      std::size_t max) const {
  std::vector<model::zone_object> found;
  for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    auto above = zone_by_name(name.substr(dot + 1));
    if (!above && above.error().code == errc::not_found) continue;
    if (!above) return tl::unexpected(std::move(above.error()));
    if (above->account != account && found.size() < max) found.push_back(std::move(*above));
  }
  const auto mine = pack_id(account).value_or(std::string());
  auto scan = view_.scan(family::index,
                         key(index::zone_by_suffix, control_schema::from_the_right(name)));
  for (scan.to_first(); scan.valid() && found.size() < max; scan.next()) {
    const bool itself = scan.tail().empty();
    if (itself || scan.value().substr(0, id_octets) == mine) continue;
    SP_TRY(const auto id, id_at_end(scan.value()));
    SP_TRY(auto below, must_exist(zone(id)));
    found.push_back(std::move(below));
  }
  SP_CHECK(scan.finish());
  return found;
}

result<std::vector<model::zone_object>> control_queries::zones_to_check(std::string_view after,
                                                                        std::size_t max) const {
  std::vector<model::zone_object> zones;
  const auto behind = pack_id(after);
  auto scan = view_.scan(family::index, key(index::zone_to_check));
  if (behind) {
    scan.seek(*behind);
    if (scan.valid() && scan.tail() == *behind) scan.next();
  } else {
    scan.to_first();
  }
  for (; scan.valid() && zones.size() < max; scan.next()) {
    SP_TRY(const auto id, id_at_end(scan.tail()));
    SP_TRY(auto one, must_exist(zone(id)));
    zones.push_back(std::move(one));
  }
  SP_CHECK(scan.finish());
  return zones;
}

result<std::uint64_t> control_queries::inactive_zones(std::string_view account) const {
  const auto packed = pack_id(account);
  if (!packed) return 0;
  return view_.number(family::counter, key(counter::inactive_of_account, *packed));
}

result<model::rule_object> control_queries::decode_rule_at(std::string_view zone,
                                                           std::string_view tail,
                                                           std::string_view value) {
  SP_TRY(const auto id, id_at_end(tail));
  return decode_rule(zone, id, value);
}

result<model::rule_object> control_queries::rule(std::string_view zone, std::string_view id) const {
  const auto packed_zone = pack_id(zone);
  const auto packed = pack_id(id);
  if (!packed_zone || !packed) return nothing("rule");
  SP_TRY(const auto place, view_.get(family::index, key(index::rule_place, *packed_zone, *packed)));
  if (!place) return nothing("rule");
  SP_TRY(const auto value, view_.get(family::rule, *packed_zone + *place + *packed));
  if (!value) return fail(errc::corrupt, "rule without a value");
  return decode_rule(zone, id, *value);
}

result<model::rule_object> control_queries::catch_all(std::string_view zone) const {
  const auto packed = pack_id(zone);
  if (!packed) return nothing("catch-all");
  auto scan = view_.scan(family::rule, *packed + control_schema::place_catch_all);
  scan.to_first();
  SP_CHECK(scan.finish());
  if (!scan.valid()) return nothing("catch-all");
  return decode_rule_at(zone, scan.tail(), scan.value());
}

result<std::vector<model::rule_object>> control_queries::all_rules(std::string_view zone,
                                                                   std::size_t max) const {
  std::vector<model::rule_object> all;
  const auto packed = pack_id(zone);
  if (!packed) return all;
  auto scan = view_.scan(family::rule, *packed);
  for (scan.to_first(); scan.valid(); scan.next()) {
    if (all.size() == max) return fail(errc::limit_exceeded, "rules of a zone");
    SP_TRY(auto rule, decode_rule_at(zone, scan.tail(), scan.value()));
    all.push_back(std::move(rule));
  }
  SP_CHECK(scan.finish());
  return all;
}

result<model::rule_object> control_queries::rule_by_matcher(std::string_view zone,
                                                            std::string_view type,
                                                            std::string_view value) const {
  if (type == "all") return catch_all(zone);
  const auto packed = pack_id(zone);
  if (!packed) return nothing("rule");
  SP_TRY(const auto id,
         view_.get(family::index, control_schema::matcher_key(*packed, type, value)));
  if (!id) return nothing("rule");
  return must_exist(rule(zone, unpack_id(*id)));
}

result<std::vector<model::rule_name>> control_queries::rules_forwarding_to(std::string_view account,
                                                                           std::string_view email,
                                                                           std::size_t max) const {
  const auto packed = pack_id(account);
  if (!packed) return std::vector<model::rule_name>();
  return rules_named_in(control_schema::forward_prefix(*packed, email), max);
}

result<std::vector<model::rule_name>> control_queries::rules_owned_by(std::string_view account,
                                                                      std::string_view tag,
                                                                      std::size_t max) const {
  const auto packed = pack_id(account);
  if (!packed) return std::vector<model::rule_name>();
  return rules_named_in(control_schema::owner_prefix(*packed, tag), max);
}

// Zone and rule are the end of such a key.
result<std::vector<model::rule_name>> control_queries::rules_named_in(const std::string& prefix,
                                                                      std::size_t max) const {
  std::vector<model::rule_name> names;
  auto scan = view_.scan(family::index, prefix);
  for (scan.to_first(); scan.valid() && names.size() < max; scan.next()) {
    const auto tail = scan.tail();
    if (tail.size() != 2 * id_octets) return fail(errc::corrupt, "key that names a rule");
    names.push_back(
        {.zone = unpack_id(tail.substr(0, id_octets)), .rule = unpack_id(tail.substr(id_octets))});
  }
  SP_CHECK(scan.finish());
  return names;
}

result<model::destination_address> control_queries::address(std::string_view account,
                                                            std::string_view id) const {
  const auto packed_account = pack_id(account);
  const auto packed = pack_id(id);
  if (!packed_account || !packed) return nothing("address");
  SP_TRY(const auto value,
         view_.get(family::object, key(object::address, *packed_account, *packed)));
  if (!value) return nothing("address");
  return decode_address(account, id, *value);
}

result<model::destination_address> control_queries::address_by_email(std::string_view account,
                                                                     std::string_view email) const {
  const auto packed = pack_id(account);
  if (!packed) return nothing("address");
  SP_TRY(const auto id,
         view_.get(family::index, key(index::address_by_email, *packed, to_lower(email))));
  if (!id) return nothing("address");
  return must_exist(address(account, unpack_id(*id)));
}

result<page_of<model::destination_address>> control_queries::addresses(
    std::string_view account, const page_query& query, std::optional<bool> verified) const {
  const auto packed = pack_id(account);
  if (!packed) return page_of<model::destination_address>{};
  SP_TRY(auto total, view_.number(family::counter, key(counter::addresses_of_account, *packed)));
  if (verified) {
    SP_TRY(const auto count,
           view_.number(family::counter, key(counter::verified_of_account, *packed)));
    total = *verified ? count : total - count;
  }
  auto scan = view_.scan(family::index, key(index::address_by_creation, *packed));
  const std::string wanted = verified ? std::string(1, *verified ? '\1' : '\0') : "";
  return counted_page<model::destination_address>(
      scan, total, query,
      [&](std::string_view tail, std::string_view) -> result<model::destination_address> {
        SP_TRY(const auto id, id_at_end(tail));
        return must_exist(address(account, id));
      },
      [&](std::string_view flag) { return !verified || flag == wanted; });
}

result<bool> control_queries::is_verified(std::string_view account, std::string_view email) const {
  const auto packed = pack_id(account);
  if (!packed) return false;
  SP_TRY(const auto found,
         view_.get(family::index, key(index::verified, *packed, to_lower(email))));
  return found.has_value();
}

result<model::api_token> control_queries::token(std::string_view id) const {
  const auto packed = pack_id(id);
  if (!packed) return nothing("token");
  SP_TRY(const auto value, view_.get(family::object, key(object::token, *packed)));
  if (!value) return nothing("token");
  return decode_token(id, *value);
}

result<model::api_token> control_queries::token_by_hash(std::string_view secret_hash) const {
  SP_TRY(const auto id, view_.get(family::index, key(index::token_by_hash, secret_hash)));
  if (!id) return nothing("token");
  return must_exist(token(unpack_id(*id)));
}

result<page_of<model::api_token>> control_queries::tokens(std::string_view account,
                                                          const page_query& query) const {
  const auto packed = account.empty() ? control_schema::no_account() : pack_id(account);
  if (!packed) return page_of<model::api_token>{};
  SP_TRY(const auto total, view_.number(family::counter, key(counter::tokens_of_account, *packed)));
  auto scan = view_.scan(family::index, key(index::token_by_issue, *packed));
  return counted_page<model::api_token>(
      scan, total, query, [&](std::string_view tail, std::string_view) -> result<model::api_token> {
        SP_TRY(const auto id, id_at_end(tail));
        return must_exist(token(id));
      });
}

result<std::string> control_queries::setting(std::string_view name) const {
  SP_TRY(auto value, view_.get(family::object, key(object::setting, name)));
  if (!value) return nothing("setting");
  return std::move(*value);
}

// A span that has ended is never written again, so the last one is the one that counts.
result<model::usage_count> control_queries::usage(std::string_view name) const {
  auto scan = view_.scan(family::counter, control_schema::usage_prefix(name));
  scan.to_last();
  SP_CHECK(scan.finish());
  if (!scan.valid()) return model::usage_count{};
  if (scan.tail().size() != 8 || scan.value().size() != 8) return fail(errc::corrupt, "usage");
  return model::usage_count{
      .count = schema::read_big_endian(scan.value()),
      .until = schema::from_key_time(schema::read_big_endian(scan.tail()))};
}

result<std::optional<model::change_record>> control_queries::change(std::uint64_t revision) const {
  SP_TRY(const auto value, view_.get(family::change, schema::be64(revision)));
  if (!value) return std::optional<model::change_record>();
  return decode_change(revision, *value);
}

result<model::feed_position> control_queries::position() const {
  SP_TRY(const auto newest, revision());
  if (newest == 0) return model::feed_position{};
  SP_TRY(auto last, change(newest));
  // It may only be missing after damage: no reader can continue from there.
  if (!last) return model::feed_position{.revision = newest};
  return std::move(last->position);
}

/// Whether a reader can continue from there, and if not, why.
result<std::optional<model::reload_reason>> control_queries::why_reload(
    const model::feed_position& from) const {
  using enum model::reload_reason;
  if (from.revision == 0) return std::nullopt;
  SP_TRY(const auto newest, revision());
  if (from.revision > newest) return other_history;
  SP_TRY(const auto known, change(from.revision));
  if (!known) return too_far_behind;
  if (known->position != from) return other_history;
  return std::nullopt;
}

result<model::change_news> control_queries::changes_after(const model::feed_position& from,
                                                          std::size_t max) const {
  SP_TRY(const auto reload, why_reload(from));
  if (reload) return model::change_news{.changes = {}, .reload = reload};
  model::change_news news;
  SP_TRY(const auto newest, revision());
  auto scan = view_.scan(family::change, {});
  scan.seek(schema::be64(from.revision + 1));
  for (auto next = from.revision + 1; next <= newest && news.changes.size() < max; ++next) {
    if (!scan.valid() || schema::read_big_endian(scan.tail()) != next) {
      SP_CHECK(scan.finish());
      return model::change_news{.changes = {}, .reload = model::reload_reason::too_far_behind};
    }
    SP_TRY(auto change, decode_change(next, scan.value()));
    news.changes.push_back(std::move(change));
    scan.next();
  }
  SP_CHECK(scan.finish());
  return news;
}

// Zones and rules are both in the order of zone ids: two scans side by side.
result<void> control_queries::for_each_zone(
    const model::control_reader::zone_visitor& visit) const {
  auto zones = view_.scan(family::object, key(object::zone));
  auto rules = view_.scan(family::rule, {});
  rules.to_first();
  for (zones.to_first(); zones.valid(); zones.next()) {
    const auto packed = zones.tail();
    SP_TRY(auto zone, decode_zone(unpack_id(packed), zones.value()));
    std::vector<model::rule_object> own;
    for (; rules.valid() && rules.tail().substr(0, id_octets) <= packed; rules.next()) {
      if (!rules.tail().starts_with(packed)) return fail(errc::corrupt, "rule without a zone");
      SP_TRY(auto rule, decode_rule_at(zone.id, rules.tail(), rules.value()));
      own.push_back(std::move(rule));
    }
    SP_CHECK(rules.finish());
    SP_CHECK(visit(std::move(zone), std::move(own)));
  }
  return zones.finish();
}

result<void> control_queries::for_each_verified_address(
    const model::control_reader::verified_visitor& visit) const {
  auto scan = view_.scan(family::index, key(index::verified));
  for (scan.to_first(); scan.valid(); scan.next()) {
    const auto tail = scan.tail();
    if (tail.size() < id_octets) return fail(errc::corrupt, "key of a verified address");
    SP_CHECK(visit(unpack_id(tail.substr(0, id_octets)), tail.substr(id_octets)));
  }
  return scan.finish();
}

result<void> control_queries::for_each_setting(
    const model::control_reader::setting_visitor& visit) const {
  auto scan = view_.scan(family::object, key(object::setting));
  for (scan.to_first(); scan.valid(); scan.next()) SP_CHECK(visit(scan.tail(), scan.value()));
  return scan.finish();
}

}  // namespace signpost::storage
