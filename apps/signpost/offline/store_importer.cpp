// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/offline/store_importer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/zones/zone_json.hpp"
#include "base/text.hpp"
#include "model/control/control_zone.hpp"
#include "proto/address/domain.hpp"

namespace signpost::cli {
namespace {

constexpr std::uint32_t accounts_at_once = 1000;
constexpr const char* first_account_name = "Signpost";

std::string email_key(const model::object_id& account, std::string_view email) {
  return account + to_lower(email);
}

// Every rule that acts must be one that the mail path understands: an import is no place for
// surprises. Destinations are another matter.
result<void> check_rules(const zone_with_rules& z) {
  const auto everybody = [](std::string_view) { return true; };
  auto reading = model::zone_of(z.zone, z.rules, everybody);
  if (!reading) {
    return fail(errc::malformed, fmt::format("zone {}: {}", z.zone.name, reading.error().context));
  }
  if (reading->left_out.empty()) return {};
  return fail(errc::malformed,
              fmt::format("zone {}: rule {}", z.zone.name, reading->left_out.front()));
}

void add_catch_all(zone_with_rules& z) {
  if (std::ranges::any_of(z.rules, &model::rule_object::catch_all)) return;
  z.rules.push_back(api::default_catch_all(z.zone));
}

result<void> canonical_name(model::zone_object& zone) {
  const auto parsed = address::domain::parse(zone.name);
  if (!parsed || parsed->ascii().find('.') == std::string::npos) {
    return fail(errc::malformed,
                fmt::format("zone '{}': the name is not a domain", printable(zone.name, 80)));
  }
  zone.name = parsed->ascii();
  return {};
}

}  // namespace

store_importer::store_importer(model::control_store& store, import_options options,
                               line_defaults defaults)
    : options_(std::move(options)), defaults_(defaults), before_(store.read()) {}

result<std::unique_ptr<store_importer>> store_importer::begin(model::control_store& store,
                                                              import_options options,
                                                              line_defaults defaults) {
  std::unique_ptr<store_importer> made(new store_importer(store, std::move(options), defaults));
  SP_CHECK(made->read_accounts());
  SP_TRY(made->import_, store.begin_import());
  return made;
}

result<void> store_importer::read_accounts() {
  for (std::uint64_t page = 1;; ++page) {
    SP_TRY(auto some, before_->accounts({.page = page, .per_page = accounts_at_once}));
    for (auto& account : some.items) accounts_.emplace(account.id, std::move(account));
    if (some.items.size() < accounts_at_once) return {};
  }
}

result<void> store_importer::add(control_line line) {
  if (auto* const account = std::get_if<model::account>(&line)) {
    return add_account(std::move(*account));
  }
  if (auto* const address = std::get_if<model::destination_address>(&line)) {
    return add_address(std::move(*address));
  }
  return add_zone(std::move(std::get<zone_with_rules>(line)));
}

result<void> store_importer::add_account(model::account account) {
  if (accounts_.contains(account.id)) return {};
  SP_CHECK(import_->add(account));
  ++counts_.accounts;
  accounts_.emplace(account.id, std::move(account));
  return {};
}

result<model::object_id> store_importer::account_for(const std::string& said) {
  if (said.empty()) return default_account();
  if (accounts_.contains(said)) return said;
  const auto named =
      std::ranges::find_if(accounts_, [&](const auto& one) { return one.second.name == said; });
  if (named != accounts_.end()) return named->first;
  return fail(
      errc::not_found,
      fmt::format("account '{}' is not known; put its line before this one", printable(said, 80)));
}

result<model::object_id> store_importer::default_account() {
  if (!default_account_.empty()) return default_account_;
  if (!options_.account.empty()) {
    if (auto found = account_for(options_.account)) return default_account_ = *found;
  } else if (accounts_.size() == 1) {
    return default_account_ = accounts_.begin()->first;
  } else if (!accounts_.empty()) {
    return fail(errc::conflict, "there are several accounts; choose one with --account");
  }
  model::account made{.id = draw_id(defaults_.random),
                      .name = options_.account.empty() ? first_account_name : options_.account,
                      .created = defaults_.now};
  default_account_ = made.id;
  SP_CHECK(add_account(std::move(made)));
  return default_account_;
}

result<void> store_importer::add_address(model::destination_address address) {
  SP_TRY(address.account, account_for(address.account));
  if (!seen_emails_.insert(email_key(address.account, address.email)).second) return {};
  const auto known = before_->address_by_email(address.account, address.email);
  if (known) {
    // An import adds; what exists stays unchanged.
    if (address.verified && !known->verified) note_unverified(address.email);
    return {};
  }
  if (known.error().code != errc::not_found) return tl::unexpected(known.error());
  ++counts_.addresses;
  return import_->add(address);
}

result<bool> store_importer::is_there(const model::zone_object& zone) const {
  const auto known = before_->zone_by_name(zone.name);
  if (!known && known.error().code == errc::not_found) return false;
  if (!known) return tl::unexpected(known.error());
  if (options_.skip_existing) return true;
  return fail(errc::conflict,
              fmt::format("zone {} is already in the store (--skip-existing leaves it unchanged)",
                          zone.name));
}

void store_importer::note_unverified(const std::string& email) {
  ++counts_.unverified;
  if (counts_.unverified_some.size() < unverified_named_max) {
    counts_.unverified_some.push_back(email);
  }
}

result<void> store_importer::look_at(const model::object_id& account, const std::string& email) {
  if (!seen_emails_.insert(email_key(account, email)).second) return {};
  const auto known = before_->address_by_email(account, email);
  if (!known && known.error().code != errc::not_found) return tl::unexpected(known.error());
  if (!known && options_.trust_destinations) {
    ++counts_.addresses;
    return import_->add(model::destination_address{.id = draw_id(defaults_.random),
                                                   .account = account,
                                                   .email = email,
                                                   .verified = defaults_.now,
                                                   .created = defaults_.now,
                                                   .modified = defaults_.now,
                                                   .verification_sent = {},
                                                   .verifications_sent = 0});
  }
  if (!known || !known->verified) note_unverified(email);
  return {};
}

result<void> store_importer::look_at_destinations(const zone_with_rules& z) {
  for (const auto& rule : z.rules) {
    for (const auto& action : rule.actions) {
      if ((action.type != "forward" && action.type != "failover") || !action.value) continue;
      for (const auto& email : *action.value) SP_CHECK(look_at(z.zone.account, email));
    }
  }
  return {};
}

result<void> store_importer::add_zone(zone_with_rules z) {
  SP_CHECK(canonical_name(z.zone));
  SP_TRY(const bool there, is_there(z.zone));
  if (there) {
    ++counts_.zones_skipped;
    return {};
  }
  SP_TRY(z.zone.account, account_for(z.zone.account));
  add_catch_all(z);
  SP_CHECK(check_rules(z));
  SP_CHECK(look_at_destinations(z));
  if (const auto added = import_->add(z.zone, z.rules); !added) {
    const auto& why = added.error();
    return fail(why.code,
                fmt::format("zone {}: {}{}", z.zone.name, why.context,
                            why.code == errc::conflict ? " is given more than once" : ""));
  }
  ++counts_.zones;
  counts_.rules += static_cast<std::uint64_t>(
      std::ranges::count(z.rules, false, &model::rule_object::catch_all));
  return {};
}

result<import_counts> store_importer::finish() {
  model::audit_entry entry;
  entry.id = draw_id(defaults_.random);
  entry.when = defaults_.now;
  entry.action = "import";
  entry.resource_type = "zone";
  entry.actor_id = entry.actor_name = "cli";
  entry.after_json = fmt::format(R"({{"accounts":{},"addresses":{},"zones":{},"rules":{}}})",
                                 counts_.accounts, counts_.addresses, counts_.zones, counts_.rules);
  SP_TRY([[maybe_unused]] const auto revision, import_->finish(std::move(entry)));
  return counts_;
}

}  // namespace signpost::cli
