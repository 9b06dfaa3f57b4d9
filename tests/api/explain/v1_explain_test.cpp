// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What rules/explain says of messages; the table is that of `fixed_config`: info@zone.example goes
// to alice@dest.example, old@zone.example is refused.
#include "model/replies.hpp"
#include "tests/api/v1_fixture.hpp"

namespace signpost::test {
namespace {

address::mailbox mailbox(std::string_view text) {
  return address::mailbox::parse(text).value();
}

/// A table of any zones.
class made_config final : public model::routing_source {
 public:
  explicit made_config(const std::vector<model::zone>& zones) {
    auto table = model::routing_table::build(
        zones, {.host_name = address::domain::parse("mx.test.example").value(),
                .postmaster = {mailbox("ops@dest.example")}});
    EXPECT_TRUE(table.has_value()) << (table ? "" : to_string(table.error()));
    snapshot_ = std::make_shared<const model::routing_snapshot>(
        model::routing_snapshot{.revision = 9, .table = *table});
  }
  [[nodiscard]] std::shared_ptr<const model::routing_snapshot> current() const override {
    return snapshot_;
  }

 private:
  std::shared_ptr<const model::routing_snapshot> snapshot_;
};

model::zone zone_with(std::string_view name, model::routing_rule rule) {
  model::zone z{.id = std::string(name), .name = address::domain::parse(name).value()};
  z.rules.push_back(std::move(rule));
  return z;
}

class V1Explain : public v1_api {
 protected:
  json ask(const json& body) {
    const auto got = own("POST", "/rules/explain", body);
    EXPECT_EQ(got.status, 200) << got.raw.body;
    return got.status == 200 ? got.result() : json::object();
  }
};

TEST_F(V1Explain, ShowsTheCopiesThatGoOut) {
  const auto got = ask({{"from", "bob@sender.example"}, {"to", "info@zone.example"}});
  EXPECT_TRUE(got["accepted"].get<bool>());
  EXPECT_EQ(got["decision"], "forward");
  EXPECT_EQ(got["revision"], 7);
  EXPECT_TRUE(got["rcpt"]["accepted"].get<bool>());
  EXPECT_EQ(got["admission"]["reason"], "pass");
  ASSERT_EQ(got["envelopes"].size(), 1U);
  EXPECT_EQ(got["envelopes"][0]["destination"], "alice@dest.example");
  EXPECT_EQ(got["envelopes"][0]["next_hop"], "dest.example");
  EXPECT_EQ(got["envelopes"][0]["sender"], "rewritten bob@sender.example at zone.example");
  EXPECT_FALSE(got["assumed"].empty());
  EXPECT_FALSE(got["steps"].empty());
  EXPECT_FALSE(got["hidden"].get<bool>());
}

TEST_F(V1Explain, SaysWhatRefuses) {
  const auto closed = ask({{"recipient", "old@zone.example"}});
  EXPECT_FALSE(closed["accepted"].get<bool>());
  EXPECT_FALSE(closed["rcpt"]["accepted"].get<bool>());
  EXPECT_NE(closed["reply"].get<std::string>().find("This address is closed"), std::string::npos);
  EXPECT_TRUE(closed["admission"].is_null()) << "the message is never seen";
  EXPECT_TRUE(closed["envelopes"].empty());
  EXPECT_EQ(ask({{"to", "nobody@zone.example"}})["decision"], "unknown");
  EXPECT_EQ(ask({{"to", "x@elsewhere.example"}})["decision"], "not_ours");
}

// Return addresses are decided beside the rules; a catch-all of the zone has no part in it.
TEST_F(V1Explain, SaysWhatTheSessionDoesWithReturnAddresses) {
  using model::route_kind;
  auto w = own_world();
  w.answer_to_rcpt = [](const smtp::reverse_path& from, const smtp::forward_path&) {
    model::route_decision d{.kind = route_kind::undecided, .zone = "zone.example", .rule = "srs"};
    d.way_back = true;
    d.destinations = {{.mailbox = mailbox("bob@sender.example")}};
    if (from.is_null()) return d;
    d.kind = route_kind::unknown;
    d.reply = model::make_reply(model::reply_kind::way_back_refused);
    return d;
  };
  bool good = true;
  w.way_back_of = [&](const smtp::forward_path&, model::route_decision d, std::string_view) {
    d.kind = good ? route_kind::forward : route_kind::unknown;
    if (!good) d.reply = model::make_reply(model::reply_kind::way_back_refused);
    return d;
  };
  open_gate(std::move(w));
  const json address = "SRS0=AAAAAAAA=AA=sender.example=bob@zone.example";
  const auto back = ask({{"from", ""}, {"to", address}});
  EXPECT_TRUE(back["accepted"].get<bool>());
  EXPECT_EQ(back["rule"], "srs");
  EXPECT_EQ(back["envelopes"][0]["destination"], "bob@sender.example");
  const auto person = ask({{"from", "ann@sender.example"}, {"to", address}});
  EXPECT_FALSE(person["rcpt"]["accepted"].get<bool>());
  EXPECT_FALSE(person["accepted"].get<bool>());
  good = false;
  const auto forged = ask({{"from", ""}, {"to", address}});
  EXPECT_TRUE(forged["rcpt"]["accepted"].get<bool>());
  EXPECT_FALSE(forged["accepted"].get<bool>());
  EXPECT_NE(forged["reply"].get<std::string>().find("return address"), std::string::npos);
}

TEST_F(V1Explain, JudgesWhatAuthenticationShowed) {
  const auto forged = ask({{"from", "bob@sender.example"},
                           {"to", "info@zone.example"},
                           {"authentication", {{"spf", "fail"}, {"dmarc", "fail"}}}});
  EXPECT_TRUE(forged["rcpt"]["accepted"].get<bool>());
  EXPECT_FALSE(forged["accepted"].get<bool>());
  EXPECT_EQ(forged["admission"]["reason"], "dmarc_reject");
  EXPECT_EQ(forged["reply"], forged["admission"]["reply"]);
  EXPECT_TRUE(forged["envelopes"].empty());
  const auto marked = ask(
      {{"to", "info@zone.example"},
       {"authentication", {{"spf", "pass"}, {"dmarc", "fail"}, {"disposition", "quarantine"}}}});
  EXPECT_TRUE(marked["accepted"].get<bool>());
  EXPECT_TRUE(marked["admission"]["marked"].get<bool>());
  const auto bare = ask({{"to", "info@zone.example"}, {"authentication", json::object()}});
  EXPECT_EQ(bare["admission"]["reason"], "unauthenticated");
}

TEST_F(V1Explain, SaysWhatIsKnownOfTheAuthor) {
  const auto good = ask({{"from", "bob@sender.example"}, {"to", "info@zone.example"}});
  EXPECT_EQ(good["author"], json({{"domains", {"sender.example"}},
                                  {"anybody", false},
                                  {"proven", true},
                                  {"own_author", false},
                                  {"would_forge", false}}));
  // SPF of another domain than From's is no proof, nor is a policy that is not met.
  const auto foreign = ask({{"from", "bob@sender.example"},
                            {"to", "info@zone.example"},
                            {"authentication",
                             {{"spf", "pass"}, {"author_domain", "Else.example"}}}});
  EXPECT_FALSE(foreign["author"]["proven"].get<bool>());
  EXPECT_EQ(foreign["author"]["domains"], json({"else.example"}));
  const auto same = ask({{"from", "bob@sender.example"},
                         {"to", "info@zone.example"},
                         {"authentication", {{"spf", "pass"}}}});
  EXPECT_TRUE(same["author"]["proven"].get<bool>());
}

TEST_F(V1Explain, MarksAnAuthorOfOursWhomNothingProves) {
  const auto own = ask({{"from", "x@attacker.example"},
                        {"to", "info@zone.example"},
                        {"authentication", {{"spf", "pass"}, {"author_domain", "zone.example"}}}});
  EXPECT_TRUE(own["author"]["own_author"].get<bool>());
  EXPECT_FALSE(own["author"]["would_forge"].get<bool>());
  EXPECT_EQ(own["admission"]["reason"], "own_author");
  EXPECT_TRUE(own["admission"]["marked"].get<bool>());
  // The zone's name would speak for the author, the node's does not.
  EXPECT_EQ(own["envelopes"][0]["sender"], "rewritten x@attacker.example at mx.signpost.example");
}

// The mail of no zone is sent on in the node's name alone.
TEST_F(V1Explain, RefusesWhatCouldOnlyBeSentOnAsAForgery) {
  json body{{"from", "x@attacker.example"},
            {"to", "postmaster"},
            {"authentication", {{"spf", "softfail"}, {"author_domain", "signpost.example"}}}};
  const auto none_left = ask(body);
  EXPECT_TRUE(none_left["author"]["would_forge"].get<bool>());
  EXPECT_EQ(none_left["admission"]["reason"], "would_forge");
  EXPECT_FALSE(none_left["accepted"].get<bool>());
  EXPECT_NE(none_left["reply"].get<std::string>().find("550 5.7.1"), std::string::npos);
  EXPECT_TRUE(none_left["envelopes"].empty());
  // A sender of elsewhere that is proven lends nothing, and is kept.
  body["authentication"]["spf"] = "pass";
  const auto kept = ask(body);
  EXPECT_TRUE(kept["accepted"].get<bool>());
  EXPECT_EQ(kept["envelopes"][0]["sender"], "x@attacker.example");
  body["authentication"] = {{"spf", "softfail"}, {"author_domain", "elsewhere.example"}};
  EXPECT_FALSE(ask(body)["author"]["would_forge"].get<bool>());
}

TEST_F(V1Explain, ChecksAMessageThatIsGiven) {
  dns.add_txt("sender.example", "v=spf1 ip4:192.0.2.44 -all")
      .add_txt("_dmarc.sender.example", "v=DMARC1; p=reject");
  json body{{"from", "bob@sender.example"},
            {"to", "info@zone.example"},
            {"client_address", "192.0.2.44"},
            {"helo", "mail.sender.example"},
            {"message", "From: bob@sender.example\nSubject: x\n\nHello\n"}};
  const auto good = ask(body);
  EXPECT_EQ(good["facts"]["spf"], "pass");
  EXPECT_EQ(good["facts"]["dmarc"], "pass");
  EXPECT_EQ(good["facts"]["author_domain"], "sender.example");
  EXPECT_EQ(good["facts"]["size"], 47) << "with the line ends of the wire";
  EXPECT_TRUE(good["accepted"].get<bool>());
  body["client_address"] = "192.0.2.45";
  const auto bad = ask(body);
  EXPECT_EQ(bad["facts"]["spf"], "fail");
  EXPECT_EQ(bad["admission"]["reason"], "dmarc_reject");
}

TEST_F(V1Explain, RefusesWhatItCannotRead) {
  const json cases[] = {json::object(),
                        {{"to", "no address"}},
                        {{"to", 7}},
                        {{"to", "info@zone.example"}, {"from", "a b"}},
                        {{"to", "info@zone.example"}, {"size", -1}},
                        {{"to", "info@zone.example"}, {"client_address", "here"}},
                        {{"to", "info@zone.example"}, {"authentication", {{"spf", "great"}}}},
                        {{"to", "info@zone.example"}, {"authentication", 1}}};
  for (const auto& body : cases) {
    const auto got = own("POST", "/rules/explain", body);
    EXPECT_EQ(got.code(), 2007) << body.dump();
    EXPECT_TRUE(got.body["errors"][0].contains("source")) << body.dump();
  }
  config.forget();
  EXPECT_EQ(own("POST", "/rules/explain", {{"to", "info@zone.example"}}).status, 503);
}

TEST_F(V1Explain, OfAZoneSpeaksOfThatZoneOnly) {
  const auto id = zone("zone.example");
  const auto token = token_for("Email Routing Rules Read", id);
  const auto path = "/zones/" + id + "/rules/explain";
  EXPECT_EQ(own("POST", path, {{"to", "info@zone.example"}}, token).status, 200);
  EXPECT_EQ(own("POST", path, {{"to", "info@other.example"}}, token).code(), 2007);
  EXPECT_EQ(own("POST", path, {{"to", "postmaster"}}, token).code(), 2007);
  EXPECT_EQ(own("POST", "/rules/explain", {{"to", "info@zone.example"}}, token).status, 403);
}

class V1ExplainMade : public V1Explain {
 protected:
  void use(const std::vector<model::zone>& zones) {
    made = std::make_unique<made_config>(zones);
    api::rest_world w{
        .store = store.get(), .routing = *made, .time = time, .random = random, .resolver = dns};
    w.host_name = "mx.signpost.example";
    open_gate(std::move(w));
  }
  ~V1ExplainMade() override { gate.reset(); }

  std::unique_ptr<made_config> made;
};

TEST_F(V1ExplainMade, SaysThatARuleWaitsForTheMessage) {
  auto rule = model::routing_rule{.id = "only-good",
                                  .address = mailbox("info@zone.example"),
                                  .action = {.destinations = {{mailbox("a@dest.example")}}}};
  rule.conditions.authentication = {{.method = model::authentication_method::dmarc,
                                     .results = model::verdict_set::parse("pass").value()}};
  use({zone_with("zone.example", std::move(rule))});
  const auto good = ask({{"to", "info@zone.example"}});
  EXPECT_EQ(good["rcpt"]["decision"], "undecided");
  EXPECT_TRUE(good["rcpt"]["alone"].get<bool>());
  EXPECT_EQ(good["decision"], "forward");
  EXPECT_EQ(good["rule"], "only-good");
  const auto bare =
      ask({{"to", "info@zone.example"}, {"authentication", {{"spf", "pass"}, {"dmarc", "none"}}}});
  EXPECT_TRUE(bare["rcpt"]["accepted"].get<bool>());
  EXPECT_EQ(bare["decision"], "unknown");
  EXPECT_FALSE(bare["accepted"].get<bool>()) << "the reply to the final dot";
}

// Mail goes from one account's zone to another's: where it goes from there is not told.
TEST_F(V1ExplainMade, HidesTheRulesOfOthers) {
  const auto near = zone("near.example");
  const auto far =
      call("POST", "/zones", {{"name", "far.example"}, {"account", {{"id", other_account}}}});
  ASSERT_EQ(far.status, 200) << far.raw.body;
  address("box@far.example", true);
  const auto rule = call("POST", rules(near), forward("info@near.example", "box@far.example"));
  ASSERT_EQ(rule.status, 200) << rule.raw.body;
  use({zone_with("near.example", {.id = rule.result()["id"].get<std::string>(),
                                  .address = mailbox("info@near.example"),
                                  .action = {.destinations = {{mailbox("box@far.example")}}}}),
       zone_with("far.example", {.id = "theirs",
                                 .address = mailbox("box@far.example"),
                                 .action = {.destinations = {{mailbox("secret@dest.example")}}}})});
  const auto token = token_for("Email Routing Rules Read", near);
  const auto told =
      own("POST", "/zones/" + near + "/rules/explain", {{"to", "info@near.example"}}, token);
  ASSERT_EQ(told.status, 200) << told.raw.body;
  EXPECT_TRUE(told.result()["hidden"].get<bool>());
  EXPECT_EQ(told.raw.body.find("secret@dest.example"), std::string::npos);
  const auto whole = ask({{"to", "info@near.example"}});
  EXPECT_FALSE(whole["hidden"].get<bool>());
  EXPECT_EQ(whole["envelopes"][0]["destination"], "secret@dest.example");
}

}  // namespace
}  // namespace signpost::test
