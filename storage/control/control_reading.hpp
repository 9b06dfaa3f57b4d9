// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A reader or a transaction over a store's answers: forwards each question of
// `model::control_reader`. For the files of storage/ only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/control/control_reader.hpp"

namespace signpost::storage {

using model::page_of;
using model::page_query;

/// `Interface` is `model::control_reader` or `model::control_transaction`; `Queries` has a method
/// for each of the questions. Threads: as `Queries`.
template <typename Interface, typename Queries>
class control_reading : public Interface {
 public:
  explicit control_reading(Queries queries) : queries_(std::move(queries)) {}

  result<model::feed_position> position() const override { return queries_.position(); }
  result<model::control_totals> totals() const override { return queries_.totals(); }
  result<model::account> account(std::string_view id) const override {
    return queries_.account(id);
  }
  result<page_of<model::account>> accounts(const page_query& query,
                                           const model::account_filter& filter) const override {
    return queries_.accounts(query, filter);
  }
  result<model::zone_object> zone(std::string_view id) const override { return queries_.zone(id); }
  result<model::zone_object> zone_by_name(std::string_view name) const override {
    return queries_.zone_by_name(name);
  }
  result<model::zone_object> zone_by_name(std::string_view account,
                                          std::string_view name) const override {
    return queries_.zone_by_name(account, name);
  }
  result<std::vector<model::zone_object>> zones_named(std::string_view name,
                                                      std::size_t max) const override {
    return queries_.zones_named(name, max);
  }
  result<std::vector<model::zone_object>> zones_around(std::string_view account,
                                                       std::string_view name,
                                                       std::size_t max) const override {
    return queries_.zones_around(account, name, max);
  }
  result<std::vector<model::zone_object>> zones_to_check(std::string_view after,
                                                         std::size_t max) const override {
    return queries_.zones_to_check(after, max);
  }
  result<std::uint64_t> inactive_zones(std::string_view account) const override {
    return queries_.inactive_zones(account);
  }
  result<page_of<model::zone_object>> zones(std::string_view account, const page_query& query,
                                            const model::zone_filter& filter,
                                            model::zone_order by) const override {
    return queries_.zones(account, query, filter, by);
  }
  result<model::rule_object> rule(std::string_view zone, std::string_view id) const override {
    return queries_.rule(zone, id);
  }
  result<model::rule_object> catch_all(std::string_view zone) const override {
    return queries_.catch_all(zone);
  }
  result<page_of<model::rule_object>> rules(std::string_view zone, const page_query& query,
                                            const model::rule_filter& filter,
                                            model::rule_order by) const override {
    return queries_.rules(zone, query, filter, by);
  }
  result<std::vector<model::rule_object>> all_rules(std::string_view zone,
                                                    std::size_t max) const override {
    return queries_.all_rules(zone, max);
  }
  result<page_of<model::rule_object>> rules_of_account(
      std::string_view account, const page_query& query, const model::rule_filter& filter,
      const std::optional<model::visibility>& visible) const override {
    return queries_.rules_of_account(account, query, filter, visible);
  }
  result<model::rule_object> rule_by_matcher(std::string_view zone, std::string_view type,
                                             std::string_view value) const override {
    return queries_.rule_by_matcher(zone, type, value);
  }
  result<std::vector<model::rule_name>> rules_forwarding_to(std::string_view account,
                                                            std::string_view email,
                                                            std::size_t max) const override {
    return queries_.rules_forwarding_to(account, email, max);
  }
  result<std::vector<model::rule_name>> rules_owned_by(std::string_view account,
                                                       std::string_view tag,
                                                       std::size_t max) const override {
    return queries_.rules_owned_by(account, tag, max);
  }
  result<model::destination_address> address(std::string_view account,
                                             std::string_view id) const override {
    return queries_.address(account, id);
  }
  result<model::destination_address> address_by_email(std::string_view account,
                                                      std::string_view email) const override {
    return queries_.address_by_email(account, email);
  }
  result<page_of<model::destination_address>> addresses(
      std::string_view account, const page_query& query,
      std::optional<bool> verified) const override {
    return queries_.addresses(account, query, verified);
  }
  result<bool> is_verified(std::string_view account, std::string_view email) const override {
    return queries_.is_verified(account, email);
  }
  result<model::api_token> token(std::string_view id) const override { return queries_.token(id); }
  result<model::api_token> token_by_hash(std::string_view secret_hash) const override {
    return queries_.token_by_hash(secret_hash);
  }
  result<page_of<model::api_token>> tokens(std::string_view account,
                                           const page_query& query) const override {
    return queries_.tokens(account, query);
  }
  result<std::string> setting(std::string_view name) const override {
    return queries_.setting(name);
  }
  result<model::usage_count> usage(std::string_view name) const override {
    return queries_.usage(name);
  }
  result<model::audit_page> audit_log(const model::audit_query& query) const override {
    return queries_.audit_log(query);
  }
  result<model::audit_entry> audit_record(std::string_view account,
                                          std::string_view id) const override {
    return queries_.audit_record(account, id);
  }
  result<void> for_each_zone(const model::control_reader::zone_visitor& visit) const override {
    return queries_.for_each_zone(visit);
  }
  result<void> for_each_verified_address(
      const model::control_reader::verified_visitor& visit) const override {
    return queries_.for_each_verified_address(visit);
  }
  result<void> for_each_setting(
      const model::control_reader::setting_visitor& visit) const override {
    return queries_.for_each_setting(visit);
  }

 protected:
  [[nodiscard]] const Queries& queries() const { return queries_; }

 private:
  Queries queries_;
};

}  // namespace signpost::storage
