// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// E-mail routing of a zone: its settings, its subdomains, the DNS records it needs and their
// faults. Signpost serves no DNS: "locked" means that the records are to stay as requested, and a
// record that differs then counts as a configuration error.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/dns/dns_advice.hpp"
#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "api/frame/zone_name.hpp"
#include "api/zones/endpoints.hpp"
#include "proto/address/domain.hpp"

namespace signpost::api {
namespace {

// The longest name that the DNS can have, as text (RFC 1035 §2.3.4: 255 octets on the wire).
constexpr std::size_t name_characters_max = 253;
constexpr std::string_view resource = "email_routing_settings";
/// Ours: faults of DNS records, in `messages`.
constexpr int dns_fault_code = 9600;
constexpr int dns_unknown_code = 9601;

// What is known of a domain now; starts a new check if that is old.
std::string_view status_of(const rest_call& call, const model::zone_object& z,
                           const std::string& domain, bool enabled) {
  if (!enabled) return "unconfigured";
  const bool locked = z.routing_locked;
  const auto wanted = routing_records(call.world, domain, z.is_active());
  const auto seen = call.world.dns->last(call.world, wanted);
  if (seen && !seen->faults.empty()) return locked ? "misconfigured/locked" : "misconfigured";
  if (!locked) return "unlocked";
  // Not checked yet: no promise that it works.
  return seen && seen->complete ? "ready" : "unconfigured";
}

json settings_json(const rest_call& call, const model::zone_object& z) {
  auto subdomains = json::array();
  for (const auto& s : z.subdomains) {
    subdomains.push_back(
        {{"id", s.id},
         {"tag", s.id},
         {"name", shown_name(s.name)},
         {"enabled", s.enabled},
         {"status", status_of(call, z, s.name, z.routing_enabled && s.enabled)}});
  }
  const auto status = status_of(call, z, z.name, z.routing_enabled);
  return {{"id", z.id},
          {"tag", z.id},
          {"name", shown_name(z.name)},
          {"enabled", z.routing_enabled},
          {"created", to_rfc3339(z.routing_created)},
          {"modified", to_rfc3339(z.routing_modified)},
          {"skip_wizard", z.skip_wizard},
          {"support_subaddress", z.support_subaddress},
          {"synced", status == "ready"},
          {"status", status},
          {"subdomains", std::move(subdomains)}};
}

answer<rest_result> get_settings(rest_call& call) {
  if (call.zone->routing_enabled) {
    const auto wanted = routing_records(call.world, call.zone->name, call.zone->is_active());
    // The first time, there is no earlier result.
    if (!call.world.dns->last(call.world, wanted)) {
      [[maybe_unused]] const auto seen = call.world.dns->wait(call.world, wanted);
    }
  }
  return rest_result{.result = settings_json(call, *call.zone)};
}

// Changes the zone by `edit`; nothing is written if that changes nothing.
answer<rest_result> change_settings(
    rest_call& call, std::string_view action,
    const std::function<answer<void>(model::control_transaction&, model::zone_object&)>& edit) {
  const auto changed = commit_change<model::zone_object>(
      call.world, "zone", [&](model::control_transaction& t) -> answer<model::zone_object> {
        SP_TRY(const auto before, ask(t.zone(call.zone->id), "zone"));
        auto after = before;
        SP_CHECK(edit(t, after));
        if (after == before) return after;
        after.routing_modified = call.world.time.now();
        SP_CHECK(ask(t.put(after), "zone"));
        t.audit(call.audit(action, resource, after.id, settings_json(call, before),
                           settings_json(call, after)));
        return after;
      });
  if (!changed) return refuse(changed.error());
  return rest_result{.result = settings_json(call, *changed)};
}

answer<rest_result> edit_settings(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  // Accepted without effect, as at Cloudflare: `enable` and `disable` switch.
  SP_TRY([[maybe_unused]] const auto enabled, flag_member(body, "enabled"));
  SP_TRY(const auto skip, flag_member(body, "skip_wizard"));
  SP_TRY(const auto subaddress, flag_member(body, "support_subaddress"));
  return change_settings(call, "update", [&](auto&, model::zone_object& z) -> answer<void> {
    z.skip_wizard = skip.value_or(z.skip_wizard);
    z.support_subaddress = subaddress.value_or(z.support_subaddress);
    return {};
  });
}

rest_problem not_below(const model::zone_object& zone) {
  auto p = invalid_input({}, "/name");
  // Cloudflare's words. The name needs no care: it is one of ours.
  p.message = fmt::format("Invalid Input: must be a a subdomains of {}", shown_name(zone.name));
  return p;
}

// A name as the client wrote it in A-labels: the zone, a name under it, or nothing.
answer<std::optional<std::string>> domain_in(const rest_call& call,
                                             const std::optional<std::string>& text) {
  if (!text || text->empty()) return std::nullopt;
  const auto parsed = address::domain::parse(*text);
  if (!parsed) return refuse(invalid_input("name: " + parsed.error().context, "/name"));
  const auto& name = parsed->ascii();
  if (name != call.zone->name && !name.ends_with("." + call.zone->name)) {
    return refuse(not_below(*call.zone));
  }
  return name;
}

// The body's `name`.
answer<std::optional<std::string>> name_of(const rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(const auto text, text_member(body, "name", name_characters_max));
  return domain_in(call, text);
}

model::zone_subdomain* subdomain_of(model::zone_object& z, const std::string& name) {
  const auto at = std::ranges::find(z.subdomains, name, &model::zone_subdomain::name);
  return at == z.subdomains.end() ? nullptr : &*at;
}

answer<void> add_subdomain(const rest_call& call, const model::control_reader& now,
                           model::zone_object& z, const std::string& name) {
  if (auto* const known = subdomain_of(z, name)) {
    known->enabled = true;
    return {};
  }
  const auto max = call.world.limits.subdomains_per_zone_max;
  if (call.is_over(max, z.subdomains.size())) return refuse(over_limit("subdomains of the zone"));
  // It, or a name between it and the zone, is somebody's own zone.
  for (auto at = name; at != z.name; at = at.substr(at.find('.') + 1)) {
    const auto other = now.zone_by_name(at);
    if (other) return refuse(already_exists("zone " + at));
    if (other.error().code != errc::not_found) return refuse(from_error(other.error(), "zone"));
  }
  z.subdomains.push_back({.id = new_object_id(call.world.random), .name = name, .enabled = true});
  return {};
}

// Switches the zone, or the subdomain that the body names.
answer<rest_result> switch_routing(rest_call& call, bool on) {
  SP_TRY(const auto name, name_of(call));
  return change_settings(call, on ? "enable" : "disable",
                         [&](auto& t, model::zone_object& z) -> answer<void> {
                           if (name && *name != z.name) {
                             if (on) return add_subdomain(call, t, z, *name);
                             auto* const known = subdomain_of(z, *name);
                             if (known == nullptr) return refuse(not_found("subdomain"));
                             known->enabled = false;
                             return {};
                           }
                           z.routing_enabled = on;
                           if (on) z.routing_locked = true;
                           return {};
                         });
}

answer<rest_result> enable(rest_call& call) {
  return switch_routing(call, true);
}

answer<rest_result> disable(rest_call& call) {
  return switch_routing(call, false);
}

answer<rest_result> unlock(rest_call& call) {
  SP_TRY([[maybe_unused]] const auto name, name_of(call));
  return change_settings(call, "unlock", [](auto&, model::zone_object& z) -> answer<void> {
    z.routing_locked = false;
    return {};
  });
}

json record_json(const wanted_record& r) {
  json out{{"type", r.type}, {"name", r.name}, {"content", r.content}};
  if (r.priority) out["priority"] = *r.priority;
  out["ttl"] = 1;
  return out;
}

json records_json(const dns_plan& wanted) {
  auto list = json::array();
  for (const auto& r : wanted.records) list.push_back(record_json(r.wanted));
  return list;
}

json messages_of(const std::optional<dns_check>& seen) {
  auto list = json::array();
  if (!seen || !seen->complete) {
    list.push_back(
        {{"code", dns_unknown_code}, {"message", "The DNS did not answer every question"}});
  }
  if (!seen) return list;
  for (const auto& f : seen->faults) {
    list.push_back({{"code", dns_fault_code}, {"message", fmt::format("{}: {}", f.code, f.text)}});
  }
  return list;
}

// With or without `subdomain` the list that clients model; what is wrong is in `messages`.
answer<rest_result> get_dns(rest_call& call) {
  SP_TRY(const auto named, domain_in(call, call.parameter("subdomain")));
  const auto domain = named.value_or(call.zone->name);
  // So that a client notices that a subdomain has gone, before it removes what is left.
  if (domain != call.zone->name
      && std::ranges::find(call.zone->subdomains, domain, &model::zone_subdomain::name)
             == call.zone->subdomains.end()) {
    return refuse(not_found("subdomain"));
  }
  const auto wanted = routing_records(call.world, domain, call.zone->is_active());
  const auto seen = call.world.dns->wait(call.world, wanted);
  const auto count = wanted.records.size();
  const page_request all{.page = 1, .per_page = static_cast<std::uint32_t>(count)};
  return rest_result{.result = records_json(wanted),
                     .result_info = page_info(all, count, count),
                     .messages = messages_of(seen)};
}

answer<rest_result> create_dns(rest_call& call) {
  SP_TRY(const auto name, name_of(call));
  if (name && *name == call.zone->name) return refuse(not_below(*call.zone));
  return change_settings(call, "enable", [&](auto& t, model::zone_object& z) -> answer<void> {
    if (name) return add_subdomain(call, t, z, *name);
    z.routing_enabled = true;
    z.routing_locked = true;
    return {};
  });
}

// Set when a subdomain is removed.
std::string removal_setting(const model::zone_object& z) {
  return fmt::format("subdomain_removed/{}", z.id);
}

// A client that removes a subdomain and does not say which must not end the mail of the whole zone;
// nor may it if the subdomain has been removed otherwise in the meantime.
answer<void> check_meant(const model::control_reader& now, const model::zone_object& z) {
  if (!z.routing_enabled) return {};
  std::string names;
  for (const auto& s : z.subdomains) names += ", " + s.name;
  if (names.empty()) {
    const auto removed = now.setting(removal_setting(z));
    if (!removed && removed.error().code == errc::not_found) return {};
    if (!removed) return refuse(from_error(removed.error(), "zone"));
  }
  return refuse(needs_a_name(fmt::format("{} (the whole zone){}", z.name, names)));
}

answer<void> remove_subdomain(model::control_transaction& t, model::zone_object& z,
                              const std::string& name) {
  if (std::erase_if(z.subdomains, [&](const auto& s) { return s.name == name; }) == 0) {
    return refuse(not_found("subdomain"));
  }
  return ask(t.put_setting(removal_setting(z), "1"), "zone");
}

answer<rest_result> delete_dns(rest_call& call) {
  SP_TRY(auto name, name_of(call));
  if (!name) {
    SP_TRY(name, domain_in(call, call.parameter("subdomain")));
  }
  return change_settings(call, "disable", [&](auto& t, model::zone_object& z) -> answer<void> {
    if (name && *name != z.name) return remove_subdomain(t, z, *name);
    if (!name) SP_CHECK(check_meant(t, z));
    z.routing_enabled = false;
    return {};
  });
}

answer<rest_result> list_routing_zones(rest_call& call) {
  SP_TRY(const auto paging, call.paging());
  SP_TRY(const auto direction, call.direction(model::sort_order::ascending));
  // A token may be kept out of single zones of an account.
  const auto visible = places_of(call.who.token, permission::zone_settings_read);
  SP_TRY(const auto found,
         ask(call.now->zones(
                 call.account->id,
                 {.page = paging.page, .per_page = paging.per_page, .order = direction},
                 {.visible = visible}),
             "zone"));
  return page_result(paging, found, [&](const auto& z) { return settings_json(call, z); });
}

using enum permission;

constexpr std::string_view settings_path = "/zones/{zone_id}/email/routing";
constexpr std::string_view dns_path = "/zones/{zone_id}/email/routing/dns";
constexpr std::string_view settings = "RoutingSettings";

constexpr std::array<endpoint, 11> routing_settings_rows{{
    {"GET", settings_path, zone_settings_read, get_settings,
     "The e-mail routing settings of a zone", "", settings, true},
    {"PUT", settings_path, zone_settings_write, edit_settings, "Edit the settings",
     "RoutingSettingsEdit", settings},
    {"PATCH", settings_path, zone_settings_write, edit_settings, "Edit the settings",
     "RoutingSettingsEdit", settings},
    {"POST", "/zones/{zone_id}/email/routing/enable", zone_settings_write, enable, "Enable routing",
     "DomainName", settings},
    {"POST", "/zones/{zone_id}/email/routing/disable", zone_settings_write, disable,
     "Disable routing", "DomainName", settings},
    {"POST", "/zones/{zone_id}/email/routing/unlock", zone_settings_write, unlock,
     "Allow other DNS records", "DomainName", settings},
    {"GET", dns_path, zone_settings_read, get_dns,
     "The DNS records needed, and what is wrong with them", "", "RoutingDns", true},
    {"POST", dns_path, zone_settings_write, create_dns, "Enable routing, or add a subdomain",
     "DomainName", settings},
    {"PATCH", dns_path, zone_settings_write, unlock, "Allow other DNS records", "DomainName",
     settings},
    {"DELETE", dns_path, zone_settings_write, delete_dns, "Disable routing, or remove a subdomain",
     "DomainName", settings},
    {"GET", "/accounts/{account_id}/email/routing/zones", zone_settings_read, list_routing_zones,
     "The e-mail routing settings of the account's zones", "", "RoutingSettings[]"},
}};

}  // namespace

std::span<const endpoint> routing_settings_endpoints() {
  return routing_settings_rows;
}

}  // namespace signpost::api
