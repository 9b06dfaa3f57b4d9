// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a client may ask of our TLS, by a client that asks for more than it should.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "net/http/http_server.hpp"
#include "net/socket/socket_address.hpp"
#include "net/socket/unique_fd.hpp"
#include "net/tls/hello_guard.hpp"
#include "net/tls/tls_context.hpp"
#include "net/tls/tls_policy.hpp"
#include "net/tls/tls_ticket_keys.hpp"
#include "tests/net/pair_fixture.hpp"

namespace signpost::net {
namespace {

using test::temporary_directory;

struct session_deleter {
  void operator()(SSL_SESSION* s) const { SSL_SESSION_free(s); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, session_deleter>;

/// A client of OpenSSL's on a blocking socket.
class raw_client {
 public:
  explicit raw_client(std::uint16_t port)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
    const socket_address to(loopback(port));
    fd_ = unique_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(fd_.get(), to.get(), to.size) == 0;
  }
  ~raw_client() { SSL_free(ssl_); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  SSL_CTX* context() { return context_.get(); }
  SSL* ssl() { return ssl_; }
  bool shake_hands(SSL_SESSION* resumed = nullptr) {
    ssl_ = SSL_new(context_.get());
    SSL_set_fd(ssl_, fd_.get());
    if (resumed != nullptr) SSL_set_session(ssl_, resumed);
    return connected_ && SSL_connect(ssl_) == 1;
  }
  bool write(std::string_view text) {
    return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0;
  }
  /// What the server sends next; empty if it has ended the connection.
  std::string read() {
    std::string space(100, '\0');
    const int got = SSL_read(ssl_, space.data(), static_cast<int>(space.size()));
    return space.substr(0, got > 0 ? static_cast<std::size_t>(got) : 0);
  }
  bool echoes(std::string_view text) { return write(text) && read() == text; }

 private:
  std::shared_ptr<SSL_CTX> context_;
  unique_fd fd_;
  SSL* ssl_ = nullptr;
  bool connected_ = false;
};

/// A loop that begins TLS with whoever connects and says back what it hears.
class tls_echo {
 public:
  explicit tls_echo(tls_server_options options = {})
      : files_{dir_.path("c.pem"), dir_.path("k.pem")} {
    EXPECT_TRUE(make_self_signed("mx.example.org", files_));
    context = *tls_server_context::load(files_, options);
    io_ = std::make_unique<event_loop_thread>(
        event_loop_options{.name = "echo", .tls_server = context});
    test::run_on(io_->loop(), [&] {
      listening_ = *listen(io_->loop(), loopback(), {}, [&](std::unique_ptr<connection> made) {
        auto& peer = *peers_.emplace_back(std::make_unique<test::recorder>());
        peer.when_data = [&peer](std::string_view bytes) { peer.connection().write(bytes); };
        peer.own(std::move(made));
        peer.connection().start_tls_server();
      });
    });
  }
  ~tls_echo() {
    io_->join();
    for (auto& peer : peers_) peer->drop();
    listening_.reset();
  }
  [[nodiscard]] std::uint16_t port() const { return listening_->bound().port; }
  /// Why its only connection has ended.
  std::string reason() {
    EXPECT_TRUE(peers_.front()->wait_for_closed());
    return peers_.front()->close_reason();
  }
  /// The same key in files that look new.
  void renew_certificate() {
    const auto key = test::read_file(files_.key);
    test::write_file(files_.key, key + "\n");
    EXPECT_TRUE(*context->reload_if_changed());
  }

  std::shared_ptr<tls_server_context> context;

 private:
  temporary_directory dir_;
  tls_key_pair_files files_;
  std::unique_ptr<event_loop_thread> io_;
  std::vector<std::unique_ptr<test::recorder>> peers_;
  std::unique_ptr<listener> listening_;
};

TEST(TlsPolicy, TakesTheGroupsThatAreQuickOnly) {
  tls_echo server;
  for (const char* group : {"X25519", "P-256", "P-384"}) {
    raw_client client(server.port());
    ASSERT_EQ(SSL_CTX_set1_groups_list(client.context(), group), 1);
    EXPECT_TRUE(client.shake_hands()) << group;
  }
  for (const char* group : {"ffdhe2048", "ffdhe8192", "P-521", "X448"}) {
    raw_client client(server.port());
    ASSERT_EQ(SSL_CTX_set1_groups_list(client.context(), group), 1);
    EXPECT_FALSE(client.shake_hands()) << group;
  }
}

bool takes_suite(const tls_echo& server, const char* suite) {
  raw_client client(server.port());
  SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
  EXPECT_EQ(SSL_CTX_set_cipher_list(client.context(), suite), 1) << suite;
  return client.shake_hands();
}

TEST(TlsPolicy, TakesSuitesWithSha1OnlyIfAskedTo) {
  const tls_echo modern;
  const tls_echo compatible({.suites = tls_suites::compatible});
  for (const char* good : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
                           "ECDHE-ECDSA-AES256-SHA384"}) {
    EXPECT_TRUE(takes_suite(modern, good)) << good;
    EXPECT_TRUE(takes_suite(compatible, good)) << good;
  }
  for (const char* old : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA"}) {
    EXPECT_FALSE(takes_suite(modern, old)) << old;
    EXPECT_TRUE(takes_suite(compatible, old)) << old;
  }
}

TEST(TlsPolicy, AsksForNoClientCertificateAndOffersNoEarlyData) {
  const tls_echo server;
  raw_client client(server.port());
  ASSERT_TRUE(client.shake_hands());
  ASSERT_TRUE(client.echoes("hello"));
  EXPECT_EQ(SSL_get0_peer_CA_list(client.ssl()), nullptr);
  EXPECT_EQ(SSL_get_current_compression(client.ssl()), nullptr);
  EXPECT_EQ(SSL_SESSION_get_max_early_data(SSL_get0_session(client.ssl())), 0U);
}

TEST(TlsPolicy, CutsOffAStreamOfKeyUpdates) {
  tls_echo server;
  raw_client client(server.port());
  ASSERT_TRUE(client.shake_hands());
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    ASSERT_TRUE(client.echoes("still here")) << i;
  }
  bool alive = true;
  for (int i = 0; i < 2 * tls_messages_max && alive; ++i) {
    SSL_key_update(client.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
    alive = SSL_do_handshake(client.ssl()) == 1;
  }
  EXPECT_FALSE(alive && client.echoes("still here"));
  EXPECT_EQ(server.reason(), tls_misused) << "the owner holds it against the client";
}

// A stream of key updates costs about as much as many handshakes, and counts as many.
TEST(TlsPolicy, AnHttpClientPaysForMisuse) {
  const temporary_directory dir;
  const tls_key_pair_files files{dir.path("c.pem"), dir.path("k.pem")};
  ASSERT_TRUE(make_self_signed("mx.example.org", files));
  event_loop_thread io({.name = "http"});
  std::unique_ptr<http_server> server;
  test::run_on(io.loop(), [&] {
    server = *http_server::start(io.loop(),
                                 {.endpoints = {loopback()},
                                  .tls = *tls_server_context::load(files),
                                  .new_connections_per_minute_max = 150},
                                 [](const http_request&, const http_responder& out) {
                                   out.respond({.status = 204});
                                 });
  });
  const auto port = server->bound().front().port;
  for (int time = 0; time < 2; ++time) {
    raw_client client(port);
    ASSERT_TRUE(client.shake_hands()) << time;
    bool alive = true;
    for (int i = 0; i < 2 * tls_messages_max && alive; ++i) {
      SSL_key_update(client.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
      alive = SSL_do_handshake(client.ssl()) == 1;
    }
    EXPECT_EQ(client.read(), "");
  }
  raw_client another(port);
  EXPECT_FALSE(another.shake_hands());
  test::run_on(io.loop(), [&] { server.reset(); });
}

TEST(TlsPolicy, DoesNotRenegotiateAndCutsOffWhoKeepsAsking) {
  const tls_echo server;
  raw_client client(server.port());
  SSL_CTX_set_max_proto_version(client.context(), TLS1_2_VERSION);
  ASSERT_TRUE(client.shake_hands());
  ASSERT_TRUE(client.echoes("hello"));
  ASSERT_EQ(SSL_renegotiate(client.ssl()), 1);
  EXPECT_NE(SSL_do_handshake(client.ssl()), 1);
}

/// A hello that is announced and does not come; how many octets of it are sent, behind a header.
std::string hello_of(std::size_t announced, std::size_t sent) {
  std::string text{"\x16\x03\x01", 3};
  const auto record = sent + 4;
  text += static_cast<char>(record >> 8);
  text += static_cast<char>(record & 0xFF);
  text += '\x01';
  for (const int shift : {16, 8, 0}) text += static_cast<char>(announced >> shift & 0xFF);
  return text + std::string(sent, '\x03');
}

TEST(HelloGuard, KnowsAHelloThatIsTooLongByItsFirstOctets) {
  for (const std::size_t announced : {client_hello_octets_max, client_hello_octets_max + 1}) {
    const auto text = hello_of(announced, 40);
    hello_guard guard;
    bool goes_on = true;
    for (const char c : text) {
      const auto octet = static_cast<unsigned char>(c);
      goes_on = guard.take({&octet, 1}, false) && goes_on;
    }
    EXPECT_EQ(goes_on, announced == client_hello_octets_max);
  }
}

TEST(HelloGuard, DoesNotTakeEncryptedOctetsForAHello) {
  hello_guard guard;
  const auto bytes = [](const std::string& text) {
    return std::vector<unsigned char>(text.begin(), text.end());
  };
  EXPECT_TRUE(guard.take(bytes(hello_of(40, 40)), false));
  EXPECT_TRUE(guard.take(bytes(std::string("\x14\x03\x03\x00\x01\x01", 6)), false));
  EXPECT_TRUE(guard.take(bytes(hello_of(100'000, 40)), false));
  // RFC 8446 appendix D.4: in TLS 1.3 it means nothing.
  hello_guard other;
  EXPECT_TRUE(other.take(bytes(hello_of(40, 40)), false));
  EXPECT_TRUE(other.take(bytes(std::string("\x14\x03\x03\x00\x01\x01", 6)), true));
  EXPECT_FALSE(other.take(bytes(hello_of(100'000, 40)), true));
}

TEST(TlsPolicy, RefusesAHelloThatIsAnnouncedTooLong) {
  const tls_echo server;
  const socket_address to(loopback(server.port()));
  const unique_fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ASSERT_EQ(::connect(fd.get(), to.get(), to.size), 0);
  const auto text = hello_of(100'000, 40);
  ASSERT_EQ(::send(fd.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  // The rest is not waited for.
  char octet = 0;
  EXPECT_LE(::recv(fd.get(), &octet, 1, 0), 0);
  EXPECT_NE(errno, EAGAIN);
}

/// What the server gave the client to come back with.
session_ptr ticket_of(raw_client& client) {
  if (!client.echoes("hello")) return nullptr;
  return session_ptr(SSL_get1_session(client.ssl()));
}

bool resumes(const tls_echo& server, SSL_SESSION* session) {
  raw_client client(server.port());
  EXPECT_TRUE(client.shake_hands(session));
  return SSL_session_reused(client.ssl()) == 1;
}

TEST(TlsTickets, OutliveARenewedCertificate) {
  tls_echo server;
  // A client comes back with a ticket once (RFC 8446 appendix C.4).
  raw_client one(server.port());
  raw_client other(server.port());
  ASSERT_TRUE(one.shake_hands());
  ASSERT_TRUE(other.shake_hands());
  const auto first = ticket_of(one);
  const auto second = ticket_of(other);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(resumes(server, first.get()));
  server.renew_certificate();
  EXPECT_TRUE(resumes(server, second.get()));
}

TEST(TlsTickets, AreWorthNothingWhenTheirKeyIsGone) {
  // No longer than the handshake takes.
  const tls_echo server({.ticket_key_lifetime = milliseconds(0)});
  raw_client client(server.port());
  ASSERT_TRUE(client.shake_hands());
  const auto session = ticket_of(client);
  ASSERT_NE(session, nullptr);
  EXPECT_FALSE(resumes(server, session.get()));
}

TEST(TlsTickets, AreWorthNothingElsewhere) {
  const tls_echo server;
  const tls_echo other;
  raw_client client(server.port());
  ASSERT_TRUE(client.shake_hands());
  const auto session = ticket_of(client);
  ASSERT_NE(session, nullptr);
  EXPECT_FALSE(resumes(other, session.get()));
}

TEST(TlsTicketKeys, ChangeAndAreForgotten) {
  using std::chrono::minutes;
  tls_ticket_keys keys(minutes(60));
  steady_time now{};
  const auto first = keys.current(now);
  ASSERT_TRUE(first);
  now += minutes(59);
  EXPECT_EQ(keys.current(now)->name, first->name);
  now += minutes(1);
  const auto second = keys.current(now);
  EXPECT_NE(second->name, first->name);
  EXPECT_NE(second->cipher, first->cipher);
  EXPECT_NE(second->mac, first->mac);
  ASSERT_TRUE(keys.find(first->name.data(), now));
  EXPECT_EQ(keys.find(first->name.data(), now)->cipher, first->cipher);
  EXPECT_TRUE(keys.is_old(*first, now));
  EXPECT_FALSE(keys.is_old(*second, now));
  now += minutes(60);
  EXPECT_FALSE(keys.find(first->name.data(), now));
  EXPECT_TRUE(keys.find(second->name.data(), now));
}

}  // namespace
}  // namespace signpost::net
