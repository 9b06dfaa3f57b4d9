// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The endpoints of ours over the real store and a real spool.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/api/routing_fixture.hpp"

namespace signpost::test {

class v1_api : public routing_api {
 protected:
  v1_api() {
    node.outcome = std::size_t{2};
    open_gate(own_world());
  }
  ~v1_api() override { gate.reset(); }

  void open_gate(api::rest_world w) {
    gate = std::make_unique<api::gateway>(std::move(w), 1);
  }

  api::rest_world own_world() {
    auto w = world();
    w.spool = spool.get();
    w.service_domain = "signpost.example";
    return w;
  }

  /// Under /signpost/v1.
  reply own(std::string_view method, std::string_view path, const json& body = nullptr,
            std::string_view token = {}) {
    const auto raw = answer_at("/signpost/v1", method, path, body, token);
    return {.status = raw.status, .body = json::parse(raw.body, nullptr, false), .raw = raw};
  }

  /// A token that may do this in the zone and nothing else.
  std::string token_for(std::string_view group, const std::string& zone_id) {
    json policy{{"effect", "allow"}};
    for (const auto& g : api::permission_groups()) {
      if (g.name == group) policy["permission_groups"] = json::array({{{"id", g.id}}});
    }
    policy["resources"] = {{"com.cloudflare.api.account.zone." + zone_id, "*"}};
    const auto made =
        call("POST", "/user/tokens", {{"name", "narrow"}, {"policies", json::array({policy})}});
    EXPECT_EQ(made.status, 200) << made.raw.body;
    return made.result().at("value").get<std::string>();
  }

  /// The newest entry of the audit log.
  model::audit_entry last_audit() {
    const auto log = store->read()->audit_log({.account = {}, .since = {}, .before = {}, .max = 1});
    EXPECT_TRUE(log.has_value() && !log->entries.empty());
    return log && !log->entries.empty() ? log->entries.front() : model::audit_entry();
  }

  std::shared_ptr<storage::spool> spool = open_spool(folder.path() + "/spool", time);
};

/// The whole of a literal matcher.
inline json to_address(std::string_view address) {
  return {{"type", "literal"}, {"field", "to"}, {"value", address}};
}

inline json rule_of(json matchers, json action) {
  return {{"matchers", std::move(matchers)}, {"actions", json::array({std::move(action)})}};
}

}  // namespace signpost::test
