// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_import.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <unordered_set>
#include <utility>

#include "storage/control/control_codec.hpp"
#include "storage/control/control_history.hpp"
#include "storage/control/control_rows.hpp"
#include "storage/control/control_runs.hpp"
#include "storage/control/control_writing.hpp"

namespace signpost::storage {
namespace {

using control_schema::family;
using control_schema::key;
namespace counter = control_schema::counter;

std::string folder_of(const std::string& store_path) {
  return store_path + "/import";
}

class rocks_import final : public model::control_import, public control_history {
 public:
  rocks_import(control_rocks_store& store, const control_database& database)
      : store_(store),
        view_(control_view::snapshot(database)),
        runs_(database, folder_of(store.options().path), store.options().import_memory_octets) {}
  ~rocks_import() override {
    remove_unfinished_imports(store_.options().path);
    store_.import_ended();
  }

  result<void> add(const model::account& account) override;
  result<void> add(const model::destination_address& address) override;
  result<void> add(const model::zone_object& zone,
                   const std::vector<model::rule_object>& rules) override;
  result<std::uint64_t> finish(model::audit_entry entry) override;

  // A whole history, into an empty store.
  result<void> add(const model::api_token& token) override;
  result<void> add_setting(std::string_view name, std::string_view value) override;
  result<void> add(const model::audit_entry& entry, std::string_view place) override;
  result<void> add(const model::change_record& change) override;
  result<void> finish(const model::feed_position& last) override;

 private:
  /// What an account gains by the import.
  struct gains {
    std::uint64_t zones = 0;
    std::uint64_t inactive = 0;  ///< of the zones
    std::uint64_t rules = 0;
    std::uint64_t addresses = 0;
    std::uint64_t verified = 0;
    std::uint64_t tokens = 0;
    bool added = false;
  };

  /// Records that the object and its unique values are taken; errc::conflict if they already were.
  result<void> claim(const control_rows& rows);
  result<void> write(const control_rows& rows);
  result<void> add_rules(const model::zone_object& zone,
                         const std::vector<model::rule_object>& rules);
  result<std::string> mark_at(std::uint64_t revision) const;
  result<void> write_counters();
  result<void> write_counter(const std::string& name, std::uint64_t gained);
  result<void> usable() const;

  control_rocks_store& store_;
  control_view view_;
  control_runs runs_;
  bool over_ = false;
  std::map<std::string, gains, std::less<>> accounts_;  ///< by packed id
  /// Hashes of unique keys: two that are equal by chance only refuse an import.
  std::unordered_set<std::size_t> taken_;
  model::change_record last_;  ///< of a history
};

result<void> rocks_import::usable() const {
  if (over_) return fail(errc::malformed, "the import has already ended");
  return {};
}

result<void> rocks_import::claim(const control_rows& rows) {
  for (const auto& row : rows) {
    const bool object = &row == &rows.front();
    if (!object && row.unique.empty()) continue;
    SP_TRY(const auto holder, view_.get(row.family, row.key));
    if (holder || !taken_.insert(std::hash<std::string>()(row.key)).second) {
      return fail(errc::conflict, object ? "id" : std::string(row.unique));
    }
  }
  return {};
}

result<void> rocks_import::write(const control_rows& rows) {
  for (const auto& row : rows) SP_CHECK(runs_.add(row.family, row.key, row.value));
  return {};
}

result<void> rocks_import::add(const model::account& account) {
  SP_CHECK(usable());
  SP_CHECK(check(account));
  const auto rows = rows_of(account);
  SP_CHECK(claim(rows));
  accounts_[packed(account.id)].added = true;
  return write(rows);
}

result<void> rocks_import::add(const model::destination_address& address) {
  SP_CHECK(usable());
  SP_CHECK(check(address));
  const auto rows = rows_of(address);
  SP_CHECK(claim(rows));
  auto& account = accounts_[packed(address.account)];
  ++account.addresses;
  if (address.verified) ++account.verified;
  return write(rows);
}

result<void> rocks_import::add(const model::zone_object& zone,
                               const std::vector<model::rule_object>& rules) {
  SP_CHECK(usable());
  SP_CHECK(check(zone));
  const auto rows = rows_of(zone);
  SP_CHECK(claim(rows));
  SP_CHECK(add_rules(zone, rules));
  auto& account = accounts_[packed(zone.account)];
  ++account.zones;
  account.inactive += zone.is_active() ? 0 : 1;
  account.rules += rules.size();
  if (!rules.empty()) {
    SP_CHECK(runs_.add(family::counter, key(counter::rules_of_zone, packed(zone.id)),
                       schema::be64(rules.size())));
  }
  return write(rows);
}

// The zone is new, so its rules can only conflict with each other.
result<void> rocks_import::add_rules(const model::zone_object& zone,
                                     const std::vector<model::rule_object>& rules) {
  const auto account = packed(zone.account);
  std::map<std::string, const model::rule_object*> holders;
  std::unordered_set<std::string_view> ids;
  bool catch_all = false;
  for (const auto& rule : rules) {
    SP_CHECK(check(rule));
    if (rule.zone != zone.id) return fail(errc::malformed, "a rule belongs to another zone");
    if (!ids.insert(rule.id).second) return fail(errc::conflict, "id");
    if (rule.catch_all && std::exchange(catch_all, true)) return fail(errc::conflict, "catch_all");
    auto rows = rows_of(rule, account);
    // A rule may contain duplicates; a key is written once.
    std::ranges::sort(rows, {}, &control_row::key);
    const auto [first, last] = std::ranges::unique(rows, {}, &control_row::key);
    rows.erase(first, last);
    for (const auto& row : rows) {
      if (row.unique.empty()) continue;
      if (!holders.emplace(row.key, &rule).second) {
        return fail(errc::conflict, std::string(row.unique));
      }
    }
    SP_CHECK(write(rows));
  }
  return {};
}

result<void> rocks_import::write_counter(const std::string& name, std::uint64_t gained) {
  if (gained == 0) return {};
  SP_TRY(const auto before, view_.number(family::counter, name));
  return runs_.add(family::counter, name, schema::be64(before + gained));
}

result<void> rocks_import::write_counters() {
  gains all;
  std::uint64_t added = 0;
  for (const auto& [account, gained] : accounts_) {
    const bool is_account = account != control_schema::no_account();
    if (is_account && !gained.added) {
      SP_TRY(const auto known,
             view_.get(family::object, key(control_schema::object::account, account)));
      if (!known) return fail(errc::not_found, "account " + control_schema::unpack_id(account));
    }
    added += gained.added ? 1 : 0;
    all.zones += gained.zones;
    all.rules += gained.rules;
    SP_CHECK(write_counter(key(counter::zones_of_account, account), gained.zones));
    SP_CHECK(write_counter(key(counter::inactive_of_account, account), gained.inactive));
    SP_CHECK(write_counter(key(counter::rules_of_account, account), gained.rules));
    SP_CHECK(write_counter(key(counter::addresses_of_account, account), gained.addresses));
    SP_CHECK(write_counter(key(counter::verified_of_account, account), gained.verified));
    SP_CHECK(write_counter(key(counter::tokens_of_account, account), gained.tokens));
  }
  SP_CHECK(write_counter(key(counter::accounts), added));
  SP_CHECK(write_counter(key(counter::zones), all.zones));
  return write_counter(key(counter::rules), all.rules);
}

result<std::string> rocks_import::mark_at(std::uint64_t revision) const {
  SP_TRY(const auto value, view_.get(family::change, schema::be64(revision)));
  if (!value) return std::string();
  SP_TRY(auto change, decode_change(revision, *value));
  return std::move(change.position.mark);
}

result<std::uint64_t> rocks_import::finish(model::audit_entry entry) {
  SP_CHECK(usable());
  SP_CHECK(check(entry));
  SP_CHECK(store_.may_write());
  over_ = true;
  const auto revision = store_.revision() + 1;
  model::change_record change{.position = {.revision = revision},
                              .when = store_.now(),
                              .zones = {},
                              .all_zones = true};
  entry.revision = revision;
  SP_TRY(const auto before, mark_at(revision - 1));
  change.position.mark = mark_of(change, before, entry);
  SP_CHECK(write_counters());
  SP_CHECK(write(rows_of(entry, control_schema::audit_order(revision, 0))));
  SP_CHECK(write(rows_of(change)));
  SP_CHECK(runs_.hand_over());
  store_.import_committed(change);
  return revision;
}

result<void> rocks_import::add(const model::api_token& token) {
  SP_CHECK(usable());
  SP_CHECK(check(token));
  const auto rows = rows_of(token);
  SP_CHECK(claim(rows));
  ++accounts_[packed(token.account)].tokens;
  return write(rows);
}

result<void> rocks_import::add_setting(std::string_view name, std::string_view value) {
  SP_CHECK(usable());
  return runs_.add(family::object, key(control_schema::object::setting, name), value);
}

result<void> rocks_import::add(const model::audit_entry& entry, std::string_view place) {
  SP_CHECK(usable());
  SP_CHECK(check(entry));
  return write(rows_of(entry, place));
}

result<void> rocks_import::add(const model::change_record& change) {
  SP_CHECK(usable());
  last_ = change;
  return runs_.add(family::change, schema::be64(change.position.revision), encode(change));
}

result<void> rocks_import::finish(const model::feed_position& last) {
  SP_CHECK(usable());
  SP_CHECK(store_.may_write());
  if (last_.position != last) return fail(errc::malformed, "the last change is missing");
  over_ = true;
  SP_CHECK(write_counters());
  SP_CHECK(runs_.add(family::meta, control_schema::meta::revision, schema::be64(last.revision)));
  SP_CHECK(runs_.hand_over());
  store_.import_committed(last_);
  return {};
}

}  // namespace

result<std::unique_ptr<control_history>> begin_history(model::control_store& store) {
  auto* const ours = dynamic_cast<control_rocks_store*>(&store);
  if (ours == nullptr) return fail(errc::unavailable, "this store cannot be filled");
  if (ours->revision() != 0) return fail(errc::conflict, "the store is not empty");
  SP_TRY(auto import, ours->begin_import());
  auto* const history = dynamic_cast<control_history*>(import.get());
  if (history == nullptr) return fail(errc::unavailable, "this store cannot be filled");
  (void)import.release();
  return std::unique_ptr<control_history>(history);
}

result<std::unique_ptr<model::control_import>> start_import(control_rocks_store& store,
                                                            const control_database& database) {
  remove_unfinished_imports(store.options().path);
  std::error_code failed;
  std::filesystem::create_directory(folder_of(store.options().path), failed);
  if (failed) {
    return fail(errc::unavailable, "cannot create the folder of the import: " + failed.message());
  }
  return std::unique_ptr<model::control_import>(std::make_unique<rocks_import>(store, database));
}

void remove_unfinished_imports(const std::string& store_path) {
  std::error_code ignored;
  std::filesystem::remove_all(folder_of(store_path), ignored);
}

}  // namespace signpost::storage
