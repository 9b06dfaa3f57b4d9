// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Destination addresses, tokens, the audit log.
#include <sys/stat.h>

#include "tests/apps/signpost/cli_fixture.hpp"

namespace signpost::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class AddressCommands : public CliFixture {
 protected:
  AddressCommands() {
    server_.answer("GET " + book_ + "?page=1&per_page=50", json::array({address(false)}));
  }
  static json address(bool verified) {
    return {{"id", id_of('5')},
            {"email", "Ops@dest.example"},
            {"verified", verified ? json("2026-11-23T00:00:00.000Z") : json(nullptr)},
            {"created", "2026-11-22T00:00:00.000Z"}};
  }
  std::string book_ = "/client/v4/accounts/" + id_of('a') + "/email/routing/addresses";
  std::string one_ = book_ + "/" + id_of('5');
};

TEST_F(AddressCommands, List) {
  EXPECT_THAT(ask({"address", "list"}).out, HasSubstr("Ops@dest.example  no        2d ago"));
  server_.answer("GET " + book_ + "?verified=true&page=1&per_page=50",
                 json::array({address(true)}));
  EXPECT_THAT(ask({"address", "list", "--verified"}).out, HasSubstr("24h ago"));
}

TEST_F(AddressCommands, TellsWhatBecameOfTheVerificationMail) {
  auto refused = address(false);
  refused["verification_mail"] = {{"queue_id", "01kb8xpvz00000000000000001"},
                                  {"state", "bounced"},
                                  {"at", "2026-11-23T22:00:00.000Z"},
                                  {"reply", "550 5.1.1 no such user\x1b[2J"}};
  server_.answer("GET " + book_ + "?page=1&per_page=50", json::array({refused}));
  const auto shown = ask({"address", "show", "ops@dest.example"});
  EXPECT_EQ(shown.out,
            "Ops@dest.example is not verified yet\n"
            "  verification mail: bounced, 2h ago: 550 5.1.1 no such user\\x1b[2J\n"
            "  check the address, then send another: signpost address resend Ops@dest.example\n");
  EXPECT_THAT(ask({"address", "list"}).out, HasSubstr("no, mail bounced"));
  refused["verification_mail"]["state"] = "delivered";
  refused["verification_mail"]["reply"] = "250 2.0.0 taken";
  server_.answer("GET " + book_ + "?page=1&per_page=50", json::array({refused}));
  EXPECT_THAT(ask({"address", "show", "ops@dest.example"}).out, Not(HasSubstr("resend")));
  EXPECT_THAT(ask({"address", "list"}).out, Not(HasSubstr("mail delivered")));
}

TEST_F(AddressCommands, AddSaysThatAMailIsOnItsWay) {
  server_.answer("POST " + book_, address(false), nullptr, json::array());
  const auto o = ask({"address", "add", "Ops@dest.example"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_EQ(server_.bodies.back(), json({{"email", "Ops@dest.example"}}));
  EXPECT_THAT(o.out, HasSubstr("is not verified yet"));
  EXPECT_THAT(o.out, HasSubstr("has been sent"));
}

TEST_F(AddressCommands, NoMailIsOnItsWayIfTheServerSentNone) {
  for (const int code : {9429, 9431, 9503}) {
    const json why{{{"code", code}, {"message", "No verification mail was sent"}}};
    server_.answer("POST " + book_, address(false), nullptr, why);
    server_.answer("POST " + one_ + "/resend", address(false), nullptr, why);
    for (const auto& o : {ask({"address", "add", "Ops@dest.example"}),
                          ask({"address", "resend", "ops@dest.example"})}) {
      EXPECT_EQ(o.status, done) << o.err;
      EXPECT_THAT(o.err, HasSubstr("No verification mail")) << "what the API notes must be seen";
      EXPECT_THAT(o.out, HasSubstr("is not verified yet"));
      EXPECT_THAT(o.out, Not(HasSubstr("has been sent"))) << code;
    }
  }
}

TEST_F(AddressCommands, AdministratorsVerify) {
  server_.answer("PATCH " + one_, address(true));
  const auto o = ask({"address", "verify", "ops@DEST.example"});
  EXPECT_EQ(o.out, "Ops@dest.example is verified\n");
  EXPECT_EQ(server_.bodies.back(), json({{"status", "verified"}}));
  ask({"address", "verify", id_of('5'), "--undo"});
  EXPECT_EQ(server_.bodies.back(), json({{"status", "unverified"}}));
}

TEST_F(AddressCommands, ResendAndRemove) {
  server_.answer("POST " + one_ + "/resend", address(false));
  EXPECT_EQ(ask({"address", "resend", "ops@dest.example"}).status, done);
  server_.answer("DELETE " + one_, address(false));
  EXPECT_EQ(ask({"address", "remove", "ops@dest.example"}).status, wrong_usage);
  EXPECT_EQ(ask({"address", "remove", "ops@dest.example", "--yes"}).status, done);
  EXPECT_EQ(ask({"address", "show", "no@dest.example"}).status, negative);
}

class TokenCommands : public CliFixture {
 protected:
  TokenCommands() {
    const auto group = [](char id, const char* name, const char* scope) {
      return json{{"id", id_of(id)}, {"name", name}, {"scopes", {scope}}};
    };
    server_.answer("GET /client/v4/user/tokens/permission_groups",
                   {group('1', "Email Routing Rules Write", "com.cloudflare.api.account.zone"),
                    group('2', "Email Routing Addresses Read", "com.cloudflare.api.account"),
                    group('3', "API Tokens Write", "com.cloudflare.api.user")});
    server_.answer("GET /client/v4/user/tokens?page=1&per_page=50", json::array({token()}));
    auto made = token();
    made["value"] = secret_;
    server_.answer("POST /client/v4/user/tokens", made);
  }
  static json token() {
    return {{"id", id_of('9')},
            {"name", "ci"},
            {"status", "active"},
            {"issued_on", "2026-11-23T00:00:00.000Z"},
            {"expires_on", "2026-11-26T00:00:00.000Z"},
            {"condition", {{"request_ip", {{"in", {"192.0.2.0/24"}}}}}},
            {"policies",
             {{{"effect", "allow"},
               {"permission_groups", {{{"id", id_of('1')}, {"name", "Email Routing Rules Write"}}}},
               {"resources", {{"com.cloudflare.api.account.zone." + id_of('1'), "*"}}}}}}};
  }
  std::string secret_ = std::string(48, 's');
};

TEST_F(TokenCommands, CreatePrintsTheSecretAlone) {
  const auto o = ask({"token", "create", "ci", "--allow", "rules:write,addresses:read", "--zone",
                      "zone.example", "--expires", "2d", "--from", "192.0.2.0/24"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_EQ(o.out, secret_ + "\n");
  EXPECT_THAT(o.err, HasSubstr("only time"));
  const auto& sent = server_.bodies.back();
  EXPECT_EQ(sent["expires_on"], "2026-11-26T00:00:00.000Z");
  EXPECT_EQ(sent["condition"]["request_ip"]["in"], json({"192.0.2.0/24"}));
  EXPECT_EQ(sent["policies"],
            json({{{"effect", "allow"},
                   {"permission_groups", {{{"id", id_of('1')}}}},
                   {"resources", {{"com.cloudflare.api.account.zone." + id_of('1'), "*"}}}},
                  {{"effect", "allow"},
                   {"permission_groups", {{{"id", id_of('2')}}}},
                   {"resources", {{"com.cloudflare.api.account.*", "*"}}}}}));
}

TEST_F(TokenCommands, CreateWritesTheSecretToAPrivateFile) {
  const auto o =
      ask({"token", "create", "ci", "--allow", "rules:write", "--output", path("ci.token")});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out + o.err, Not(HasSubstr(secret_)));
  EXPECT_EQ(test::read_file(path("ci.token")), secret_ + "\n");
  struct stat about {};
  ASSERT_EQ(::stat(path("ci.token").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(TokenCommands, PermissionsOfTheUserReachAccountsToo) {
  ask({"token", "create", "t", "--allow", "api tokens write"});
  EXPECT_EQ(server_.bodies.back()["policies"][0]["resources"],
            json({{"com.cloudflare.api.account.*", "*"}, {"com.cloudflare.api.user.*", "*"}}));
}

TEST_F(TokenCommands, WrongWordsAreNamed) {
  const auto unknown = ask({"token", "create", "t", "--allow", "rule:write"});
  EXPECT_EQ(unknown.status, wrong_usage);
  EXPECT_THAT(unknown.err, HasSubstr("rules:write"));
  EXPECT_EQ(ask({"token", "create", "t"}).status, wrong_usage);
  const auto late = ask({"token", "create", "t", "--allow", "rules:write", "--expires", "soon"});
  EXPECT_THAT(late.err, HasSubstr("90d"));
}

TEST_F(TokenCommands, ListShowsWordsNotSecrets) {
  const auto o = ask({"token", "list"});
  EXPECT_THAT(o.out, HasSubstr("ci    active  rules:write  1 zone  192.0.2.0/24  in 2d"));
}

TEST_F(TokenCommands, WhatStandsInSeveralPoliciesCountsOnce) {
  auto wide = token();
  const json one{{"com.cloudflare.api.account." + id_of('a'), "*"}};
  wide["policies"][0]["resources"] = one;
  wide["policies"].push_back({{"effect", "allow"},
                              {"permission_groups", json::array()},
                              {"resources", one}});
  server_.answer("GET /client/v4/user/tokens?page=1&per_page=50", json::array({wide}));
  EXPECT_THAT(ask({"token", "list"}).out, HasSubstr("  1 account  "));
}

TEST_F(TokenCommands, RollNeedsAYes) {
  server_.answer("PUT /client/v4/user/tokens/" + id_of('9') + "/value", secret_);
  EXPECT_EQ(ask({"token", "roll", "ci"}).status, wrong_usage);
  EXPECT_EQ(ask({"token", "roll", "ci", "--yes"}).out, secret_ + "\n");
}

TEST_F(TokenCommands, DeleteByName) {
  server_.answer("DELETE /client/v4/user/tokens/" + id_of('9'), {{"id", id_of('9')}});
  EXPECT_EQ(ask({"token", "delete", "ci", "-y"}).status, done);
}

TEST_F(TokenCommands, VerifyAsksAtTheAccountWhereTheUserIsNobody) {
  server_.refuse("GET /client/v4/user/tokens/verify", 401, 1000, "Invalid API Token");
  server_.answer("GET /client/v4/accounts/" + id_of('a') + "/tokens/verify",
                 {{"id", id_of('9')}, {"status", "expired"}});
  input_ = secret_ + "\n";
  const auto o = ask({"token", "verify", "--token-file", "-"});
  EXPECT_EQ(o.status, negative);
  EXPECT_EQ(o.out, "the token is expired\n");
  EXPECT_EQ(server_.connected.back().token, secret_);
}

TEST_F(TokenCommands, VerifyNeedsATokenOnTheSocket) {
  EXPECT_EQ(ask({"token", "verify"}).status, wrong_usage);
}

class AuditCommands : public CliFixture {
 protected:
  static json entry(bool good, const char* actor) {
    return {{"id", id_of('4')},
            {"action", {{"type", "create"}, {"result", good}}},
            {"actor", {{"id", id_of('9')}, {"ip", "192.0.2.7"}}},
            {"metadata", {{"zone_name", "zone.example"}, {"token_name", actor}, {"status", 403}}},
            {"newValue", R"({"name":"Front desk","matchers":[]})"},
            {"oldValue", ""},
            {"resource", {{"id", id_of('7')}, {"type", "email_routing_rule"}}},
            {"when", "2026-11-23T23:00:00.000Z"}};
  }
};

TEST_F(AuditCommands, ListFiltersHereAndThere) {
  server_.answer(
      "GET /client/v4/user/audit_logs?since=2026-11-22T00%3A00%3A00.000Z&zone.name=zone.example"
      "&page=1&per_page=200",
      {entry(true, "ci"), entry(false, "ci"), entry(false, "other")});
  const auto o = ask(
      {"audit", "list", "--since", "2d", "--zone", "zone.example", "--actor", "CI", "--refused"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out,
              HasSubstr("\n1h ago  ci     192.0.2.7  create  email_routing_rule Front desk"));
  EXPECT_THAT(o.out, HasSubstr("refused (403)"));
  EXPECT_THAT(o.out, Not(HasSubstr("other")));
}

TEST_F(AuditCommands, TokensOfAnAccountSeeItsLog) {
  server_.refuse("GET /client/v4/user/audit_logs?page=1&per_page=200", 403, 10000, "no");
  server_.answer("GET /client/v4/accounts/" + id_of('a') + "/audit_logs?page=1&per_page=200",
                 {entry(true, "ci"), entry(true, "ci")});
  EXPECT_EQ(ask_json({"audit", "list"}).size(), 2U);
  const auto one = ask({"audit", "list", "--limit", "1"});
  EXPECT_THAT(one.err, HasSubstr("newest 1"));
}

}  // namespace
}  // namespace signpost::cli
