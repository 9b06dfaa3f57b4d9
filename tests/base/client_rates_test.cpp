// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/client_rates.hpp"

#include <gtest/gtest.h>

#include <array>

namespace signpost {
namespace {

using namespace std::chrono_literals;

constexpr steady_time start{1h};

std::optional<ip_address> ip(std::string_view text) {
  return ip_address::parse(text);
}

TEST(ClientRates, TheWaitGrowsToAMinuteForWhoGoesOn) {
  client_rates rates(60);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(rates.count(ip("192.0.2.1"), start), 0) << i;
  int before = 0;
  for (int i = 0; i < 59; ++i) {
    const int wait = rates.count(ip("192.0.2.1"), start);
    EXPECT_GE(wait, before);
    before = wait;
  }
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(rates.count(ip("192.0.2.1"), start), 60);
  EXPECT_EQ(rates.count(ip("192.0.2.1"), start + 61s), 0);
  EXPECT_EQ(rates.count(ip("192.0.2.2"), start), 0) << "a neighbour is another client";
}

TEST(ClientRates, ASixtyFourIsOneClientAndAFortyEightOneNeighbourhood) {
  client_rates rates(10);
  int served = 0;
  for (int i = 0; i < 100; ++i) {
    if (rates.count(ip("2001:db8:1:2::" + std::to_string(i)), start) == 0) ++served;
  }
  EXPECT_EQ(served, 10);
  served = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8, 0, 7,
                                              static_cast<std::uint8_t>(i >> 8),
                                              static_cast<std::uint8_t>(i)};
    if (rates.count(ip_address::from_bytes(octets), start) == 0) ++served;
  }
  EXPECT_EQ(served, 80) << "networks made up below a site's are the site's";
}

TEST(ClientRates, ItsTableIsBoundedAndStrangersBeyondItAreCountedTogether) {
  client_rates rates(2);
  const auto address = [](std::uint32_t n) {
    const std::array<std::uint8_t, 4> octets{
        static_cast<std::uint8_t>(n >> 24), static_cast<std::uint8_t>(n >> 16),
        static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
    return ip_address::from_bytes(octets);
  };
  int served = 0;
  const std::uint32_t clients = 3 * client_rates::clients_max;
  for (std::uint32_t i = 0; i < clients; ++i) {
    if (rates.count(address(i << 8), start) == 0) ++served;
  }
  EXPECT_LE(served, static_cast<int>(client_rates::clients_max));
  EXPECT_EQ(rates.count(ip("203.0.113.9"), start + 2min), 0) << "who is idle is forgotten";
}

TEST(ClientRates, NoRateIsNoLimit) {
  client_rates rates(0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(rates.count(ip("192.0.2.1"), start), 0);
}

}  // namespace
}  // namespace signpost
