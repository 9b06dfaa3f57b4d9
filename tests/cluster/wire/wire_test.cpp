// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What goes between nodes: each kind of value there and back, damaged, hostile, older and newer.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.hpp"
#include "cluster/remote_accept.hpp"
#include "model/routing/zone_routes.hpp"
#include "tests/support/largest_allocation.hpp"
#include "tests/cluster/wire/wire_maker.hpp"

namespace signpost::cluster::wire {
namespace {

constexpr int rounds = 200;

class WireValue : public testing::TestWithParam<value_kind> {
 protected:
  std::string octets() { return GetParam().octets(make_); }
  static result<std::string> again(std::string_view o) { return GetParam().again(o); }

  maker make_;
};

TEST_P(WireValue, ComesBackAsItWas) {
  for (int i = 0; i < rounds; ++i) {
    const auto o = octets();
    ASSERT_EQ(again(o), o) << i;
  }
}

TEST_P(WireValue, IsNothingWhenItIsCutAnywhere) {
  for (int i = 0; i < 20; ++i) {
    const auto o = octets();
    for (std::size_t n = 0; n < o.size(); ++n) {
      const auto got = again(std::string_view(o).substr(0, n));
      ASSERT_FALSE(got) << n << " of " << o.size();
      ASSERT_EQ(got.error().code, errc::malformed);
    }
  }
}

// What is read from damaged octets, if anything, is written as it is read.
TEST_P(WireValue, DamageNeverCrashes) {
  for (int i = 0; i < rounds * 20; ++i) {
    auto o = octets();
    o[make_.below(o.size())] = static_cast<char>(make_.below(256));
    const auto got = again(o);
    if (!got) continue;
    ASSERT_EQ(again(*got), *got);
  }
}

TEST_P(WireValue, FieldsOfANewerMinorVersionAreSkipped) {
  for (int i = 0; i < rounds; ++i) {
    const auto o = octets();
    auto newer = o;
    newer[0] = static_cast<char>(newer[0] + 1);
    ASSERT_EQ(again(newer + "more"), o);
    ASSERT_EQ(again(newer), o) << "a newer version may have nothing to add";
    EXPECT_FALSE(again(o + "more")) << "our own version has no more";
  }
}

TEST_P(WireValue, AnotherMajorVersionIsNotRead) {
  auto o = octets();
  for (const char version : {'\x00', '\x20', '\xF0'}) {
    o[0] = version;
    EXPECT_FALSE(again(o));
  }
}

// Wherever a size or a count may stand there is one that nothing could hold.
TEST_P(WireValue, HostileSizesCostNothing) {
  const std::vector<std::string> sizes{
      std::string(8, '\xFF') + "\x7F", "\xFF\xFF\xFF\xFF\x7F", "\xFF\xFF\x7F",
      std::string(9, '\xFF') + "\x01", std::string(9, '\xFF') + "\x02", std::string(40, '\xFF')};
  for (int i = 0; i < 10; ++i) {
    const auto o = octets();
    for (std::size_t at = 1; at < o.size(); ++at) {
      for (const auto& size : sizes) {
        const auto hostile = o.substr(0, at) + size + o.substr(at + 1);
        test::largest_allocation = 0;
        (void)again(hostile);
        // Lists grow by doubling while there is something to read.
        ASSERT_LT(test::largest_allocation, 4096 + 64 * hostile.size()) << at;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, WireValue, testing::ValuesIn(value_kinds()),
                         [](const auto& each) { return each.param.name; });

// ---- each value --------------------------------------------------------------------------------

TEST(Wire, ValuesAreEqualOnTheOtherSide) {
  maker make;
  for (int i = 0; i < rounds; ++i) {
    const auto a = make.authentication();
    ASSERT_EQ(decode_authentication_question(encode(a)), a);
    const auto b = make.answer(make.results());
    ASSERT_EQ(decode_authentication_answer(encode(b)), b);
    const auto c = make.routing();
    ASSERT_EQ(decode_routing_question(encode(c)), c);
    const auto d = make.signing();
    ASSERT_EQ(decode_signing_question(encode(d)), d);
    const auto e = make.answer(make.text());
    ASSERT_EQ(decode_signing_answer(encode(e)), e);
    const auto f = make.acceptance();
    ASSERT_EQ(decode_acceptance_question(encode(f)), f);
    const auto h = make.item();
    ASSERT_EQ(decode_copies_item(encode(h)), h);
    const auto b2 = make.beat();
    ASSERT_EQ(decode_heartbeat(encode(b2)), b2);
    const auto g = make.answer(make.id());
    ASSERT_EQ(decode_acceptance_answer(encode(g)), g);
  }
}

TEST(Wire, ADecisionIsTheSameOnTheOtherSide) {
  maker make;
  for (int i = 0; i < rounds; ++i) {
    const auto there = make.routed();
    const auto here = decode_routing_answer(encode(routing_answer(there))).value();
    EXPECT_EQ(here.revision, there.revision);
    const auto& d = here.decision;
    const auto& want = there.decision;
    EXPECT_EQ(d.kind, want.kind);
    EXPECT_EQ(d.zone + d.zone_id + d.rule, want.zone + want.zone_id + want.rule);
    EXPECT_EQ(d.destinations, want.destinations);
    EXPECT_EQ(d.reply, want.reply);
    EXPECT_EQ(d.admission, want.admission);
    EXPECT_EQ(d.way_back, want.way_back);
    EXPECT_EQ(d.doubtful, want.doubtful);
    EXPECT_EQ(d.undecided, nullptr);
  }
}

TEST(Wire, LongWordsOfAnErrorAreCut) {
  const signing_answer a = fail(errc::unavailable, std::string(5000, 'x'));
  const auto got = decode_signing_answer(encode(a));
  EXPECT_EQ(got.error().code, errc::unavailable);
  EXPECT_EQ(got.error().context, std::string(1000, 'x'));
}

// ---- limits ------------------------------------------------------------------------------------

TEST(WireLimits, OneMoreIsTooMuch) {
  maker make;
  auto a = make.authentication();
  a.recipients.assign(recipients_max, smtp::forward_path::postmaster());
  EXPECT_TRUE(decode_authentication_question(encode(a)));
  a.recipients.emplace_back();
  EXPECT_FALSE(decode_authentication_question(encode(a)));

  auto results = make.results();
  results.dkim_domains.assign(dkim_domains_max, "d");
  EXPECT_TRUE(decode_authentication_answer(encode(authentication_answer(results))));
  results.dkim_domains.emplace_back("d");
  EXPECT_FALSE(decode_authentication_answer(encode(authentication_answer(results))));

  auto routed = make.routed();
  routed.decision.destinations.assign(model::routing_table::destinations_max, make.destination());
  EXPECT_TRUE(decode_routing_answer(encode(routing_answer(routed))));
  routed.decision.destinations.push_back(make.destination());
  EXPECT_FALSE(decode_routing_answer(encode(routing_answer(routed))));
  routed.decision.destinations.resize(1);
  routed.decision.destinations[0].fallbacks.assign(2, address::mailbox());
  EXPECT_FALSE(decode_routing_answer(encode(routing_answer(routed)))) << "an octet for a hundred";
  routed.decision.destinations[0].fallbacks.assign(mailboxes_max + 1, make.mailbox());
  EXPECT_FALSE(decode_routing_answer(encode(routing_answer(routed))));

  auto accept = make.acceptance();
  accept.events.assign(events_max + 1, {});
  EXPECT_FALSE(decode_acceptance_question(encode(accept)));

  del d{.id = make.id()};
  d.holders.assign(holders_max, {});
  EXPECT_TRUE(decode_copies_item(encode(copies_item{.said = d})));
  d.holders.emplace_back();
  EXPECT_FALSE(decode_copies_item(encode(copies_item{.said = d})));
  listing l{.first = make.id()};
  l.copies.assign(listed_max, {});
  EXPECT_TRUE(decode_copies_item(encode(copies_item{.said = l})));
  l.copies.emplace_back();
  EXPECT_FALSE(decode_copies_item(encode(copies_item{.said = l})));
  heartbeat h;
  h.members.assign(members_max, {});
  EXPECT_TRUE(decode_heartbeat(encode(h)));
  h.members.emplace_back();
  EXPECT_FALSE(decode_heartbeat(encode(h)));
  accept.events.clear();
  accept.envelopes.assign(envelopes_max + 1, {});
  EXPECT_FALSE(decode_acceptance_question(encode(accept)));
}

// Each kind has a limit of octets, which the largest honest value does not reach.
TEST(WireLimits, WhatIsLargestFits) {
  const auto longest = address::mailbox::parse_from_peer(std::string(252, 'x') + "@b").value();
  maker make;
  auto a = make.authentication();
  a.recipients.assign(recipients_max, smtp::forward_path(longest));
  EXPECT_EQ(decode_authentication_question(encode(a)), a);

  routing_question q;
  q.sender = smtp::reverse_path(longest);
  q.recipient = smtp::forward_path(longest);
  EXPECT_EQ(decode_routing_question(encode(q)), q);

  auto routed = make.routed();
  model::destination d{.mailbox = longest, .zone = std::string(253, 'z')};
  d.fallbacks.assign(model::zone_routes::fallbacks_max, longest);
  routed.decision.destinations.assign(model::routing_table::destinations_max, d);
  EXPECT_TRUE(decode_routing_answer(encode(routing_answer(routed))));
}

TEST(WireLimits, WhatIsTooLargeIsNotLookedAt) {
  const auto of = [](std::size_t octets) { return std::string(octets + 1, '\x10'); };
  EXPECT_EQ(decode_authentication_question(of(authentication_octets_max)).error().code,
            errc::limit_exceeded);
  EXPECT_EQ(decode_authentication_answer(of(authentication_answer_octets_max)).error().code,
            errc::limit_exceeded);
  EXPECT_EQ(decode_routing_question(of(routing_octets_max)).error().code, errc::limit_exceeded);
  EXPECT_EQ(decode_routing_answer(of(routing_answer_octets_max)).error().code,
            errc::limit_exceeded);
  EXPECT_EQ(decode_signing_answer(of(signing_answer_octets_max)).error().code,
            errc::limit_exceeded);
  EXPECT_EQ(decode_acceptance_answer(of(acceptance_answer_octets_max)).error().code,
            errc::limit_exceeded);

  EXPECT_EQ(decode_heartbeat(of(heartbeat_octets_max)).error().code, errc::limit_exceeded);
  EXPECT_EQ(decode_copies_item(of(copies_item_octets_max)).error().code, errc::limit_exceeded);

  const std::string large(acceptance_octets_max + 1, '\x10');
  EXPECT_EQ(decode_acceptance_question(large).error().code, errc::limit_exceeded);
  EXPECT_EQ(decode_signing_question(large).error().code, errc::limit_exceeded);
}

// ---- accepting elsewhere -----------------------------------------------------------------------

storage::new_message received() {
  maker make;
  auto q = make.acceptance();
  q.record.own = false;
  q.record.client_address = "192.0.2.1";
  return {.message = q.record,
          .body = std::make_shared<const message_body>("Subject: x\r\n\r\nx\r\n"),
          .envelopes = q.envelopes,
          .events = q.events};
}

TEST(RemoteAccept, TheOwnerHasTheMessageAsItWasReceived) {
  const auto sent = received();
  const auto octets = encode(acceptance_question_of(sent));
  const auto body = std::make_shared<const message_body>(std::string(sent.body->octets()));
  const auto got = message_to_accept(decode_acceptance_question(octets).value(), body).value();
  EXPECT_EQ(got.message, sent.message);
  EXPECT_EQ(got.envelopes, sent.envelopes);
  EXPECT_EQ(got.events, sent.events);
  EXPECT_EQ(got.body, body);
}

TEST(RemoteAccept, AnotherBodyIsNotAccepted) {
  const auto question = acceptance_question_of(received());
  for (const std::string other : {"", "Subject: x\r\n\r\ny\r\n", "Subject: x\r\n\r\nx\r\n\r\n"}) {
    const auto body = std::make_shared<const message_body>(other);
    EXPECT_EQ(message_to_accept(question, body).error().code, errc::corrupt);
  }
}

// What came from nobody would need no proof: no node can hand that over.
TEST(RemoteAccept, NothingIsAcceptedAsOurOwn) {
  auto question = acceptance_question_of(received());
  const auto body = std::make_shared<const message_body>("Subject: x\r\n\r\nx\r\n");
  question.record.own = true;
  EXPECT_EQ(message_to_accept(question, body).error().code, errc::denied);
  question.record.own = false;
  for (const std::string client : {"", "here"}) {
    question.record.client_address = client;
    EXPECT_EQ(message_to_accept(question, body).error().code, errc::denied);
  }
}

// ---- version 1, octet by octet -----------------------------------------------------------------

std::string hex(std::string_view octets) {
  return to_hex(as_bytes(octets));
}

// Another node may run the version before: what these octets mean stays. A field more comes behind
// the others, with a higher minor version in the first octet.
class WireGolden : public testing::Test {
 protected:
  static smtp::forward_path to(const char* mailbox) {
    return smtp::forward_path(address::mailbox::parse(mailbox).value());
  }

  const model::author_facts author{.known = true, .domains = {{"b.example", "example"}}};
  const client_facts client{.address = *ip_address::parse("192.0.2.1"),
                            .name = "n",
                            .helo = "h",
                            .protocol = "ESMTPS",
                            .tls = smtp::tls_info{.version = "v", .cipher = "c", .bits = 256}};
  const smtp::reverse_path sender{address::mailbox::parse("a@b.example").value()};
  const body_reference body{.size = 300, .digest = crypto::sha256("body")};
  const model::queue_id id = model::queue_id::make(wall_time(milliseconds(1)), 2, 3);
};

TEST_F(WireGolden, AuthenticationQuestion) {
  const authentication_question q{.client = client,
                                  .sender = sender,
                                  .smtputf8 = true,
                                  .recipients = {to("u@z.example"), {}},
                                  .body = body,
                                  .received = wall_time(milliseconds(1000))};
  EXPECT_EQ(hex(encode(q)),
            "1004c0000201016e01680645534d545053010176016380020b6140622e6578616d706c650202"
            "0b75407a2e6578616d706c6500ac0220230d8358dc8e8890b4c58deeb62912ee2f20357ae92a"
            "5cc861b98e68fe31acb5d00f");
}

TEST_F(WireGolden, AuthenticationAnswer) {
  const authentication_answer found = model::authentication_results{
      .checked = true,
      .spf = model::verdict::pass,
      .dmarc = model::verdict::fail,
      .spf_domain = "b.example",
      .dkim_domains = {"d.example"},
      .author_domain = "b.example",
      .author = author,
      .disposition = model::dmarc_disposition::quarantine,
      .fields = "F: x\r\n"};
  EXPECT_EQ(hex(encode(found)),
            "10010101000002000109622e6578616d706c650109642e6578616d706c6509622e6578616d70"
            "6c65010109622e6578616d706c65076578616d706c650006463a20780d0a");
}

TEST_F(WireGolden, RoutingQuestion) {
  const routing_question q{.sender = sender,
                           .recipient = to("u@z.example"),
                           .client = client.address,
                           .facts = model::message_facts{.spf = model::verdict::pass, .size = 9},
                           .revision = 7};
  EXPECT_EQ(hex(encode(q)),
            "100b6140622e6578616d706c650b75407a2e6578616d706c6504c000020107010100000009");
}

TEST_F(WireGolden, RoutingAnswer) {
  routed_recipient routed{.revision = 7};
  auto& decision = routed.decision;
  decision.kind = model::route_kind::forward;
  decision.zone = "z.example";
  decision.rule = "r";
  decision.destinations = {{.mailbox = address::mailbox::parse("d@e.example").value()},
                           {.webhook = "https://w.example/"}};
  decision.doubtful = true;
  EXPECT_EQ(hex(encode(routing_answer(routed))),
            "10010700097a2e6578616d706c6500017202020b6440652e6578616d706c6500000000000012"
            "68747470733a2f2f772e6578616d706c652f000000000000000000070001");
}

TEST_F(WireGolden, Signing) {
  const signing_question q{.kind = signature_kind::arc_message,
                           .header = "from:a\r\nx",
                           .body_hash = "hash",
                           .claims = {.queue_id = id,
                                      .zone = "z.example",
                                      .sender = "s@z.example",
                                      .own = true,
                                      .author = author}};
  EXPECT_EQ(hex(encode(q)),
            "10010966726f6d3a610d0a7804686173681000000000000100020000000000000003097a2e65"
            "78616d706c650b73407a2e6578616d706c6502010109622e6578616d706c65076578616d706c"
            "65");
  EXPECT_EQ(hex(encode(signing_answer("octets"))), "1001066f6374657473");
}

TEST_F(WireGolden, Acceptance) {
  const acceptance_question q{
      .record = {.accepted = wall_time(milliseconds(1)), .sender = "s", .author = author},
      .body = body,
      .envelopes = {{.original = "o", .destination = "d", .zone = "z", .rule = "r"}},
      .events = {{.at = wall_time(milliseconds(2)), .recipient = "o"}}};
  EXPECT_EQ(hex(encode(q)),
            "10221202017300000000000004000000010109622e6578616d706c65076578616d706c65ac02"
            "20230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb50112110001"
            "6f0164017a01720000000000000000010f100004000000016f00000000000000");
  EXPECT_EQ(hex(encode(acceptance_answer(id))), "10011000000000000100020000000000000003");
  EXPECT_EQ(hex(encode(acceptance_answer(fail(errc::no_space, "full")))), "1000060466756c6c");
}

TEST_F(WireGolden, Copies) {
  const auto octets = [](copies_message said) {
    return hex(encode(copies_item{.said = std::move(said)}));
  };
  const std::vector<holder> two{{1, 5}, {2, 300}};
  const claim owner{.version = 3, .node = 2, .tenure = 1};
  const std::vector<recipient_progress> progress{{4, recipient_end::bounced}};
  EXPECT_EQ(octets(put{id, owner, 7, true, 2, 9, two, progress}),
            "100010000000000001000200000000000000030302010701020902010502ac0201040200");
  EXPECT_EQ(octets(put_ack{id, 3, 7, 300, 4}),
            "100110000000000001000200000000000000030307ac020400");
  EXPECT_EQ(octets(put_nack{id, 3, put_refusal::missing}),
            "10021000000000000100020000000000000003030300");
  EXPECT_EQ(octets(del{id, 9, two, {{1, 5}}}),
            "100310000000000001000200000000000000030902010502ac0201010500");
  EXPECT_EQ(octets(del_ack{id, 300, two}),
            "10041000000000000100020000000000000003ac0202010502ac0200");
  EXPECT_EQ(octets(forget{id, two}), "1005100000000000010002000000000000000302010502ac0200");
  EXPECT_EQ(octets(ask{id, owner, 5, progress}),
            "100610000000000001000200000000000000030302010501040200");
  EXPECT_EQ(octets(answer{id, answer_kind::own, owner}),
            "100710000000000001000200000000000000030003020100");
  EXPECT_EQ(octets(digest_range{id, id, 1, 8}),
            "1008100000000000010002000000000000000310000000000001000200000000000000030108"
            "00");
  EXPECT_EQ(octets(listing{id, id, 5, 8, false, {{id, 3, 7}}}),
            "1009100000000000010002000000000000000310000000000001000200000000000000030508"
            "00011000000000000100020000000000000003030700");
  EXPECT_EQ(octets(stray{id}), "100a100000000000010002000000000000000300");
  EXPECT_EQ(octets(offer{id, owner}), "100b100000000000010002000000000000000303020100");
  EXPECT_EQ(octets(release{id}), "100c100000000000010002000000000000000300");
  EXPECT_EQ(octets(released{id, 5}), "100d10000000000001000200000000000000030500");
  EXPECT_EQ(octets(fetch{id, 3}), "100e10000000000001000200000000000000030300");
  EXPECT_EQ(octets(found{id, 9}), "100f10000000000001000200000000000000030900");
  EXPECT_EQ(octets(unreadable{id, 5}), "101010000000000001000200000000000000030500");
  EXPECT_EQ(hex(encode(copies_item{
                .said = found{id, 9},
                .contents = copy_contents{
                    .record = "r", .envelopes = {"e"}, .events = {"v"}, .body = body}})),
            "100f100000000000010002000000000000000309010172010165010176ac0220230d8358dc8e"
            "8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5");
}

TEST_F(WireGolden, Heartbeat) {
  const heartbeat h{.boot = 1,
                    .full = true,
                    .renewed_ms_ago = 300,
                    .others_renewed_ms_ago = 7,
                    .members = {{.node = 2,
                                 .disk = 5,
                                 .tenure = 3,
                                 .ended = 2,
                                 .starts = 4,
                                 .heard = true,
                                 .removed = false}}};
  EXPECT_EQ(hex(encode(h)), "10010eac020701020503020401");
}

}  // namespace
}  // namespace signpost::cluster::wire
