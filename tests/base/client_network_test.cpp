// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/client_network.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace signpost {
namespace {

ip_address ip(std::string_view text) {
  return ip_address::parse(text).value();
}

ip_network net(std::string_view text) {
  return ip_network::parse(text).value();
}

TEST(BaseClientNetwork, OneClientIsAnAddressOrAWholeSixtyFour) {
  EXPECT_EQ(client_of(ip("192.0.2.77")), ip("192.0.2.77"));
  EXPECT_EQ(client_of(ip("2001:db8:1:2:aaaa:bbbb:cccc:dddd")), ip("2001:db8:1:2::"));
  EXPECT_EQ(client_of(ip("2001:db8:1:2::1")), client_of(ip("2001:db8:1:2:ffff::")));
  EXPECT_NE(client_of(ip("2001:db8:1:2::1")), client_of(ip("2001:db8:1:3::1")));
  EXPECT_EQ(client_of(ip("::ffff:192.0.2.77")), ip("192.0.2.77"));
}

TEST(BaseClientNetwork, ANeighbourhoodIsATwentyFourOrAFortyEight) {
  EXPECT_EQ(neighbourhood_of(ip("192.0.2.77")), ip("192.0.2.0"));
  EXPECT_EQ(neighbourhood_of(ip("2001:db8:1:2::1")), ip("2001:db8:1::"));
}

TEST(BaseClientNetwork, MasksAnyNumberOfBits) {
  EXPECT_EQ(masked(ip("255.255.255.255"), 0), ip("0.0.0.0"));
  EXPECT_EQ(masked(ip("255.255.255.255"), 13), ip("255.248.0.0"));
  EXPECT_EQ(masked(ip("192.0.2.1"), 64), ip("192.0.2.1"));
  EXPECT_EQ(masked(ip("ffff:ffff::1"), 0), ip("::"));
  EXPECT_EQ(masked(ip("2001:db8::1"), 127), ip("2001:db8::"));
}

TEST(BaseClientNetwork, ReadsNetworks) {
  EXPECT_EQ(net("192.0.2.77/24").to_string(), "192.0.2.0/24");
  EXPECT_EQ(net("192.0.2.77").to_string(), "192.0.2.77/32");
  EXPECT_EQ(net("2001:db8::1").bits(), 128U);
  EXPECT_TRUE(net("0.0.0.0/0").holds(ip("203.0.113.9")));
  for (const auto* bad : {"", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/-1",
                          "192.0.2.0/ 8", "192.0.2/24", "example", "192.0.2.0/24/3"}) {
    EXPECT_FALSE(ip_network::parse(bad)) << bad;
  }
}

TEST(BaseClientNetwork, AFamilyHoldsNoneOfTheOther) {
  EXPECT_FALSE(net("0.0.0.0/0").holds(ip("2001:db8::1")));
  EXPECT_FALSE(net("::/0").holds(ip("192.0.2.1")));
  EXPECT_TRUE(net("10.0.0.0/8").holds(net("10.1.0.0/16")));
  EXPECT_FALSE(net("10.1.0.0/16").holds(net("10.0.0.0/8")));
  EXPECT_TRUE(in_any({net("10.0.0.0/8"), net("::1")}, ip("::1")));
  EXPECT_FALSE(in_any({}, ip("::1")));
}

}  // namespace
}  // namespace signpost
