// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whose a zone is, with two accounts that want the same names.
#include "api/zones/zone_ownership.hpp"
#include "api/zones/zone_watch.hpp"
#include "tests/api/v1_fixture.hpp"
#include "tests/storage/support.hpp"

namespace signpost::test {
namespace {

using api::ownership_mode;

class V1Ownership : public v1_api {
 protected:
  V1Ownership() {
    auto w = own_world();
    w.ownership.mode = ownership_mode::automatic;
    w.ownership.reserved = {"kept.example", ".below.example"};
    w.ownership.inactive_per_account_max = 3;
    w.ownership.checks_per_hour_max = 4;
    watched = std::make_unique<api::rest_world>(w);
    open_gate(std::move(w));
    mine = account_token(account);
  }

  /// A token that owns nothing but the account.
  std::string account_token(const std::string& owner) {
    auto text = api::new_token_text(random);
    auto token = api::administrator_token(text, time.now(), random);
    token.account = owner;
    const auto done = store->change<void>([&](model::control_transaction& t) -> result<void> {
      SP_CHECK(t.put(token));
      t.audit({.id = api::new_object_id(random), .when = time.now(), .action = "create"});
      return {};
    });
    EXPECT_TRUE(done.has_value());
    return text;
  }
  reply create(const std::string& name, const std::string& token, const std::string& in) {
    return call("POST", "/zones", {{"name", name}, {"account", {{"id", in}}}}, token);
  }
  /// Its id.
  std::string made(const std::string& name, const std::string& token, const std::string& in,
                   const std::string& status) {
    const auto r = create(name, token, in);
    EXPECT_EQ(r.status, 200) << r.raw.body;
    if (r.status != 200) return {};
    EXPECT_EQ(r.result()["status"], status) << name;
    return r.result()["id"].get<std::string>();
  }
  std::string status_of(const std::string& id) {
    return call("GET", "/zones/" + id).result()["status"].get<std::string>();
  }
  void publish(const std::string& name, const std::string& id) {
    dns.add_txt("_signpost-verify." + name,
                call("GET", "/zones/" + id).result()["verification_key"].get<std::string>());
  }
  std::string check(const std::string& id, const std::string& token) {
    const auto r = call("PUT", "/zones/" + id + "/activation_check", nullptr, token);
    EXPECT_EQ(r.status, 200) << r.raw.body;
    return status_of(id);
  }
  /// One whole round of the node's own looks.
  void round() {
    api::zone_watch watch(*watched, {});
    while (watch.step() < api::zone_watch::round_min) {
    }
  }

  std::unique_ptr<api::rest_world> watched;
  std::string mine;
};

TEST_F(V1Ownership, NobodysNameWaitsForItsProof) {
  const auto id = made("gmail.example", other, other_account, "pending");
  EXPECT_EQ(store->read()->zone_by_name("gmail.example").error().code, errc::not_found);
  EXPECT_EQ(check(id, other), "pending") << "nothing is published";
  publish("gmail.example", id);
  EXPECT_EQ(check(id, other), "active");
  EXPECT_EQ(last_audit().action, "activate");
  EXPECT_EQ(last_audit().account, other_account);
  EXPECT_TRUE(call("GET", "/zones/" + id).result()["activated_on"].is_string());
}

TEST_F(V1Ownership, OneAccountIsAskedForNothing) {
  const auto gone = store->change<void>([&](model::control_transaction& t) -> result<void> {
    SP_TRY(const auto tokens, t.tokens(other_account, {}));
    for (const auto& token : tokens.items) SP_CHECK(t.remove_token(token.id));
    SP_CHECK(t.remove_account(other_account));
    t.audit({.id = api::new_object_id(random), .when = time.now(), .action = "delete"});
    return {};
  });
  ASSERT_TRUE(gone.has_value());
  const auto id = made("first.example", mine, account, "active");
  EXPECT_TRUE(dns.asked().empty());
  make_other_account();
  round();
  EXPECT_EQ(status_of(id), "active") << "zones that were there stay";
  made("second.example", mine, account, "pending");
}

TEST_F(V1Ownership, ASquatterDoesNotKeepTheOwnerOut) {
  const auto squatter = made("owner.example", other, other_account, "pending");
  const auto owner = made("owner.example", mine, account, "pending");
  publish("owner.example", owner);
  EXPECT_EQ(check(squatter, other), "pending") << "the record names the other zone";
  EXPECT_EQ(check(owner, mine), "active");
  EXPECT_EQ(create("owner.example", mine, account).code(), 9409);
  // A list says nothing of the other account's.
  EXPECT_EQ(call("GET", "/zones?name=owner.example", nullptr, mine).result().size(), 1U);
  EXPECT_EQ(call("GET", "/zones?name=owner.example&status=active").result().size(), 1U);
  EXPECT_EQ(call("GET", "/zones?name=owner.example").result().size(), 2U);
}

TEST_F(V1Ownership, TheKeyIsTheZonesAloneAndStaysTheSame) {
  const auto one = made("a.example", mine, account, "pending");
  const auto two = made("a.example", other, other_account, "pending");
  const auto key = [&](const std::string& id) {
    return call("GET", "/zones/" + id).result()["verification_key"].get<std::string>();
  };
  EXPECT_EQ(key(one), key(one));
  EXPECT_NE(key(one), key(two));
  const auto before = key(one);
  EXPECT_EQ(call("DELETE", "/zones/" + one, nullptr, mine).status, 200);
  EXPECT_NE(key(made("a.example", mine, account, "pending")), before);
}

TEST_F(V1Ownership, AnMxRecordCountsWhereOnlyOneAccountClaimsTheName) {
  dns.add_mx("served.example", 10, "mx.signpost.example");
  const auto id = made("served.example", mine, account, "active");
  EXPECT_EQ(own("GET", "/zones/" + id + "/ownership").result()["proof"], "mx");
  // Another host beside ours: perhaps somebody else's mail.
  dns.add_mx("mixed.example", 10, "mx.signpost.example")
      .add_mx("mixed.example", 20, "mx.else.example");
  made("mixed.example", mine, account, "pending");
  // Two want it: the MX does not say which of them it is.
  const auto first = made("both.example", other, other_account, "pending");
  const auto second = made("both.example", mine, account, "pending");
  dns.add_mx("both.example", 10, "mx.signpost.example");
  EXPECT_EQ(check(first, other), "pending");
  EXPECT_EQ(check(second, mine), "pending");
}

// The MX of a zone that was deleted still points here: whoever comes next is not its owner.
TEST_F(V1Ownership, AnMxThatWasLeftBehindIsNoProof) {
  dns.add_mx("left.example", 10, "mx.signpost.example");
  const auto id = made("left.example", mine, account, "active");
  EXPECT_EQ(call("DELETE", "/zones/" + id, nullptr, mine).status, 200);
  const auto next = made("left.example", other, other_account, "pending");
  EXPECT_EQ(check(next, other), "pending");
  round();
  EXPECT_EQ(status_of(next), "pending");
  publish("left.example", next);
  EXPECT_EQ(check(next, other), "active") << "the domain's owner may say so";
}

TEST_F(V1Ownership, ARecordOutweighsAnMx) {
  dns.add_mx("served.example", 10, "mx.signpost.example");
  const auto early = made("served.example", other, other_account, "active");
  const auto owner = made("served.example", mine, account, "pending");
  publish("served.example", owner);
  EXPECT_EQ(check(owner, mine), "active");
  EXPECT_EQ(status_of(early), "moved");
  EXPECT_EQ(check(early, other), "moved");
}

TEST_F(V1Ownership, TwoRecordsAtOnceLeaveEverythingAsItIs) {
  const auto first = made("x.example", mine, account, "pending");
  publish("x.example", first);
  EXPECT_EQ(check(first, mine), "active");
  const auto second = made("x.example", other, other_account, "pending");
  publish("x.example", second);
  EXPECT_EQ(check(second, other), "pending");
  EXPECT_EQ(status_of(first), "active");
  dns.remove("_signpost-verify.x.example");
  publish("x.example", second);
  EXPECT_EQ(check(second, other), "active");
  EXPECT_EQ(status_of(first), "moved");
}

TEST_F(V1Ownership, AWildcardCnameSpeaksForNobody) {
  const auto id = made("wild.example", other, other_account, "pending");
  dns.add_cname("_signpost-verify.wild.example", "attacker.example");
  dns.add_txt("attacker.example",
              call("GET", "/zones/" + id).result()["verification_key"].get<std::string>());
  EXPECT_EQ(check(id, other), "pending");
}

TEST_F(V1Ownership, ANameBelowOrAboveAnothersNeedsItsOwnProof) {
  const auto tenant = made("tenant.example", mine, account, "pending");
  publish("tenant.example", tenant);
  ASSERT_EQ(check(tenant, mine), "active");
  dns.add_mx("sub.tenant.example", 10, "mx.signpost.example");
  dns.add_mx("example", 10, "mx.signpost.example");
  const auto below = made("sub.tenant.example", other, other_account, "pending");
  EXPECT_EQ(check(below, other), "pending") << "the MX says nothing of the account";
  // Who may write the tenant's zone speaks for it.
  EXPECT_EQ(made("own.tenant.example", admin, other_account, "active").size(), 32U);
  publish("sub.tenant.example", below);
  EXPECT_EQ(check(below, other), "active");
  dns.add_mx("a.b.example", 10, "mx.signpost.example");
  const auto deep = made("a.b.example", other, other_account, "active");
  dns.add_mx("b.example", 10, "mx.signpost.example");
  EXPECT_EQ(made("b.example", mine, account, "pending").size(), 32U);
}

TEST_F(V1Ownership, NamesOfTheServiceAreNotGivenAway) {
  for (const auto* name : {"mx.signpost.example", "x.mx.signpost.example", "signpost.example",
                           "mail.signpost.example", "kept.example", "a.below.example"}) {
    const auto r = create(name, other, other_account);
    EXPECT_EQ(r.code(), 2007) << name;
    EXPECT_NE(r.raw.body.find("cannot be a zone"), std::string::npos) << r.raw.body;
  }
  dns.add_txt("_dmarc.public.example", "v=DMARC1; p=reject; psd=y");
  EXPECT_NE(create("public.example", other, other_account).raw.body.find("psd=y"),
            std::string::npos);
  made("below.example", other, other_account, "pending");
  EXPECT_EQ(create("kept.example", admin, account).status, 200) << "the administrator may";
}

TEST_F(V1Ownership, OnlyTheAdministratorVouches) {
  const json body{{"name", "v.example"}, {"account", {{"id", other_account}}}, {"verified", true}};
  EXPECT_EQ(call("POST", "/zones", body, other).status, 403);
  EXPECT_EQ(call("POST", "/zones", body).result()["status"], "active");
  const auto id = made("w.example", other, other_account, "pending");
  const auto grant = "/zones/" + id + "/ownership/grant";
  EXPECT_EQ(own("POST", grant, nullptr, other).status, 403);
  EXPECT_EQ(own("POST", grant, nullptr, mine).status, 404) << "of another account";
  EXPECT_EQ(own("POST", grant).result()["proof"], "granted");
  EXPECT_EQ(status_of(id), "active");
  // Not even a record takes what the administrator gave.
  const auto second = made("w.example", mine, account, "pending");
  publish("w.example", second);
  EXPECT_EQ(check(second, mine), "pending");
}

TEST_F(V1Ownership, ZonesThatWaitAndChecksAreLimited) {
  for (const auto* name : {"p1.example", "p2.example", "p3.example"}) {
    made(name, other, other_account, "pending");
  }
  EXPECT_EQ(create("p4.example", other, other_account).code(), 9403);
  const auto id = made("c.example", mine, account, "pending");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(check(id, mine), "pending");
  const auto refused = call("PUT", "/zones/" + id + "/activation_check", nullptr, mine);
  EXPECT_EQ(refused.status, 429);
  time.advance(std::chrono::hours(1));
  EXPECT_EQ(check(id, mine), "pending");
}

TEST_F(V1Ownership, WhatHasGoneFromTheDnsIsTakenAwayAfterTheGrace) {
  const auto id = made("going.example", mine, account, "pending");
  publish("going.example", id);
  round();
  ASSERT_EQ(status_of(id), "active") << "found without being asked";
  dns.remove("_signpost-verify.going.example");
  dns.set_status("_signpost-verify.going.example", dns::status::servfail);
  round();
  EXPECT_TRUE(own("GET", "/zones/" + id + "/ownership").result()["proof_missing_since"].is_null())
      << "DNS that does not answer takes nothing away";
  dns.remove("_signpost-verify.going.example");
  round();
  EXPECT_EQ(last_audit().action, "lose_proof");
  EXPECT_EQ(last_audit().actor_id, "signpostd");
  EXPECT_EQ(status_of(id), "active");
  time.advance(std::chrono::hours(71));
  round();
  EXPECT_EQ(status_of(id), "active");
  time.advance(std::chrono::hours(2));
  round();
  EXPECT_EQ(status_of(id), "moved");
  EXPECT_EQ(last_audit().action, "deactivate");
  publish("going.example", id);
  EXPECT_EQ(check(id, mine), "active") << "and it comes back with its proof";
}

TEST_F(V1Ownership, AnMxHereKeepsWhatARecordHasWon) {
  const auto id = made("kept-by-mx.example", mine, account, "pending");
  publish("kept-by-mx.example", id);
  ASSERT_EQ(check(id, mine), "active");
  dns.remove("_signpost-verify.kept-by-mx.example");
  dns.add_mx("kept-by-mx.example", 10, "mx.signpost.example");
  round();
  const auto told = own("GET", "/zones/" + id + "/ownership").result();
  EXPECT_EQ(told["proof"], "mx");
  EXPECT_TRUE(told["proof_missing_since"].is_null());
}

TEST_F(V1Ownership, AZoneThatWaitsCanBePreparedAndSeesNothingOfTheActiveOne) {
  const auto owner = made("n.example", mine, account, "pending");
  publish("n.example", owner);
  ASSERT_EQ(check(owner, mine), "active");
  ASSERT_EQ(own("POST", "/zones/" + owner + "/dkim", {{"selector", "s1"}, {"active", true}}).status,
            200);
  const auto waits = made("n.example", other, other_account, "pending");
  EXPECT_EQ(call("POST", rules(waits), drop("a@n.example"), other).status, 200);
  EXPECT_EQ(call("POST", "/zones/" + waits + "/email/routing/enable", json::object(), other).status,
            200);
  for (const auto* method : {"GET", "POST"}) {
    EXPECT_EQ(own(method, "/zones/" + waits + "/dkim", nullptr, other).code(), 9425);
  }
  EXPECT_EQ(own("POST", "/zones/" + waits + "/dkim/s1/retire", nullptr, other).code(), 9425);
  const auto explain = "/zones/" + waits + "/rules/explain";
  EXPECT_EQ(own("POST", explain, {{"to", "a@n.example"}}, other).code(), 9425);
  const auto dns_of = own("GET", "/zones/" + waits + "/dns", nullptr, other);
  EXPECT_EQ(dns_of.status, 200);
  EXPECT_EQ(dns_of.raw.body.find("s1._domainkey"), std::string::npos);
  EXPECT_NE(dns_of.raw.body.find("_signpost-verify.n.example"), std::string::npos);
}

// ---- the next owner of a name ------------------------------------------------------------------

class V1NextOwner : public V1Ownership {
 protected:
  V1NextOwner() {
    first = made("name.example", mine, account, "pending");
    publish("name.example", first);
    EXPECT_EQ(check(first, mine), "active");
  }
  /// A message for the zone with its events, as the mail path writes it.
  std::string mail(const std::string& zone_id) {
    auto m = storage::make_message(*spool, {.recipients = 1, .next_hop = "dest.example"});
    for (auto& e : m.envelopes) {
      e.zone = "name.example";
      e.zone_id = zone_id;
    }
    for (auto& event : m.events) {
      event.zone = "name.example";
      event.zone_id = zone_id;
    }
    auto id = m.message.id.to_string();
    storage::change_set changes;
    changes.accept(std::move(m));
    EXPECT_TRUE(spool->commit(std::move(changes)).has_value());
    return id;
  }
  std::size_t count(const std::string& path, const std::string& token) {
    const auto got = own("GET", path, nullptr, token);
    EXPECT_EQ(got.status, 200) << got.raw.body;
    return got.result().size();
  }
  void expect_strangers(const std::string& old_zone, const std::string& old_token,
                        const std::string& message, const std::string& next,
                        const std::string& token) {
    EXPECT_EQ(count("/zones/" + next + "/events", token), 0U);
    EXPECT_EQ(count("/zones/" + next + "/queue", token), 0U);
    const auto at = "/zones/" + next + "/messages/" + message;
    EXPECT_EQ(own("GET", at, nullptr, token).status, 404);
    EXPECT_EQ(own("POST", at + "/remove", nullptr, token).status, 404);
    EXPECT_EQ(own("POST", at + "/retry", nullptr, token).status, 404);
    EXPECT_TRUE(node.orders.empty());
    if (old_zone.empty()) return;
    EXPECT_EQ(count("/zones/" + old_zone + "/events", old_token), 1U);
    EXPECT_EQ(count("/zones/" + old_zone + "/queue", old_token), 1U);
  }

  std::string first;
};

TEST_F(V1NextOwner, SeesNothingOfWhatWasBeforeTheDeletion) {
  const auto message = mail(first);
  const auto older = mail("");  // written by a version that knew no ids
  EXPECT_EQ(count("/zones/" + first + "/events", mine), 2U);
  EXPECT_EQ(call("DELETE", "/zones/" + first, nullptr, mine).status, 200);
  time.advance(seconds(5));
  const auto next = made("name.example", other, other_account, "pending");
  expect_strangers("", "", message, next, other);
  dns.remove("_signpost-verify.name.example");
  publish("name.example", next);
  ASSERT_EQ(check(next, other), "active");
  expect_strangers("", "", message, next, other);
  expect_strangers("", "", older, next, other);
  mail(next);
  EXPECT_EQ(count("/zones/" + next + "/events", other), 1U);
  EXPECT_EQ(count("/events?zone=name.example", admin), 3U) << "the operator sees all";
}

TEST_F(V1NextOwner, TheSameAccountBeginsAgainAsWell) {
  const auto message = mail(first);
  EXPECT_EQ(call("DELETE", "/zones/" + first, nullptr, mine).status, 200);
  const auto next = made("name.example", mine, account, "pending");
  expect_strangers("", "", message, next, mine);
}

TEST_F(V1NextOwner, TakesOverWithoutTheFormerOnesMail) {
  const auto message = mail(first);
  const auto next = made("name.example", other, other_account, "pending");
  dns.remove("_signpost-verify.name.example");
  publish("name.example", next);
  ASSERT_EQ(check(next, other), "active");
  expect_strangers(first, mine, message, next, other);
  mail(next);
  EXPECT_EQ(count("/zones/" + first + "/events", mine), 1U) << "nor the former one its";
  EXPECT_EQ(count("/zones/" + next + "/events", other), 1U);
}

TEST_F(V1NextOwner, HasOtherSecretsForItsCatchAll) {
  const auto secret = [&](const std::string& zone, const std::string& token) {
    const auto put = own("PUT", "/zones/" + zone + "/rules/catch_all",
                         {{"actions", {{{"type", "webhook"}, {"value", {"https://h.example/x"}}}}},
                          {"matchers", {{{"type", "all"}}}},
                          {"enabled", true}},
                         token);
    EXPECT_EQ(put.status, 200) << put.raw.body;
    const auto told =
        own("GET", "/zones/" + zone + "/rules/catch_all/webhook_secret", nullptr, token);
    EXPECT_EQ(told.status, 200) << told.raw.body;
    return told.status == 200 ? told.result()["secret"].get<std::string>() : std::string();
  };
  const auto before = secret(first, mine);
  EXPECT_EQ(call("DELETE", "/zones/" + first, nullptr, mine).status, 200);
  EXPECT_NE(secret(made("name.example", other, other_account, "pending"), other), before);
}

}  // namespace
}  // namespace signpost::test
