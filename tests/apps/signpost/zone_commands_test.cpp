// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/apps/signpost/cli_fixture.hpp"

namespace signpost::cli {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ZoneCommands : public CliFixture {
 protected:
  ZoneCommands() { server_.answer("GET " + at_own_zone("/authentication"), asked); }

  static json routing(bool enabled) {
    return {
        {"id", id_of('1')},
        {"enabled", enabled},
        {"status", enabled ? "ready" : "unconfigured"},
        {"support_subaddress", false},
        {"subdomains", {{{"name", "mail.zone.example"}, {"enabled", true}, {"status", "ready"}}}}};
  }
  const json asked{{"dmarc", "enforce"},
                   {"quarantine", "mark"},
                   {"require_pass", true},
                   {"own_author", "mark"}};
};

TEST_F(ZoneCommands, ListsInATable) {
  server_.answer("GET /client/v4/zones?page=1&per_page=50", json::array({zone()}));
  const auto o = ask({"zone", "list"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_EQ(o.out,
            "ZONE          STATUS  ACCOUNT  CREATED  ID\n"
            "zone.example  active  Example  24h ago  "
                + id_of('1') + "\n");
  EXPECT_EQ(ask({"zone", "list", "--names"}).out, "zone.example\n");
  EXPECT_EQ(ask_json({"zone", "list"}), json::array({zone()}));
}

TEST_F(ZoneCommands, FollowsPagesToTheEnd) {
  auto full = json::array();
  for (int i = 0; i < 50; ++i) full.push_back(zone());
  server_.answer("GET /client/v4/zones?page=1&per_page=50", full);
  server_.answer("GET /client/v4/zones?page=2&per_page=50", json::array({zone()}));
  EXPECT_EQ(ask_json({"zone", "list"}).size(), 51U);
  server_.requests.clear();
  const auto some = ask({"zone", "list", "--limit", "10"});
  EXPECT_THAT(some.err, HasSubstr("--limit"));
  EXPECT_EQ(server_.requests.size(), 1U);
}

TEST_F(ZoneCommands, ShowsTheNameInTheDnsBesideTheOneInUnicode) {
  auto books = zone();
  books["name"] = "bücher.example";
  server_.answer("GET /client/v4/zones/" + id_of('1'), books);
  server_.answer("GET " + at_zone("/email/routing"), routing(true));
  const auto o = ask({"zone", "show", id_of('1')});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, HasSubstr("zone bücher.example\n  in the DNS    xn--bcher-kva.example\n"));
  server_.answer("GET /client/v4/zones/" + id_of('1'), zone());
  EXPECT_THAT(ask({"zone", "show", id_of('1')}).out, Not(HasSubstr("in the DNS")));
}

TEST_F(ZoneCommands, ListsWhatHasAWordInItsName) {
  server_.answer(
      "GET /client/v4/zones?account.id=" + id_of('a') + "&name=contains%3Ashop&page=1&per_page=50",
      json::array());
  const auto o = ask({"zone", "list", "shop", "--account", "example"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_EQ(o.out, "there are no zones\n");
}

TEST_F(ZoneCommands, ShowsAZoneByNameOrId) {
  server_.answer("GET " + at_zone("/email/routing"), routing(true));
  for (const auto& name : {std::string("zone.example"), id_of('1')}) {
    const auto o = ask({"zone", "show", name});
    EXPECT_EQ(o.status, done) << o.err;
    EXPECT_THAT(o.out, HasSubstr("zone zone.example\n"));
    EXPECT_THAT(o.out, HasSubstr("mail.zone.example  enabled  ready"));
    EXPECT_THAT(o.out, HasSubstr("require-pass  on\n"));
    EXPECT_THAT(o.out, HasSubstr("own-author    mark\n"));
  }
  EXPECT_EQ(ask_json({"zone", "show", "zone.example"})["routing"]["status"], "ready");
}

TEST_F(ZoneCommands, SaysThatThereIsNoSuchZone) {
  server_.answer("GET " + zones_named("no.example"), json::array());
  const auto o = ask({"zone", "show", "no.example"});
  EXPECT_EQ(o.status, negative);
  EXPECT_EQ(o.out, "");
  EXPECT_THAT(o.err, HasSubstr("there is no zone 'no.example'"));
  EXPECT_THAT(o.err, HasSubstr("signpost zone list"));
}

json waiting(std::string_view status, std::string_view proof, const json& obstacle) {
  return {{"zone_id", "1"},
          {"name", "zone.example"},
          {"status", status},
          {"proof", proof},
          {"proof_missing_since", nullptr},
          {"record",
           {{"type", "TXT"},
            {"name", "_signpost-verify.zone.example"},
            {"content", "signpost-verify=abc"}}},
          {"obstacle", obstacle}};
}

TEST_F(ZoneCommands, SaysWhatAZoneThatWaitsHasToPublish) {
  auto pending = zone();
  pending["status"] = "pending";
  server_.answer("POST /client/v4/zones", pending);
  server_.answer("GET " + at_own_zone("/ownership"), waiting("pending", "none", nullptr));
  const auto made = ask({"zone", "create", "zone.example"});
  EXPECT_EQ(made.status, done) << made.err;
  EXPECT_THAT(made.out, HasSubstr("the zone is pending"));
  EXPECT_THAT(made.out,
              HasSubstr("_signpost-verify.zone.example. IN TXT \"signpost-verify=abc\"\n"));

  server_.answer("POST " + at_own_zone("/ownership/check"),
                 waiting("pending", "none", "the TXT record is missing"));
  const auto looked = ask({"zone", "check", "zone.example"});
  EXPECT_EQ(looked.status, negative) << looked.err;
  EXPECT_THAT(looked.out, HasSubstr("the TXT record is missing\n"));
  EXPECT_THAT(looked.out, HasSubstr("IN TXT"));

  server_.answer("POST " + at_own_zone("/ownership/grant"), waiting("active", "granted", nullptr));
  EXPECT_EQ(ask({"zone", "verify", "zone.example"}).out,
            "zone zone.example is active (proof: granted)\n");
}

TEST_F(ZoneCommands, DoesNotSayThatMailOfAZoneThatWaitsIsRouted) {
  auto pending = zone();
  pending["status"] = "pending";
  server_.answer("POST /client/v4/zones", pending);
  server_.answer("POST " + at_zone("/email/routing/enable"), routing(true));
  server_.answer("GET " + at_own_zone("/ownership"), waiting("pending", "none", nullptr));
  const auto o = ask({"zone", "create", "zone.example", "--enable"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, HasSubstr("is created, and its mail is routed once it is active\n"));
  EXPECT_THAT(o.out, HasSubstr("the zone is pending"));
}

TEST_F(ZoneCommands, CreatesAndEnables) {
  server_.answer("POST /client/v4/zones", zone());
  server_.answer("POST " + at_zone("/email/routing/enable"), routing(true));
  const auto o = ask({"zone", "create", "zone.example", "--enable"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(server_.requests,
              ElementsAre("GET /client/v4/accounts?page=1&per_page=50", "POST /client/v4/zones",
                          "POST " + at_zone("/email/routing/enable")));
  EXPECT_THAT(o.out, HasSubstr("is created, and its mail is routed\n"));
  EXPECT_EQ(server_.bodies[1], json({{"name", "zone.example"}, {"account", {{"id", id_of('a')}}}}));
  EXPECT_THAT(o.out, HasSubstr("signpost dns show zone.example"));
}

TEST_F(ZoneCommands, WantsToKnowTheAccountIfThereAreSeveral) {
  server_.answer("GET /client/v4/accounts?page=1&per_page=50",
                 {{{"id", id_of('a')}, {"name", "One"}}, {{"id", id_of('b')}, {"name", "Two"}}});
  const auto o = ask({"zone", "create", "zone.example"});
  EXPECT_EQ(o.status, wrong_usage);
  EXPECT_THAT(o.err, HasSubstr("One, Two"));
}

TEST_F(ZoneCommands, DeletesAfterAYesOnly) {
  server_.answer("DELETE " + at_zone(""), {{"id", id_of('1')}});
  const auto unsure = ask({"zone", "delete", "zone.example"});
  EXPECT_EQ(unsure.status, wrong_usage);
  EXPECT_THAT(unsure.err, HasSubstr("Delete the zone zone.example with all its rules?"));
  EXPECT_THAT(server_.requests, Not(::testing::Contains("DELETE " + at_zone(""))));
  EXPECT_EQ(ask({"zone", "delete", "zone.example", "--yes"}).status, done);
  EXPECT_EQ(server_.requests.back(), "DELETE " + at_zone(""));
}

TEST_F(ZoneCommands, SwitchesZoneAndSubdomain) {
  server_.answer("POST " + at_zone("/email/routing/enable"), routing(true));
  server_.answer("POST " + at_zone("/email/routing/disable"), routing(false));
  server_.answer("DELETE " + at_zone("/email/routing/dns"), routing(true));
  EXPECT_EQ(ask({"zone", "enable", "zone.example"}).status, done);
  EXPECT_EQ(server_.bodies.back(), json::object());
  EXPECT_THAT(ask({"zone", "disable", "zone.example"}).out, HasSubstr("no mail is accepted"));
  const json named{{"name", "mail.zone.example"}};
  EXPECT_EQ(ask({"zone", "subdomain", "add", "zone.example", "mail.zone.example"}).status, done);
  EXPECT_EQ(server_.bodies.back(), named);
  EXPECT_EQ(ask({"zone", "subdomain", "remove", "zone.example", "mail.zone.example", "-y"}).status,
            done);
  EXPECT_EQ(server_.bodies.back(), named);
  EXPECT_EQ(server_.requests.back(), "DELETE " + at_zone("/email/routing/dns"));
}

TEST_F(ZoneCommands, ChangesSubaddressing) {
  server_.answer("PATCH " + at_zone("/email/routing"), routing(true));
  EXPECT_EQ(ask({"zone", "settings", "zone.example", "--subaddressing", "on"}).status, done);
  EXPECT_EQ(server_.bodies.back(), json({{"support_subaddress", true}}));
  EXPECT_EQ(ask({"zone", "settings", "zone.example", "--subaddressing", "maybe"}).status,
            wrong_usage);
}

TEST_F(ZoneCommands, ChangesWhatIsAskedOfSenders) {
  server_.answer("PATCH " + at_own_zone("/authentication"), asked);
  server_.answer("GET " + at_zone("/email/routing"), routing(true));
  const auto o =
      ask({"zone", "settings", "zone.example", "--dmarc", "enforce", "--require-pass", "on"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(server_.bodies,
              ::testing::Contains(json({{"dmarc", "enforce"}, {"require_pass", true}})));
  EXPECT_EQ(ask({"zone", "settings", "zone.example", "--quarantine", "drop"}).status, wrong_usage);
}

struct refusal_case {
  const char* name;
  int http_status;
  int code;
  int want;
  const char* advice;
};

class Refusals : public ZoneCommands, public ::testing::WithParamInterface<refusal_case> {};

TEST_P(Refusals, ShowCodeTextAndWhatToDo) {
  const auto& c = GetParam();
  server_.refuse("GET " + at_zone("/email/routing"), c.http_status, c.code, "the server's words");
  const auto o = ask({"zone", "show", "zone.example"});
  EXPECT_EQ(o.status, c.want);
  EXPECT_THAT(o.err, HasSubstr("the server's words (code " + std::to_string(c.code) + ")"));
  EXPECT_THAT(o.err, HasSubstr(c.advice));
  EXPECT_EQ(o.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    Table, Refusals,
    ::testing::Values(refusal_case{"NoToken", 401, 1000, negative, "SIGNPOST_API_TOKEN"},
                      refusal_case{"NoPermission", 403, 10000, negative, "lacks a permission"},
                      refusal_case{"NotVisible", 404, 7003, negative, "token verify"},
                      refusal_case{"NotNow", 503, 9503, negative, "signpost status"}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(ZoneCommands, TellsWhatIsNoAnswerFromAServerThatIsNotThere) {
  server_.answers["GET " + at_zone("/email/routing")] = {.status = 200, .body = "<html>"};
  const auto strange = ask({"zone", "show", "zone.example"});
  EXPECT_EQ(strange.status, no_node);
  EXPECT_THAT(strange.err, HasSubstr("not understood"));
  server_.is_there = false;
  const auto absent = ask({"zone", "show", "zone.example"});
  EXPECT_EQ(absent.status, no_node);
  EXPECT_THAT(absent.err, HasSubstr("no node answers"));
}

TEST_F(ZoneCommands, SaysWhenToTryAgain) {
  server_.refuse("GET " + at_zone("/email/routing"), 429, 9429, "Rate limit reached");
  server_.answers["GET " + at_zone("/email/routing")].retry_after = "7";
  EXPECT_THAT(ask({"zone", "show", "zone.example"}).err, HasSubstr("try again in 7 s"));
}

TEST_F(ZoneCommands, PaintsOnlyWhereColoursAreWanted) {
  server_.answer("GET " + at_zone("/email/routing"), routing(true));
  EXPECT_THAT(ask({"zone", "show", "zone.example"}).out, Not(HasSubstr("\x1b")));
  colours_ = true;
  EXPECT_THAT(ask({"zone", "show", "zone.example"}).out, HasSubstr("\x1b[32mready\x1b[0m"));
}

}  // namespace
}  // namespace signpost::cli
