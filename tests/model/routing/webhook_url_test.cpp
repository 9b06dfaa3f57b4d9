// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/webhook_url.hpp"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

struct url_case {
  std::string name;
  std::string url;
  std::string origin;  // empty: refused
};

class WebhookUrl : public testing::TestWithParam<url_case> {};

TEST_P(WebhookUrl, HasAnOriginOrIsRefused) {
  const auto origin = webhook_origin(GetParam().url);
  EXPECT_EQ(origin.value_or(""), GetParam().origin);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WebhookUrl,
    testing::Values(
        url_case{"Plain", "https://hooks.example.net/in?x=1", "https://hooks.example.net"},
        url_case{"Case", "HTTPS://Hooks.Example.NET", "https://hooks.example.net"},
        url_case{"Port", "https://hooks.example.net:8443/in", "https://hooks.example.net:8443"},
        url_case{"DefaultPort", "https://hooks.example.net:0443/", "https://hooks.example.net"},
        url_case{"QueryWithoutPath", "https://a.example?x", "https://a.example"},
        url_case{"Ipv4", "https://192.0.2.1:9/x", "https://192.0.2.1:9"},
        url_case{"Ipv6", "https://[2001:DB8::1]:9/x", "https://[2001:db8::1]:9"},
        url_case{"Ipv6WithoutPort", "https://[2001:db8::1]/x", "https://[2001:db8::1]"},
        url_case{"NotEncrypted", "http://hooks.example.net/", ""},
        url_case{"NoHost", "https:///x", ""}, url_case{"Empty", "", ""},
        url_case{"User", "https://u:p@hooks.example.net/", ""},
        url_case{"Fragment", "https://hooks.example.net/#x", ""},
        url_case{"Space", "https://hooks.example.net/a b", ""},
        url_case{"LineEnd", "https://hooks.example.net/\r\nX: y", ""},
        url_case{"NoPort", "https://hooks.example.net:/", ""},
        url_case{"PortTooLarge", "https://hooks.example.net:65536/", ""},
        url_case{"PortZero", "https://hooks.example.net:0/", ""},
        url_case{"PortIsAWord", "https://hooks.example.net:https/", ""},
        url_case{"OpenBracket", "https://[2001:db8::1/", ""},
        url_case{"Ipv4InBrackets", "https://[192.0.2.1]/", ""},
        url_case{"TooLong", "https://a.example/" + std::string(2048, 'x'), ""}),
    [](const auto& one) { return one.param.name; });

TEST(WebhookUrlText, IsToldFromAMailbox) {
  EXPECT_TRUE(is_webhook_url("HTTPS://x"));
  EXPECT_FALSE(is_webhook_url("https@example.org"));
  EXPECT_FALSE(is_webhook_url("\"https:\"@example.org"));
}

TEST(WebhookNextHop, SaysOriginAndZone) {
  EXPECT_EQ(webhook_next_hop("https://h.example", "a.example"), "https://h.example#a.example");
  EXPECT_EQ(webhook_next_hop("https://h.example", ""), "https://h.example");
  const auto place = parse_webhook_next_hop("https://H.example:443/in#B\u00fccher.example");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->origin, "https://h.example");
  EXPECT_EQ(place->zone, "xn--bcher-kva.example");
  EXPECT_EQ(parse_webhook_next_hop("https://h.example/in")->zone, "");
  for (const auto* wrong : {"https://h.example#", "https://h.example#a#b", "h.example#a.example"}) {
    EXPECT_FALSE(parse_webhook_next_hop(wrong)) << wrong;
  }
}

TEST(WebhookNextHop, OfAnOriginIsThatOfEveryZone) {
  EXPECT_TRUE(is_next_hop_of("https://h.example", "https://h.example#a.example"));
  EXPECT_TRUE(is_next_hop_of("https://h.example", "https://h.example"));
  EXPECT_TRUE(is_next_hop_of("https://h.example#A.example", "https://h.example#a.example"));
  EXPECT_FALSE(is_next_hop_of("https://h.example#b.example", "https://h.example#a.example"));
  EXPECT_FALSE(is_next_hop_of("https://h.exampl", "https://h.example#a.example"));
  EXPECT_FALSE(is_next_hop_of("h.example", "h.example#a.example"));
}

}  // namespace
}  // namespace signpost::model
