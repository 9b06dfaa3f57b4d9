// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/rest_call.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"

namespace signpost::api {
namespace {

// Deeper pages are refused: nobody reads them, and each costs a walk over what precedes it.
constexpr std::uint64_t page_max = 1'000'000;
constexpr std::uint32_t per_page_min = 1;  // Cloudflare's minimum is 5; smaller ones do no harm

}  // namespace

const std::string& rest_call::variable(std::string_view name) const {
  const auto at = variables.find(name);
  SP_ASSERT(at != variables.end());
  return at->second;
}

std::optional<std::string> rest_call::parameter(std::string_view name) const {
  const auto at = query.find(name);
  if (at == query.end()) return std::nullopt;
  return at->second;
}

answer<page_request> rest_call::paging(std::uint32_t per_page_max) const {
  page_request p;
  if (const auto text = parameter("page")) {
    const auto number = parse_uint(*text);
    if (!number || *number < 1 || *number > page_max) {
      return refuse(invalid_input("page must be a number from 1 to 1000000"));
    }
    p.page = *number;
  }
  if (const auto text = parameter("per_page")) {
    const auto number = parse_uint(*text);
    if (!number || *number < per_page_min || *number > per_page_max) {
      return refuse(
          invalid_input("per_page must be a number from 1 to " + std::to_string(per_page_max)));
    }
    p.per_page = static_cast<std::uint32_t>(*number);
  }
  return p;
}

answer<std::optional<bool>> rest_call::flag(std::string_view name) const {
  const auto text = parameter(name);
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  return refuse(invalid_input(std::string(name) + " must be true or false"));
}

answer<model::sort_order> rest_call::direction(model::sort_order fallback) const {
  const auto text = parameter("direction");
  if (!text) return fallback;
  if (*text == "asc") return model::sort_order::ascending;
  if (*text == "desc") return model::sort_order::descending;
  return refuse(invalid_input("direction must be asc or desc"));
}

model::audit_entry rest_call::audit(std::string_view action, std::string_view resource_type,
                                    std::string_view resource_id, const json& before,
                                    const json& after) const {
  model::audit_entry e;
  e.id = new_object_id(world.random);
  e.when = world.time.now();
  e.action = action;
  e.resource_type = resource_type;
  e.resource_id = resource_id;
  if (account) e.account = account->id;
  if (zone) {
    e.zone = zone->id;
    e.zone_name = zone->name;
  }
  e.actor_id = who.token.id;
  e.actor_name = who.token.name;
  e.actor_ip = who.address;
  if (!before.is_null()) e.before_json = to_text(before);
  if (!after.is_null()) e.after_json = to_text(after);
  e.method = request.method;
  e.uri = request.path;
  e.user_agent = who.user_agent;
  e.http_status = 200;
  return e;
}

json page_info(const page_request& p, std::size_t count, std::uint64_t total) {
  return {{"page", p.page},
          {"per_page", p.per_page},
          {"count", count},
          {"total_count", total},
          {"total_pages", p.per_page == 0 ? 0 : (total + p.per_page - 1) / p.per_page}};
}

}  // namespace signpost::api
