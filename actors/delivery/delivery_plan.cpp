// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/delivery_plan.hpp"

#include "base/text.hpp"

namespace signpost::actors {
namespace {

result<static_route> parse_route(std::string_view entry) {
  const auto wrong = [&](std::string_view why) {
    return fail(errc::malformed, "delivery.routes: '" + printable(entry, 100) + "': "
                                     + std::string(why)
                                     + "; expected DOMAIN=HOST:PORT, for example "
                                       "example.net=192.0.2.1:25 or *=relay.example.org:587");
  };
  const auto equals = entry.find('=');
  if (equals == std::string_view::npos) return wrong("no '='");
  auto pattern = trim(entry.substr(0, equals));
  const auto target = trim(entry.substr(equals + 1));
  static_route route;
  if (pattern == "*") {
    route.pattern = "*";
  } else {
    const bool suffix = pattern.starts_with('.');
    if (suffix) pattern.remove_prefix(1);
    const auto domain = address::domain::parse(pattern);
    if (!domain) return wrong(domain.error().context);
    route.pattern = (suffix ? "." : "") + domain->ascii();
  }
  if (const auto where = endpoint::parse(target)) {
    route.address = where->address;
    route.port = where->port;
    return route;
  }
  const auto colon = target.rfind(':');
  const auto port = colon == std::string_view::npos ? std::optional<std::uint64_t>(25)
                                                    : parse_uint(target.substr(colon + 1));
  if (!port || *port == 0 || *port > 65535) return wrong("the port must be 1 to 65535");
  const auto host = address::domain::parse(target.substr(0, colon));
  if (!host) return wrong(host.error().context);
  route.host = host->ascii();
  route.port = static_cast<std::uint16_t>(*port);
  return route;
}

}  // namespace

result<route_list> route_list::parse(const std::vector<std::string>& entries) {
  route_list list;
  for (const auto& entry : entries) {
    SP_TRY(auto route, parse_route(entry));
    const auto pattern = route.pattern;
    if (!list.routes_.emplace(pattern, std::move(route)).second) {
      return fail(errc::conflict, "delivery.routes: two routes for '" + pattern + "'");
    }
  }
  return list;
}

const static_route* route_list::find(std::string_view domain) const {
  if (routes_.empty()) return nullptr;
  if (const auto it = routes_.find(domain); it != routes_.end()) return &it->second;
  for (auto dot = domain.find('.'); dot != std::string_view::npos;
       dot = domain.find('.', dot + 1)) {
    if (const auto it = routes_.find(domain.substr(dot)); it != routes_.end()) return &it->second;
  }
  const auto it = routes_.find("*");
  return it == routes_.end() ? nullptr : &it->second;
}

model::mx_policy policy_for(const delivery_plan& plan, model::mx_policy policy) {
  policy.in_doubt = plan.in_doubt;
  if (!plan.routed_here) return policy;
  policy.own_names.clear();
  policy.own_addresses.clear();
  return policy;
}

attempt_targets targets_of(const delivery_plan& plan, const model::mx_policy& general,
                           random_source& random) {
  const auto policy = policy_for(plan, general);
  if (plan.refusal) return {.targets = {}, .refusal = plan.refusal};
  if (!plan.fixed.empty()) return {.targets = plan.fixed, .refusal = std::nullopt};
  const auto hosts = model::mx_hosts(plan.domain, plan.mx, policy, random);
  if (hosts.failure) return {.targets = {}, .refusal = hosts.failure->reply};
  std::vector<model::host_addresses> answers;
  for (const auto& host : hosts.hosts) {
    const auto it = plan.addresses.find(host.name);
    answers.push_back(it == plan.addresses.end() ? model::host_addresses{} : it->second);
  }
  const auto found = model::mx_targets(hosts, answers, policy, random);
  if (found.failure) return {.targets = {}, .refusal = found.failure->reply};
  attempt_targets out;
  for (const auto& t : found.targets) {
    out.targets.push_back({.host = t.host, .where = {t.address, plan.port}});
  }
  return out;
}

}  // namespace signpost::actors
