// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <vector>

#include "net/loop/loop_core.hpp"
#include "net/loop/transport.hpp"
#include "net/socket/socket_address.hpp"
#include "tests/net/pair_fixture.hpp"

namespace signpost::net {
namespace {

using testing::HasSubstr;

class Connection : public pair_fixture {};

TEST_F(Connection, CarriesBytesBothWays) {
  server.when_data = [&](std::string_view bytes) { server.connection().write(bytes); };
  connect_pair();
  on_loop([&] { client.connection().write("hello"); });
  EXPECT_TRUE(client.wait_for_text("hello"));
}

TEST_F(Connection, KnowsBothEnds) {
  connect_pair();
  const auto [client_local, client_peer] =
      on_loop([&] { return std::pair(client.connection().local(), client.connection().peer()); });
  const auto [server_local, server_peer] =
      on_loop([&] { return std::pair(server.connection().local(), server.connection().peer()); });
  EXPECT_EQ(client_local, server_peer);
  EXPECT_EQ(client_peer, server_local);
  EXPECT_NE(client_local.port, 0);
}

TEST_F(Connection, CarriesMoreThanTheKernelTakesAtOnce) {
  connect_pair();
  const std::string big(8 * 1024 * 1024, 'x');
  on_loop([&] {
    server.connection().set_reading(false);
    client.connection().write(big);
    EXPECT_EQ(client.connection().unsent(), big.size()) << "nothing is sent inside write";
  });
  on_loop([&] { server.connection().set_reading(true); });
  EXPECT_TRUE(server.wait_for_bytes(big.size()));
  EXPECT_TRUE(client.wait_for_drained());
  EXPECT_EQ(on_loop([&] { return client.connection().unsent(); }), 0U);
}

TEST_F(Connection, SendsWhatWasWrittenInOneTurnTogether) {
  connect_pair();
  on_loop([&] {
    for (int i = 0; i < 10; ++i) client.connection().write("0123456789");
  });
  ASSERT_TRUE(server.wait_for_bytes(100));
  EXPECT_EQ(server.data_calls(), 1);
}

TEST_F(Connection, HandsOverNothingWhileReadingIsOff) {
  connect_pair();
  on_loop([&] { server.connection().set_reading(false); });
  on_loop([&] { client.connection().write("early"); });
  ASSERT_TRUE(client.wait_for_drained());
  EXPECT_EQ(server.received(), "");
  on_loop([&] { server.connection().set_reading(true); });
  EXPECT_TRUE(server.wait_for_text("early"));
}

TEST_F(Connection, TellsTheEndOfTheStreamAfterTheLastByte) {
  connect_pair();
  on_loop([&] {
    client.connection().write("last words");
    client.connection().close();
  });
  ASSERT_TRUE(server.wait_for_closed());
  EXPECT_EQ(server.received(), "last words");
  EXPECT_THAT(server.close_reason(), HasSubstr("closed"));
}

TEST_F(Connection, SendsWhatIsUnsentAfterCloseEvenIfItIsDestroyed) {
  connect_pair();
  const std::string big(4 * 1024 * 1024, 'y');
  on_loop([&] {
    client.connection().write(big);
    client.connection().close();
    client.drop();
  });
  ASSERT_TRUE(server.wait_for_closed());
  EXPECT_EQ(server.received().size(), big.size());
}

TEST_F(Connection, ALastReplyArrivesAlthoughThePeerIsStillSending) {
  server.when_data = [&](std::string_view) {
    server.connection().write("421 goodbye\r\n");
    server.connection().close();
  };
  connect_pair();
  on_loop([&] { client.connection().write(std::string(2 * 1024 * 1024, 'z')); });
  ASSERT_TRUE(client.wait_for_closed());
  EXPECT_EQ(client.received(), "421 goodbye\r\n");
}

TEST_F(Connection, StillAnswersAPeerThatHasEndedItsSide) {
  server.when_closed = [&](std::string_view) {
    server.connection().write("not any more");
    server.connection().close();
  };
  server.when_data = [&](std::string_view) { server.connection().write("answer"); };
  connect_pair();
  on_loop([&] {
    client.connection().write("question");
    client.connection().close();
  });
  EXPECT_TRUE(server.wait_for_closed());
}

// Peers that read nothing and never close: their last reply is sent, but they are not waited for.
TEST(LingeringClose, AFloodOfClosedConnectionsKeepsFewDescriptors) {
  event_loop_thread io({.name = "test"});
  std::unique_ptr<listener> listening;
  test::run_on(io.loop(), [&] {
    listening = *listen(io.loop(), loopback(), {}, [](std::unique_ptr<connection> made) {
      made->write("421 no\r\n");
      made->close();
    });
  });
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(listening->bound().port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::vector<unique_fd> peers;
  for (std::size_t i = 0; i < lingering_max + 200; ++i) {
    peers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(peers.back().get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    std::array<char, 64> said{};
    ASSERT_EQ(::recv(peers.back().get(), said.data(), said.size(), 0), 8);
  }
  const auto lingering = test::run_on(io.loop(), [&] { return io.loop().core().lingering; });
  EXPECT_LE(lingering, lingering_max);
  EXPECT_GT(lingering, 0U);
  test::run_on(io.loop(), [&] { listening.reset(); });
  io.join();
}

TEST_F(Connection, MakesNoCallbackAfterClose) {
  bool called = false;
  server.when_closed = [&](std::string_view) { called = true; };
  connect_pair();
  on_loop([&] { server.connection().close(); });
  ASSERT_TRUE(client.wait_for_closed());
  on_loop([&] { client.connection().close(); });
  EXPECT_FALSE(on_loop([&] { return called; }));
}

TEST_F(Connection, MayBeDestroyedInItsOwnCallbacks) {
  server.when_data = [&](std::string_view) { server.drop(); };
  client.when_closed = [&](std::string_view) { client.drop(); };
  connect_pair();
  on_loop([&] { client.connection().write("x"); });
  EXPECT_TRUE(client.wait_for_closed());
}

TEST_F(Connection, MayBeDestroyedWhenDrained) {
  client.when_drained = [&] { client.drop(); };
  connect_pair();
  on_loop([&] { client.connection().write("x"); });
  EXPECT_TRUE(server.wait_for_closed());
}

TEST_F(Connection, ReadsThePeersLastWordsWhenAWriteFails) {
  connect_pair();
  on_loop([&] { client.connection().set_reading(false); });
  // The server says goodbye and its socket is gone: bytes that arrive then are answered by a reset.
  on_loop([&] {
    server.connection().write("554 no\r\n");
    server.connection().close();
  });
  ASSERT_TRUE(on_loop([&] {
    client.connection().set_reading(true);
    for (int i = 0; i < 4; ++i) client.connection().write(std::string(100'000, 'x'));
    return true;
  }));
  ASSERT_TRUE(client.wait_for_closed());
  EXPECT_EQ(client.received(), "554 no\r\n");
}

TEST_F(Connection, WritingToAClosedConnectionDoesNothing) {
  connect_pair();
  on_loop([&] {
    client.connection().close();
    client.connection().write("x");
    client.connection().set_reading(true);
    client.connection().start_tls_client("example.org");
    client.connection().close();
    EXPECT_EQ(client.connection().unsent(), 0U);
  });
  EXPECT_TRUE(server.wait_for_closed());
  EXPECT_EQ(server.received(), "");
}

class Connect : public pair_fixture {
 protected:
  error connect_error(const endpoint& target, const ip_address& source, milliseconds timeout) {
    std::promise<error> failed;
    bool inside = true;
    on_loop([&] {
      io.loop().connect(target, source, timeout, [&](result<std::unique_ptr<connection>> made) {
        EXPECT_FALSE(inside);
        failed.set_value(made ? error{} : made.error());
      });
      inside = false;
    });
    return failed.get_future().get();
  }
};

TEST_F(Connect, ARefusalNamesTheEndpointAndTheReason) {
  const endpoint nobody = on_loop([&] {
    return (*listen(io.loop(), loopback(), {}, [](std::unique_ptr<connection>) {}))->bound();
  });
  const error e = connect_error(nobody, {}, test::patience);
  EXPECT_EQ(e.code, errc::unavailable);
  EXPECT_EQ(e.context, nobody.to_string() + ": connection refused");
}

TEST_F(Connect, TimesOut) {
  // A listening socket whose backlog is full: the kernel lets further connects wait.
  auto full = make_tcp_socket(loopback().address);
  ASSERT_TRUE(full);
  const socket_address any(loopback());
  ASSERT_EQ(::bind(full->get(), any.get(), any.size), 0);
  ASSERT_EQ(::listen(full->get(), 0), 0);
  const endpoint where = local_endpoint(full->get());
  const socket_address target(where);
  std::vector<unique_fd> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(*make_tcp_socket(where.address));
    ::connect(fillers.back().get(), target.get(), target.size);
  }
  const error e = connect_error(where, {}, milliseconds{50});
  EXPECT_EQ(e.code, errc::unavailable);
  EXPECT_EQ(e.context, where.to_string() + ": connection timed out");
}

TEST_F(Connect, ComesFromTheSourceAddressAskedFor) {
  std::promise<endpoint> seen;
  on_loop([&] {
    listening = *listen(io.loop(), loopback(), {},
                        [&](std::unique_ptr<connection> made) { seen.set_value(made->peer()); });
    io.loop().connect(listening->bound(), *ip_address::parse("127.0.0.9"), test::patience,
                      [&](result<std::unique_ptr<connection>> made) {
                        if (made) client.own(std::move(*made));
                      });
  });
  EXPECT_EQ(seen.get_future().get().address.to_string(), "127.0.0.9");
}

TEST_F(Connect, FailsForASourceAddressThatIsNotOurs) {
  const error e = connect_error(loopback(9), *ip_address::parse("192.0.2.77"), test::patience);
  EXPECT_EQ(e.code, errc::unavailable);
  EXPECT_THAT(e.context, HasSubstr("cannot use 192.0.2.77"));
}

TEST_F(Connect, AnUnfinishedConnectEndsWithItsLoop) {
  const auto token = std::make_shared<int>(1);
  {
    event_loop_thread other;
    test::run_on(other.loop(), [&] {
      other.loop().connect(loopback(9), {}, test::patience,
                           [token](result<std::unique_ptr<connection>>) {});
      other.loop().stop();
    });
  }
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace signpost::net
