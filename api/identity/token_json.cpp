// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/identity/token_json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/frame/access.hpp"
#include "api/frame/body.hpp"
#include "api/frame/rest_time.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t name_characters_max = 120;
constexpr std::size_t policies_max = 50;
constexpr std::size_t resources_max = 300;
constexpr std::size_t networks_max = 100;
constexpr std::size_t word_characters_max = 120;

std::string_view name_of_group(std::string_view id) {
  const auto groups = permission_groups();
  const auto at = std::ranges::find(groups, id, &permission_group::id);
  return at == groups.end() ? "" : at->name;
}

json policy_json(const model::token_policy& p) {
  auto groups = json::array();
  for (const auto& id : p.permission_groups) {
    groups.push_back({{"id", id}, {"name", name_of_group(id)}});
  }
  auto resources = json::object();
  for (const auto& [name, how] : p.resources) resources[name] = how;
  return {{"id", p.id},
          {"effect", p.allow ? "allow" : "deny"},
          {"permission_groups", std::move(groups)},
          {"resources", std::move(resources)}};
}

answer<void> read_groups(const json& list, const std::string& at, model::token_policy& policy) {
  if (!list.is_array() || list.empty() || list.size() > permission_groups().size()) {
    return refuse(
        invalid_input("permission_groups must be a list of groups without duplicates", at));
  }
  for (const auto& one : list) {
    SP_TRY(const auto id, text_member(one, "id", word_characters_max));
    if (!id || name_of_group(*id).empty()) {
      return refuse(invalid_input("this permission group does not exist", at));
    }
    policy.permission_groups.push_back(*id);
  }
  return {};
}

answer<void> read_resources(const json& map, const std::string& at, model::token_policy& policy) {
  if (!map.is_object() || map.empty() || map.size() > resources_max) {
    return refuse(
        invalid_input("resources must be an object whose members are names of resources", at));
  }
  for (const auto& [name, how] : map.items()) {
    if (!is_resource(name)) {
      return refuse(invalid_input(fmt::format("'{}' is not the name of a resource", name), at));
    }
    if (!how.is_string() || how.get_ref<const std::string&>() != "*") {
      return refuse(invalid_input(fmt::format("the value of '{}' must be \"*\"", name), at));
    }
    policy.resources.emplace_back(name, "*");
  }
  return {};
}

answer<std::vector<model::token_policy>> read_policies(const json& list, random_source& random) {
  if (!list.is_array() || list.empty() || list.size() > policies_max) {
    return refuse(invalid_input(
        fmt::format("policies must be a list with 1 to {} elements", policies_max), "/policies"));
  }
  std::vector<model::token_policy> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto at = fmt::format("/policies/{}", i);
    SP_TRY(const auto effect, text_member(list[i], "effect", word_characters_max));
    if (effect != "allow" && effect != "deny") {
      return refuse(invalid_input("effect must be allow or deny", at + "/effect"));
    }
    model::token_policy policy{.id = new_object_id(random)};
    policy.allow = effect == "allow";
    SP_CHECK(read_groups(member(list[i], "permission_groups"), at + "/permission_groups", policy));
    SP_CHECK(read_resources(member(list[i], "resources"), at + "/resources", policy));
    out.push_back(std::move(policy));
  }
  return out;
}

answer<std::vector<std::string>> read_networks(const json& list, const std::string& at) {
  std::vector<std::string> out;
  if (list.is_null()) return out;
  if (!list.is_array() || list.size() > networks_max) {
    return refuse(
        invalid_input(fmt::format("must be a list with at most {} elements", networks_max), at));
  }
  for (const auto& one : list) {
    if (!one.is_string() || !is_network(one.get_ref<const std::string&>())) {
      return refuse(
          invalid_input("must contain addresses or networks, for example 192.0.2.0/24", at));
    }
    out.push_back(one.get<std::string>());
  }
  return out;
}

answer<std::optional<wall_time>> read_time(const json& body, std::string_view name) {
  SP_TRY(const auto text, text_member(body, name, word_characters_max));
  if (!text) return std::nullopt;
  const auto time = parse_time(*text);
  if (!time) {
    return refuse(
        invalid_input(fmt::format("{} must be a time, for example 2027-01-01T00:00:00Z", name),
                      fmt::format("/{}", name)));
  }
  return time;
}

}  // namespace

json token_json(const model::api_token& token, wall_time now) {
  auto policies = json::array();
  for (const auto& p : token.policies) policies.push_back(policy_json(p));
  // A token that is not valid yet counts as active; `not_before` shows the rest.
  const auto status = status_of(token, now);
  json out{{"id", token.id},
           {"name", token.name},
           {"status", status == "not_yet" ? "active" : status},
           {"issued_on", to_rfc3339(token.issued_on)},
           {"modified_on", to_rfc3339(token.modified_on)},
           {"policies", std::move(policies)}};
  if (token.not_before) out["not_before"] = short_time(*token.not_before);
  if (token.expires_on) out["expires_on"] = short_time(*token.expires_on);
  if (!token.ip_in.empty()) out["condition"]["request_ip"]["in"] = token.ip_in;
  if (!token.ip_not_in.empty()) out["condition"]["request_ip"]["not_in"] = token.ip_not_in;
  return out;
}

answer<void> read_token(const json& body, random_source& random, model::api_token& token) {
  SP_TRY(const auto object, object_of(body));
  SP_TRY(auto name, text_member(object, "name", name_characters_max));
  if (!name || name->empty()) return refuse(invalid_input("name is required", "/name"));
  SP_TRY(token.policies, read_policies(member(object, "policies"), random));
  const auto& from = member(member(object, "condition"), "request_ip");
  SP_TRY(token.ip_in, read_networks(member(from, "in"), "/condition/request_ip/in"));
  SP_TRY(token.ip_not_in, read_networks(member(from, "not_in"), "/condition/request_ip/not_in"));
  SP_TRY(token.not_before, read_time(object, "not_before"));
  SP_TRY(token.expires_on, read_time(object, "expires_on"));
  SP_TRY(const auto status, text_member(object, "status", word_characters_max));
  if (status && *status != "active" && *status != "disabled" && *status != "expired") {
    return refuse(invalid_input("status must be active or disabled", "/status"));
  }
  if (status) {
    token.status =
        *status == "disabled" ? model::token_status::disabled : model::token_status::active;
  }
  token.name = std::move(*name);
  return {};
}

}  // namespace signpost::api
