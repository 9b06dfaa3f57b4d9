// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Zones: list, create, get, edit, delete.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "api/frame/zone_name.hpp"
#include "api/zones/endpoints.hpp"
#include "api/zones/zone_json.hpp"
#include "api/zones/zone_ownership.hpp"
#include "proto/address/domain.hpp"

namespace signpost::api {
namespace {

// The longest name that the DNS can have, as text (RFC 1035 §2.3.4: 255 octets on the wire).
constexpr std::size_t name_characters_max = 253;
/// The code of the message that a zone is not active yet.
constexpr int pending_code = 9426;

using zone_page = model::page_of<model::zone_object>;

/// Accounts of the zones of a list, each looked up once.
class account_names {
 public:
  explicit account_names(const model::control_reader& now) : now_(now) {}
  const model::account& of(const std::string& id) {
    const auto at = known_.find(id);
    if (at != known_.end()) return at->second;
    auto found = now_.account(id);
    if (!found) found = model::account{.id = id, .name = "", .created = {}};
    return known_.emplace(id, std::move(*found)).first->second;
  }

 private:
  const model::control_reader& now_;
  std::map<std::string, model::account> known_;
};

answer<model::zone_order> order_of(const rest_call& call) {
  using enum model::zone_order;
  // The plan is the same for all.
  constexpr std::array<std::pair<std::string_view, model::zone_order>, 5> orders{
      {{"name", name},
       {"status", status},
       {"account.id", account},
       {"account.name", account_name},
       {"plan.id", name}}};
  const auto wanted = call.parameter("order").value_or("name");
  for (const auto& [word, order] : orders) {
    if (wanted == word) return order;
  }
  return refuse(invalid_input("order must be name, status, account.id, account.name or plan.id"));
}

answer<zone_page> seen_zones(const rest_call& call, const model::zone_filter& filter,
                             model::page_query page, model::zone_order order) {
  const auto& owner = call.who.token.account;
  const auto account = filter.account && !filter.any ? *filter.account : owner;
  // Of one name there is one order: the active one first.
  if (filter.only_name()) {
    page.order = model::sort_order::ascending;
    order = model::zone_order::name;
  }
  return ask(call.now->zones(account, page, filter, order), "zone");
}

answer<rest_result> list_zones(rest_call& call) {
  SP_TRY(const auto paging, call.paging());
  SP_TRY(const auto order, order_of(call));
  SP_TRY(const auto direction, call.direction(model::sort_order::ascending));
  SP_TRY(auto filter, zone_filter_of(call));
  const auto& token = call.who.token;
  zone_page found;
  if (filter) {
    filter->visible = zones_seen_by(token);
    SP_TRY(found, seen_zones(call, *filter,
                             {.page = paging.page, .per_page = paging.per_page, .order = direction},
                             order));
  }
  account_names accounts(*call.now);
  return page_result(paging, found, [&](const model::zone_object& z) {
    return zone_json(call.world, z, accounts.of(z.account), token);
  });
}

// The id of the account that a body names: in `account`, or as older clients have it in
// `organization`.
answer<std::optional<std::string>> account_id_in(const json& body) {
  std::optional<std::string> id;
  for (const auto* const name : {"account", "organization"}) {
    const auto& named = member(body, name);
    if (!named.is_null() && !named.is_object()) {
      return refuse(
          invalid_input(fmt::format("{} must be an object", name), fmt::format("/{}", name)));
    }
    SP_TRY(auto one, text_member(named, "id", name_characters_max));
    if (!one || one->empty()) continue;
    if (id && *id != *one) {
      return refuse(
          invalid_input("account and organization name two accounts", "/organization/id"));
    }
    id = std::move(one);
  }
  return id;
}

// The account that a body names; the only one that the caller sees if it names none.
answer<model::account> account_for(const rest_call& call, const json& body) {
  const auto& token = call.who.token;
  SP_TRY(auto id, account_id_in(body));
  if (!id && !token.account.empty()) id = token.account;
  if (id) {
    auto found = call.now->account(*id);
    if (!found || !may_see(token, found->id)) return refuse(unauthorized());
    return std::move(*found);
  }
  SP_TRY(auto seen, ask(call.now->accounts({.page = 1, .per_page = 1},
                                           {.visible = accounts_seen_by(token)}),
                        "account"));
  if (seen.total != 1) return refuse(invalid_input("account.id is required", "/account/id"));
  return std::move(seen.items.front());
}

answer<std::string> name_for(const json& body) {
  SP_TRY(const auto text, text_member(body, "name", name_characters_max));
  if (!text) return refuse(invalid_input("name is required", "/name"));
  const auto parsed = address::domain::parse(*text);
  if (!parsed) return refuse(invalid_input("name: " + parsed.error().context, "/name"));
  if (parsed->ascii().find('.') == std::string::npos) {
    return refuse(invalid_input("name must be a domain with a dot in it", "/name"));
  }
  return parsed->ascii();
}

// What a zone at Cloudflare has and one of ours has not.
answer<void> check_possible(const json& body) {
  SP_TRY(const auto type, text_member(body, "type", name_characters_max));
  if (type && *type != "full") {
    return refuse(invalid_input("type must be full", "/type"));
  }
  constexpr std::string_view no_dns = "Signpost serves no DNS";
  SP_CHECK(check_without_effect(body, "jump_start", false, no_dns));
  SP_CHECK(check_without_effect(body, "vanity_name_servers", nullptr, no_dns));
  return check_without_effect(body, "plan", plan_json(), "all zones have the same plan");
}

// What a zone keeps for good.
answer<void> check_kept(const rest_call& call, const json& body) {
  SP_TRY(const auto name, text_member(body, "name", name_characters_max));
  if (name && stored_name(*name) != call.zone->name) {
    return refuse(invalid_input("name cannot be changed; create a zone of that name", "/name"));
  }
  SP_TRY(const auto account, account_id_in(body));
  if (account && *account != call.zone->account) {
    return refuse(invalid_input("a zone cannot be moved to another account", "/account/id"));
  }
  return {};
}

// A name that an active zone, or another one of the account, routes as its subdomain.
answer<void> check_not_subdomain(const model::control_reader& now, const model::zone_object& zone) {
  const auto& name = zone.name;
  for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    const auto above = std::string_view(name).substr(dot + 1);
    for (const auto& parent : {now.zone_by_name(above), now.zone_by_name(zone.account, above)}) {
      if (!parent) continue;
      const auto& list = parent->subdomains;
      if (std::ranges::find(list, name, &model::zone_subdomain::name) != list.end()) {
        return refuse(already_exists(name + ", as a subdomain of another zone"));
      }
    }
  }
  return {};
}

answer<void> check_zone_limit(const rest_call& call, const model::control_reader& now,
                              const std::string& account) {
  const auto max = call.world.limits.zones_per_account_max;
  if (max == 0) return {};
  SP_TRY(const auto some, ask(now.zones(account, {.page = 1, .per_page = 1}), "zone"));
  if (call.is_over(max, some.total)) return refuse(over_limit("zones of the account"));
  return {};
}

model::zone_object new_zone(const rest_call& call, const std::string& account, std::string name) {
  model::zone_object zone;
  zone.id = new_object_id(call.world.random);
  zone.account = account;
  zone.name = std::move(name);
  zone.created = zone.modified = call.world.time.now();
  zone.routing_created = zone.routing_modified = zone.created;
  return zone;
}

bool is_administrator(const rest_call& call) {
  return may(call.who.token, permission::administer, {});
}

// True if the administrator vouches for the zone.
answer<bool> is_granted(const rest_call& call, const json& body) {
  SP_TRY(const auto verified, flag_member(body, "verified"));
  if (!verified.value_or(false)) return false;
  if (!is_administrator(call)) return refuse(not_the_administrator());
  return true;
}

answer<void> check_reserved(const rest_call& call, const std::string& name) {
  const auto why = reserved_because(call.world, name);
  if (!why || is_administrator(call)) return {};
  return refuse(invalid_input(fmt::format("name: {} cannot be a zone: {}", name, *why), "/name"));
}

// Queries the DNS if the outcome depends on it.
answer<ownership_evidence> first_look(const rest_call& call, const model::zone_object& zone) {
  SP_TRY(const bool wanted, ask(wants_proof(call.world, *call.now), "account"));
  if (!wanted) return ownership_evidence{};
  auto seen = look_at_ownership(call.world, zone, false);
  if (!seen.public_suffix || is_administrator(call)) return seen;
  return refuse(invalid_input(
      fmt::format("name: {} cannot be a zone: according to the DNS it is a public suffix (psd=y)",
                  zone.name),
      "/name"));
}

rest_result with_obstacle(json shown, const std::string& obstacle) {
  rest_result out{.result = std::move(shown)};
  if (!obstacle.empty()) {
    out.messages.push_back(
        {{"code", pending_code}, {"message", "the zone is not active: " + obstacle}});
  }
  return out;
}

answer<rest_result> create_zone(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(auto account, account_for(call, body));
  if (!may(call.who.token, permission::zone_write, {.account = account.id, .zone = {}})) {
    return refuse(lacks_permission(to_string(permission::zone_write)));
  }
  SP_TRY(auto name, name_for(body));
  SP_CHECK(check_possible(body));
  SP_TRY(const auto paused, flag_member(body, "paused"));
  SP_TRY(const bool granted, is_granted(call, body));
  SP_CHECK(check_reserved(call, name));
  auto zone = new_zone(call, account.id, std::move(name));
  zone.paused = paused.value_or(false);
  auto seen = ownership_evidence();
  if (!granted) {
    SP_TRY(seen, first_look(call, zone));
  }
  call.account = account;
  call.zone = zone;
  return commit_change<rest_result>(
      call.world, "zone", [&](model::control_transaction& t) -> answer<rest_result> {
        SP_CHECK(check_zone_limit(call, t, zone.account));
        SP_TRY(auto first, first_ownership_of(call, t, zone, seen, granted));
        zone.ownership = first.ownership;
        SP_CHECK(check_not_subdomain(t, zone));
        if (const auto put = t.put(zone); !put) {
          // Who owns it is not disclosed.
          if (put.error().code == errc::conflict) {
            return refuse(already_exists("zone " + zone.name));
          }
          return refuse(from_error(put.error(), "zone"));
        }
        SP_CHECK(ask(t.put(default_catch_all(zone)), "rule"));
        auto shown = zone_json(call.world, zone, account, call.who.token);
        t.audit(call.audit("create", "zone", zone.id, nullptr, shown));
        return with_obstacle(std::move(shown), first.obstacle);
      });
}

// Cloudflare's form: the answer contains only the zone's id.
answer<rest_result> check_activation(rest_call& call) {
  SP_TRY(const auto done, check_ownership(call));
  return with_obstacle({{"id", done.zone.id}}, done.obstacle);
}

answer<rest_result> get_zone(rest_call& call) {
  return rest_result{.result = zone_json(call.world, *call.zone, *call.account, call.who.token)};
}

answer<rest_result> edit_zone(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  SP_CHECK(check_possible(body));
  SP_CHECK(check_kept(call, body));
  SP_TRY(const auto paused, flag_member(body, "paused"));
  const auto show = [&](const auto& z) {
    return zone_json(call.world, z, *call.account, call.who.token);
  };
  return commit_change<rest_result>(call.world, "zone",
                                    [&](model::control_transaction& t) -> answer<rest_result> {
                                      SP_TRY(auto zone, ask(t.zone(call.zone->id), "zone"));
                                      if (!paused || zone.paused == *paused) {
                                        return rest_result{.result = show(zone)};
                                      }
                                      const auto before = show(zone);
                                      zone.paused = *paused;
                                      zone.modified = call.world.time.now();
                                      auto after = show(zone);
                                      SP_CHECK(ask(t.put(zone), "zone"));
                                      t.audit(call.audit("update", "zone", zone.id, before, after));
                                      return rest_result{.result = std::move(after)};
                                    });
}

answer<rest_result> delete_zone(rest_call& call) {
  auto done = commit_change<rest_result>(
      call.world, "zone", [&](model::control_transaction& t) -> answer<rest_result> {
        SP_TRY(const auto zone, ask(t.zone(call.zone->id), "zone"));
        SP_CHECK(ask(remember_owner(t, zone), "zone"));
        SP_CHECK(ask(t.remove_zone(zone.id), "zone"));
        t.audit(call.audit("delete", "zone", zone.id,
                           zone_json(call.world, zone, *call.account, call.who.token), nullptr));
        return rest_result{.result = {{"id", zone.id}}};
      });
  if (done) follow_up_removal(call.world, *call.zone);
  return done;
}

constexpr std::array<endpoint, 6> zone_rows{{
    {"GET", "/zones", permission::none, list_zones, "List zones", "", "Zone[]"},
    {"POST", "/zones", permission::none, create_zone, "Create a zone", "ZoneCreate", "Zone", true},
    {"GET", "/zones/{zone_id}", permission::zone_read, get_zone, "A zone", "", "Zone"},
    {"PATCH", "/zones/{zone_id}", permission::zone_write, edit_zone, "Edit a zone", "ZoneEdit",
     "Zone"},
    {"DELETE", "/zones/{zone_id}", permission::zone_write, delete_zone, "Delete a zone", "",
     "IdObject"},
    {"PUT", "/zones/{zone_id}/activation_check", permission::zone_write, check_activation,
     "Check now whether a zone can become active", "", "IdObject", true},
}};

}  // namespace

std::span<const endpoint> zone_endpoints() {
  return zone_rows;
}

}  // namespace signpost::api
