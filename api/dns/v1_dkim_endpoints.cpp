// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// DKIM keys of a zone, and of the service's own domain for the administrator. Private keys are
// never shown.
#include <array>

#include "api/dns/endpoints.hpp"
#include "api/frame/body.hpp"
#include "api/frame/v1_support.hpp"

namespace signpost::api {
namespace {

constexpr std::string_view resource = "dkim_key";
constexpr std::size_t selector_characters_max = 63;  // RFC 1035 §2.3.4: of a label

// Keys belong to a name: of several zones with that name, to the active one.
answer<dkim_service*> service_of(const rest_call& call) {
  if (call.zone && !call.zone->is_active()) return refuse(zone_not_active());
  if (call.world.dkim != nullptr) return call.world.dkim;
  return refuse(unavailable("this node has no DKIM keys"));
}

std::string domain_of(const rest_call& call) {
  if (call.zone) return call.zone->name;
  return call.world.service_domain.empty() ? call.world.host_name : call.world.service_domain;
}

json key_json(const dkim_key_view& key) {
  return {
      {"domain", key.domain},
      {"selector", key.selector},
      {"type", key.type},
      {"state", key.state},
      {"waits_for_record", key.waits_for_record},
      {"created", to_rfc3339(key.created)},
      {"retired", key.retired ? json(to_rfc3339(*key.retired)) : json(nullptr)},
      {"record",
       {{"type", key.record.type}, {"name", key.record.name}, {"content", key.record.content}}}};
}

rest_problem problem_of(const error& e) {
  if (e.code != errc::conflict) return from_error(e, "DKIM key");
  // The obstacle, in the words of the key directory.
  return {.http_status = 409, .code = 9409, .message = e.context};
}

answer<rest_result> shown(const rest_call& call, std::string_view action,
                          const result<dkim_key_view>& key) {
  if (!key) return refuse(problem_of(key.error()));
  auto out = key_json(*key);
  note_done(call, action, resource, key->selector, out);
  return rest_result{.result = std::move(out)};
}

answer<rest_result> list_keys(rest_call& call) {
  SP_TRY(auto* const service, service_of(call));
  const auto keys = service->list(domain_of(call));
  if (!keys) return refuse(problem_of(keys.error()));
  auto list = json::array();
  for (const auto& key : *keys) list.push_back(key_json(key));
  return rest_result{.result = std::move(list)};
}

answer<rest_result> create_key(rest_call& call) {
  SP_TRY(auto* const service, service_of(call));
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(const auto type, text_member(body, "type", selector_characters_max));
  if (type && *type != "rsa" && *type != "ed25519") {
    return refuse(invalid_input("type must be rsa or ed25519", "/type"));
  }
  SP_TRY(const auto selector, text_member(body, "selector", selector_characters_max));
  SP_TRY(const auto active, flag_member(body, "active"));
  return shown(call, "create",
               service->generate(domain_of(call), {.type = type.value_or("rsa"),
                                                   .selector = selector.value_or(""),
                                                   .active = active.value_or(false)}));
}

answer<rest_result> activate_key(rest_call& call) {
  SP_TRY(auto* const service, service_of(call));
  return shown(call, "activate", service->activate(domain_of(call), call.variable("selector")));
}

answer<rest_result> retire_key(rest_call& call) {
  SP_TRY(auto* const service, service_of(call));
  return shown(call, "retire", service->retire(domain_of(call), call.variable("selector")));
}

answer<rest_result> remove_key(rest_call& call) {
  SP_TRY(auto* const service, service_of(call));
  const auto& selector = call.variable("selector");
  const auto removed = service->remove(domain_of(call), selector);
  if (!removed) return refuse(problem_of(removed.error()));
  note_done(call, "delete", resource, selector);
  return rest_result{.result = {{"selector", selector}}};
}

using enum permission;

constexpr std::string_view one_schema = "DkimKey";
constexpr std::string_view list_schema = "DkimKey[]";
constexpr std::string_view input_schema = "DkimKeyInput";
constexpr std::string_view removed_schema = "DkimSelector";

constexpr std::array<endpoint, 10> dkim_rows{{
    {"GET", "/zones/{zone_id}/dkim", zone_settings_read, list_keys,
     "DKIM keys of a zone, each with its DNS record", "", list_schema},
    {"POST", "/zones/{zone_id}/dkim", zone_settings_write, create_key, "Create a DKIM key",
     input_schema, one_schema},
    {"POST", "/zones/{zone_id}/dkim/{selector}/activate", zone_settings_write, activate_key,
     "Start signing with a pending key", "", one_schema},
    {"POST", "/zones/{zone_id}/dkim/{selector}/retire", zone_settings_write, retire_key,
     "Stop signing with a key", "", one_schema},
    {"DELETE", "/zones/{zone_id}/dkim/{selector}", zone_settings_write, remove_key,
     "Remove a key that is not used for signing", "", removed_schema},
    {"GET", "/dkim", administer, list_keys, "DKIM keys of the service's domain", "", list_schema},
    {"POST", "/dkim", administer, create_key, "Create a DKIM key of the service's domain",
     input_schema, one_schema},
    {"POST", "/dkim/{selector}/activate", administer, activate_key,
     "Start signing with a pending key", "", one_schema},
    {"POST", "/dkim/{selector}/retire", administer, retire_key, "Stop signing with a key", "",
     one_schema},
    {"DELETE", "/dkim/{selector}", administer, remove_key,
     "Remove a key that is not used for signing", "", removed_schema},
}};

}  // namespace

std::span<const endpoint> v1_dkim_endpoints() {
  return dkim_rows;
}

}  // namespace signpost::api
