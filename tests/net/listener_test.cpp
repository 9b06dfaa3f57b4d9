// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/loop/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fcntl.h>

#include <set>
#include <vector>

#include "net/socket/unique_fd.hpp"
#include "tests/net/pair_fixture.hpp"

namespace signpost::net {
namespace {

using testing::HasSubstr;

class Listener : public pair_fixture {
 protected:
  result<std::unique_ptr<listener>> listen_on(const endpoint& where, listen_options options = {}) {
    return on_loop(
        [&] { return listen(io.loop(), where, options, [](std::unique_ptr<connection>) {}); });
  }
};

TEST_F(Listener, ReportsThePortTheKernelChose) {
  const auto made = listen_on(loopback());
  ASSERT_TRUE(made);
  EXPECT_NE((*made)->bound().port, 0);
  EXPECT_TRUE((*made)->bound().address.is_loopback());
}

TEST_F(Listener, SaysThatAnEndpointIsInUse) {
  const auto first = listen_on(loopback());
  const auto second = listen_on((*first)->bound());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::conflict);
  EXPECT_EQ(second.error().context,
            "cannot listen on " + (*first)->bound().to_string() + ": address already in use");
}

TEST_F(Listener, SharesAnEndpointBetweenLoops) {
  const auto first = listen_on(loopback(), {.reuse_port = true});
  ASSERT_TRUE(first);
  EXPECT_TRUE(listen_on((*first)->bound(), {.reuse_port = true}));
}

TEST_F(Listener, SaysThatAnAddressIsNotOurs) {
  const auto made = listen_on({*ip_address::parse("192.0.2.1"), 0});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::not_found);
}

TEST_F(Listener, AnIpv6ListenerLeavesTheIpv4PortFree) {
  const auto six = listen_on({*ip_address::parse("::"), 0});
  if (!six) GTEST_SKIP() << "no IPv6 here: " << six.error().context;
  const auto four = listen_on({*ip_address::parse("0.0.0.0"), (*six)->bound().port});
  EXPECT_TRUE(four) << four.error().context;
}

TEST_F(Listener, RefusesAfterClose) {
  connect_pair();
  on_loop([&] { listening->close(); });
  std::promise<bool> connected;
  on_loop([&] {
    io.loop().connect(listening->bound(), {}, test::patience,
                      [&](auto made) { connected.set_value(made.has_value()); });
  });
  EXPECT_FALSE(connected.get_future().get());
}

TEST_F(Listener, AConnectionThatIsDroppedIsClosed) {
  on_loop([&] {
    listening = *listen(io.loop(), loopback(), {}, [](std::unique_ptr<connection>) {});
    io.loop().connect(listening->bound(), {}, test::patience,
                      [&](auto made) { client.own(std::move(*made)); });
  });
  EXPECT_TRUE(client.wait_for_closed());
}

// Those that were closed and linger count as well: a flood of refused connections takes no more
// than its part either.
TEST_F(Listener, RestsWhenItsBudgetOfDescriptorsIsUsedUp) {
  descriptor_budget budget(2);
  std::vector<std::unique_ptr<test::recorder>> clients;
  std::vector<std::unique_ptr<test::recorder>> accepted;
  std::promise<void> third;
  on_loop([&] {
    listening = *listen(io.loop(), loopback(), {.descriptors = &budget},
                        [&](std::unique_ptr<connection> made) {
                          accepted.push_back(std::make_unique<test::recorder>());
                          accepted.back()->own(std::move(made));
                          if (accepted.size() == 3) third.set_value();
                        });
    for (int i = 0; i < 3; ++i) {
      auto& one = *clients.emplace_back(std::make_unique<test::recorder>());
      io.loop().connect(listening->bound(), {}, test::patience,
                        [&one](auto made) { one.own(std::move(*made)); });
    }
  });
  auto future = third.get_future();
  EXPECT_EQ(future.wait_for(3 * accept_pause_ms), std::future_status::timeout);
  EXPECT_EQ(on_loop([&] { return accepted.size(); }), 2U);
  EXPECT_EQ(budget.used(), 2U);
  on_loop([&] {
    accepted[0]->connection().write("421 bye");
    accepted[0]->connection().close();
    accepted[0]->drop();
    clients[0]->drop();
  });
  EXPECT_EQ(future.wait_for(test::patience), std::future_status::ready);
  on_loop([&] {
    for (auto& one : clients) one->drop();
    for (auto& one : accepted) one->drop();
    listening.reset();
  });
  EXPECT_EQ(budget.used(), 0U);
}

TEST_F(Listener, ConnectsNoFurtherThanTheBudgetForOutgoingConnections) {
  descriptor_budget budget(1);
  event_loop_thread other({.name = "out", .outgoing = &budget});
  test::recorder first;
  std::vector<std::unique_ptr<connection>> taken;
  on_loop([&] {
    listening = *listen(io.loop(), loopback(), {}, [&](std::unique_ptr<connection> made) {
      taken.push_back(std::move(made));
    });
  });
  const auto connect = [&](test::recorder* owner) {
    std::promise<std::string> outcome;
    test::run_on(other.loop(), [&] {
      other.loop().connect(listening->bound(), {}, test::patience, [&](auto made) {
        if (made && owner != nullptr) owner->own(std::move(*made));
        outcome.set_value(made ? "" : made.error().context);
      });
    });
    return outcome.get_future().get();
  };
  EXPECT_EQ(connect(&first), "");
  EXPECT_NE(connect(nullptr).find("no file descriptor is left"), std::string::npos);
  EXPECT_EQ(budget.used(), 1U);
  test::run_on(other.loop(), [&] { first.drop(); });
  EXPECT_EQ(budget.used(), 0U);
  EXPECT_EQ(connect(nullptr), "");
  other.join();
  on_loop([&] {
    taken.clear();
    listening.reset();
  });
}

TEST_F(Listener, RestsWithoutDescriptorsAndGoesOnWhenThereAreSome) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizers open pipes of their own and cry wolf when they cannot";
#endif
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  connect_pair();
  test::recorder second;
  std::promise<bool> accepted;
  std::vector<unique_fd> hoard;
  rlimit tight = before;
  tight.rlim_cur = 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  on_loop([&] {
    listening->close();
    listening = *listen(io.loop(), loopback(), {}, [&](std::unique_ptr<connection> made) {
      server.own(std::move(made));
      accepted.set_value(true);
    });
    io.loop().connect(listening->bound(), {}, test::patience,
                      [&](auto made) { second.own(std::move(*made)); });
    // The connect has its descriptor; the accept finds none.
    for (;;) {
      unique_fd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!one) break;
      hoard.push_back(std::move(one));
    }
  });
  auto future = accepted.get_future();
  EXPECT_EQ(future.wait_for(milliseconds{20}), std::future_status::timeout);
  on_loop([&] { hoard.clear(); });
  EXPECT_EQ(future.wait_for(test::patience), std::future_status::ready);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  on_loop([&] { second.drop(); });
}

}  // namespace
}  // namespace signpost::net
