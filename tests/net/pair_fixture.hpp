// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A listener and a client on one loop, each end with a recorder.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "net/loop/event_loop.hpp"
#include "net/loop/listener.hpp"
#include "tests/support/loopback.hpp"

namespace signpost::net {

inline endpoint loopback(std::uint16_t port = 0) {
  return {*ip_address::parse("127.0.0.1"), port};
}

class pair_fixture : public testing::Test {
 protected:
  explicit pair_fixture(event_loop_options options = {.name = "test"}) : io(std::move(options)) {}
  ~pair_fixture() override {
    io.join();
    server.drop();
    client.drop();
    listening.reset();
  }

  /// Listens, connects and waits until both ends exist. The recorders' when_ functions must be set
  /// before.
  void connect_pair() {
    std::promise<void> accepted;
    std::promise<bool> connected;
    test::run_on(io.loop(), [&] {
      listening = *listen(io.loop(), loopback(), {}, [&](std::unique_ptr<connection> made) {
        server.own(std::move(made));
        accepted.set_value();
      });
      io.loop().connect(listening->bound(), {}, test::patience,
                        [&](result<std::unique_ptr<connection>> made) {
                          if (made) client.own(std::move(*made));
                          connected.set_value(made.has_value());
                        });
    });
    ASSERT_TRUE(connected.get_future().get());
    accepted.get_future().get();
  }

  template <typename F>
  auto on_loop(F f) {
    return test::run_on(io.loop(), std::move(f));
  }

  test::recorder server;
  test::recorder client;
  std::unique_ptr<listener> listening;
  event_loop_thread io;
};

}  // namespace signpost::net
