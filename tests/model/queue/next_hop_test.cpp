// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/next_hop.hpp"

#include <gtest/gtest.h>

#include "model/routing/zone.hpp"

namespace signpost::model {
namespace {

using kind = next_hop::kind;

TEST(NextHop, OfNothingIsEmpty) {
  EXPECT_TRUE(next_hop().empty());
  EXPECT_EQ(next_hop().what(), kind::domain);
  EXPECT_FALSE(next_hop().literal());
}

TEST(NextHop, OfAMailboxIsItsDomainOrItsLiteral) {
  const auto of = [](const char* text) {
    return next_hop::of(address::mailbox::parse(text).value());
  };
  EXPECT_EQ(of("ann@B\xc3\xbc" "cher.Example").text(), "xn--bcher-kva.example");
  EXPECT_EQ(of("ann@shop.example").what(), kind::domain);
  EXPECT_EQ(of("ann@[192.0.2.1]").text(), "[192.0.2.1]");
  EXPECT_EQ(of("ann@[192.0.2.1]").what(), kind::literal);
  EXPECT_EQ(of("ann@[IPv6:2001:DB8::1]").literal(), ip_address::parse("2001:db8::1"));
}

TEST(NextHop, OfAWebhookIsItsOriginAndTheZone) {
  const destination webhook{.webhook = "https://Hooks.Example:443/a?b=c"};
  const auto hop = next_hop::of(webhook, "zone.example");
  EXPECT_EQ(hop.text(), "https://hooks.example#zone.example");
  EXPECT_TRUE(hop.is_webhook());
  EXPECT_FALSE(hop.is_whole_origin());
  EXPECT_TRUE(next_hop::of(webhook, "").is_whole_origin());
  const destination mail{.mailbox = address::mailbox::parse("ann@shop.example").value()};
  EXPECT_EQ(next_hop::of(mail, "zone.example"), next_hop("shop.example"));
  EXPECT_FALSE(next_hop("shop.example").is_whole_origin());
}

struct written_case {
  const char* text;
  const char* want;  // nullptr: it is none
  kind what = kind::domain;
};

TEST(NextHop, IsReadAsPeopleWriteIt) {
  for (const auto& c : {written_case{"A.Example.", "a.example"},
                        {"b\xc3\xbc" "cher.example", "xn--bcher-kva.example"},
                        {"[192.0.2.1]", "[192.0.2.1]", kind::literal},
                        {"https://H.example:8443/x", "https://h.example:8443", kind::webhook},
                        {"HTTPS://h.example", "https://h.example", kind::webhook},
                        {"https://h.example#A.example", "https://h.example#a.example",
                         kind::webhook},
                        {"", nullptr},
                        {"a..b", nullptr},
                        {"[192.0.2.1", nullptr},
                        {"https://", nullptr},
                        {"http://h.example", nullptr}}) {
    const auto hop = next_hop::parse(c.text);
    ASSERT_EQ(hop.has_value(), c.want != nullptr) << c.text;
    if (!hop) continue;
    EXPECT_EQ(hop->text(), c.want);
    EXPECT_EQ(hop->what(), c.what) << c.text;
  }
}

TEST(NextHop, ComesBackFromItsText) {
  for (const auto* text : {"a.example", "[192.0.2.1]", "[IPv6:2001:db8::1]", "https://h.example",
                           "https://h.example#a.example"}) {
    const auto hop = next_hop::parse(text);
    ASSERT_TRUE(hop) << text;
    const next_hop stored(hop->text());
    EXPECT_EQ(stored, *hop);
    EXPECT_EQ(stored.what(), hop->what());
    EXPECT_EQ(std::hash<next_hop>{}(stored), std::hash<next_hop>{}(*hop));
  }
}

TEST(NextHop, OfABrokenLiteralHasNoAddress) {
  for (const auto* text : {"[", "[]", "[a.example]", "[192.0.2.1", "192.0.2.1"}) {
    EXPECT_FALSE(next_hop(text).literal()) << text;
  }
}

}  // namespace
}  // namespace signpost::model
