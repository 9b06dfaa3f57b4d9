// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <deque>
#include <future>
#include <string>
#include <thread>

#include "net/http/http_server.hpp"
#include "net/socket/socket_address.hpp"
#include "net/socket/unix_socket.hpp"
#include "tests/support/http_call.hpp"
#include "tests/support/loopback.hpp"

namespace signpost::net {
namespace {

using test::http_call;
using testing::HasSubstr;
using testing::StartsWith;

const endpoint any_port{*ip_address::parse("127.0.0.1"), 0};

class Http : public testing::Test {
 protected:
  ~Http() override {
    test::run_on(io.loop(), [&] { server.reset(); });
  }

  void start(http_server::handler handle, http_server_options options = {}) {
    options.endpoints = {any_port};
    options.unix_socket = socket_path;
    test::run_on(io.loop(), [&] {
      auto made = http_server::start(io.loop(), options, std::move(handle));
      ASSERT_TRUE(made) << made.error().context;
      server = std::move(*made);
    });
    where = server->bound().at(0);
  }

  void start_echo(http_server_options options = {}) {
    start(
        [](http_request r, http_responder out) {
          out.respond({.body = r.method + " " + r.path + " ? " + r.query + " " + r.body});
        },
        std::move(options));
  }

  /// What the server sends back for raw bytes, until it closes.
  std::string raw(std::string_view bytes) {
    auto fd = connect_unix(socket_path);
    EXPECT_TRUE(fd);
    const timeval limit{.tv_sec = test::patience.count(), .tv_usec = 0};
    ::setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::send(fd->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(fd->get(), SHUT_WR);
    std::string got;
    char space[4096];
    for (;;) {
      const auto count = ::recv(fd->get(), space, sizeof space, 0);
      if (count <= 0) return got;
      got.append(space, static_cast<std::size_t>(count));
    }
  }

  test::temporary_directory directory;
  std::string socket_path = directory.path("control.sock");
  event_loop_thread io{event_loop_options{.name = "http"}};
  std::unique_ptr<http_server> server;
  endpoint where;
};

TEST_F(Http, AnswersOnTcp) {
  start_echo();
  const auto got = http_call({.server = where, .target = "/a%20b?x=1"});
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "GET /a%20b ? x=1 ");
  EXPECT_EQ(got->header("Content-Type"), "text/plain; charset=utf-8");
}

TEST_F(Http, AnswersOnAUnixSocketOfTheOwnerOnly) {
  start_echo();
  const auto got =
      http_call({.server = socket_path, .method = "POST", .target = "/q", .body = "{}"});
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->body, "POST /q ?  {}");
  struct stat found {};
  ASSERT_EQ(::stat(socket_path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST_F(Http, HandsOverHeadersAndParameters) {
  start([](http_request r, http_responder out) {
    out.respond({.status = 404,
                 .body = std::string(r.header("x-one")) + "|" + r.parameter("name").value_or("-")
                         + "|" + r.parameter("none").value_or("-"),
                 .headers = {{"X-Two", "2"}, {"X-Evil", "a\r\nInjected: 1"}}});
  });
  const auto got =
      http_call({.server = where, .target = "/?name=a+b%26c&d", .headers = {{"X-One", "1"}}});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 404);
  EXPECT_EQ(got->body, "1|a b&c|-");
  EXPECT_EQ(got->header("x-two"), "2");
  EXPECT_EQ(got->header("Injected"), "");
}

TEST_F(Http, AnswersHeadWithoutABody) {
  start_echo();
  const auto got = http_call({.server = where, .method = "HEAD", .target = "/h"});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "");
  EXPECT_EQ(got->header("Content-Length"), std::to_string(std::string("HEAD /h ?  ").size()));
}

TEST_F(Http, AnswersLaterFromAnotherThread) {
  std::promise<http_responder> taken;
  start([&](http_request, http_responder out) { taken.set_value(std::move(out)); });
  std::thread answering([&] { taken.get_future().get().respond({.body = "late"}); });
  const auto got = http_call({.server = where});
  answering.join();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "late");
}

TEST_F(Http, ARequestNobodyAnswersGets500) {
  start([](http_request, http_responder) {});
  const auto got = http_call({.server = where});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 500);
}

TEST_F(Http, OnlyTheFirstAnswerCounts) {
  start([](http_request, http_responder out) {
    out.respond({.body = "first"});
    out.respond({.body = "second"});
  });
  EXPECT_EQ(http_call({.server = where})->body, "first");
}

TEST_F(Http, AClientThatLeavesBeforeTheAnswerHarmsNobody) {
  std::promise<http_responder> taken;
  int requests = 0;
  start([&](http_request, http_responder out) {
    if (++requests == 1) return taken.set_value(std::move(out));
    out.respond({.body = "fine"});
  });
  {
    auto fd = connect_unix(socket_path);
    ASSERT_TRUE(fd);
    ::send(fd->get(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 28, MSG_NOSIGNAL);
    const http_responder out = taken.get_future().get();
    fd->reset();
    // The server has seen the end of the connection by the time it has answered the next one.
    EXPECT_EQ(http_call({.server = where})->body, "fine");
    out.respond({.body = "too late"});
  }
  EXPECT_EQ(http_call({.server = where})->body, "fine");
}

TEST_F(Http, AnswersThatComeAfterTheServerAreDropped) {
  std::promise<http_responder> taken;
  start([&](http_request, http_responder out) { taken.set_value(std::move(out)); });
  auto fd = connect_unix(socket_path);
  ASSERT_TRUE(fd);
  ::send(fd->get(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 28, MSG_NOSIGNAL);
  const http_responder out = taken.get_future().get();
  test::run_on(io.loop(), [&] { server.reset(); });
  out.respond({.body = "nobody is there"});
  EXPECT_NE(::access(socket_path.c_str(), F_OK), 0);
}

TEST_F(Http, RefusesABodyThatIsTooLarge) {
  start_echo({.body_octets_max = 1000});
  const auto got =
      http_call({.server = where, .method = "POST", .body = std::string(100'000, 'x')});
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->status, 413);
}

TEST_F(Http, RefusesHeadersThatAreTooLarge) {
  start_echo({.header_octets_max = 1000});
  EXPECT_THAT(raw("GET / HTTP/1.1\r\nX: " + std::string(5000, 'x') + "\r\n\r\n"),
              testing::AnyOf(testing::IsEmpty(), StartsWith("HTTP/1.1 4")));
}

TEST_F(Http, SurvivesBadInput) {
  start_echo();
  for (const std::string_view bytes :
       {"\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "BREW / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET http://[::1 HTTP/1.1\r\n\r\n", "\0\1\2\3\r\n\r\n"}) {
    EXPECT_THAT(raw(bytes), testing::Not(HasSubstr("200 OK"))) << bytes;
  }
  EXPECT_TRUE(http_call({.server = where}));
}

TEST_F(Http, ASocketInUseIsNotTakenAway) {
  start_echo();
  const auto second = test::run_on(io.loop(), [&] {
    return http_server::start(io.loop(), {.unix_socket = socket_path},
                              [](http_request, http_responder) {});
  });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::conflict);
  EXPECT_TRUE(http_call({.server = socket_path})) << "the first still answers";
}

TEST_F(Http, AStaleSocketIsReplaced) {
  listen_unix(socket_path);  // closed at once; the file stays
  ASSERT_EQ(::access(socket_path.c_str(), F_OK), 0);
  start_echo();
  EXPECT_TRUE(http_call({.server = socket_path}));
}

TEST_F(Http, AFileThatIsNoSocketStays) {
  test::write_file(socket_path, "precious");
  const auto made = listen_unix(socket_path);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::conflict);
  EXPECT_EQ(test::read_file(socket_path), "precious");
}

TEST(HttpCall, TellsWhyThereIsNoAnswer) {
  const test::temporary_directory directory;
  EXPECT_EQ(http_call({.server = directory.path("none")}).error().code, errc::not_found);
  EXPECT_EQ(http_call({.server = std::string(200, 'x')}).error().code, errc::malformed);
  listen_unix(directory.path("stale"));
  EXPECT_EQ(http_call({.server = directory.path("stale")}).error().code, errc::unavailable);
  const auto mute = listen_unix(directory.path("mute"));
  const auto late =
      http_call({.server = directory.path("mute"), .timeout = milliseconds{20}}).error();
  EXPECT_EQ(late.code, errc::unavailable);
  EXPECT_THAT(late.context, HasSubstr("timed out"));
}

TEST(HttpCall, SendsNoLineBreaks) {
  const test::temporary_directory directory;
  EXPECT_EQ(http_call({.server = "x", .target = "/a\r\nb"}).error().code, errc::malformed);
  EXPECT_EQ(http_call({.server = "x", .headers = {{"A", "b\nc"}}}).error().code, errc::malformed);
}

TEST(PercentDecode, RefusesWhatIsCut) {
  EXPECT_EQ(percent_decode("a%41"), "aA");
  EXPECT_EQ(percent_decode("a%4"), std::nullopt);
  EXPECT_EQ(percent_decode("%zz"), std::nullopt);
  EXPECT_EQ(percent_decode("a+b"), "a+b");
}

}  // namespace
}  // namespace signpost::net
