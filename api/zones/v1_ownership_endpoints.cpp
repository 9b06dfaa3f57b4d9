// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Ownership of a zone: the record that proves it, a check of the DNS, the administrator's decision.
#include <array>

#include "api/frame/change.hpp"
#include "api/frame/v1_support.hpp"
#include "api/zones/endpoints.hpp"
#include "api/zones/zone_ownership.hpp"

namespace signpost::api {
namespace {

answer<rest_result> show(rest_call& call) {
  SP_CHECK(only_parameters(call, {}));
  return rest_result{.result = ownership_json(call.world, *call.zone, {})};
}

answer<rest_result> check(rest_call& call) {
  SP_CHECK(only_parameters(call, {}));
  SP_TRY(const auto done, check_ownership(call));
  return rest_result{.result = ownership_json(call.world, done.zone, done.obstacle)};
}

answer<rest_result> grant(rest_call& call) {
  SP_CHECK(only_parameters(call, {}));
  // The administrator of one account must not assign other accounts' names to it.
  if (!may(call.who.token, permission::administer, {})) return refuse(not_the_administrator());
  const auto work = [&](model::control_transaction& t) {
    return grant_ownership(call.world, t, call.zone->id, call);
  };
  SP_TRY(const auto done, commit_change<ownership_outcome>(call.world, "zone", work));
  follow_up(call.world, done);
  return rest_result{.result = ownership_json(call.world, done.zone, done.obstacle)};
}

using enum permission;

constexpr std::string_view schema = "ZoneOwnership";

constexpr std::array<endpoint, 3> ownership_rows{{
    {"GET", "/zones/{zone_id}/ownership", zone_read, show,
     "The state of a zone's proof of ownership, and the record that proves it", "", schema},
    {"POST", "/zones/{zone_id}/ownership/check", zone_write, check,
     "Check now whether the record is published", "", schema, true},
    {"POST", "/zones/{zone_id}/ownership/grant", administer, grant,
     "Activate a zone by decision of the administrator", "", schema},
}};

}  // namespace

std::span<const endpoint> v1_ownership_endpoints() {
  return ownership_rows;
}

}  // namespace signpost::api
