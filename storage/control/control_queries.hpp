// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Every question of `model::control_reader`, answered from a view: what readers and transactions
// share. control_reading.hpp makes the one or the other of it.
#pragma once

#include <utility>

#include "model/control/control_reader.hpp"
#include "storage/control/control_database.hpp"
#include "storage/control/control_reading.hpp"

namespace signpost::storage {

/// As `model::control_reader` says. Threads: one at a time.
class control_queries {
 public:
  explicit control_queries(control_view view) : view_(std::move(view)) {}

  result<std::uint64_t> revision() const;
  result<model::feed_position> position() const;
  /// As `model::change_feed::after`.
  result<model::change_news> changes_after(const model::feed_position& from, std::size_t max) const;
  result<model::control_totals> totals() const;
  result<model::account> account(std::string_view id) const;
  result<page_of<model::account>> accounts(const page_query& query,
                                           const model::account_filter& filter) const;
  result<model::zone_object> zone(std::string_view id) const;
  result<model::zone_object> zone_by_name(std::string_view name) const;
  result<model::zone_object> zone_by_name(std::string_view account, std::string_view name) const;
  result<std::vector<model::zone_object>> zones_named(std::string_view name,
                                                      std::size_t max) const;
  result<std::vector<model::zone_object>> zones_around(std::string_view account,
                                                       std::string_view name,
                                                       std::size_t max) const;
  result<std::vector<model::zone_object>> zones_to_check(std::string_view after,
                                                         std::size_t max) const;
  result<std::uint64_t> inactive_zones(std::string_view account) const;
  result<page_of<model::zone_object>> zones(std::string_view account, const page_query& query,
                                            const model::zone_filter& filter,
                                            model::zone_order by) const;
  result<model::rule_object> rule(std::string_view zone, std::string_view id) const;
  result<model::rule_object> catch_all(std::string_view zone) const;
  result<page_of<model::rule_object>> rules(std::string_view zone, const page_query& query,
                                            const model::rule_filter& filter,
                                            model::rule_order by) const;
  result<std::vector<model::rule_object>> all_rules(std::string_view zone, std::size_t max) const;
  result<page_of<model::rule_object>> rules_of_account(
      std::string_view account, const page_query& query, const model::rule_filter& filter,
      const std::optional<model::visibility>& visible) const;
  result<model::rule_object> rule_by_matcher(std::string_view zone, std::string_view type,
                                             std::string_view value) const;
  result<std::vector<model::rule_name>> rules_forwarding_to(std::string_view account,
                                                            std::string_view email,
                                                            std::size_t max) const;
  result<std::vector<model::rule_name>> rules_owned_by(std::string_view account,
                                                       std::string_view tag, std::size_t max) const;
  result<model::destination_address> address(std::string_view account, std::string_view id) const;
  result<model::destination_address> address_by_email(std::string_view account,
                                                      std::string_view email) const;
  result<page_of<model::destination_address>> addresses(std::string_view account,
                                                        const page_query& query,
                                                        std::optional<bool> verified) const;
  result<bool> is_verified(std::string_view account, std::string_view email) const;
  result<model::api_token> token(std::string_view id) const;
  result<model::api_token> token_by_hash(std::string_view secret_hash) const;
  result<page_of<model::api_token>> tokens(std::string_view account, const page_query& query) const;
  result<std::string> setting(std::string_view name) const;
  result<model::usage_count> usage(std::string_view name) const;
  result<model::audit_page> audit_log(const model::audit_query& query) const;
  result<model::audit_entry> audit_record(std::string_view account, std::string_view id) const;
  result<void> for_each_zone(const model::control_reader::zone_visitor& visit) const;
  result<void> for_each_verified_address(
      const model::control_reader::verified_visitor& visit) const;
  result<void> for_each_setting(const model::control_reader::setting_visitor& visit) const;

  [[nodiscard]] const control_view& view() const { return view_; }
  /// Nothing if it is not listed (any more).
  [[nodiscard]] result<std::optional<model::change_record>> change(std::uint64_t revision) const;
  /// The rule at this key of the family `rule`, behind the zone.
  static result<model::rule_object> decode_rule_at(std::string_view zone, std::string_view tail,
                                                   std::string_view value);

 private:
  [[nodiscard]] result<std::optional<model::reload_reason>> why_reload(
      const model::feed_position& from) const;
  [[nodiscard]] result<std::optional<std::vector<model::zone_object>>> few_zones(
      std::string_view account, const model::zone_filter& filter) const;
  [[nodiscard]] result<std::vector<model::rule_name>> rules_named_in(const std::string& prefix,
                                                                     std::size_t max) const;

  control_view view_;
};

}  // namespace signpost::storage
