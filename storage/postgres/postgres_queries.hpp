// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Every question of `model::control_reader` as SQL: filters, orders, counting and paging are done
// by the database, in its indexes. For the files of storage/ only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/control/control_reader.hpp"
#include "storage/control/control_reading.hpp"
#include "storage/postgres/connection_pool.hpp"
#include "storage/postgres/secret_box.hpp"

namespace signpost::storage::postgres {

/// Where questions go: one connection in one transaction, or the reason why there is none.
class session {
 public:
  explicit session(error why) : why_(std::move(why)) {}
  /// `of_its_own`: a transaction for reading, which ends with the session.
  session(connection_pool::lease lease, bool of_its_own)
      : lease_(std::move(lease)), of_its_own_(of_its_own) {}
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  result<rows> run(const statement& what);
  result<rows> run(std::string_view sql) { return run(statement(sql)); }
  result<void> script(const std::string& sql);
  void wait_up_to(milliseconds longest) {
    if (lease_) (*lease_)->wait_up_to(longest);
  }
  [[nodiscard]] bool usable() const { return lease_ && (*lease_)->usable(); }
  [[nodiscard]] bool fresh() const { return !lease_ || lease_->fresh(); }

 private:
  std::optional<connection_pool::lease> lease_;
  error why_;
  bool of_its_own_ = false;
};

/// As `model::control_reader` says. Threads: one at a time.
class postgres_queries {
 public:
  /// `secrets` may be null: settings are not sealed then.
  postgres_queries(std::shared_ptr<session> s, const secret_box* secrets)
      : session_(std::move(s)), secrets_(secrets) {}

  result<model::feed_position> position() const;
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

  /// What changes after a position have touched, each named once: a letter of `object_kind` and the
  /// octets of ids or a name. Nothing: everything has to be read.
  struct touched_objects {
    std::optional<model::reload_reason> reload = {};
    bool all = false;
    std::vector<std::string> names = {};
  };
  result<touched_objects> touched_since(const model::feed_position& from) const;
  /// The ids of all zones, as 16 octets each, in order.
  result<std::vector<std::string>> zone_ids() const;

  [[nodiscard]] session& at() const { return *session_; }
  [[nodiscard]] const secret_box* secrets() const { return secrets_; }

 private:
  result<void> visit_zones(const rows& zones, std::size_t first, std::size_t last,
                           const model::control_reader::zone_visitor& visit) const;

  std::shared_ptr<session> session_;
  const secret_box* secrets_;
};

/// The first octet of the name of an object that a change touched.
enum class object_kind : char {
  account = 'a',
  zone = 'z',
  rule = 'r',     ///< zone and rule
  address = 'd',  ///< account and address
  token = 't',
  setting = 's',  ///< its name
};

/// What stands for an address in `rule.forwards`: of the account, in any case of letters.
std::string forward_mark(std::string_view account, std::string_view email);
/// A count by which an object is skipped or taken: never more than PostgreSQL can count.
parameter count_of(std::uint64_t n);

}  // namespace signpost::storage::postgres
