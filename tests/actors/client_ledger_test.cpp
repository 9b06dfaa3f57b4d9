// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/ingress/client_ledger.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <random>
#include <string>
#include <thread>

namespace signpost::actors {
namespace {

using model::client_charge;
using std::chrono::hours;
using std::chrono::minutes;
using refusal = client_ledger::refusal;

constexpr std::size_t plenty = 100'000;

ip_address ip(const std::string& text) {
  return *ip_address::parse(text);
}

class ClientLedger : public testing::Test {
 protected:
  client_ledger& ledger() {
    if (!ledger_) ledger_ = std::make_unique<client_ledger>(options_);
    return *ledger_;
  }
  // Lets a client in, and keeps it; what was said.
  refusal come(const std::string& from, std::size_t free = plenty) {
    auto arrival = ledger().arrive(ip(from), now_, free);
    EXPECT_EQ(arrival.admitted.has_value(), arrival.why == refusal::none);
    if (arrival.admitted) inside_.push_back(std::move(*arrival.admitted));
    return arrival.why;
  }
  // How many of `count` clients are let in.
  int come_all(const std::function<std::string(int)>& from, int count, std::size_t free = plenty) {
    int let_in = 0;
    for (int i = 0; i < count; ++i) let_in += come(from(i), free) == refusal::none ? 1 : 0;
    return let_in;
  }
  void provoke(const std::string& from) {
    while (ledger().charge(ip(from), client_charge::error, now_)) {
    }
  }

  ledger_options options_;
  std::unique_ptr<client_ledger> ledger_;
  std::vector<client_ledger::visit> inside_;
  steady_time now_{hours(100)};
};

TEST_F(ClientLedger, AnAddressHasSoManySessions) {
  EXPECT_EQ(come_all([](int) { return "192.0.2.1"; }, 60), 50);
  EXPECT_EQ(come("192.0.2.1"), refusal::too_many_sessions);
  EXPECT_EQ(come("::ffff:192.0.2.1"), refusal::too_many_sessions);
  EXPECT_EQ(come("192.0.2.2"), refusal::none);
  inside_.clear();
  EXPECT_EQ(come("192.0.2.1"), refusal::none);
}

TEST_F(ClientLedger, ANetworkHasSoManySessions) {
  const auto v4 = [](int i) { return "192.0.2." + std::to_string(i % 256); };
  EXPECT_EQ(come_all(v4, 2000), 500);
  EXPECT_EQ(come("192.0.3.1"), refusal::none);
  const auto v6 = [](int i) { return "2001:db8::" + std::to_string(i); };
  EXPECT_EQ(come_all(v6, 2000), 500);
  const auto site = [](int i) { return "2001:db8:1:" + std::to_string(i) + "::1"; };
  EXPECT_EQ(come_all(site, 5000), 2000);
}

TEST_F(ClientLedger, TheLastSessionsAreNotForOneNetwork) {
  const auto v4 = [](int i) { return "192.0.2." + std::to_string(i % 256); };
  EXPECT_EQ(come_all(v4, 100, 200), 50);
  EXPECT_EQ(come("198.51.100.1", 4), refusal::none);
  EXPECT_EQ(come("192.0.2.1", 4), refusal::too_many_sessions);
}

TEST_F(ClientLedger, ConnectionsAMinuteAreCounted) {
  int let_in = 0;
  for (int i = 0; i < 1000; ++i) {
    let_in += ledger().arrive(ip("192.0.2.1"), now_, plenty).admitted ? 1 : 0;
  }
  EXPECT_EQ(let_in, 300);
  EXPECT_EQ(come("192.0.2.1"), refusal::too_many_connections);
  now_ += seconds(1);
  EXPECT_EQ(come("192.0.2.1"), refusal::none);
}

TEST_F(ClientLedger, AllSessionsOfAClientSpendOneBudget) {
  options_.limits.rate(client_charge::recipient) = 100;
  come_all([](int) { return "192.0.2.1"; }, 10);
  int granted = 0;
  for (int i = 0; i < 50; ++i) {
    for (auto& v : inside_) granted += v.charge(client_charge::recipient, now_) ? 1 : 0;
  }
  EXPECT_EQ(granted, 100);
  EXPECT_FALSE(inside_[3].affordable(client_charge::recipient, now_));
  EXPECT_TRUE(inside_[3].affordable(client_charge::message, now_));
}

TEST_F(ClientLedger, WhoMisbehavesIsPausedEverywhere) {
  come("192.0.2.1");
  come("192.0.2.2");
  provoke("192.0.2.1");
  EXPECT_TRUE(inside_[0].paused(now_));
  EXPECT_FALSE(inside_[1].paused(now_));
  EXPECT_EQ(come("192.0.2.1"), refusal::paused);
  EXPECT_EQ(ledger().count(now_).paused, 1U);
  std::uint64_t more = 0;
  const auto pauses = ledger().take_pauses(more);
  ASSERT_EQ(pauses.size(), 1U);
  EXPECT_EQ(pauses[0].client, "192.0.2.1");
  EXPECT_EQ(pauses[0].length, minutes(1));
  EXPECT_TRUE(ledger().take_pauses(more).empty());
  now_ += minutes(1);
  EXPECT_EQ(come("192.0.2.1"), refusal::none);
}

TEST_F(ClientLedger, ANetworkThatMisbehavesIsPausedAsAWhole) {
  for (int i = 0; i < 11; ++i) provoke("2001:db8::" + std::to_string(i));
  EXPECT_EQ(come("2001:db8::77"), refusal::paused);
  EXPECT_EQ(come("2001:db8:0:1::77"), refusal::none);
}

TEST_F(ClientLedger, RepliesAreDelayedForAllSessionsOfAClient) {
  come("192.0.2.1");
  come("192.0.2.1");
  inside_[0].charge(client_charge::error, now_, 250);
  EXPECT_GT(inside_[1].reply_delay(now_), seconds(1));
  EXPECT_EQ(client_ledger::visit().reply_delay(now_), milliseconds(0));
}

TEST_F(ClientLedger, NoLimitHoldsForWhoIsUnlimited) {
  options_.unlimited = {*ip_network::parse("192.0.2.0/24")};
  EXPECT_EQ(come_all([](int) { return "192.0.2.1"; }, 2000), 2000);
  EXPECT_TRUE(inside_[0].charge(client_charge::error, now_, 1'000'000));
  EXPECT_TRUE(ledger().charge(ip("192.0.2.1"), client_charge::idle_command, now_, 1'000'000));
  EXPECT_EQ(ledger().count(now_).entries, 0U);
}

TEST_F(ClientLedger, WhoIsUnmeteredMaySendMuchButMustBehave) {
  options_.unmetered = {*ip_network::parse("127.0.0.0/8")};
  const auto address = [](int i) { return "127.0.0." + std::to_string(1 + i % 200); };
  EXPECT_EQ(come_all(address, 12'000), 10'000);
  for (const auto what : {client_charge::message, client_charge::recipient,
                          client_charge::tls_handshake, client_charge::connection}) {
    EXPECT_TRUE(inside_[0].charge(what, now_, 1'000'000));
    EXPECT_TRUE(inside_[0].affordable(what, now_));
  }
  provoke("127.0.0.1");
  EXPECT_EQ(come("127.0.0.1"), refusal::paused);
  inside_.clear();
  EXPECT_EQ(come("127.0.0.2"), refusal::none);
}

TEST_F(ClientLedger, WhoHasDeliveredIsKnown) {
  EXPECT_FALSE(ledger().arrive(ip("192.0.2.1"), now_, plenty).known);
  come("192.0.2.1");
  inside_[0].delivered(now_);
  EXPECT_TRUE(ledger().arrive(ip("192.0.2.1"), now_, plenty).known);
  EXPECT_FALSE(ledger().arrive(ip("192.0.2.2"), now_, plenty).known);
}

TEST_F(ClientLedger, ManyAddressesOfIPv6DoNotFillIt) {
  options_.entries_max = 1600;
  std::mt19937 random(3);
  const auto word = [&] { return std::to_string(random() % 10'000); };
  for (int i = 0; i < 20'000; ++i) {
    ledger().arrive(ip("2001:db8:" + word() + ":" + word() + "::" + word()), now_, plenty);
    ASSERT_LE(ledger().count(now_).entries, 1600U);
  }
}

TEST_F(ClientLedger, WhoIsPausedOrPresentIsNotForgottenForNewcomers) {
  options_.entries_max = 160;
  come("192.0.2.1");
  provoke("198.51.100.1");
  for (int i = 0; i < 10'000; ++i) {
    ledger().arrive(ip("10." + std::to_string(i % 250) + "." + std::to_string(i / 250) + ".1"),
                    now_, plenty);
    now_ += milliseconds(1);
  }
  EXPECT_EQ(come("198.51.100.1"), refusal::paused);
  EXPECT_EQ(come_all([](int) { return "192.0.2.1"; }, 60), 49);
}

TEST_F(ClientLedger, NewcomersShareAnAccountWhenNobodyCanBeForgotten) {
  options_.entries_max = 64;
  for (int i = 0; i < 200; ++i) provoke("10.0." + std::to_string(i) + ".1");
  int let_in = 0;
  for (int i = 0; i < 200; ++i) {
    let_in += come("10.1." + std::to_string(i) + ".1") == refusal::none ? 1 : 0;
  }
  EXPECT_GT(let_in, 0);
  EXPECT_LE(ledger().count(now_).entries, 64U);
  inside_.clear();
  now_ += hours(5);
  EXPECT_EQ(come("10.1.77.1"), refusal::none);
}

// Whatever happens in whatever order: counts never go below zero (asserted inside), limits hold,
// and when all have left nothing remains of them.
TEST_F(ClientLedger, CountsStayRightWhateverHappens) {
  options_.entries_max = 200;
  options_.limits.sessions_max = 5;
  options_.limits.network_factor = 3;
  std::mt19937 random(5);
  for (int i = 0; i < 50'000; ++i) {
    const auto host = std::to_string(random() % 40);
    const auto from = random() % 2 == 0 ? "10.0." + std::to_string(random() % 40) + "." + host
                                        : "2001:db8:" + host + "::" + host;
    const auto what = static_cast<client_charge>(random() % model::client_charges);
    switch (random() % 4) {
      case 0:
        come(from);
        break;
      case 1:
        ledger().charge(ip(from), what, now_,
                        1 + static_cast<int>(random() % 100));
        break;
      case 2:
        if (!inside_.empty()) {
          std::swap(inside_[random() % inside_.size()], inside_.back());
          inside_.pop_back();
        }
        break;
      default:
        if (!inside_.empty()) inside_[random() % inside_.size()].charge(what, now_);
        now_ += milliseconds(static_cast<int>(random() % 2000));
    }
  }
  EXPECT_LE(ledger().count(now_).entries, 208U);
  inside_.clear();
  now_ += hours(10);
  EXPECT_EQ(come_all([](int) { return "10.0.1.1"; }, 10), 5);
}

TEST_F(ClientLedger, CountsOverThreads) {
  auto& all = ledger();
  std::vector<std::thread> threads;
  std::atomic<int> let_in{0};
  std::vector<std::vector<client_ledger::visit>> held(4);
  for (auto& mine : held) {
    threads.emplace_back([&all, &let_in, &mine, now = now_] {
      for (int i = 0; i < 100; ++i) {
        auto arrival = all.arrive(ip("192.0.2.1"), now, plenty);
        if (!arrival.admitted) continue;
        ++let_in;
        arrival.admitted->charge(client_charge::recipient, now);
        mine.push_back(std::move(*arrival.admitted));
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(let_in, 50);
}

}  // namespace
}  // namespace signpost::actors
