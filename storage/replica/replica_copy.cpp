// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/replica/replica_copy.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "base/text.hpp"
#include "storage/control/control_schema.hpp"
#include "storage/format/key_numbers.hpp"

namespace signpost::storage {
namespace {

using control_schema::id_octets;
using control_schema::unpack_id;
using model::control_transaction;
using postgres::object_kind;
using postgres::postgres_queries;

/// Settings of the copy's own begin like this; no name of a setting has NUL.
constexpr std::string_view own_settings("\0replica", 8);
const std::string position_name = std::string(own_settings) + ".position";

constexpr std::uint32_t listed_at_once = 1000;
/// Zones that are written in one change of the copy.
constexpr std::size_t zones_at_once = 200;

/// What is not there any more has not to be removed.
result<void> unless_gone(result<void> done) {
  if (!done && done.error().code == errc::not_found) return {};
  return done;
}

template <typename T>
result<void> keep_if_there(std::vector<T>& out, result<T> found) {
  if (found) {
    out.push_back(std::move(*found));
    return {};
  }
  if (found.error().code == errc::not_found) return {};
  return tl::unexpected(std::move(found.error()));
}

/// The objects that changes touched, as they are now, and the ids of all of them.
struct touched {
  std::vector<std::string> account_ids;
  std::vector<std::string> zone_ids;
  std::vector<std::pair<std::string, std::string>> rule_ids;
  std::vector<std::pair<std::string, std::string>> address_ids;
  std::vector<std::string> token_ids;
  std::vector<model::account> accounts;
  std::vector<model::zone_object> zones;
  std::vector<model::rule_object> rules;
  std::vector<model::destination_address> addresses;
  std::vector<model::api_token> tokens;
  std::vector<std::pair<std::string, std::string>> settings;
};

result<void> read_setting(const postgres_queries& from, std::string_view name, touched& t) {
  auto value = from.setting(name);
  if (value) {
    t.settings.emplace_back(std::string(name), std::move(*value));
    return {};
  }
  if (value.error().code == errc::not_found) return {};
  return tl::unexpected(std::move(value.error()));
}

result<void> read_one(const postgres_queries& from, std::string_view name, touched& t) {
  if (name.empty()) return fail(errc::corrupt, "the name of a touched object");
  const auto kind = static_cast<object_kind>(name.front());
  name.remove_prefix(1);
  if (kind == object_kind::setting) return read_setting(from, name, t);
  const bool pair = kind == object_kind::rule || kind == object_kind::address;
  if (name.size() != id_octets * (pair ? 2 : 1)) {
    return fail(errc::corrupt, "the name of a touched object");
  }
  auto first = unpack_id(name.substr(0, id_octets));
  auto second = pair ? unpack_id(name.substr(id_octets)) : std::string();
  switch (kind) {
    case object_kind::account:
      t.account_ids.push_back(first);
      return keep_if_there(t.accounts, from.account(first));
    case object_kind::zone:
      t.zone_ids.push_back(first);
      return keep_if_there(t.zones, from.zone(first));
    case object_kind::rule:
      t.rule_ids.emplace_back(first, second);
      return keep_if_there(t.rules, from.rule(first, second));
    case object_kind::address:
      t.address_ids.emplace_back(first, second);
      return keep_if_there(t.addresses, from.address(first, second));
    case object_kind::token:
      t.token_ids.push_back(first);
      return keep_if_there(t.tokens, from.token(first));
    case object_kind::setting:
      break;
  }
  return fail(errc::corrupt, "the name of a touched object");
}

bool has(const std::vector<std::string>& ids, std::string_view id) {
  return std::ranges::find(ids, id) != ids.end();
}
template <typename T>
std::vector<std::string> ids_of(const std::vector<T>& objects) {
  std::vector<std::string> ids;
  for (const auto& one : objects) ids.push_back(one.id);
  return ids;
}

// What gives up a unique value goes before what takes it.
result<void> remove_old(control_transaction& to, const touched& t) {
  for (const auto& id : t.token_ids) SP_CHECK(unless_gone(to.remove_token(id)));
  for (const auto& [account, id] : t.address_ids) {
    SP_CHECK(unless_gone(to.remove_address(account, id)));
  }
  for (const auto& [zone, id] : t.rule_ids) SP_CHECK(unless_gone(to.remove_rule(zone, id)));
  const auto there = ids_of(t.zones);
  for (const auto& id : t.zone_ids) {
    if (!has(there, id)) SP_CHECK(unless_gone(to.remove_zone(id)));
  }
  return {};
}

result<void> put_new(control_transaction& to, const touched& t) {
  for (const auto& account : t.accounts) SP_CHECK(to.put(account));
  for (const bool active : {false, true}) {
    for (const auto& zone : t.zones) {
      if (zone.is_active() == active) SP_CHECK(to.put(zone));
    }
  }
  for (const auto& rule : t.rules) SP_CHECK(to.put(rule));
  for (const auto& address : t.addresses) SP_CHECK(to.put(address));
  for (const auto& token : t.tokens) SP_CHECK(to.put(token));
  for (const auto& [name, value] : t.settings) SP_CHECK(to.put_setting(name, value));
  const auto there = ids_of(t.accounts);
  for (const auto& id : t.account_ids) {
    if (!has(there, id)) SP_CHECK(unless_gone(to.remove_account(id)));
  }
  return {};
}

std::string encode(const model::feed_position& position) {
  return schema::be64(position.revision) + position.mark;
}

template <typename T>
using page_reader = std::function<result<page_of<T>>(const page_query&)>;

template <typename T>
result<std::vector<T>> all_pages(const page_reader<T>& read) {
  std::vector<T> all;
  for (std::uint64_t page = 1;; ++page) {
    SP_TRY(auto some, read({.page = page, .per_page = listed_at_once}));
    const auto count = some.items.size();
    std::ranges::move(some.items, std::back_inserter(all));
    if (count < listed_at_once) return all;
  }
}

using zone_with_rules = std::pair<model::zone_object, std::vector<model::rule_object>>;

result<void> put_zone(control_transaction& to, const zone_with_rules& one) {
  const auto& [zone, rules] = one;
  SP_CHECK(to.put(zone));
  SP_TRY(const auto old, to.all_rules(zone.id, SIZE_MAX));
  for (const auto& rule : old) SP_CHECK(to.remove_rule(zone.id, rule.id));
  for (const auto& rule : rules) SP_CHECK(to.put(rule));
  return {};
}

}  // namespace

result<std::optional<model::feed_position>> replica_copy::position() const {
  const auto stored = copy_.read()->setting(position_name);
  if (!stored && stored.error().code != errc::not_found) return tl::unexpected(stored.error());
  if (!stored || stored->size() < 8) return std::nullopt;
  const std::string_view octets(*stored);
  return model::feed_position{.revision = schema::read_big_endian(octets.substr(0, 8)),
                              .mark = std::string(octets.substr(8))};
}

result<void> replica_copy::write(const work& what) {
  SP_TRY([[maybe_unused]] const auto revision,
         copy_.commit([&](control_transaction& to) -> result<void> {
           SP_CHECK(what(to));
           model::audit_entry note;
           std::string id(id_octets, '\0');
           random_.fill(std::as_writable_bytes(std::span(id)));
           note.id = unpack_id(id);
           note.when = time_.now();
           note.action = "replicate";
           note.actor_id = "signpostd";
           to.audit(std::move(note));
           return {};
         }));
  return {};
}

result<void> replica_copy::take(const postgres_queries& from, const std::vector<std::string>& names,
                                const model::feed_position& position) {
  touched t;
  for (const auto& name : names) SP_CHECK(read_one(from, name, t));
  return write([&](control_transaction& to) -> result<void> {
    SP_CHECK(remove_old(to, t));
    SP_CHECK(put_new(to, t));
    return to.put_setting(position_name, encode(position));
  });
}

// ---- everything --------------------------------------------------------------------------------

// Between the first of these changes and the last, the copy is of neither moment.
result<void> replica_copy::take_all(const postgres_queries& from,
                                    const model::feed_position& position) {
  SP_CHECK(begin_reload());
  SP_CHECK(remove_gone_zones(from));
  SP_CHECK(take_accounts(from));
  SP_CHECK(take_zones(from));
  SP_CHECK(remove_gone_accounts(from));
  touched t;
  SP_CHECK(from.for_each_setting([&](std::string_view name, std::string_view value) {
    t.settings.emplace_back(std::string(name), std::string(value));
    return result<void>();
  }));
  return write([&](control_transaction& to) -> result<void> {
    for (const auto& [name, value] : t.settings) SP_CHECK(to.put_setting(name, value));
    return to.put_setting(position_name, encode(position));
  });
}

result<void> replica_copy::begin_reload() {
  return write([&](control_transaction& to) { return to.put_setting(position_name, {}); });
}

result<void> replica_copy::remove_gone_zones(const postgres_queries& from) {
  SP_TRY(const auto there, from.zone_ids());
  std::vector<std::string> gone;
  SP_CHECK(copy_.read()->for_each_zone([&](const model::zone_object& z, const auto&) {
    const auto packed = control_schema::pack_id(z.id).value_or("");
    if (!std::ranges::binary_search(there, packed)) gone.push_back(z.id);
    return result<void>();
  }));
  for (const auto& id : gone) {
    SP_CHECK(write([&](control_transaction& to) { return to.remove_zone(id); }));
  }
  return {};
}

result<void> replica_copy::take_tokens(const postgres_queries& from, std::string_view account) {
  const auto now = copy_.read();
  SP_TRY(const auto wanted, all_pages<model::api_token>([&](const page_query& page) {
    return from.tokens(account, page);
  }));
  SP_TRY(const auto old, all_pages<model::api_token>([&](const page_query& page) {
    return now->tokens(account, page);
  }));
  if (wanted == old) return {};
  return write([&](control_transaction& to) -> result<void> {
    for (const auto& token : old) SP_CHECK(to.remove_token(token.id));
    for (const auto& token : wanted) SP_CHECK(to.put(token));
    return {};
  });
}

result<void> replica_copy::take_account(const postgres_queries& from,
                                        const model::account& account) {
  const auto now = copy_.read();
  if (now->account(account.id) != account) {
    SP_CHECK(write([&](control_transaction& to) { return to.put(account); }));
  }
  SP_CHECK(take_tokens(from, account.id));
  SP_TRY(const auto wanted, all_pages<model::destination_address>([&](const page_query& page) {
    return from.addresses(account.id, page, std::nullopt);
  }));
  SP_TRY(const auto old, all_pages<model::destination_address>([&](const page_query& page) {
    return now->addresses(account.id, page);
  }));
  if (wanted == old) return {};
  return write([&](control_transaction& to) -> result<void> {
    for (const auto& address : old) SP_CHECK(to.remove_address(account.id, address.id));
    for (const auto& address : wanted) SP_CHECK(to.put(address));
    return {};
  });
}

result<void> replica_copy::take_accounts(const postgres_queries& from) {
  SP_TRY(const auto all, all_pages<model::account>([&](const page_query& page) {
    return from.accounts(page, {});
  }));
  for (const auto& account : all) SP_CHECK(take_account(from, account));
  return take_tokens(from, {});
}

// A name may have gone from one zone to another: what conflicts is tried once more at the end, when
// the other one has given it up.
result<void> replica_copy::take_zones(const postgres_queries& from) {
  std::vector<zone_with_rules> some;
  std::vector<zone_with_rules> late;
  const auto flush = [&]() -> result<void> {
    const auto whole = write([&](control_transaction& to) -> result<void> {
      for (const auto& one : some) SP_CHECK(put_zone(to, one));
      return {};
    });
    if (!whole && whole.error().code != errc::conflict) return whole;
    if (!whole) std::ranges::move(some, std::back_inserter(late));
    some.clear();
    return {};
  };
  const auto now = copy_.read();
  const auto read = from.for_each_zone(
      [&](model::zone_object zone, std::vector<model::rule_object> rules) -> result<void> {
        if (now->zone(zone.id) == zone && now->all_rules(zone.id, SIZE_MAX) == rules) return {};
        some.emplace_back(std::move(zone), std::move(rules));
        return some.size() < zones_at_once ? result<void>() : flush();
      });
  SP_CHECK(read);
  if (!some.empty()) SP_CHECK(flush());
  std::ranges::stable_sort(late, {}, [](const auto& one) { return one.first.is_active(); });
  for (const auto& one : late) {
    SP_CHECK(write([&](control_transaction& to) { return put_zone(to, one); }));
  }
  return {};
}

result<void> replica_copy::remove_gone_accounts(const postgres_queries& from) {
  const auto now = copy_.read();
  SP_TRY(const auto all, all_pages<model::account>([&](const page_query& page) {
    return now->accounts(page);
  }));
  for (const auto& account : all) {
    const auto there = from.account(account.id);
    if (there) continue;
    if (there.error().code != errc::not_found) return tl::unexpected(there.error());
    SP_TRY(const auto addresses, all_pages<model::destination_address>([&](const page_query& page) {
      return now->addresses(account.id, page);
    }));
    SP_TRY(const auto tokens, all_pages<model::api_token>([&](const page_query& page) {
      return now->tokens(account.id, page);
    }));
    const auto removed = write([&](control_transaction& to) -> result<void> {
      for (const auto& one : addresses) SP_CHECK(to.remove_address(account.id, one.id));
      for (const auto& one : tokens) SP_CHECK(to.remove_token(one.id));
      return to.remove_account(account.id);
    });
    if (!removed) return removed;
  }
  return {};
}

}  // namespace signpost::storage
