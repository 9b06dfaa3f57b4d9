// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Many new objects in one transaction, which holds the lock of the head as long as it lasts.
#include <map>
#include <set>
#include <utility>

#include "storage/control/control_codec.hpp"
#include "storage/control/control_rows.hpp"
#include "storage/postgres/postgres_control_store.hpp"

namespace signpost::storage::postgres {
namespace {

/// An import is fed from files and may pause longer than a change.
constexpr const char* patience =
    "SET LOCAL idle_in_transaction_session_timeout = '60s'; SET LOCAL statement_timeout = '60s'";
constexpr seconds longest_answer{70};
/// Counters that one statement changes.
constexpr std::size_t accounts_at_once = 1000;
constexpr std::size_t entries_at_once = 500;

class postgres_import final : public model::control_import, public control_history {
 public:
  postgres_import(postgres_control_store& store, open_change change)
      : store_(store), change_(std::move(change)), writing_(store.writing(change_)) {}
  ~postgres_import() override {
    // After the end this is a warning of the server's, and no more.
    if (change_.at->usable()) (void)change_.at->script("ROLLBACK");
    store_.import_ended();
  }

  [[nodiscard]] const model::feed_position& before() const { return change_.before; }

  result<void> add(const model::account& account) override;
  result<void> add(const model::destination_address& address) override;
  result<void> add(const model::zone_object& zone,
                   const std::vector<model::rule_object>& rules) override;
  result<std::uint64_t> finish(model::audit_entry entry) override;

  // A whole history, into an empty database.
  result<void> add(const model::api_token& token) override { return writing_.put(token); }
  result<void> add_setting(std::string_view name, std::string_view value) override {
    return writing_.put_setting(name, value);
  }
  result<void> add(const model::audit_entry& entry, std::string_view place) override;
  result<void> add(const model::change_record& change) override;
  result<void> finish(const model::feed_position& last) override;

 private:
  struct gains {
    std::int64_t zones = 0;
    std::int64_t inactive = 0;
    std::int64_t rules = 0;
    std::int64_t addresses = 0;
    std::int64_t verified = 0;
  };

  result<void> usable() const {
    if (over_) return fail(errc::malformed, "the import has already ended");
    return {};
  }
  /// Inserts a row that has to be new; errc::conflict, naming what is taken.
  result<void> insert(statement s, const char* unique);
  result<void> check_rules(const model::zone_object& zone,
                           const std::vector<model::rule_object>& rules) const;
  result<void> flush_entries();
  result<void> write_counters();
  result<void> write_counters_of(const std::vector<std::string>& accounts);

  postgres_control_store& store_;
  open_change change_;
  postgres_writing writing_;
  bool over_ = false;
  std::map<std::string, gains, std::less<>> accounts_;  ///< by id
  std::vector<placed_entry> entries_;                    ///< not written yet
  model::feed_position last_;                            ///< of the changes of a history
};

result<void> postgres_import::insert(statement s, const char* unique) {
  SP_TRY(const auto done, change_.at->run(s.add(" ON CONFLICT DO NOTHING")));
  if (done.changed() == 0) return fail(errc::conflict, unique);
  return {};
}

result<void> postgres_import::add(const model::account& account) {
  SP_CHECK(usable());
  SP_CHECK(check(account));
  const auto known = writing_.account(account.id);
  if (known) return fail(errc::conflict, "id");
  if (known.error().code != errc::not_found) return tl::unexpected(known.error());
  return writing_.put(account);
}

result<void> postgres_import::add(const model::destination_address& address) {
  SP_CHECK(usable());
  SP_CHECK(check(address));
  SP_CHECK(insert(insert_of(address), "email"));
  auto& of = accounts_[address.account];
  ++of.addresses;
  of.verified += address.verified ? 1 : 0;
  return {};
}

// The zone is new, so its rules can only conflict with each other.
result<void> postgres_import::check_rules(const model::zone_object& zone,
                                          const std::vector<model::rule_object>& rules) const {
  std::set<std::string_view> ids;
  std::set<std::string> matchers;
  bool catch_all = false;
  for (const auto& rule : rules) {
    SP_CHECK(check(rule));
    if (rule.zone != zone.id) return fail(errc::malformed, "a rule belongs to another zone");
    if (!ids.insert(rule.id).second) return fail(errc::conflict, "id");
    if (rule.catch_all && std::exchange(catch_all, true)) return fail(errc::conflict, "catch_all");
    for (const auto& row : rows_of(rule, packed(zone.account))) {
      if (row.unique.empty()) continue;
      if (!matchers.insert(row.key).second) return fail(errc::conflict, std::string(row.unique));
    }
  }
  return {};
}

result<void> postgres_import::add(const model::zone_object& zone,
                                  const std::vector<model::rule_object>& rules) {
  SP_CHECK(usable());
  SP_CHECK(check(zone));
  SP_CHECK(check_rules(zone, rules));
  SP_CHECK(insert(insert_of(zone), "name"));
  SP_CHECK(writing_.insert_rules(zone, rules));
  auto& of = accounts_[zone.account];
  ++of.zones;
  of.inactive += zone.is_active() ? 0 : 1;
  of.rules += static_cast<std::int64_t>(rules.size());
  return {};
}

result<void> postgres_import::write_counters_of(const std::vector<std::string>& accounts) {
  std::vector<std::int64_t> zones;
  std::vector<std::int64_t> inactive;
  std::vector<std::int64_t> rules;
  std::vector<std::int64_t> addresses;
  std::vector<std::int64_t> verified;
  for (const auto& account : accounts) {
    const auto& of = accounts_[account];
    zones.push_back(of.zones);
    inactive.push_back(of.inactive);
    rules.push_back(of.rules);
    addresses.push_back(of.addresses);
    verified.push_back(of.verified);
  }
  statement s(
      "UPDATE account SET zones = account.zones + g.zones, "
      "inactive_zones = inactive_zones + g.inactive, rules = account.rules + g.rules, "
      "addresses = account.addresses + g.addresses, "
      "verified_addresses = verified_addresses + g.verified FROM unnest(");
  s.bind_all({ids(accounts), numbers(zones), numbers(inactive), numbers(rules), numbers(addresses),
              numbers(verified)});
  s.add(") AS g (id, zones, inactive, rules, addresses, verified) WHERE account.id = g.id");
  SP_TRY(const auto done, change_.at->run(s));
  if (done.changed() != accounts.size()) {
    return fail(errc::not_found, "an account of the imported zones");
  }
  return {};
}

result<void> postgres_import::write_counters() {
  gains all;
  std::vector<std::string> some;
  for (const auto& [account, of] : accounts_) {
    all.zones += of.zones;
    all.rules += of.rules;
    some.push_back(account);
    if (some.size() < accounts_at_once) continue;
    SP_CHECK(write_counters_of(some));
    some.clear();
  }
  if (!some.empty()) SP_CHECK(write_counters_of(some));
  statement s("UPDATE head SET zones = zones + ");
  s.bind(signed_number(all.zones)).add(", rules = rules + ").bind(signed_number(all.rules));
  SP_TRY([[maybe_unused]] const auto done, change_.at->run(s));
  return {};
}

result<std::uint64_t> postgres_import::finish(model::audit_entry entry) {
  SP_CHECK(usable());
  SP_CHECK(check(entry));
  over_ = true;
  writing_.touch_all();
  writing_.audit(std::move(entry));
  return store_.end(change_, writing_, write_counters());
}

result<void> postgres_import::flush_entries() {
  SP_CHECK(write_entries(*change_.at, entries_));
  entries_.clear();
  return {};
}

result<void> postgres_import::add(const model::audit_entry& entry, std::string_view place) {
  SP_CHECK(usable());
  SP_CHECK(check(entry));
  entries_.push_back(
      {.entry = entry, .place = std::string(place), .refused = entry.revision == 0});
  return entries_.size() < entries_at_once ? result<void>() : flush_entries();
}

// Without the objects it touched: a copy that is as far behind reads everything.
result<void> postgres_import::add(const model::change_record& change) {
  SP_CHECK(usable());
  statement s("INSERT INTO change_log (revision, mark, value) VALUES (");
  s.bind_all({number(change.position.revision), octets(change.position.mark),
              octets(encode(change))});
  SP_TRY([[maybe_unused]] const auto done, change_.at->run(s.add(")")));
  last_ = change.position;
  return {};
}

result<void> postgres_import::finish(const model::feed_position& last) {
  SP_CHECK(usable());
  over_ = true;
  if (last_ != last) return fail(errc::malformed, "the last change is missing");
  SP_CHECK(flush_entries());
  SP_CHECK(write_counters());
  statement s("UPDATE head SET revision = ");
  s.bind(number(last.revision)).add(", mark = ").bind(octets(last.mark));
  SP_TRY([[maybe_unused]] const auto done, change_.at->run(s));
  return change_.at->script("COMMIT");
}

result<std::unique_ptr<postgres_import>> start(postgres_control_store& store) {
  SP_TRY(auto change, store.begin());
  change.at->wait_up_to(longest_answer);
  SP_CHECK(change.at->script(patience));
  return std::make_unique<postgres_import>(store, std::move(change));
}

}  // namespace

result<std::unique_ptr<model::control_import>> start_import(postgres_control_store& store) {
  return start(store);
}

result<std::unique_ptr<control_history>> begin_history(model::control_store& store) {
  auto* const ours = dynamic_cast<postgres_control_store*>(&store);
  if (ours == nullptr) return fail(errc::unavailable, "this store cannot be filled");
  SP_TRY(auto history, start(*ours));
  if (history->before().revision != 0) {
    return fail(errc::conflict, "the control database is not empty");
  }
  return history;
}

}  // namespace signpost::storage::postgres
