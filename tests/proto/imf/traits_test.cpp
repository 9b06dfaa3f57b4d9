// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/traits.hpp"

#include <gtest/gtest.h>

#include <string>

namespace signpost::imf {
namespace {

struct trait_case {
  std::string header;
  bool automatic;
  bool list;
};

TEST(Traits, KnowAutomaticAndListMail) {
  const trait_case cases[] = {
      {"Subject: hello", false, false},
      {"Auto-Submitted: no", false, false},
      {"Auto-Submitted: No (a person)", false, false},
      {"Auto-Submitted: auto-replied", true, false},
      {"Auto-Submitted: auto-generated; owner-email=\"a@b\"", true, false},
      {"Auto-Submitted: auto-x", true, false},
      {"Auto-Submitted: no\r\nAuto-Submitted: auto-notified", true, false},
      {"Precedence: bulk", true, false},
      {"precedence: JUNK", true, false},
      {"Precedence: list", true, true},
      {"Precedence: first-class", false, false},
      {"X-Auto-Response-Suppress: DR, AutoReply", true, false},
      {"X-Auto-Response-Suppress: None", false, false},
      {"List-Id: Friends <friends.example.org>", false, true},
      {"List-Unsubscribe: <mailto:u@example.org>", false, true},
      {"X-List-Id: none", false, false},
  };
  for (const auto& c : cases) {
    const auto octets = c.header + "\r\n\r\nbody";
    EXPECT_EQ(is_auto_submitted(message_view(octets)), c.automatic) << c.header;
    EXPECT_EQ(is_list_mail(message_view(octets)), c.list) << c.header;
  }
}

TEST(Traits, SeeOurNameBehindAClientThatCalledItselfBy) {
  const message_view view("Received: from by ([192.0.2.1])\r\n by mx.example.org; date\r\n\r\n");
  EXPECT_EQ(received_by_host_count(view, "mx.example.org"), 1U);
}

TEST(Traits, CountHops) {
  const message_view view(
      "Received: from a (by x) by MX.example.org. (Signpost) with SMTP id 1; date\r\n"
      "received: from by by other.example\r\n"
      "Received: by mx.example.org; date\r\n"
      "Received: from baby mx.example.org\r\n"
      "Received:\r\n"
      "Not-Received: by mx.example.org\r\n\r\nReceived: by mx.example.org\r\n");
  EXPECT_EQ(count_received(view), 5U);
  EXPECT_EQ(received_by_host_count(view, "mx.example.org"), 2U);
  EXPECT_EQ(received_by_host_count(view, ""), 0U);
}

TEST(Traits, TellForWhomAMessageWasHere) {
  const message_view view(
      "Received: from a by mx.example.org (Signpost) with ESMTP id 1 for <Ann@Shop.example>; d\r\n"
      "Received: from for by mx.example.org with ESMTP id for\r\n for <\"a> b\"@x.example>; d\r\n"
      "Received: from a (for <c@x.example>) by mx.example.org with ESMTP id 2; date\r\n"
      "Received: by mx.example.org for ann@x.example; date\r\n"
      "Received: by mx.example.org for <ann; date\r\n"
      "Received: by other.example for <d@x.example>; date\r\n\r\n");
  const auto passes = passes_by_host(view, "mx.example.org");
  EXPECT_EQ(passes.recipients, (std::vector<std::string>{"ann@shop.example"}));
  EXPECT_EQ(passes.unnamed, 4U);
  EXPECT_EQ(passes_by_host(view, "other.example").recipients,
            std::vector<std::string>{"d@x.example"});
}

TEST(Traits, MeasureLinesAndOctets) {
  EXPECT_EQ(max_line_octets("abc\r\nabcd\nab"), 4U);
  EXPECT_EQ(max_line_octets(""), 0U);
  EXPECT_TRUE(has_eight_bit("a\x80"));
  EXPECT_FALSE(has_eight_bit("a\x7f"));
  EXPECT_FALSE(has_bare_line_ends("a\r\n\r\nb"));
  for (const auto* bad : {"a\nb", "a\rb", "a\r\r\n", "a\n\r\n", "\r", "\n"}) {
    EXPECT_TRUE(has_bare_line_ends(bad)) << bad;
  }
}

}  // namespace
}  // namespace signpost::imf
