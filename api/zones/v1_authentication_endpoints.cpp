// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What mail for a zone must show of its sender (`authentication` in a zones file).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "api/frame/v1_support.hpp"
#include "api/zones/endpoints.hpp"
#include "base/text.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t word_characters_max = 20;
constexpr std::array<std::string_view, 4> members{"dmarc", "quarantine", "require_pass",
                                                  "own_author"};

json policy_json(const model::admission_policy& p) {
  return {{"dmarc", p.enforce_dmarc ? "enforce" : "report"},
          {"quarantine", p.quarantine == model::quarantine_action::reject ? "reject" : "mark"},
          {"require_pass", p.require_authentication},
          {"own_author", to_string(p.own_author)}};
}

/// Whether the member says `yes`, and not `no`; nothing if it is absent.
answer<std::optional<bool>> choice_member(const json& object, std::string_view name,
                                          std::string_view yes, std::string_view no) {
  SP_TRY(const auto text, text_member(object, name, word_characters_max));
  if (!text) return std::nullopt;
  if (*text == yes || *text == no) return *text == yes;
  return refuse(
      invalid_input(fmt::format("{} must be {} or {}", name, yes, no), fmt::format("/{}", name)));
}

/// Nothing if the member is absent.
answer<std::optional<model::own_author_action>> own_author_member(const json& object) {
  SP_TRY(const auto text, text_member(object, "own_author", word_characters_max));
  if (!text) return std::nullopt;
  const auto action = model::parse_own_author_action(*text);
  if (action) return action;
  return refuse(invalid_input("own_author must be mark, reject or off", "/own_author"));
}

answer<rest_result> show(rest_call& call) {
  SP_CHECK(only_parameters(call, {}));
  return rest_result{.result = policy_json(call.zone->admission)};
}

answer<rest_result> edit(rest_call& call) {
  SP_CHECK(only_parameters(call, {}));
  SP_TRY(const auto body, object_of(call.body));
  for (const auto& [name, value] : body.items()) {
    if (std::ranges::find(members, name) == members.end()) {
      return refuse(invalid_input(fmt::format("unknown member {}", printable(name, 40)),
                                  "/" + printable(name, 40)));
    }
  }
  SP_TRY(const auto enforce, choice_member(body, "dmarc", "enforce", "report"));
  SP_TRY(const auto reject, choice_member(body, "quarantine", "reject", "mark"));
  SP_TRY(const auto require, flag_member(body, "require_pass"));
  SP_TRY(const auto own_author, own_author_member(body));
  const auto changed = commit_change<model::admission_policy>(
      call.world, "zone", [&](model::control_transaction& t) -> answer<model::admission_policy> {
        SP_TRY(auto zone, ask(t.zone(call.zone->id), "zone"));
        const auto before = zone.admission;
        auto& after = zone.admission;
        after.enforce_dmarc = enforce.value_or(before.enforce_dmarc);
        after.require_authentication = require.value_or(before.require_authentication);
        if (reject) {
          after.quarantine =
              *reject ? model::quarantine_action::reject : model::quarantine_action::mark;
        }
        after.own_author = own_author.value_or(before.own_author);
        if (after == before) return after;
        SP_CHECK(ask(t.put(zone), "zone"));
        t.audit(call.audit("update", "zone_authentication", zone.id, policy_json(before),
                           policy_json(after)));
        return after;
      });
  if (!changed) return refuse(changed.error());
  return rest_result{.result = policy_json(*changed)};
}

using enum permission;

constexpr std::array<endpoint, 2> authentication_rows{{
    {"GET", "/zones/{zone_id}/authentication", zone_settings_read, show,
     "How incoming mail must prove its sender", "", "ZoneAuthentication"},
    {"PATCH", "/zones/{zone_id}/authentication", zone_settings_write, edit,
     "Change how incoming mail must prove its sender; omitted members keep their values",
     "ZoneAuthenticationEdit", "ZoneAuthentication"},
}};

}  // namespace

std::span<const endpoint> v1_authentication_endpoints() {
  return authentication_rows;
}

}  // namespace signpost::api
