// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/http/web_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/http/http_server.hpp"
#include "net/loop/listener.hpp"
#include "net/tls/tls_context.hpp"
#include "tests/support/loopback.hpp"

namespace signpost::net {
namespace {

using testing::HasSubstr;

const endpoint any_port{*ip_address::parse("127.0.0.1"), 0};

body_ptr part(std::string octets) {
  return std::make_shared<const message_body>(std::move(octets));
}

/// What came of a request, to be waited for.
struct outcome {
  std::promise<result<web_response>> promise;
  std::future<result<web_response>> future = promise.get_future();

  web_client::on_done done() {
    return [this](result<web_response> got) { promise.set_value(std::move(got)); };
  }
  result<web_response> get() {
    if (future.wait_for(test::patience) != std::future_status::ready) {
      return fail(errc::corrupt, "never done");
    }
    return future.get();
  }
};

class WebClient : public testing::Test {
 protected:
  WebClient() { certify("127.0.0.1"); }
  ~WebClient() override {
    client.reset();
    test::run_on(io.loop(), [&] { server.reset(); });
    io.join();
    scripted.reset();
    guests.clear();
  }

  void certify(std::string_view name) {
    std::remove(files.certificate.c_str());
    std::remove(files.key.c_str());
    ASSERT_TRUE(make_self_signed(name, files));
  }
  void serve(http_server::handler handle, http_server_options options = {}) {
    options.endpoints = {any_port};
    options.tls = *tls_server_context::load(files);
    test::run_on(io.loop(), [&] {
      auto made = http_server::start(io.loop(), options, std::move(handle));
      ASSERT_TRUE(made) << made.error().context;
      server = std::move(*made);
      url = "https://" + server->bound().at(0).to_string();
    });
  }
  void serve_echo(http_server_options options = {}) {
    serve(
        [](const http_request& r, const http_responder& out) {
          out.respond({.body = r.method + " " + r.path + " " + r.query + " " + r.body,
                       .headers = {{"X-Got", std::string(r.header("x-sent"))},
                                   {"X-Type", std::string(r.header("content-type"))},
                                   {"X-Expect", std::string(r.header("expect"))}}});
        },
        std::move(options));
  }
  /// Answers each request, whatever it is, with these bytes in clear and closes.
  void serve_bytes(std::string bytes) {
    test::run_on(io.loop(), [&] {
      scripted = *listen(io.loop(), any_port, {}, [this, bytes](std::unique_ptr<connection> made) {
        auto& guest = guests.emplace_back();
        guest.when_data = [&guest, bytes](std::string_view) {
          guest.connection().write(bytes);
          guest.connection().close();
        };
        guest.own(std::move(made));
      });
      url = "http://" + scripted->bound().to_string();
    });
  }
  void start_client(web_client_options options = {}) {
    if (options.ca_file.empty()) options.ca_file = files.certificate;
    auto made = web_client::make(std::move(options));
    ASSERT_TRUE(made) << made.error().context;
    client = std::move(*made);
  }
  [[nodiscard]] web_request request(std::string_view target = "/") const {
    return {.url = url + std::string(target),
            .timeout = test::patience,
            .addresses = address_policy::any};
  }
  result<web_response> post(web_request what) {
    if (!client) start_client();
    outcome one;
    client->send(std::move(what), one.done());
    return one.get();
  }
  result<web_response> post_in_clear() {
    auto what = request();
    what.allow_http = true;
    return post(std::move(what));
  }
  std::size_t connections() {
    return test::run_on(io.loop(), [&] { return server->connections(); });
  }

  test::temporary_directory directory;
  tls_key_pair_files files{directory.path("cert.pem"), directory.path("key.pem")};
  event_loop_thread io{event_loop_options{.name = "web"}};
  std::unique_ptr<http_server> server;
  std::unique_ptr<listener> scripted;
  std::deque<test::recorder> guests;
  std::string url;
  std::unique_ptr<web_client> client;
};

TEST_F(WebClient, PostsAllPartsInTheirOrder) {
  serve_echo();
  auto what = request("/hook?a=b");
  what.headers = {{"X-Sent", "yes"}, {"Content-Type", "message/rfc822"}};
  what.body = {part("Subject: x\r\n"), part(""), part("\r\nHello\r\n")};
  const auto got = post(std::move(what));
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "POST /hook a=b Subject: x\r\n\r\nHello\r\n");
  EXPECT_EQ(got->header("x-got"), "yes");
  EXPECT_EQ(got->header("x-type"), "message/rfc822");
  EXPECT_EQ(got->header("x-expect"), "");
  EXPECT_EQ(got->header("none"), "");
  EXPECT_FALSE(got->truncated);
  EXPECT_EQ(got->server, server->bound().at(0));
}

TEST_F(WebClient, SendsEveryMethod) {
  serve_echo();
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    auto what = request("/m");
    what.method = method;
    const auto got = post(std::move(what));
    ASSERT_TRUE(got) << got.error().context;
    EXPECT_EQ(got->body, method + " /m  ");
    EXPECT_EQ(got->header("x-type"), "") << "no type of its own";
  }
  auto head = request("/m");
  head.method = "HEAD";
  const auto got = post(std::move(head));
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->body, "");
  EXPECT_EQ(got->header("content-length"), "9");
}

TEST_F(WebClient, SendsAFieldWithoutAValue) {
  serve([](const http_request& r, const http_responder& out) {
    const auto is_empty = [](const http_header& one) { return one.name == "X-Empty"; };
    out.respond({.status = std::ranges::any_of(r.headers, is_empty) ? 200 : 400});
  });
  auto what = request();
  what.headers = {{"X-Empty", ""}};
  EXPECT_EQ(post(std::move(what))->status, 200);
}

TEST_F(WebClient, SendsLargeContentWhole) {
  std::promise<std::string> arrived;
  auto received = arrived.get_future();
  serve(
      [&](http_request r, const http_responder& out) {
        arrived.set_value(std::move(r.body));
        out.respond({.status = 204});
      },
      {.body_octets_max = 16 * 1024 * 1024});
  auto what = request();
  std::string all;
  for (std::size_t i = 0; i < 40; ++i) {
    const std::string piece(i * 7919 % 300'000, static_cast<char>('a' + i % 26));
    what.body.push_back(part(piece));
    all += piece;
  }
  const auto got = post(std::move(what));
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->status, 204);
  EXPECT_TRUE(received.get() == all);
}

/// Threads that outlive what they read.
class readers {
 public:
  ~readers() {
    for (auto& one : threads_) one.join();
  }
  template <typename Work>
  void add(Work work) {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back(std::move(work));
  }

 private:
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

/// What comes later, from another thread, in pieces of an odd size; or not at all.
class slow_rest final : public body_rest {
 public:
  slow_rest(readers& by, std::string octets, std::size_t readable = SIZE_MAX)
      : by_(by), octets_(std::move(octets)), readable_(readable) {}
  [[nodiscard]] std::uint64_t size() const override { return octets_.size(); }
  [[nodiscard]] std::string_view relaxed_body_hash() const override { return ""; }
  void read(std::uint64_t offset, std::function<void(result<std::string>)> done) const override {
    auto piece = offset < readable_ ? result<std::string>(octets_.substr(offset, 65'537))
                                    : fail(errc::corrupt, "damaged");
    by_.add([piece = std::move(piece), done = std::move(done)] { done(piece); });
  }

 private:
  readers& by_;
  const std::string octets_;
  const std::size_t readable_;
};

/// Keeps what it is asked for until the test answers.
struct held_rest final : body_rest {
  [[nodiscard]] std::uint64_t size() const override { return 1000; }
  [[nodiscard]] std::string_view relaxed_body_hash() const override { return ""; }
  void read(std::uint64_t, std::function<void(result<std::string>)> done) const override {
    asked.set_value(std::move(done));
  }
  mutable std::promise<std::function<void(result<std::string>)>> asked;
};

body_ptr with_rest(std::string begin, std::shared_ptr<const body_rest> rest) {
  return std::make_shared<const message_body>(std::move(begin), memory_lease(), std::move(rest));
}

std::string long_text(std::size_t octets) {
  std::string text;
  while (text.size() < octets) text += std::to_string(text.size()) + " ";
  return text;
}

TEST_F(WebClient, SendsWhatIsReadPieceByPiece) {
  std::promise<std::string> arrived;
  auto received = arrived.get_future();
  serve(
      [&](http_request r, const http_responder& out) {
        arrived.set_value(std::move(r.body));
        out.respond({.status = 204});
      },
      {.body_octets_max = 16 * 1024 * 1024});
  readers by;
  const auto first = long_text(1'000'000);
  const auto second = long_text(300'000);
  auto what = request();
  what.body = {part("a"), with_rest("b", std::make_shared<slow_rest>(by, first)), part("c"),
               with_rest("", std::make_shared<slow_rest>(by, second))};
  const auto got = post(std::move(what));
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->status, 204);
  EXPECT_TRUE(received.get() == "ab" + first + "c" + second);
}

TEST_F(WebClient, WhatCannotBeReadIsNotTheServersFault) {
  serve_echo({.body_octets_max = 16 * 1024 * 1024});
  readers by;
  auto what = request();
  what.body = {with_rest("b", std::make_shared<slow_rest>(by, long_text(1'000'000), 500'000))};
  const auto got = post(std::move(what));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::corrupt);
  EXPECT_TRUE(post(request())) << "the client goes on";
}

TEST_F(WebClient, AReaderMayOutliveTheRequestAndTheClient) {
  serve_echo();
  const auto rest = std::make_shared<held_rest>();
  auto what = request();
  what.timeout = std::chrono::milliseconds(200);
  what.body = {with_rest("b", rest)};
  const auto got = post(std::move(what));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::unavailable) << "the time was up";
  const auto answer = rest->asked.get_future().get();
  client.reset();
  answer(std::string(1000, 'x'));
}

TEST_F(WebClient, TakesARefusalBeforeTheContentIsSent) {
  serve_echo({.body_octets_max = 1000});
  auto what = request();
  what.body = {part(std::string(8 * 1024 * 1024, 'x'))};
  const auto got = post(std::move(what));
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->status, 413);
}

TEST_F(WebClient, UsesAConnectionAgain) {
  serve_echo();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(post(request()));
  EXPECT_EQ(connections(), 1U);
}

TEST_F(WebClient, FollowsNoRedirect) {
  std::atomic<int> requests{0};
  serve([&](const http_request&, const http_responder& out) {
    ++requests;
    out.respond({.status = 307, .headers = {{"Location", "/elsewhere"}, {"Retry-After", "5"}}});
  });
  const auto got = post(request());
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->status, 307);
  EXPECT_EQ(got->header("retry-after"), "5");
  EXPECT_EQ(requests, 1);
}

// --- what is not sent
// ------------------------------------------------------------------------------

TEST_F(WebClient, RefusesWhatIsNoUrlOfItsKind) {
  start_client();
  struct url_case {
    std::string url;
    errc want;
  };
  for (const auto& c :
       std::vector<url_case>{{"", errc::malformed},
                             {"https://", errc::malformed},
                             {"/path", errc::malformed},
                             {"ftp://example.org/", errc::malformed},
                             {"file:///etc/passwd", errc::malformed},
                             {"https://user@example.org/", errc::malformed},
                             {"https://u:p@example.org/", errc::malformed},
                             {"https://example.org/\r\nX: y", errc::malformed},
                             {"https://[::1/", errc::malformed},
                             {"https://a b/", errc::malformed},
                             {"https://example.org:99999/", errc::malformed},
                             {"https://e/" + std::string(9000, 'x'), errc::malformed},
                             {"http://example.org/", errc::denied}}) {
    const auto got = post({.url = c.url});
    ASSERT_FALSE(got) << c.url;
    EXPECT_EQ(got.error().code, c.want) << c.url << ": " << got.error().context;
  }
}

TEST_F(WebClient, RefusesFieldsThatWouldChangeTheRequest) {
  start_client();
  for (const http_header& field :
       {http_header{"A\r\nB", "c"}, http_header{"A", "b\r\nC: d"}, http_header{"A:", "b"},
        http_header{"", "b"}, http_header{"Host", "other"}, http_header{"content-length", "1"},
        http_header{"Transfer-Encoding", "chunked"}, http_header{"Connection", "close"}}) {
    auto what = request();
    what.url = "https://192.0.2.1/";
    what.headers = {field};
    const auto got = post(std::move(what));
    ASSERT_FALSE(got) << field.name;
    EXPECT_EQ(got.error().code, errc::malformed) << got.error().context;
  }
  auto what = request();
  what.url = "https://192.0.2.1/";
  what.method = "GET / HTTP/1.1\r\nX:";
  EXPECT_EQ(post(std::move(what)).error().code, errc::malformed);
}

TEST_F(WebClient, ConnectsToNoAddressWithinHoweverItIsWritten) {
  serve_echo();
  const std::string port = ":" + std::to_string(server->bound().at(0).port) + "/";
  for (const std::string host : {"127.0.0.1",
                                 "localhost",
                                 "127.1",
                                 "0x7f.0.0.1",
                                 "0177.0.0.1",
                                 "2130706433",
                                 "0.0.0.0",
                                 "0",
                                 "[::1]",
                                 "[::]",
                                 "[::ffff:127.0.0.1]",
                                 "[::ffff:7f00:1]",
                                 "[64:ff9b::7f00:1]",
                                 "[2002:7f00:1::]",
                                 "10.0.0.1",
                                 "192.168.0.1",
                                 "169.254.169.254",
                                 "100.64.0.1",
                                 "[fd00::1]",
                                 "[fe80::1]",
                                 "224.0.0.1",
                                 "255.255.255.255"}) {
    const auto got = post({.url = "https://" + host + port});
    ASSERT_FALSE(got) << host;
    EXPECT_EQ(got.error().code, errc::denied) << host << ": " << got.error().context;
  }
  EXPECT_EQ(connections(), 0U);
}

TEST_F(WebClient, AKeptConnectionInwardsIsNotUsedForAPublicRequest) {
  serve_echo();
  ASSERT_TRUE(post(request()));
  auto what = request();
  what.addresses = address_policy::public_only;
  const auto got = post(std::move(what));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::denied) << got.error().context;
}

TEST_F(WebClient, IgnoresTheProxyOfTheEnvironmentUnlessTold) {
  serve_echo();
  ::setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1);
  ::setenv("https_proxy", "http://127.0.0.1:1", 1);
  ::unsetenv("NO_PROXY");
  ::unsetenv("no_proxy");
  EXPECT_TRUE(post(request()));
  client.reset();
  start_client({.use_proxy_environment = true});
  EXPECT_FALSE(post(request()));
  ::unsetenv("HTTPS_PROXY");
  ::unsetenv("https_proxy");
}

// --- TLS
// -------------------------------------------------------------------------------------------

TEST_F(WebClient, RefusesACertificateThatNobodyTrusts) {
  serve_echo();
  tls_key_pair_files other{directory.path("other.pem"), directory.path("other.key")};
  ASSERT_TRUE(make_self_signed("127.0.0.1", other));
  start_client({.ca_file = other.certificate});
  const auto got = post(request());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::unavailable);
  EXPECT_THAT(got.error().context, HasSubstr("certificate"));
}

TEST_F(WebClient, RefusesACertificateOfAnotherName) {
  certify("hooks.example.org");
  serve_echo();
  const auto got = post(request());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::unavailable);
}

TEST_F(WebClient, TellsThatTheCaFileIsNotThere) {
  const auto made = web_client::make({.ca_file = directory.path("none")});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::not_found);
}

// --- answers
// ---------------------------------------------------------------------------------------

TEST_F(WebClient, ReadsNoMoreThanItsLimit) {
  serve([](const http_request&, const http_responder& out) {
    out.respond({.status = 202, .body = std::string(10'000'000, 'x')});
  });
  auto what = request();
  what.response_octets_max = 1000;
  const auto got = post(std::move(what));
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->status, 202);
  EXPECT_EQ(got->body.size(), 1000U);
  EXPECT_TRUE(got->truncated);
}

TEST_F(WebClient, AStatusCountsEvenIfTheContentBreaksOff) {
  serve_bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
  const auto got = post_in_clear();
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "abc");
  EXPECT_TRUE(got->truncated);
}

TEST_F(WebClient, TellsOnlyTheFieldsOfTheFinalResponse) {
  serve_bytes(
      "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Final: 2\r\n"
      "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Late: 3\r\n\r\n");
  const auto got = post_in_clear();
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->body, "a");
  EXPECT_EQ(got->header("x-final"), "2");
  EXPECT_EQ(got->header("x-early"), "");
  EXPECT_EQ(got->header("x-late"), "");
}

TEST_F(WebClient, WhatIsNoHttpMayWorkLater) {
  for (const std::string& bytes :
       {std::string("220 mail ESMTP\r\n"), std::string(), std::string("HTTP/1.1 200 OK\r\nX: "),
        std::string("HTTP/1.1 103 Early Hints\r\n\r\n"), std::string("HTTP/1.1 99 \r\n\r\n"),
        "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"}) {
    serve_bytes(bytes);
    const auto got = post_in_clear();
    ASSERT_FALSE(got) << bytes.substr(0, 40);
    EXPECT_EQ(got.error().code, errc::unavailable) << bytes.substr(0, 40);
  }
}

TEST_F(WebClient, WaitsNoLongerThanItsTimeout) {
  std::vector<http_responder> kept;
  serve([&](const http_request&, http_responder out) { kept.push_back(std::move(out)); });
  auto what = request();
  what.timeout = milliseconds{200};
  const auto got = post(std::move(what));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::unavailable);
  test::run_on(io.loop(), [&] { kept.clear(); });
}

TEST_F(WebClient, TellsThatNobodyAnswers) {
  serve_bytes("");
  test::run_on(io.loop(), [&] { scripted.reset(); });
  EXPECT_EQ(post_in_clear().error().code, errc::unavailable);
}

// --- many
// ------------------------------------------------------------------------------------------

TEST_F(WebClient, SendsNoMoreAtOnceThanAServerIsToBear) {
  std::deque<std::promise<http_responder>> taken(5);
  std::atomic<std::size_t> handled{0};
  serve([&](const http_request&, http_responder out) {
    taken.at(handled++).set_value(std::move(out));
  });
  start_client({.active_per_host_max = 2});
  std::deque<outcome> outcomes(5);
  for (auto& one : outcomes) client->send(request(), one.done());
  for (std::size_t i = 0; i < 5; ++i) {
    const auto out = taken[i].get_future().get();
    EXPECT_LE(handled, i + 2);
    out.respond({.status = 204});
  }
  for (auto& one : outcomes) EXPECT_EQ(one.get()->status, 204);
  EXPECT_EQ(client->pending(), 0U);
}

TEST_F(WebClient, HostsThatHangLeavePlacesToThoseThatAnswer) {
  serve_echo();
  start_client({.active_max = 4});
  EXPECT_TRUE(post(request()));
  decltype(guests) silent;
  std::deque<decltype(scripted)> hosts(8);
  std::deque<outcome> hanging(hosts.size());
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    auto what = request();
    test::run_on(io.loop(), [&] {
      hosts[i] = *listen(io.loop(), any_port, {}, [&silent](std::unique_ptr<connection> made) {
        silent.emplace_back().own(std::move(made));
      });
      what.url = "https://" + hosts[i]->bound().to_string() + "/";
    });
    client->send(std::move(what), hanging[i].done());
  }
  EXPECT_TRUE(post(request()));
  client.reset();
  for (auto& one : hanging) EXPECT_FALSE(one.get());
  test::run_on(io.loop(), [&] {
    hosts.clear();
    silent.clear();
  });
}

TEST_F(WebClient, ATenantLeavesPlacesAtAHostThatManyUse) {
  std::vector<http_responder> kept;
  serve([&](const http_request& seen, http_responder out) {
    if (seen.path == "/good") return out.respond({.status = 204});
    kept.push_back(std::move(out));
  });
  start_client({.active_max = 32, .active_per_host_max = 2});
  std::deque<outcome> hanging(20);
  for (auto& one : hanging) {
    auto what = request("/hangs");
    what.tenant = "one";
    client->send(std::move(what), one.done());
  }
  auto good = request("/good");
  good.tenant = "another";
  EXPECT_TRUE(post(std::move(good)));
  client.reset();
  for (auto& one : hanging) EXPECT_FALSE(one.get());
  test::run_on(io.loop(), [&] {
    EXPECT_EQ(kept.size(), 2U);
    kept.clear();
  });
}

TEST_F(WebClient, ATenantWithManyHostsLeavesPlacesToOthers) {
  serve_echo();
  start_client({.active_max = 8});
  decltype(guests) silent;
  std::deque<decltype(scripted)> hosts(8);
  std::deque<outcome> hanging(hosts.size());
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    auto what = request();
    what.tenant = "one";
    test::run_on(io.loop(), [&] {
      hosts[i] = *listen(io.loop(), any_port, {}, [&silent](std::unique_ptr<connection> made) {
        silent.emplace_back().own(std::move(made));
      });
      what.url = "https://" + hosts[i]->bound().to_string() + "/";
    });
    client->send(std::move(what), hanging[i].done());
  }
  auto good = request();  // to a host that has not answered before
  good.tenant = "another";
  good.timeout = milliseconds{5000};
  EXPECT_TRUE(post(std::move(good)));
  client.reset();
  for (auto& one : hanging) EXPECT_FALSE(one.get());
  test::run_on(io.loop(), [&] {
    hosts.clear();
    silent.clear();
  });
}

TEST_F(WebClient, RefusesWhatIsTooMuchToWait) {
  std::promise<http_responder> taken;
  serve([&](const http_request&, http_responder out) { taken.set_value(std::move(out)); });
  start_client({.active_max = 1, .waiting_max = 1});
  std::deque<outcome> outcomes(3);
  client->send(request(), outcomes[0].done());
  const auto out = taken.get_future().get();
  client->send(request(), outcomes[1].done());
  client->send(request(), outcomes[2].done());
  EXPECT_EQ(outcomes[2].get().error().code, errc::limit_exceeded);
  client.reset();
  EXPECT_EQ(outcomes[0].get().error().code, errc::unavailable);
  EXPECT_EQ(outcomes[1].get().error().code, errc::unavailable);
}

TEST_F(WebClient, EndsEverythingWhenItIsDestroyed) {
  // Of all that are under way: one that comes later would find the test's variables gone.
  std::promise<void> both_came;
  std::vector<http_responder> kept;
  serve([&](const http_request&, http_responder out) {
    kept.push_back(std::move(out));
    if (kept.size() == 2) both_came.set_value();
  });
  start_client({.active_max = 2});
  std::atomic<int> done{0};
  for (int i = 0; i < 10; ++i) {
    client->send(request(), [&](const result<web_response>& got) {
      EXPECT_FALSE(got);
      ++done;
    });
  }
  both_came.get_future().get();
  client.reset();
  EXPECT_EQ(done, 10);
  test::run_on(io.loop(), [&] { kept.clear(); });
}

TEST_F(WebClient, ADoneMayPostAgain) {
  serve_echo();
  start_client();
  outcome second;
  client->send(request(),
               [&](const result<web_response>&) { client->send(request("/2"), second.done()); });
  EXPECT_EQ(second.get()->body, "POST /2  ");
}

TEST_F(WebClient, AUnixSocketIsUsedByThoseAloneWhoNameIt) {
  const auto path = files.key + ".sock";
  test::run_on(io.loop(), [&] {
    auto made = http_server::start(
        io.loop(), {.unix_socket = path},
        [](const http_request& r, const http_responder& out) {
          out.respond({.body = r.peer + " " + std::string(r.header("host")) + r.path});
        });
    ASSERT_TRUE(made) << made.error().context;
    server = std::move(*made);
  });
  start_client();
  web_request local{.method = "GET", .url = "http://localhost/here", .allow_http = true};
  local.unix_socket = path;
  auto elsewhere = local;
  elsewhere.unix_socket.clear();
  auto gone = local;
  gone.unix_socket += ".none";
  outcome first;
  outcome second;
  outcome third;
  client->send(local, first.done());
  const auto got = first.get();
  ASSERT_TRUE(got) << got.error().context;
  EXPECT_EQ(got->body, "unix localhost/here");
  client->send(elsewhere, second.done());
  EXPECT_EQ(second.get().error().code, errc::denied) << "nor over the connection that is kept";
  client->send(gone, third.done());
  EXPECT_EQ(third.get().error().code, errc::not_found);
}

}  // namespace
}  // namespace signpost::net
