// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/zones/zone_json.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "api/dns/ownership_record.hpp"
#include "api/zones/zone_ownership.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t id_octets = 16;

using condition = std::function<bool(const model::zone_object&, const model::account&)>;
using comparison = bool (*)(std::string_view text, std::string_view value);

struct operation {
  std::string_view name;
  bool with_case;
  comparison compare;
};

bool same(std::string_view text, std::string_view value) {
  return text == value;
}
bool other(std::string_view text, std::string_view value) {
  return text != value;
}
bool begins(std::string_view text, std::string_view value) {
  return text.starts_with(value);
}
bool ends(std::string_view text, std::string_view value) {
  return text.ends_with(value);
}
bool holds(std::string_view text, std::string_view value) {
  return text.find(value) != std::string_view::npos;
}

constexpr std::array<operation, 8> operations{{
    {"equal", false, same},
    {"not_equal", false, other},
    {"starts_with", false, begins},
    {"ends_with", false, ends},
    {"contains", false, holds},
    {"starts_with_case_sensitive", true, begins},
    {"ends_with_case_sensitive", true, ends},
    {"contains_case_sensitive", true, holds},
}};

struct text_question {
  operation how = operations.front();
  std::string value;
  bool plain = true;  ///< without an operator

  [[nodiscard]] bool passes(std::string_view text) const {
    return how.with_case ? how.compare(text, value) : how.compare(to_lower(text), value);
  }
};

text_question text_question_of(std::string_view text) {
  text_question q;
  const auto colon = text.find(':');
  for (const auto& o : operations) {
    if (colon == std::string_view::npos || text.substr(0, colon) != o.name) continue;
    q.how = o;
    q.plain = false;
    text.remove_prefix(colon + 1);
    break;
  }
  q.value = q.how.with_case ? std::string(text) : to_lower(text);
  return q;
}

// Names are stored in A-labels; people search in their own script.
std::string as_stored(std::string_view name) {
  const auto parsed = address::domain::parse(name);
  return parsed ? parsed->ascii() : to_lower(name);
}

answer<void> check_status(std::string_view status) {
  for (const std::string_view known : {"initializing", "pending", "active", "moved"}) {
    if (status == known) return {};
  }
  return refuse(invalid_input("status must be initializing, pending, active or moved"));
}

bool wants_full(std::string_view types) {
  for (const auto one : split(types, ',')) {
    if (trim(one) == "full") return true;
  }
  return false;
}

condition joined(std::vector<condition> all, bool any) {
  if (all.empty()) return {};
  return [all = std::move(all), any](const model::zone_object& z, const model::account& a) {
    for (const auto& one : all) {
      if (one(z, a) == any) return any;
    }
    return !any;
  };
}

answer<bool> wants_any(const rest_call& call) {
  const auto match = call.parameter("match").value_or("all");
  if (match != "any" && match != "all") {
    return refuse(invalid_input("match must be any or all"));
  }
  return match == "any";
}

json permissions_of(const model::zone_object& zone, const model::api_token& viewer) {
  auto list = json::array({"#zone:read"});
  if (may(viewer, permission::zone_write, {.account = zone.account, .zone = zone.id})) {
    list.push_back("#zone:edit");
  }
  return list;
}

json activated_on(const model::zone_object& zone) {
  if (zone.ownership.activated) return to_rfc3339(*zone.ownership.activated);
  return zone.is_active() ? json(to_rfc3339(zone.created)) : json(nullptr);
}

}  // namespace

json zone_json(const rest_world& world, const model::zone_object& zone,
               const model::account& account, const model::api_token& viewer) {
  return {{"id", zone.id},
          {"name", zone.name},
          {"status", to_string(zone.ownership.status)},
          {"paused", zone.paused},
          {"type", "full"},
          {"development_mode", 0},
          {"name_servers", json::array()},
          {"original_name_servers", nullptr},
          {"original_registrar", nullptr},
          {"original_dnshost", nullptr},
          {"modified_on", to_rfc3339(zone.modified)},
          {"created_on", to_rfc3339(zone.created)},
          {"activated_on", activated_on(zone)},
          {"verification_key", ownership_record(world, zone).content},
          {"meta",
           {{"step", 0},
            {"custom_certificate_quota", 0},
            {"page_rule_quota", 0},
            {"phishing_detected", false},
            {"cdn_only", false},
            {"dns_only", false},
            {"foundation_dns", false}}},
          {"owner", {{"id", account.id}, {"type", "organization"}, {"name", account.name}}},
          {"account", {{"id", account.id}, {"name", account.name}}},
          {"tenant", {{"id", nullptr}, {"name", nullptr}}},
          {"tenant_unit", {{"id", nullptr}}},
          {"permissions", permissions_of(zone, viewer)},
          {"plan",
           {{"id", "signpost"},
            {"name", "Signpost"},
            {"price", 0},
            {"currency", "USD"},
            {"frequency", ""},
            {"is_subscribed", true},
            {"can_subscribe", false},
            {"legacy_id", "signpost"},
            {"legacy_discount", false},
            {"externally_managed", false}}}};
}

answer<zone_filter> zone_filter_of(const rest_call& call) {
  SP_TRY(const bool any, wants_any(call));
  zone_filter out;
  std::vector<condition> all;
  if (const auto name = call.parameter("name")) {
    auto q = text_question_of(*name);
    if (q.plain) q.value = as_stored(*name);
    if (q.plain && !any) out.exact_name = q.value;
    all.push_back([q](const auto& z, const auto&) { return q.passes(z.name); });
  }
  if (const auto id = call.parameter("account.id")) {
    if (!any) out.account = *id;
    all.push_back([id = *id](const auto& z, const auto&) { return z.account == id; });
  }
  if (const auto name = call.parameter("account.name")) {
    all.push_back(
        [q = text_question_of(*name)](const auto&, const auto& a) { return q.passes(a.name); });
  }
  if (const auto status = call.parameter("status")) {
    SP_CHECK(check_status(*status));
    all.push_back([wanted = *status](const auto& z, const auto&) {
      return to_string(z.ownership.status) == wanted;
    });
  }
  if (const auto types = call.parameter("type")) {
    all.push_back([full = wants_full(*types)](const auto&, const auto&) { return full; });
  }
  // For the account alone the store has that list, with its length.
  if (all.size() > 1 || !out.account) out.passes = joined(std::move(all), any);
  return out;
}

model::rule_object default_catch_all(const model::zone_object& zone) {
  model::rule_object rule;
  const auto octets = crypto::sha256("catch-all of " + zone.id);
  rule.id = to_hex(std::span(octets).first<id_octets>());
  rule.zone = zone.id;
  rule.catch_all = true;
  rule.name = "";
  rule.enabled = false;
  rule.matchers = {{.type = "all", .field = {}, .value = {}}};
  rule.actions = {{.type = "drop", .value = {}}};
  rule.created = zone.created;
  rule.modified = zone.created;
  return rule;
}

}  // namespace signpost::api
