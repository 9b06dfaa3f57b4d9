// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/postgres_queries.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "proto/crypto/digest.hpp"
#include "storage/control/control_codec.hpp"
#include "storage/control/control_schema.hpp"
#include "storage/format/key_numbers.hpp"

namespace signpost::storage::postgres {
namespace {

/// Zones that are read in one step when all of them are.
constexpr std::size_t zones_at_once = 500;
constexpr std::uint64_t rules_at_once = 10'000;
constexpr std::size_t addresses_at_once = 5000;
/// Digits of the smallest id, and of none.
constexpr std::string_view lowest_id = "00000000000000000000000000000000";

template <typename T>
result<T> nothing(std::string_view what) {
  return fail(errc::not_found, std::string(what));
}

result<model::zone_object> zone_at(const rows& r, std::size_t row) {
  return decode_zone(r.id(row, 0), r.octets(row, 1));
}
result<model::rule_object> rule_at(const rows& r, std::size_t row) {
  return decode_rule(r.id(row, 0), r.id(row, 1), r.octets(row, 2));
}

template <typename T, typename Read>
result<std::vector<T>> all_of(const rows& r, Read read) {
  std::vector<T> all;
  all.reserve(r.count());
  for (std::size_t i = 0; i < r.count(); ++i) {
    SP_TRY(auto one, read(r, i));
    all.push_back(std::move(one));
  }
  return all;
}

template <typename T, typename Read>
result<T> only(const result<rows>& found, std::string_view what, Read read) {
  if (!found) return tl::unexpected(found.error());
  if (found->count() == 0) return nothing<T>(what);
  return read(*found, 0);
}


}  // namespace

std::string forward_mark(std::string_view account, std::string_view email) {
  constexpr std::size_t mark_octets = 16;
  const auto digest = crypto::sha256(std::string(account) + '\0' + to_lower(email));
  return std::string(as_text(digest).substr(0, mark_octets));
}

parameter count_of(std::uint64_t n) {
  return number(n);
}

// ---- session -----------------------------------------------------------------------------------

session::~session() {
  if (of_its_own_ && usable()) (void)(*lease_)->script("COMMIT");
}

result<rows> session::run(const statement& what) {
  if (!lease_) return tl::unexpected(why_);
  return (*lease_)->run(what);
}

result<void> session::script(const std::string& sql) {
  if (!lease_) return tl::unexpected(why_);
  return (*lease_)->script(sql);
}

// ---- questions ---------------------------------------------------------------------------------

result<model::feed_position> postgres_queries::position() const {
  SP_TRY(const auto found, session_->run("SELECT revision, mark FROM head"));
  if (found.count() != 1) return fail(errc::corrupt, "the control database has lost its head");
  return model::feed_position{.revision = found.number(0, 0),
                              .mark = std::string(found.octets(0, 1))};
}

result<model::control_totals> postgres_queries::totals() const {
  SP_TRY(const auto found, session_->run("SELECT accounts, zones, rules FROM head"));
  if (found.count() != 1) return fail(errc::corrupt, "the control database has lost its head");
  return model::control_totals{.accounts = found.number(0, 0),
                               .zones = found.number(0, 1),
                               .rules = found.number(0, 2)};
}

result<model::account> postgres_queries::account(std::string_view account) const {
  statement s("SELECT value FROM account WHERE id = ");
  s.bind(id(account));
  return only<model::account>(session_->run(s), "account", [&](const rows& r, std::size_t i) {
    return decode_account(account, r.octets(i, 0));
  });
}

result<model::zone_object> postgres_queries::zone(std::string_view zone) const {
  statement s("SELECT id, value FROM zone WHERE id = ");
  s.bind(id(zone));
  return only<model::zone_object>(session_->run(s), "zone", zone_at);
}

result<model::zone_object> postgres_queries::zone_by_name(std::string_view name) const {
  statement s("SELECT id, value FROM zone WHERE NOT inactive AND name = ");
  s.bind(text(name));
  return only<model::zone_object>(session_->run(s), "zone", zone_at);
}

result<model::zone_object> postgres_queries::zone_by_name(std::string_view account,
                                                          std::string_view name) const {
  statement s("SELECT id, value FROM zone WHERE account = ");
  s.bind(id(account)).add(" AND name = ").bind(text(name));
  return only<model::zone_object>(session_->run(s), "zone", zone_at);
}

result<std::vector<model::zone_object>> postgres_queries::zones_named(std::string_view name,
                                                                      std::size_t max) const {
  statement s("SELECT id, value FROM zone WHERE name = ");
  s.bind(text(name)).add(" ORDER BY inactive, id LIMIT ").bind(count_of(max));
  SP_TRY(const auto found, session_->run(s));
  return all_of<model::zone_object>(found, zone_at);
}

result<std::vector<model::zone_object>> postgres_queries::zones_around(std::string_view account,
                                                                       std::string_view name,
                                                                       std::size_t max) const {
  std::vector<std::string> above;
  for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    above.emplace_back(name.substr(dot + 1));
  }
  statement s("SELECT id, value FROM zone WHERE NOT inactive AND name = ANY (");
  s.bind(texts(above)).add(") AND account IS DISTINCT FROM ").bind(id(account));
  s.add(" ORDER BY length(name) DESC LIMIT ").bind(count_of(max));
  SP_TRY(const auto first, session_->run(s));
  SP_TRY(auto found, all_of<model::zone_object>(first, zone_at));
  const auto from = control_schema::from_the_right(name);
  statement below("SELECT id, value FROM zone WHERE NOT inactive AND from_the_right > ");
  below.bind(text(from)).add(" AND from_the_right < ").bind(text(schema::after_prefix(from)));
  below.add(" AND account IS DISTINCT FROM ").bind(id(account));
  below.add(" ORDER BY from_the_right LIMIT ").bind(count_of(max - found.size()));
  SP_TRY(const auto second, session_->run(below));
  SP_TRY(auto rest, all_of<model::zone_object>(second, zone_at));
  std::ranges::move(rest, std::back_inserter(found));
  return found;
}

result<std::vector<model::zone_object>> postgres_queries::zones_to_check(std::string_view after,
                                                                         std::size_t max) const {
  statement s("SELECT id, value FROM zone WHERE to_check");
  if (control_schema::pack_id(after)) s.add(" AND id > ").bind(id(after));
  s.add(" ORDER BY id LIMIT ").bind(count_of(max));
  SP_TRY(const auto found, session_->run(s));
  return all_of<model::zone_object>(found, zone_at);
}

result<std::uint64_t> postgres_queries::inactive_zones(std::string_view account) const {
  statement s("SELECT inactive_zones FROM account WHERE id = ");
  s.bind(id(account));
  SP_TRY(const auto found, session_->run(s));
  return found.count() == 0 ? 0 : found.number(0, 0);
}

result<model::rule_object> postgres_queries::rule(std::string_view zone,
                                                  std::string_view rule) const {
  statement s("SELECT zone, id, value FROM rule WHERE zone = ");
  s.bind(id(zone)).add(" AND id = ").bind(id(rule));
  return only<model::rule_object>(session_->run(s), "rule", rule_at);
}

result<model::rule_object> postgres_queries::catch_all(std::string_view zone) const {
  statement s("SELECT zone, id, value FROM rule WHERE catch_all AND zone = ");
  s.bind(id(zone));
  return only<model::rule_object>(session_->run(s), "catch-all", rule_at);
}

result<std::vector<model::rule_object>> postgres_queries::all_rules(std::string_view zone,
                                                                    std::size_t max) const {
  statement s("SELECT zone, id, value FROM rule WHERE zone = ");
  s.bind(id(zone)).add(" ORDER BY catch_all, priority, created, id LIMIT ");
  s.bind(count_of(max == SIZE_MAX ? max : max + 1));
  SP_TRY(const auto found, session_->run(s));
  if (found.count() > max) return fail(errc::limit_exceeded, "rules of a zone");
  return all_of<model::rule_object>(found, rule_at);
}

result<model::rule_object> postgres_queries::rule_by_matcher(std::string_view zone,
                                                             std::string_view type,
                                                             std::string_view value) const {
  if (type == "all") return catch_all(zone);
  const auto packed = control_schema::pack_id(zone);
  if (!packed) return nothing<model::rule_object>("rule");
  const auto key = crypto::sha256(control_schema::matcher_key(*packed, type, value));
  statement s("SELECT zone, id, value FROM rule WHERE zone = ");
  s.bind(id(zone)).add(" AND matchers = ").bind(octets(as_text(key)));
  return only<model::rule_object>(session_->run(s), "rule", rule_at);
}

result<std::vector<model::rule_name>> postgres_queries::rules_forwarding_to(
    std::string_view account, std::string_view email, std::size_t max) const {
  statement s("SELECT zone, id FROM rule WHERE forwards @> ");
  s.bind(octet_strings({forward_mark(account, email)})).add(" AND account = ").bind(id(account));
  s.add(" LIMIT ").bind(count_of(max));
  SP_TRY(const auto found, session_->run(s));
  return all_of<model::rule_name>(
      found, [](const rows& r, std::size_t i) -> result<model::rule_name> {
        return model::rule_name{.zone = r.id(i, 0), .rule = r.id(i, 1)};
      });
}

result<std::vector<model::rule_name>> postgres_queries::rules_owned_by(std::string_view account,
                                                                       std::string_view tag,
                                                                       std::size_t max) const {
  statement s("SELECT zone, id FROM rule WHERE account = ");
  s.bind(id(account)).add(" AND owner = ").bind(text(tag)).add(" LIMIT ").bind(count_of(max));
  SP_TRY(const auto found, session_->run(s));
  return all_of<model::rule_name>(
      found, [](const rows& r, std::size_t i) -> result<model::rule_name> {
        return model::rule_name{.zone = r.id(i, 0), .rule = r.id(i, 1)};
      });
}

result<model::destination_address> postgres_queries::address(std::string_view account,
                                                             std::string_view address) const {
  statement s("SELECT value FROM address WHERE account = ");
  s.bind(id(account)).add(" AND id = ").bind(id(address));
  return only<model::destination_address>(
      session_->run(s), "address", [&](const rows& r, std::size_t i) {
        return decode_address(account, address, r.octets(i, 0));
      });
}

result<model::destination_address> postgres_queries::address_by_email(
    std::string_view account, std::string_view email) const {
  statement s("SELECT id, value FROM address WHERE account = ");
  s.bind(id(account)).add(" AND email = ").bind(text(to_lower(email)));
  return only<model::destination_address>(
      session_->run(s), "address", [&](const rows& r, std::size_t i) {
        return decode_address(account, r.id(i, 0), r.octets(i, 1));
      });
}

result<bool> postgres_queries::is_verified(std::string_view account, std::string_view email) const {
  statement s("SELECT 1 FROM address WHERE verified AND account = ");
  s.bind(id(account)).add(" AND email = ").bind(text(to_lower(email)));
  SP_TRY(const auto found, session_->run(s));
  return found.count() > 0;
}

result<model::api_token> postgres_queries::token(std::string_view token) const {
  statement s("SELECT value FROM token WHERE id = ");
  s.bind(id(token));
  return only<model::api_token>(session_->run(s), "token", [&](const rows& r, std::size_t i) {
    return decode_token(token, r.octets(i, 0));
  });
}

result<model::api_token> postgres_queries::token_by_hash(std::string_view secret_hash) const {
  statement s("SELECT id, value FROM token WHERE secret_hash = ");
  s.bind(octets(secret_hash));
  return only<model::api_token>(session_->run(s), "token", [](const rows& r, std::size_t i) {
    return decode_token(r.id(i, 0), r.octets(i, 1));
  });
}

result<std::string> postgres_queries::setting(std::string_view name) const {
  statement s("SELECT sealed, version, value FROM setting WHERE name = ");
  s.bind(octets(name));
  SP_TRY(const auto found, session_->run(s));
  if (found.count() == 0) return nothing<std::string>("setting");
  if (!found.flag(0, 0)) {
    // Whoever can write the database must not be able to choose a key.
    if (secrets_ != nullptr) return fail(errc::corrupt, "a setting that is not sealed");
    return std::string(found.octets(0, 2));
  }
  if (secrets_ == nullptr) {
    return fail(errc::unavailable, "the setting is sealed, and there is no cluster.secret_file");
  }
  return secrets_->open({.table = "setting", .row = name, .version = found.number(0, 1)},
                        found.octets(0, 2));
}

// A span that has ended is never written again, so the last one is the one that counts.
result<model::usage_count> postgres_queries::usage(std::string_view name) const {
  statement s("SELECT count, until FROM usage WHERE name = ");
  s.bind(octets(name)).add(" ORDER BY until DESC LIMIT 1");
  SP_TRY(const auto found, session_->run(s));
  if (found.count() == 0) return model::usage_count{};
  return model::usage_count{.count = found.number(0, 0),
                            .until = schema::from_key_time(found.number(0, 1))};
}

// By steps of some zones and of some rules, each a short statement with a bounded answer.
result<void> postgres_queries::for_each_zone(
    const model::control_reader::zone_visitor& visit) const {
  std::string after;
  for (;;) {
    statement s("SELECT id, value, rules FROM zone");
    if (!after.empty()) s.add(" WHERE id > ").bind(id(after));
    s.add(" ORDER BY id LIMIT ").bind(count_of(zones_at_once));
    SP_TRY(const auto zones, session_->run(s));
    for (std::size_t first = 0; first < zones.count();) {
      auto last = first;
      for (auto rules = zones.number(first, 2);
           last + 1 < zones.count() && rules + zones.number(last + 1, 2) <= rules_at_once; ++last) {
        rules += zones.number(last + 1, 2);
      }
      SP_CHECK(visit_zones(zones, first, last, visit));
      first = last + 1;
    }
    if (zones.count() < zones_at_once) return {};
    after = zones.id(zones.count() - 1, 0);
  }
}

result<void> postgres_queries::visit_zones(const rows& zones, std::size_t first, std::size_t last,
                                           const model::control_reader::zone_visitor& visit) const {
  statement s("SELECT zone, id, value FROM rule WHERE zone >= ");
  s.bind(id(zones.id(first, 0))).add(" AND zone <= ").bind(id(zones.id(last, 0)));
  s.add(" ORDER BY zone, catch_all, priority, created, id");
  SP_TRY(const auto rules, session_->run(s));
  std::size_t next = 0;
  for (auto z = first; z <= last; ++z) {
    SP_TRY(auto zone, zone_at(zones, z));
    std::vector<model::rule_object> own;
    for (; next < rules.count() && rules.octets(next, 0) <= zones.octets(z, 0); ++next) {
      if (rules.octets(next, 0) != zones.octets(z, 0)) {
        return fail(errc::corrupt, "rule without a zone");
      }
      SP_TRY(auto rule, rule_at(rules, next));
      own.push_back(std::move(rule));
    }
    SP_CHECK(visit(std::move(zone), std::move(own)));
  }
  return {};
}

result<void> postgres_queries::for_each_verified_address(
    const model::control_reader::verified_visitor& visit) const {
  std::string account(lowest_id);
  std::string email;
  for (;;) {
    statement s("SELECT account, email FROM address WHERE verified AND (account, email) > (");
    s.bind(id(account)).add(", ").bind(text(email)).add(") ORDER BY account, email LIMIT ");
    s.bind(count_of(addresses_at_once));
    SP_TRY(const auto found, session_->run(s));
    for (std::size_t i = 0; i < found.count(); ++i) {
      account = found.id(i, 0);
      email = found.octets(i, 1);
      SP_CHECK(visit(account, email));
    }
    if (found.count() < addresses_at_once) return {};
  }
}

// Few and small.
result<void> postgres_queries::for_each_setting(
    const model::control_reader::setting_visitor& visit) const {
  SP_TRY(const auto names, session_->run("SELECT name FROM setting ORDER BY name"));
  for (std::size_t i = 0; i < names.count(); ++i) {
    SP_TRY(const auto value, setting(names.octets(i, 0)));
    SP_CHECK(visit(names.octets(i, 0), value));
  }
  return {};
}

result<postgres_queries::touched_objects> postgres_queries::touched_since(
    const model::feed_position& from) const {
  using enum model::reload_reason;
  SP_TRY(const auto now, position());
  if (from.revision > now.revision) return touched_objects{.reload = other_history};
  // Further behind, reading everything is not slower.
  constexpr std::uint64_t changes_max = 5000;
  if (now.revision - from.revision > changes_max) return touched_objects{.reload = too_far_behind};
  statement at_position("SELECT mark FROM change_log WHERE revision = ");
  at_position.bind(number(from.revision));
  SP_TRY(const auto known, session_->run(at_position));
  if (from.revision > 0 && known.count() == 0) return touched_objects{.reload = too_far_behind};
  if (from.revision > 0 && known.octets(0, 0) != from.mark) {
    return touched_objects{.reload = other_history};
  }
  statement counted("SELECT count(*), count(*) FILTER (WHERE objects IS NULL) FROM change_log "
                    "WHERE revision > ");
  counted.bind(number(from.revision));
  SP_TRY(const auto listed, session_->run(counted));
  if (listed.number(0, 0) != now.revision - from.revision) {
    return touched_objects{.reload = too_far_behind};
  }
  if (listed.number(0, 1) > 0) return touched_objects{.all = true};
  statement names("SELECT DISTINCT unnest(objects) FROM change_log WHERE revision > ");
  names.bind(number(from.revision));
  SP_TRY(const auto found, session_->run(names));
  touched_objects touched;
  for (std::size_t i = 0; i < found.count(); ++i) touched.names.emplace_back(found.octets(i, 0));
  return touched;
}

result<std::vector<std::string>> postgres_queries::zone_ids() const {
  constexpr std::size_t at_once = 10'000;
  std::vector<std::string> all;
  for (;;) {
    statement s("SELECT id FROM zone");
    if (!all.empty()) s.add(" WHERE id > ").bind(id(control_schema::unpack_id(all.back())));
    s.add(" ORDER BY id LIMIT ").bind(count_of(at_once));
    SP_TRY(const auto found, session_->run(s));
    for (std::size_t i = 0; i < found.count(); ++i) all.emplace_back(found.octets(i, 0));
    if (found.count() < at_once) return all;
  }
}

}  // namespace signpost::storage::postgres
