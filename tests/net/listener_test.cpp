// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fcntl.h>

#include <set>
#include <vector>

#include "net/unique_fd.hpp"
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
