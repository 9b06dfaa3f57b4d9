// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/api/gateway_fixture.hpp"

namespace signpost::api {
namespace {

class TokenEndpoints : public gateway_test {};

TEST_F(TokenEndpoints, GiveTheirTextOnce) {
  const auto [id, text] = make(request("Email Routing Rules Read", "com.cloudflare.api.account.*"));
  EXPECT_TRUE(is_token_text(text));
  const auto shown = ask(administrator_, "GET", "/user/tokens/" + id);
  EXPECT_EQ(shown.status, 200);
  EXPECT_FALSE(shown.body["result"].contains("value"));
  EXPECT_EQ(to_text(shown.body).find(text), std::string::npos);
  const auto log = ask(administrator_, "GET", "/user/audit_logs");
  EXPECT_EQ(to_text(log.body).find(text), std::string::npos);
  EXPECT_EQ(ask(text, "GET", "/user/tokens/verify").body["result"]["id"], id);
}

TEST_F(TokenEndpoints, ForgetTheOldTextWhenRolled) {
  const auto [id, old] = make(request("Email Routing Rules Read", "com.cloudflare.api.account.*"));
  const auto rolled = ask(administrator_, "PUT", "/user/tokens/" + id + "/value", json::object());
  ASSERT_EQ(rolled.status, 200);
  const auto fresh = rolled.body["result"].get<std::string>();
  EXPECT_EQ(ask(old, "GET", "/user/tokens/verify").status, 401);
  EXPECT_EQ(ask(fresh, "GET", "/user/tokens/verify").status, 200);
}

TEST_F(TokenEndpoints, NeverGiveMoreThanTheirMakerHas) {
  const auto maker = make(request("API Tokens Write", "com.cloudflare.api.user.*")).second;
  const auto more = request("Signpost Administration", "com.cloudflare.api.user.*");
  EXPECT_EQ(ask(maker, "POST", "/user/tokens", more).status, 403);
  const auto verified = ask(administrator_, "GET", "/user/tokens/verify");
  const auto first = verified.body["result"]["id"].get<std::string>();
  EXPECT_EQ(ask(maker, "PUT", "/user/tokens/" + first + "/value", json::object()).status, 403);
  EXPECT_EQ(ask(maker, "DELETE", "/user/tokens/" + first).status, 403);
  EXPECT_EQ(ask(administrator_, "GET", "/user/tokens/verify").status, 200);
}

TEST_F(TokenEndpoints, StopWorkingWhenDisabledExpiredOrElsewhere) {
  const auto group = "Email Routing Rules Read";
  auto wanted = request(group, "com.cloudflare.api.account.*");
  wanted["expires_on"] = to_rfc3339(time_.now() + seconds(10));
  const auto brief = make(wanted).second;
  EXPECT_EQ(ask(brief, "GET", "/user").status, 200);
  time_.advance(seconds(10));
  EXPECT_EQ(ask(brief, "GET", "/user").status, 401);
  wanted = request(group, "com.cloudflare.api.account.*");
  wanted["condition"]["request_ip"]["in"] = {"198.51.100.0/24"};
  const auto elsewhere = make(wanted).second;
  EXPECT_EQ(ask(elsewhere, "GET", "/user").status, 403);
  wanted = request(group, "com.cloudflare.api.account.*");
  const auto [id, text] = make(wanted);
  wanted["status"] = "disabled";
  EXPECT_EQ(ask(administrator_, "PUT", "/user/tokens/" + id, wanted).status, 200);
  EXPECT_EQ(ask(text, "GET", "/user").status, 401);
}

TEST_F(TokenEndpoints, OfAnAccountSeeNothingElse) {
  const auto first = account();
  const auto other = ask(administrator_, "POST", "/accounts", {{"name", "Other"}});
  ASSERT_EQ(other.status, 200);
  const auto second = other.body["result"]["id"].get<std::string>();
  const auto text =
      make(request("API Tokens Write", "com.cloudflare.api.account." + first), "/accounts/" + first)
          .second;
  EXPECT_EQ(ask(text, "GET", "/accounts/" + first + "/tokens/verify").status, 200);
  EXPECT_EQ(ask(text, "GET", "/user/tokens/verify").status, 401);
  EXPECT_EQ(ask(text, "GET", "/accounts/" + second).status, 404);
  EXPECT_EQ(ask(text, "GET", "/accounts").body["result"].size(), 1U);
  EXPECT_EQ(ask(text, "GET", "/user/tokens").status, 403);
}

TEST_F(TokenEndpoints, NameTheFaultOfABody) {
  struct body_case {
    json body;
    std::string pointer;
  };
  const auto good = request("Zone Read", "com.cloudflare.api.account.*");
  auto unnamed = good;
  unnamed.erase("name");
  auto resource = good;
  resource["policies"][0]["resources"] = {{"everything", "*"}};
  auto unknown_group = good;
  unknown_group["policies"][0]["permission_groups"][0]["id"] = "0";
  auto network = good;
  network["condition"]["request_ip"]["in"] = {"everywhere"};
  auto time = good;
  time["expires_on"] = "soon";
  const body_case cases[] = {{unnamed, "/name"},
                             {resource, "/policies/0/resources"},
                             {unknown_group, "/policies/0/permission_groups"},
                             {network, "/condition/request_ip/in"},
                             {time, "/expires_on"}};
  for (const auto& c : cases) {
    const auto refused = ask(administrator_, "POST", "/user/tokens", c.body);
    EXPECT_EQ(refused.status, 422) << c.pointer;
    EXPECT_EQ(refused.body["errors"][0]["source"]["pointer"], c.pointer);
  }
}

class AuditEndpoints : public gateway_test {};

TEST_F(AuditEndpoints, TellWhatWasDoneAndRefused) {
  const auto id = account();
  ASSERT_EQ(ask(administrator_, "PUT", "/accounts/" + id, {{"name", "New"}}).status, 200);
  const auto base = "/accounts/" + id;
  const auto first =
      ask(administrator_, "GET", base + "/audit_logs", nullptr, "action.type=update");
  ASSERT_EQ(first.body["result"].size(), 1U);
  EXPECT_EQ(first.body["result"][0]["resource"]["type"], "account");
  const std::string time = "since=2000-01-01&before=2100-01-01";
  const auto path = base + "/logs/audit";
  const auto with = [&](const std::string& filter) {
    return ask(administrator_, "GET", path, nullptr, time + filter).body["result"].size();
  };
  EXPECT_EQ(with("&action_type=update"), 1U);
  EXPECT_EQ(with("&action_type=update&resource_type.not=account"), 0U);
  EXPECT_EQ(with("&action_type=update&resource_type.not=zone"), 1U);
  EXPECT_EQ(with("&product_category=email_routing"), 0U);
  EXPECT_EQ(with("&product_category=accounts&product_category=zones&action_type=update"), 1U);
  EXPECT_EQ(with("&action_type=update&actor_context=api_token"), 1U);
  EXPECT_EQ(with("&actor_context=dash"), 0U);
  EXPECT_EQ(with("&actor_context=user"), 0U) << "that is how the type is called, not the context";
  EXPECT_EQ(with("&action_type=update&actor_context.not=user"), 1U);
  EXPECT_EQ(with("&action_type=update&actor_type=user"), 1U);
  EXPECT_EQ(with("&action_type=update&account_name=Old&account_name=New"), 1U);
  EXPECT_EQ(with("&account_name=Old"), 0U);
  EXPECT_EQ(with("&account_name.not=New"), 0U);
  EXPECT_EQ(with("&action_type=update&actor_email.not=x"), 1U);
  EXPECT_EQ(with("&actor_email=x"), 0U);
  EXPECT_EQ(ask(administrator_, "GET", path).status, 422);
  const auto entry = first.body["result"][0]["id"].get<std::string>();
  const auto history = ask(administrator_, "GET", path + "/" + entry + "/history", nullptr, time);
  EXPECT_EQ(history.body["result_info"]["history_status"], "exact");
  EXPECT_EQ(history.body["result"].size(), 1U);
}

TEST_F(AuditEndpoints, ShowNoOtherAccount) {
  const auto id = account();
  ASSERT_EQ(ask(administrator_, "PUT", "/accounts/" + id, {{"name", "New"}}).status, 200);
  auto wanted = request("Access: Audit Logs Read", "com.cloudflare.api.user.*");
  const auto reader = make(wanted).second;
  const auto log = ask(reader, "GET", "/user/audit_logs");
  EXPECT_EQ(log.status, 200);
  EXPECT_TRUE(log.body["result"].empty());
}

}  // namespace
}  // namespace signpost::api
