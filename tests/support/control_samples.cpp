// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/control_samples.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <set>

#include "base/text.hpp"
#include "tests/storage/temporary_folder.hpp"

namespace signpost::test {

using storage::start;

std::string id_of(char kind, std::uint64_t number) {
  char text[33];
  std::snprintf(text, sizeof text, "%02x%030llx", static_cast<unsigned char>(kind),
                static_cast<unsigned long long>(number));
  return text;
}

model::account make_account(std::uint64_t number) {
  return {.id = id_of('a', number),
          .name = "account " + std::to_string(number),
          .created = start + seconds(number)};
}

model::zone_object make_zone(std::uint64_t number, std::uint64_t account) {
  const auto name = "zone" + std::to_string(number) + ".example";
  return {.id = id_of('z', number),
          .account = id_of('a', account),
          .name = name,
          .paused = false,
          .created = start,
          .modified = start + seconds(1),
          .routing_enabled = true,
          .support_subaddress = true,
          .routing_created = start,
          .routing_modified = start + seconds(2),
          .subdomains = {{.id = id_of('s', number), .name = "sub." + name}},
          .admission = {.quarantine = model::quarantine_action::reject,
                        .own_author = static_cast<model::own_author_action>(number % 3)}};
}

model::rule_object make_rule(std::uint64_t zone, std::uint64_t number) {
  const auto n = std::to_string(number);
  return {.id = id_of('r', number),
          .zone = id_of('z', zone),
          .name = "rule " + n,
          .priority = static_cast<double>(number),
          .matchers = {{.type = "literal",
                        .field = "to",
                        .value = "User" + n + "@zone" + std::to_string(zone) + ".example"}},
          .actions = {{.type = "forward",
                       .value = std::vector<std::string>{"dest" + std::to_string(number % 3)
                                                         + "@example.net"}}},
          .created = start + seconds(number),
          .modified = start + seconds(number)};
}

model::rule_object make_catch_all(std::uint64_t zone, std::uint64_t number) {
  auto rule = make_rule(zone, number);
  rule.catch_all = true;
  rule.matchers = {{.type = "all"}};
  rule.actions = {{.type = "drop"}};
  return rule;
}

model::destination_address make_address(std::uint64_t account, std::uint64_t number) {
  return {.id = id_of('d', number),
          .account = id_of('a', account),
          .email = "Dest" + std::to_string(number) + "@example.net",
          .created = start + seconds(number),
          .modified = start + seconds(number),
          .verification_sent = start,
          .verifications_sent = 1,
          .verification_mail = "01kb8xpvz00000000000000001"};
}

model::api_token make_token(std::uint64_t number, std::uint64_t account) {
  auto hash = std::to_string(number);
  hash.resize(32, '#');
  return {.id = id_of('t', number),
          .account = account == 0 ? std::string() : id_of('a', account),
          .name = "token",
          .secret_hash = hash,
          .policies = {{.id = id_of('p', number),
                        .resources = {{"com.cloudflare.api.account.*", "*"}},
                        .permission_groups = {id_of('g', 1)}}},
          .ip_in = {"192.0.2.0/24"},
          .expires_on = start + std::chrono::hours(1),
          .issued_on = start + seconds(number),
          .modified_on = start};
}

model::audit_entry make_entry(std::uint64_t account, std::string action) {
  static std::atomic<std::uint64_t> entries{0};
  return {.id = id_of('e', ++entries),
          .when = start,
          .action = std::move(action),
          .account = id_of('a', account),
          .resource_type = "zone",
          .actor_id = "cli",
          .before_json = "{}",
          .after_json = R"({"name":"x"})",
          .http_status = 200};
}

result<std::uint64_t> change(model::control_store& store,
                             const std::function<result<void>(model::control_transaction&)>& work) {
  return store.commit([&](model::control_transaction& t) -> result<void> {
    SP_CHECK(work(t));
    t.audit(make_entry());
    return {};
  });
}

namespace {

class inspection {
 public:
  explicit inspection(model::control_store& store) : feed_(store.feed()), reader_(store.read()) {}

  int run() {
    look_at_zones();
    look_at_addresses();
    look_at_changes();
    return found_;
  }

 private:
  void expect(bool agrees) { found_ += agrees ? 0 : 1; }

  void look_at_zones() {
    std::map<std::string, std::uint64_t> zones;
    std::map<std::string, std::uint64_t> rules;
    std::map<std::string, std::uint64_t> inactive;
    std::uint64_t all_rules = 0;
    const auto scanned =
        reader_->for_each_zone([&](const model::zone_object& z,
                                   const std::vector<model::rule_object>& own) -> result<void> {
          ++zones[z.account];
          rules[z.account] += own.size();
          all_rules += own.size();
          expect(reader_->zone(z.id) == z);
          expect(reader_->zone_by_name(z.account, z.name) == z);
          expect((reader_->zone_by_name(z.name) == z) == z.is_active());
          inactive[z.account] += z.is_active() ? 0 : 1;
          const auto named = reader_->zones_named(z.name, 10'000);
          expect(named && std::ranges::count(*named, z) == 1);
          const auto around = reader_->zones_around(id_of('a', 999), "deep." + z.name, 10'000);
          expect(around && std::ranges::count(*around, z) == (z.is_active() ? 1 : 0));
          expect(reader_->rules(z.id, {.per_page = 1})->total == own.size());
          for (const auto& rule : own) look_at_rule(z, rule);
          return {};
        });
    expect(scanned.has_value());
    std::uint64_t all_zones = 0;
    for (const auto& [account, count] : zones) {
      all_zones += count;
      expect(reader_->inactive_zones(account) == inactive[account]);
      const auto listed = reader_->zones(account, {.per_page = 10'000});
      expect(listed && listed->total == count && listed->items.size() == count);
      const auto listed_rules = reader_->rules_of_account(account, {.per_page = 10'000});
      expect(listed_rules && listed_rules->total == rules[account]
             && listed_rules->items.size() == rules[account]);
    }
    const auto totals = reader_->totals();
    expect(totals && totals->zones == all_zones && totals->rules == all_rules);
    expect(reader_->zones("", {.per_page = 10'000})->items.size() == all_zones);
  }

  void look_at_rule(const model::zone_object& zone, const model::rule_object& rule) {
    expect(reader_->rule(zone.id, rule.id) == rule);
    if (rule.matchers.size() == 1) {
      const auto& m = rule.matchers.front();
      expect(reader_->rule_by_matcher(zone.id, m.type, m.value.value_or("")) == rule);
    }
    if (rule.owner_worker_tag) {
      const auto owned = reader_->rules_owned_by(zone.account, *rule.owner_worker_tag, 10'000);
      expect(owned && std::ranges::count(*owned, model::rule_name{zone.id, rule.id}) == 1);
    }
    for (const auto& action : rule.actions) {
      if (action.type != "forward") continue;
      const auto users = reader_->rules_forwarding_to(zone.account, action.value->front(), 10'000);
      expect(users && std::ranges::count(*users, model::rule_name{zone.id, rule.id}) == 1);
    }
  }

  void look_at_addresses() {
    const auto accounts = reader_->accounts({.per_page = 10'000});
    expect(accounts && accounts->total == accounts->items.size());
    for (const auto& account : accounts->items) {
      const auto all = reader_->addresses(account.id, {.per_page = 10'000});
      expect(all && all->total == all->items.size());
      const auto verified = reader_->addresses(account.id, {.per_page = 10'000}, true);
      expect(verified && verified->total == verified->items.size());
      std::size_t counted = 0;
      const auto count = [&](std::string_view owner, std::string_view) -> result<void> {
        counted += owner == account.id ? 1 : 0;
        return {};
      };
      expect(reader_->for_each_verified_address(count) && counted == verified->total);
      for (const auto& a : all->items) {
        expect(reader_->address_by_email(account.id, a.email) == a);
        expect(reader_->is_verified(account.id, a.email) == a.verified.has_value());
      }
    }
  }

  /// Every revision is listed and has its audit entries, and there is no entry of another.
  void look_at_changes() {
    const auto revision = reader_->revision();
    const auto news = feed_.after({}, 100'000);
    expect(revision && news && !news->reload && news->changes.size() == *revision);
    expect(!*revision || news->changes.back().position == reader_->position());
    std::set<std::uint64_t> audited;
    const auto log = reader_->audit_log({.max = 100'000});
    expect(log.has_value());
    for (const auto& e : log->entries) {
      expect(reader_->audit_record(e.account, e.id) == e);
      if (e.revision != 0) audited.insert(e.revision);
    }
    expect(audited.size() == *revision && (audited.empty() || *audited.rbegin() == *revision));
  }

  const model::change_feed& feed_;
  std::unique_ptr<const model::control_reader> reader_;
  int found_ = 0;
};

}  // namespace

int disagreements(model::control_store& store) {
  return inspection(store).run();
}

}  // namespace signpost::test
