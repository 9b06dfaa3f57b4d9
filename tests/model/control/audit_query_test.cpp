// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/audit_query.hpp"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

using enum audit_field;

audit_entry entry() {
  return {.id = "e",
          .action = "create",
          .account = "a",
          .zone = "z",
          .zone_name = "one.example",
          .resource_type = "email_routing_rule",
          .resource_id = "r",
          .actor_id = "t",
          .actor_name = "token",
          .actor_ip = "192.0.2.1",
          .method = "POST",
          .uri = "/zones",
          .http_status = 200};
}

TEST(AuditField, HasATextInEveryEntry) {
  auto refused = entry();
  refused.succeeded = false;
  refused.zone.clear();
  refused.actor_id = "cli";
  refused.resource_type = "token";
  refused.http_status = 409;
  auto of_node = entry();
  of_node.actor_id = "signpostd";
  of_node.zone.clear();
  of_node.account.clear();
  of_node.resource_type = "administrator";
  struct text_case {
    audit_field field;
    std::string first, second, third;
  };
  const text_case cases[] = {
      {id, "e", "e", "e"},
      {action, "create", "create", "create"},
      {result, "success", "failure", "success"},
      {actor_kind, "user", "system", "system"},
      {actor_id, "t", "cli", "signpostd"},
      {actor_ip, "192.0.2.1", "192.0.2.1", "192.0.2.1"},
      {token_id, "t", "", ""},
      {token_name, "token", "", ""},
      {method, "POST", "POST", "POST"},
      {http_status, "200", "409", "200"},
      {uri, "/zones", "/zones", "/zones"},
      {resource_id, "r", "r", "r"},
      {resource_type, "email_routing_rule", "token", "administrator"},
      {product, "email_routing", "api_tokens", "api_tokens"},
      {scope, "zones", "accounts", "user"},
      {zone_id, "z", "", ""},
      {zone_name, "one.example", "one.example", "one.example"},
      {nothing, "", "", ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(text_of(entry(), c.field), c.first);
    EXPECT_EQ(text_of(refused, c.field), c.second);
    EXPECT_EQ(text_of(of_node, c.field), c.third);
  }
}

TEST(AuditFilter, WantsAnyOfOneListAndNoneOfTheOther) {
  struct condition_case {
    audit_condition condition;
    bool want;
  };
  const condition_case cases[] = {
      {{.field = action}, true},
      {{.field = action, .any_of = {"delete", "create"}}, true},
      {{.field = action, .any_of = {"Create"}}, false},
      {{.field = action, .none_of = {"delete"}}, true},
      {{.field = action, .none_of = {"delete", "create"}}, false},
      {{.field = action, .any_of = {"create"}, .none_of = {"create"}}, false},
      {{.field = nothing, .any_of = {""}}, true},
  };
  for (const auto& c : cases) EXPECT_EQ(c.condition.passes(entry()), c.want);
  const audit_filter both{
      .conditions = {{.field = action, .any_of = {"create"}}, {.field = id, .any_of = {"x"}}}};
  EXPECT_FALSE(both.passes(entry())) << "all conditions have to hold";
}

TEST(AuditFilter, ShowsEntriesOfVisiblePlacesAndOfNoAccountIfTheyAreWanted) {
  auto of_none = entry();
  of_none.account.clear();
  of_none.zone.clear();
  EXPECT_TRUE(audit_filter{}.passes(of_none));
  EXPECT_FALSE(audit_filter{.of_no_account = false}.passes(of_none));
  EXPECT_TRUE(audit_filter{.of_no_account = false}.passes(entry()));
  EXPECT_TRUE(audit_filter{.visible = visibility{}}.passes(of_none));
  EXPECT_FALSE(audit_filter{.visible = visibility{}}.passes(entry()));
  const audit_filter zones{.visible = visibility{{{.allowed = {.zones = {"z"}}}}}};
  EXPECT_TRUE(zones.passes(entry()));
  auto elsewhere = entry();
  elsewhere.zone = "y";
  EXPECT_FALSE(zones.passes(elsewhere));
}

}  // namespace
}  // namespace signpost::model
