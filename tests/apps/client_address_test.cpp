// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/client_address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace signpost {
namespace {

const std::vector<ip_network> proxies{*ip_network::parse("10.0.0.0/8"),
                                      *ip_network::parse("2001:db8:aaaa::/48")};

std::string client(std::string_view peer, const std::vector<std::string>& fields,
                   const std::vector<ip_network>& trusted = proxies) {
  net::http_request r;
  for (const auto& value : fields) r.headers.push_back({"X-Forwarded-For", value});
  return client_address(r, *ip_address::parse(peer), trusted).to_string();
}

TEST(ClientAddress, OnlyANamedProxyIsBelieved) {
  EXPECT_EQ(client("203.0.113.5", {"192.0.2.1"}), "203.0.113.5");
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1"}, {}), "10.0.0.1");
  EXPECT_EQ(client("2001:db8:aaaa::1", {"2001:db8:1::7"}), "2001:db8:1::7");
  EXPECT_EQ(client("10.0.0.1", {}), "10.0.0.1");
}

TEST(ClientAddress, IsTheRightmostThatIsNoProxyOfOurs) {
  EXPECT_EQ(client("10.0.0.1", {"1.1.1.1, 192.0.2.1"}), "192.0.2.1") << "the left is made up";
  EXPECT_EQ(client("10.0.0.1", {"1.1.1.1, 192.0.2.1, 10.9.9.9"}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {"1.1.1.1", "192.0.2.1", "10.9.9.9"}), "192.0.2.1")
      << "several fields are one list";
  EXPECT_EQ(client("10.0.0.1", {"10.1.1.1, 10.2.2.2"}), "10.1.1.1") << "all are ours";
}

TEST(ClientAddress, WhatCannotBeReadEndsTheList) {
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1, unknown"}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1, , 10.2.2.2"}), "10.2.2.2");
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1;drop"}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {"unix"}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {""}), "10.0.0.1");
}

TEST(ClientAddress, PortsAndBracketsAreRead) {
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1:5678"}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {"[2001:db8::1]:443"}), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.1", {"[2001:db8::1]"}), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.1", {"::ffff:192.0.2.1"}), "192.0.2.1");
}

TEST(ClientAddress, ALongListIsReadToABound) {
  std::string list = "192.0.2.1";
  for (int i = 0; i < 10'000; ++i) list += ", 10.0.0.2";
  EXPECT_EQ(client("10.0.0.1", {list}), "10.0.0.2");
}

}  // namespace
}  // namespace signpost
