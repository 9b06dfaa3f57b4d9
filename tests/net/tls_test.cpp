// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <string>

#include "net/tls/tls_context.hpp"
#include "tests/net/pair_fixture.hpp"

namespace signpost::net {
namespace {

using test::temporary_directory;
using testing::HasSubstr;

struct certificates {
  temporary_directory directory;
  tls_key_pair_files files{directory.path("cert.pem"), directory.path("key.pem")};
  std::shared_ptr<tls_server_context> server;
  std::shared_ptr<tls_client_context> client;

  explicit certificates(std::string_view name = "mx.example.org") {
    EXPECT_TRUE(make_self_signed(name, files));
    server = *tls_server_context::load(files);
    client = *tls_client_context::make({.system_roots = false, .ca_file = files.certificate});
  }
};

/// A base class, so that the files exist before the loop that uses them.
class tls_pair {
 protected:
  certificates pair_;
};

class Tls : private tls_pair, public pair_fixture {
 protected:
  Tls() : pair_fixture({.name = "tls", .tls_server = pair_.server, .tls_client = pair_.client}) {}
  /// A dialogue like SMTP's: the client asks, the server agrees and both start.
  void start_both(std::string_view server_name) {
    server.when_data = [this](std::string_view bytes) {
      if (!bytes.starts_with("STARTTLS\r\n")) return;
      server.connection().write("220 go ahead\r\n");
      server.connection().start_tls_server();
    };
    client.when_data = [this, name = std::string(server_name)](std::string_view b) {
      if (b == "220 go ahead\r\n") client.connection().start_tls_client(name);
    };
    connect_pair();
  }
};

TEST_F(Tls, EncryptsAfterStarttlsAndVerifiesTheName) {
  start_both("mx.example.org");
  on_loop([&] { client.connection().write("STARTTLS\r\n"); });
  ASSERT_TRUE(client.wait_for_tls());
  ASSERT_TRUE(server.wait_for_tls());
  EXPECT_TRUE(client.tls().peer_verified) << client.tls().verify_error;
  EXPECT_EQ(client.tls().verify_error, "");
  EXPECT_EQ(client.tls().version, "TLSv1.3");
  EXPECT_GE(client.tls().bits, 128);
  EXPECT_EQ(server.tls().cipher, client.tls().cipher);
  on_loop([&] { client.connection().write("EHLO again\r\n"); });
  EXPECT_TRUE(server.wait_for_text("EHLO again"));
}

TEST_F(Tls, TellsAWrongNameAndGoesOn) {
  start_both("other.example.org");
  on_loop([&] { client.connection().write("STARTTLS\r\n"); });
  ASSERT_TRUE(client.wait_for_tls());
  EXPECT_FALSE(client.tls().peer_verified);
  EXPECT_THAT(client.tls().verify_error, HasSubstr("ostname mismatch"));
  on_loop([&] { client.connection().write("still private"); });
  EXPECT_TRUE(server.wait_for_text("still private"));
}

TEST_F(Tls, CarriesMuchDataBothWays) {
  start_both("mx.example.org");
  on_loop([&] { client.connection().write("STARTTLS\r\n"); });
  ASSERT_TRUE(client.wait_for_tls());
  ASSERT_TRUE(server.wait_for_tls());
  const std::string big(3 * 1024 * 1024 + 17, 'q');
  on_loop([&] {
    client.connection().write(big);
    server.connection().write(big);
  });
  EXPECT_TRUE(server.wait_for_bytes(big.size()));
  EXPECT_TRUE(client.wait_for_bytes(big.size()));
}

TEST_F(Tls, SendsWhatIsUnsentBeforeItCloses) {
  start_both("mx.example.org");
  on_loop([&] { client.connection().write("STARTTLS\r\n"); });
  ASSERT_TRUE(client.wait_for_tls());
  const std::string big(1024 * 1024, 'q');
  on_loop([&] {
    client.connection().write(big + "QUIT\r\n");
    client.connection().close();
    client.drop();
  });
  EXPECT_TRUE(server.wait_for_text("QUIT\r\n"));
  EXPECT_TRUE(server.wait_for_closed());
  EXPECT_THAT(server.close_reason(), HasSubstr("the peer closed"));
}

TEST_F(Tls, BytesBehindStarttlsNeverCountAsEncrypted) {
  // CVE-2011-0411: a man in the middle adds commands to the clear part and hopes that they are
  // taken for part of the protected session.
  start_both("mx.example.org");
  on_loop([&] { client.connection().write("STARTTLS\r\nRSET INJECTED\r\n"); });
  ASSERT_TRUE(client.wait_for_tls());
  on_loop([&] { client.connection().write("EHLO\r\n"); });
  ASSERT_TRUE(server.wait_for_text("EHLO\r\n"));
  // They were handed over once, in clear, with STARTTLS: never again after the handshake.
  EXPECT_EQ(server.received(), "STARTTLS\r\nRSET INJECTED\r\nEHLO\r\n");
}

TEST_F(Tls, ClearTextInsteadOfAHandshakeClosesTheConnection) {
  server.when_data = [&](std::string_view) {
    server.connection().write("220 go ahead\r\n");
    server.connection().start_tls_server();
  };
  client.when_data = [&](std::string_view) { client.connection().write("EHLO plain\r\n"); };
  connect_pair();
  on_loop([&] { client.connection().write("STARTTLS\r\n"); });
  ASSERT_TRUE(server.wait_for_closed());
  EXPECT_THAT(server.close_reason(), HasSubstr("tls handshake"));
  EXPECT_EQ(server.received(), "STARTTLS\r\n");
}

TEST_F(Tls, APeerThatLeavesDuringTheHandshakeIsTold) {
  start_both("mx.example.org");
  client.when_data = [&](std::string_view) { client.connection().close(); };
  on_loop([&] { client.connection().write("STARTTLS\r\n"); });
  ASSERT_TRUE(server.wait_for_closed());
  EXPECT_THAT(server.close_reason(), HasSubstr("tls handshake"));
}

class WithoutTls : public pair_fixture {};

TEST_F(WithoutTls, StartTlsClosesWithAReason) {
  connect_pair();
  on_loop([&] { server.connection().start_tls_server(); });
  ASSERT_TRUE(server.wait_for_closed());
  EXPECT_EQ(server.close_reason(), "no TLS certificate is configured");
}

TEST(TlsServerContext, NamesAFileThatIsMissing) {
  const temporary_directory directory;
  const auto made = tls_server_context::load({directory.path("no.pem"), directory.path("no.key")});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::not_found);
  EXPECT_THAT(made.error().context, HasSubstr("no.pem: no such file"));
}

TEST(TlsServerContext, NamesAFileThatIsBroken) {
  const certificates good;
  const temporary_directory directory;
  test::write_file(directory.path("bad.pem"), "-----BEGIN CERTIFICATE-----\nxx\n");
  const auto bad_certificate =
      tls_server_context::load({directory.path("bad.pem"), good.files.key});
  ASSERT_FALSE(bad_certificate);
  EXPECT_EQ(bad_certificate.error().code, errc::malformed);
  EXPECT_THAT(bad_certificate.error().context, HasSubstr("bad.pem: "));
  const certificates other;
  const auto mismatch = tls_server_context::load({good.files.certificate, other.files.key});
  ASSERT_FALSE(mismatch);
  EXPECT_THAT(mismatch.error().context, HasSubstr("key.pem: "));
}

TEST(TlsServerContext, LoadsAgainOnlyWhenAFileChanged) {
  certificates pair;
  EXPECT_EQ(pair.server->reload_if_changed(), result<bool>(false));
  const certificates renewed("mx2.example.org");
  ASSERT_EQ(std::rename(renewed.files.key.c_str(), pair.files.key.c_str()), 0);
  ASSERT_EQ(std::rename(renewed.files.certificate.c_str(), pair.files.certificate.c_str()), 0);
  EXPECT_EQ(pair.server->reload_if_changed(), result<bool>(true));
  EXPECT_EQ(pair.server->reload_if_changed(), result<bool>(false));
}

TEST(TlsServerContext, KeepsTheOldPairWhenTheNewOneIsBroken) {
  certificates pair;
  test::write_file(pair.files.certificate, "garbage");
  const auto reloaded = pair.server->reload_if_changed();
  ASSERT_FALSE(reloaded);
  EXPECT_THAT(reloaded.error().context, HasSubstr("cert.pem: "));
  EXPECT_EQ(pair.server->reload_if_changed(), result<bool>(false)) << "told once per change";
}

TEST(MakeSelfSigned, WritesAPrivateKeyThatOthersCannotRead) {
  const certificates pair;
  struct stat found {};
  ASSERT_EQ(::stat(pair.files.key.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST(MakeSelfSigned, NeverReplacesAFile) {
  const certificates pair;
  const std::string before = test::read_file(pair.files.certificate);
  const auto again = make_self_signed("mx.example.org", pair.files);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, errc::conflict);
  EXPECT_EQ(test::read_file(pair.files.certificate), before);
}

TEST(MakeSelfSigned, LeavesNoKeyWithoutItsCertificate) {
  const temporary_directory directory;
  const auto made = make_self_signed("mx.example.org",
                                     {directory.path("no/cert.pem"), directory.path("key.pem")});
  ASSERT_FALSE(made);
  EXPECT_EQ(test::read_file(directory.path("key.pem")), "");
}

struct host_case {
  const char* name;
  const char* host;
  bool want;
};

class SelfSignedHost : public testing::TestWithParam<host_case> {};

TEST_P(SelfSignedHost, TakesHostNamesAndAddressesOnly) {
  const temporary_directory directory;
  const auto made =
      make_self_signed(GetParam().host, {directory.path("cert.pem"), directory.path("key.pem")});
  EXPECT_EQ(made.has_value(), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Hosts, SelfSignedHost,
                         testing::Values(host_case{"Name", "mx1.example.org", true},
                                         host_case{"V4", "192.0.2.1", true},
                                         host_case{"V6", "2001:db8::1", true},
                                         host_case{"Empty", "", false},
                                         host_case{"SecondName", "a,DNS:b.example", false},
                                         host_case{"Line", "a\nb", false}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace signpost::net
