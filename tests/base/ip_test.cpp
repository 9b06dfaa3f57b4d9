// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/ip.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace signpost {
namespace {

ip_address ip(std::string_view text) {
  return ip_address::parse(text).value();
}

TEST(BaseIpAddress, ReadsAndWritesText) {
  struct text_case {
    const char* text;
    const char* want;
  };
  for (const auto& c : std::vector<text_case>{{"192.0.2.1", "192.0.2.1"},
                                              {"0.0.0.0", "0.0.0.0"},
                                              {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
                                              {"::", "::"},
                                              {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                                              {"::ffff:192.0.2.1", "192.0.2.1"},
                                              {"::ffff:c000:201", "192.0.2.1"}}) {
    EXPECT_EQ(ip(c.text).to_string(), c.want) << c.text;
  }
}

TEST(BaseIpAddress, RefusesWhatIsNone) {
  for (const auto* text :
       {"", "192.0.2", "192.0.2.256", "192.0.2.1.1", "192.0.2.01", "0x7f.1", "1", " 192.0.2.1",
        "192.0.2.1 ", ":::", "1::2::3", "fe80::1%eth0", "[::1]", "2001:db8::12345", "x"}) {
    EXPECT_FALSE(ip_address::parse(text)) << text;
  }
  EXPECT_FALSE(ip_address::parse(std::string_view("192.0.2.1\0x", 11)));
}

TEST(BaseIpAddress, ComesFromFourOrSixteenOctets) {
  const std::vector<std::uint8_t> v4{192, 0, 2, 1};
  EXPECT_EQ(ip_address::from_bytes(v4), ip("192.0.2.1"));
  std::vector<std::uint8_t> v6(16, 0);
  v6[15] = 1;
  EXPECT_EQ(ip_address::from_bytes(v6), ip("::1"));
  EXPECT_FALSE(ip_address::from_bytes(std::vector<std::uint8_t>(5)));
  EXPECT_FALSE(ip_address::from_bytes({}));
  EXPECT_EQ(ip("::1").octets().size(), 16U);
  EXPECT_EQ(ip("192.0.2.1").octets().size(), 4U);
}

TEST(BaseIpAddress, DiffersFromTheOtherFamily) {
  EXPECT_NE(ip("0.0.0.0"), ip("::"));
}

TEST(BaseIpAddress, KnowsItsKind) {
  for (const auto* text : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(ip(text).is_loopback()) << text;
  }
  for (const auto* text : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
                           "169.254.1.1", "fc00::1", "fdff::1", "fe80::1", "febf::1"}) {
    EXPECT_TRUE(ip(text).is_private()) << text;
  }
  for (const auto* text :
       {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
        "100.63.255.255", "100.128.0.0", "192.0.2.1", "2001:db8::1", "fec0::1", "fbff::1"}) {
    EXPECT_FALSE(ip(text).is_private()) << text;
    EXPECT_FALSE(ip(text).is_loopback()) << text;
  }
  EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
  EXPECT_FALSE(ip("::1").is_unspecified());
}

TEST(BaseIpAddress, KnowsWhatIsOfTheOpenInternet) {
  for (const auto* text :
       {"1.1.1.1",          "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",      "126.255.255.255", "128.0.0.0",       "169.253.255.255",
        "172.15.255.255",   "172.32.0.0",      "192.0.1.0",       "192.0.3.0",
        "198.17.255.255",   "198.20.0.0",      "223.255.255.255", "::ffff:1.1.1.1",
        "2606:4700::1111",  "2001:200::1",     "2a00::1",         "3ffe::1",
        "64:ff9b::1.1.1.1", "2002:101:101::1"}) {
    EXPECT_TRUE(ip(text).is_public()) << text;
  }
  for (const auto* text :
       {// this machine and its networks
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.255",
        "172.16.0.1", "172.31.255.255", "192.168.255.255", "::", "::1", "fc00::1", "fd00:ec2::254",
        "fe80::1", "fec0::1",
        // clouds
        "169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192",
        // special or nobody's
        "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "100::1",
        "2001::1", "2001:1ff::1", "2001:db8::1", "3fff::1", "4000::1", "5f00::1", "ff02::1",
        // IPv4 addresses in IPv6
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:10.0.0.1",
        "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::10.0.0.1",
        "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::1"}) {
    EXPECT_FALSE(ip(text).is_public()) << text;
  }
}

TEST(BaseIpAddress, KnowsItsNetwork) {
  EXPECT_TRUE(ip("192.0.2.129").in_network(ip("192.0.2.128"), 25));
  EXPECT_FALSE(ip("192.0.2.127").in_network(ip("192.0.2.128"), 25));
  EXPECT_TRUE(ip("192.0.2.1").in_network(ip("0.0.0.0"), 0));
  EXPECT_TRUE(ip("192.0.2.1").in_network(ip("192.0.2.1"), 32));
  EXPECT_FALSE(ip("192.0.2.1").in_network(ip("192.0.2.0"), 32));
  EXPECT_FALSE(ip("192.0.2.1").in_network(ip("192.0.2.1"), 33));
  EXPECT_TRUE(ip("2001:db8:1::1").in_network(ip("2001:db8::"), 32));
  EXPECT_TRUE(ip("2001:db8::").in_network(ip("2001:db8::"), 128));
  EXPECT_FALSE(ip("192.0.2.1").in_network(ip("::"), 0));
}

TEST(BaseIpAddress, WritesLiteralsAndReverseNames) {
  EXPECT_EQ(ip("192.0.2.1").to_literal(), "[192.0.2.1]");
  EXPECT_EQ(ip("2001:db8::1").to_literal(), "[IPv6:2001:db8::1]");
  EXPECT_EQ(ip("192.0.2.10").reverse_name(), "10.2.0.192.in-addr.arpa");
  EXPECT_EQ(ip("2001:db8::a1").reverse_name(),
            "1.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(BaseEndpoint, ReadsAndWritesText) {
  for (const auto* text : {"192.0.2.1:25", "[2001:db8::1]:65535", "0.0.0.0:0"}) {
    const auto got = endpoint::parse(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(got->to_string(), text);
  }
  for (const auto* text : {"", ":", ":25", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536",
                           "192.0.2.1:-1", "192.0.2.1:+1", "2001:db8::1:25", "[2001:db8::1]",
                           "[2001:db8::1]25", "host:25", "[]:25", "[:25"}) {
    EXPECT_FALSE(endpoint::parse(text)) << text;
  }
}

}  // namespace
}  // namespace signpost
