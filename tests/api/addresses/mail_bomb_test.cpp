// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Verification mails as somebody would use them who wants to fill another's mailbox.
#include "api/addresses/mail_allowance.hpp"
#include "tests/api/routing_fixture.hpp"

namespace signpost::test {
namespace {

using api::mail_limits;

class MailBomb : public routing_api {
 protected:
  void limit(const mail_limits& limits) {
    gate.reset();
    auto w = world();
    w.limits.mails = limits;
    gate = std::make_unique<api::gateway>(std::move(w), 1);
  }
  void restart() {
    gate.reset();
    store.reset();
    storage::control_store_options options;
    options.path = folder.path() + "/control";
    options.free_octets_min = 0;
    options.time = &time;
    store = std::move(*storage::open_control_store(options));
    gate = std::make_unique<api::gateway>(world(), 1);
  }
  std::string other_addresses() {
    return "/accounts/" + other_account + "/email/routing/addresses";
  }
  reply add(const std::string& email) { return call("POST", addresses(), {{"email", email}}); }
  reply add_elsewhere(const std::string& email) {
    return call("POST", other_addresses(), {{"email", email}}, other);
  }
  net::http_response open(std::string_view method, const std::string& link) {
    net::http_request request;
    request.method = method;
    const auto path = link.find("/verify");
    const auto mark = link.find('?');
    request.path = link.substr(path, mark - path);
    request.query = link.substr(mark + 1);
    request.peer = "198.51.100.1";
    auto page = api::verification_page(world(), request);
    EXPECT_TRUE(page.has_value());
    return page.value_or(net::http_response{});
  }
  std::string stop_link() {
    const auto& text = mails.back().text;
    const auto at = text.find("https://signpost.example/verify/stop?");
    EXPECT_NE(at, std::string::npos);
    return text.substr(at, text.find('\n', at) - at);
  }
};

TEST_F(MailBomb, FortySpellingsOfOneMailboxAreOneMailbox) {
  std::vector<std::string> spellings;
  const std::string name = "victim";
  for (std::size_t i = 0; i < name.size(); ++i) {
    auto wide = name.substr(0, i) + "\xef\xbd";
    wide += static_cast<char>(name[i] - 'a' + 0x81);
    spellings.push_back(wide + name.substr(i + 1) + "@bank.example");
  }
  for (int i = 0; i < 30; ++i) {
    spellings.push_back("victim+" + std::to_string(i) + "@bank.example");
  }
  spellings.insert(spellings.end(),
                   {"VICTIM@BANK.example", "v.ictim@bank.example", "\"vi\\ctim\"@bank.example",
                    "victim%bank.example@relay.example"});
  ASSERT_EQ(spellings.size(), 40U);
  int told = 0;
  for (std::size_t i = 0; i < spellings.size(); ++i) {
    const auto made = i % 2 == 0 ? add(spellings[i]) : add_elsewhere(spellings[i]);
    EXPECT_EQ(made.status, 200) << spellings[i] << made.raw.body;
    if (!made.body["messages"].empty() && made.body["messages"][0]["code"] == 9429) ++told;
  }
  // Of five, each of the two has at most half of what the other leaves.
  EXPECT_EQ(mails.size(), 4U);
  EXPECT_EQ(told, 36);
}

TEST_F(MailBomb, ARestartForgetsNothing) {
  for (int i = 0; i < 5; ++i) add("victim+" + std::to_string(i) + "@bank.example");
  ASSERT_EQ(mails.size(), 3U);
  restart();
  add("victim+again@bank.example");
  EXPECT_EQ(mails.size(), 3U);
  time.advance(std::chrono::hours(24));
  add("victim+tomorrow@bank.example");
  EXPECT_EQ(mails.size(), 4U);
  time.advance(std::chrono::seconds(1));
  EXPECT_GT(*store->expire_usage(time.now(), 1000), 0U);
  EXPECT_EQ(*store->expire_usage(time.now(), 1000), 0U);
}

TEST_F(MailBomb, AskingAgainMeetsTheLimitOfTheMailbox) {
  const auto id = address("victim@bank.example", false);
  for (int i = 0; i < 4; ++i) add_elsewhere("victim+" + std::to_string(i) + "@bank.example");
  ASSERT_EQ(mails.size(), 3U);
  time.advance(std::chrono::minutes(6));
  EXPECT_EQ(call("POST", addresses() + "/" + id + "/resend").status, 200);
  ASSERT_EQ(mails.size(), 4U);
  time.advance(std::chrono::minutes(6));
  const auto refused = call("POST", addresses() + "/" + id + "/resend");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), 9429);
  EXPECT_GT(std::stoi(std::string(refused.raw.header("Retry-After"))), 3600);
  EXPECT_EQ(mails.size(), 4U);
  const model::audit_filter failures{
      .conditions = {{.field = model::audit_field::result, .any_of = {"failure"}}}};
  const auto log = store->read()->audit_log({.filter = failures});
  ASSERT_FALSE(log->entries.empty());
  EXPECT_EQ(log->entries[0].http_status, 429);
  EXPECT_NE(log->entries[0].uri.find("/resend"), std::string::npos);
}

TEST_F(MailBomb, ADomainIsNotFilledByNamesThatArePickedFromIt) {
  limit({.domain_max = 3, .delimiters = "+"});
  const auto add_users = [&] {
    for (int i = 0; i < 10; ++i) add("user" + std::to_string(i) + "@catchall.example");
    for (int i = 0; i < 10; ++i) add_elsewhere("more" + std::to_string(i) + "@catchall.example");
  };
  add_users();
  EXPECT_EQ(mails.size(), 3U);
  add_users();
  EXPECT_EQ(mails.size(), 3U);
  add("someone@elsewhere.example");
  EXPECT_EQ(mails.size(), 4U);
  // Below it there are as many names as anybody likes.
  for (int i = 0; i < 60; ++i) add("u@x" + std::to_string(i) + ".catchall.example");
  EXPECT_EQ(mails.size(), 4U + 15U);
  for (int i = 60; i < 120; ++i) add_elsewhere("u@x" + std::to_string(i) + ".catchall.example");
  EXPECT_EQ(mails.size(), 4U + 23U);
}

TEST_F(MailBomb, NoAccountUsesUpWhatAnotherNeeds) {
  limit({.mailbox_max = 5, .domain_max = 20});
  for (int i = 0; i < 30; ++i) add("user" + std::to_string(i) + "@provider.example");
  EXPECT_EQ(mails.size(), 10U) << "half of what nobody else has used";
  const auto made = add_elsewhere("owner@provider.example");
  EXPECT_EQ(made.status, 200);
  EXPECT_TRUE(made.body["messages"].empty()) << made.raw.body;
  EXPECT_EQ(mails.size(), 11U);
  for (int i = 0; i < 9; ++i) add("victim+" + std::to_string(i) + "@bank.example");
  EXPECT_EQ(mails.size(), 14U);
  add_elsewhere("victim@bank.example");
  EXPECT_EQ(mails.size(), 15U) << "the one who reads it can still confirm it";
}

TEST_F(MailBomb, WhatAnAccountCallsItselfIsNotInOurMail) {
  const auto named = store->change<void>([&](model::control_transaction& t) -> result<void> {
    SP_TRY(auto mine, t.account(account));
    mine.name = "You have won! https://evil.example/claim";
    t.audit({.id = api::new_object_id(random), .when = time.now(), .action = "update"});
    return t.put(mine);
  });
  ASSERT_TRUE(named) << to_string(named.error());
  add("victim@bank.example");
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_EQ(mails[0].text.find("evil"), std::string::npos) << mails[0].text;
  EXPECT_NE(mails[0].text.find(account), std::string::npos) << "for a complaint";
}

TEST_F(MailBomb, AnAccountAndATokenHaveTheirShares) {
  limit({.account_max = 2, .token_max = 0});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(add_elsewhere("u" + std::to_string(i) + "@a.example").status, 200);
  }
  const auto refused = add_elsewhere("u9@b.example");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), 9429);
  EXPECT_FALSE(refused.raw.header("Retry-After").empty());
  EXPECT_EQ(call("GET", other_addresses(), nullptr, other).result().size(), 2U)
      << "what is refused is not made";
  EXPECT_EQ(add("u9@b.example").status, 200) << "another account has its own";
  limit({.account_max = 0, .token_max = 4});
  EXPECT_EQ(add("t1@b.example").status, 200);
  node.mails.clear();
  int sent = 0;
  for (int i = 0; i < 9; ++i) {
    const auto n = std::to_string(i);
    const auto made = call("POST", i % 2 == 0 ? addresses() : other_addresses(),
                           {{"email", "t" + n + "@d" + n + ".example"}});
    if (made.status == 200) ++sent;
  }
  EXPECT_LE(sent, 4) << "in whatever account";
}

TEST_F(MailBomb, TheNodeHasALimitOfItsOwn) {
  limit({.node_max = 3});
  for (int i = 0; i < 6; ++i) add("u@d" + std::to_string(i) + ".example");
  EXPECT_EQ(mails.size(), 3U);
}

TEST_F(MailBomb, ItsReaderCanStopIt) {
  add("victim@bank.example");
  const auto link = stop_link();
  EXPECT_EQ(open("GET", link).status, 200) << "scanners follow links";
  add("victim+2@bank.example");
  EXPECT_EQ(mails.size(), 2U);
  // The address may be gone by then.
  for (const auto& one : call("GET", addresses()).result()) {
    call("DELETE", addresses() + "/" + one["id"].get<std::string>());
  }
  EXPECT_EQ(open("POST", link).status, 200);
  const auto made = add_elsewhere("Victim+3@bank.example");
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(made.body["messages"][0]["code"], 9431);
  EXPECT_EQ(mails.size(), 2U);
  const auto resent = call(
      "POST", other_addresses() + "/" + made.result()["id"].get<std::string>() + "/resend", nullptr,
      other);
  EXPECT_EQ(resent.status, 403);
  restart();
  add("victim@bank.example");
  EXPECT_EQ(mails.size(), 2U) << "kept over restarts";
  EXPECT_NE(open("GET", link).body.find("go_on"), std::string::npos);
  EXPECT_EQ(open("POST", link + "&wish=go_on").status, 200);
  add("victim+4@bank.example");
  EXPECT_EQ(mails.size(), 3U);
}

TEST_F(MailBomb, AStopLinkIsGoodForItsMailboxAlone) {
  add("victim@bank.example");
  auto link = stop_link();
  EXPECT_EQ(open("POST", link + "x").status, 404);
  const auto at = link.find("mailbox=") + 8;
  link[at] = link[at] == 'a' ? 'b' : 'a';
  EXPECT_EQ(open("POST", link).status, 404);
  // No mark of an address can be made into a link by whoever has another link.
  EXPECT_EQ(open("POST", "https://signpost.example/verify/stop?mailbox=&signature=").status, 404);
}

TEST_F(MailBomb, AStopLinkCannotFillTheStore) {
  add("victim@bank.example");
  const auto link = stop_link();
  int turned = 0;
  for (int i = 0; i < 200; ++i) {
    if (open("POST", link + (i % 2 == 0 ? "&wish=stop" : "&wish=go_on")).status == 200) ++turned;
  }
  EXPECT_LE(*store->read()->revision(), 40U);
  EXPECT_LT(turned, 200);
}

}  // namespace
}  // namespace signpost::test
