// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What readers of a replica answer: everything from the copy on this node's disk, except for the
// audit log and the counts of limits, which are asked of the control database and fail with
// errc::unavailable while that is away. For the files of storage/ only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/control/control_reader.hpp"
#include "storage/control/control_reading.hpp"

namespace signpost::storage {

/// As `model::control_reader` says. Threads: one at a time.
class replica_queries {
 public:
  using reader_ptr = std::shared_ptr<const model::control_reader>;
  /// `ask_primary` makes a reader of the control database, at the first question to it.
  replica_queries(reader_ptr local, std::function<result<reader_ptr>()> ask_primary)
      : local_(std::move(local)), ask_primary_(std::move(ask_primary)) {}

  result<model::feed_position> position() const { return local_->position(); }
  result<model::control_totals> totals() const { return local_->totals(); }
  result<model::account> account(std::string_view id) const {
    return local_->account(id);
  }
  result<page_of<model::account>> accounts(const page_query& query,
                                           const model::account_filter& filter) const {
    return local_->accounts(query, filter);
  }
  result<model::zone_object> zone(std::string_view id) const { return local_->zone(id); }
  result<model::zone_object> zone_by_name(std::string_view name) const {
    return local_->zone_by_name(name);
  }
  result<model::zone_object> zone_by_name(std::string_view account,
                                          std::string_view name) const {
    return local_->zone_by_name(account, name);
  }
  result<std::vector<model::zone_object>> zones_named(std::string_view name,
                                                      std::size_t max) const {
    return local_->zones_named(name, max);
  }
  result<std::vector<model::zone_object>> zones_around(std::string_view account,
                                                       std::string_view name,
                                                       std::size_t max) const {
    return local_->zones_around(account, name, max);
  }
  result<std::vector<model::zone_object>> zones_to_check(std::string_view after,
                                                         std::size_t max) const {
    return local_->zones_to_check(after, max);
  }
  result<std::uint64_t> inactive_zones(std::string_view account) const {
    return local_->inactive_zones(account);
  }
  result<page_of<model::zone_object>> zones(std::string_view account, const page_query& query,
                                            const model::zone_filter& filter,
                                            model::zone_order by) const {
    return local_->zones(account, query, filter, by);
  }
  result<model::rule_object> rule(std::string_view zone, std::string_view id) const {
    return local_->rule(zone, id);
  }
  result<model::rule_object> catch_all(std::string_view zone) const {
    return local_->catch_all(zone);
  }
  result<page_of<model::rule_object>> rules(std::string_view zone, const page_query& query,
                                            const model::rule_filter& filter,
                                            model::rule_order by) const {
    return local_->rules(zone, query, filter, by);
  }
  result<std::vector<model::rule_object>> all_rules(std::string_view zone,
                                                    std::size_t max) const {
    return local_->all_rules(zone, max);
  }
  result<page_of<model::rule_object>> rules_of_account(
      std::string_view account, const page_query& query, const model::rule_filter& filter,
      const std::optional<model::visibility>& visible) const {
    return local_->rules_of_account(account, query, filter, visible);
  }
  result<model::rule_object> rule_by_matcher(std::string_view zone, std::string_view type,
                                             std::string_view value) const {
    return local_->rule_by_matcher(zone, type, value);
  }
  result<std::vector<model::rule_name>> rules_forwarding_to(std::string_view account,
                                                            std::string_view email,
                                                            std::size_t max) const {
    return local_->rules_forwarding_to(account, email, max);
  }
  result<std::vector<model::rule_name>> rules_owned_by(std::string_view account,
                                                       std::string_view tag,
                                                       std::size_t max) const {
    return local_->rules_owned_by(account, tag, max);
  }
  result<model::destination_address> address(std::string_view account,
                                             std::string_view id) const {
    return local_->address(account, id);
  }
  result<model::destination_address> address_by_email(std::string_view account,
                                                      std::string_view email) const {
    return local_->address_by_email(account, email);
  }
  result<page_of<model::destination_address>> addresses(
      std::string_view account, const page_query& query,
      std::optional<bool> verified) const {
    return local_->addresses(account, query, verified);
  }
  result<bool> is_verified(std::string_view account, std::string_view email) const {
    return local_->is_verified(account, email);
  }
  result<model::api_token> token(std::string_view id) const { return local_->token(id); }
  result<model::api_token> token_by_hash(std::string_view secret_hash) const {
    return local_->token_by_hash(secret_hash);
  }
  result<page_of<model::api_token>> tokens(std::string_view account,
                                           const page_query& query) const {
    return local_->tokens(account, query);
  }
  result<std::string> setting(std::string_view name) const {
    return local_->setting(name);
  }
  result<model::usage_count> usage(std::string_view name) const {
    SP_TRY(const auto* reader, primary());
    return reader->usage(name);
  }
  result<model::audit_page> audit_log(const model::audit_query& query) const {
    SP_TRY(const auto* reader, primary());
    return reader->audit_log(query);
  }
  result<model::audit_entry> audit_record(std::string_view account,
                                          std::string_view id) const {
    SP_TRY(const auto* reader, primary());
    return reader->audit_record(account, id);
  }
  result<void> for_each_zone(const model::control_reader::zone_visitor& visit) const {
    return local_->for_each_zone(visit);
  }
  result<void> for_each_verified_address(
      const model::control_reader::verified_visitor& visit) const {
    return local_->for_each_verified_address(visit);
  }
  result<void> for_each_setting(
      const model::control_reader::setting_visitor& visit) const {
    return local_->for_each_setting(visit);
  }

 private:
  result<const model::control_reader*> primary() const {
    if (primary_ == nullptr) {
      SP_TRY(primary_, ask_primary_());
    }
    return primary_.get();
  }

  reader_ptr local_;
  std::function<result<reader_ptr>()> ask_primary_;
  mutable reader_ptr primary_;
};

}  // namespace signpost::storage
