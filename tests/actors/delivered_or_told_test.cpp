// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// 250 means delivered or told: whatever becomes of a recipient that was accepted, it is delivered,
// or its sender gets a report, or the activity log says why neither can be.
#include "tests/actors/node_fixture.hpp"

namespace signpost::actors {
namespace {

struct fate {
  const char* name;
  std::string sender;
  std::string recipient;
  std::string header;
  /// What is to be seen: `report`, or what the event says of it (`dropped`, `notification=…`).
  std::string seen;
};

class DeliveredOrTold : public NodeTest, public testing::WithParamInterface<fate> {
 protected:
  DeliveredOrTold() {
    dest.answer = [](std::string_view line) {
      return std::string(line.starts_with("RCPT") ? "550 5.1.1 no such user" : "");
    };
    settings.auth.verify = false;
  }
  // Of the last event about a recipient that got no mail.
  std::string seen() const {
    if (!origin.messages.empty()) return "report";
    for (auto event = world.spool.events.rbegin(); event != world.spool.events.rend(); ++event) {
      if (event->kind == model::event_kind::dropped) return "dropped";
      if (event->kind != model::event_kind::bounced) continue;
      for (const auto& [key, value] : event->details) {
        if (key == "notification") return key + "=" + value;
      }
      return "bounced, and nobody was told";
    }
    return "nothing";
  }
};

TEST_P(DeliveredOrTold, NothingThatWasAcceptedVanishes) {
  start();
  const auto& c = GetParam();
  auto host = connect();
  auto sender = c.sender;
  if (sender == "srs") {
    sender = *keys.current()->forward("alice@sender.example", "zone.example", world.time.now());
  }
  const auto answer = host.hand_over(sender, {c.recipient}, c.header + plain_message);
  ASSERT_TRUE(answer.starts_with("250")) << answer;
  world.advance(seconds(5));
  EXPECT_EQ(seen(), c.seen);
}

INSTANTIATE_TEST_SUITE_P(
    Table, DeliveredOrTold,
    testing::Values(
        fate{"APerson", "alice@sender.example", "user@zone.example", "", "report"},
        fate{"APersonBehindAReturnAddressOfOurs", "srs", "user@zone.example", "", "report"},
        fate{"NullSender", "", "user@zone.example", "", "notification=none"},
        fate{"AMachine", "alice@sender.example", "user@zone.example",
             "Auto-Submitted: auto-generated\r\n", "notification=none"},
        fate{"AList", "alice@sender.example", "user@zone.example",
             "List-Id: <l.sender.example>\r\n", "notification=none"},
        fate{"AnAddressOfOursThatIsNone", "nobody@zone.example", "user@zone.example", "",
             "notification=no_address"},
        fate{"TheNodeItself", "nobody@node.example", "user@zone.example", "",
             "notification=no_address"},
        fate{"AReturnAddressThatIsForged", "SRS0=AAAAAAAA=AA=victim.example=bob@zone.example",
             "user@zone.example", "", "notification=no_address"},
        fate{"ADropRule", "alice@sender.example", "gone@zone.example", "", "dropped"},
        fate{"ADropRuleForANullSender", "", "gone@zone.example", "", "dropped"},
        fate{"TheFallbackOfRewrittenSenders", "", "bounces@zone.example", "", "notification=none"},
        fate{"TheFallbackAtTheNode", "", "bounces@node.example", "", "notification=none"},
        fate{"TheFallbackThatARuleTakes", "", "bounces@claims.example", "", "notification=none"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace signpost::actors
