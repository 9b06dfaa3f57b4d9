// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/dns_name.hpp"

#include <gtest/gtest.h>

namespace signpost::address {
namespace {

TEST(DnsName, IsInLowerCaseAndALabels) {
  EXPECT_EQ(dns_name("Shop.Example."), "shop.example");
  EXPECT_EQ(dns_name("_dmarc.Shop.example"), "_dmarc.shop.example");
  EXPECT_EQ(dns_name("-a.example"), "-a.example");
  EXPECT_EQ(dns_name("b\xc3\xbc" "cher.example"), "xn--bcher-kva.example");
}

TEST(DnsName, IsNoneThatDnsCouldNotHold) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  EXPECT_EQ(dns_name(longest), longest);
  for (const auto& text : {std::string(), std::string("."), std::string("a..b"),
                           std::string("a b"), label + "a.example", longest + "a",
                           std::string("\xff.example"), std::string("a.example..")}) {
    EXPECT_FALSE(dns_name(text)) << text;
  }
}

}  // namespace
}  // namespace signpost::address
