// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// `dns` and `doctor`.
#include "apps/signpost/commands/health_checks.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "net/tls/certificate.hpp"
#include "net/tls/tls_context.hpp"
#include "tests/apps/signpost/cli_fixture.hpp"
#include "tests/support/table_resolver.hpp"

namespace signpost::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class Health : public CliFixture {
 protected:
  Health() {
    server_.answer(
        "GET /client/v4/accounts/" + id_of('a') + "/email/routing/zones?page=1&per_page=50",
        {{{"id", id_of('1')}, {"name", "zone.example"}, {"enabled", true}},
         {{"id", id_of('2')}, {"name", "off.example"}, {"enabled", false}}});
  }
  static json record(const char* type, const char* content, bool required, const char* status,
                     const char* fault) {
    return {{"purpose", "x"},
            {"required", required},
            {"type", type},
            {"name", "zone.example"},
            {"content", content},
            {"priority", type == std::string("MX") ? json(10) : json(nullptr)},
            {"status", status},
            {"found", json::array()},
            {"fault", *fault == 0 ? json(nullptr) : json(fault)},
            {"text", *fault == 0 ? "" : "there is none"},
            {"fix", *fault == 0 ? "" : "publish it"}};
  }
  void dns_says(const char* mx_status, const char* fault) {
    server_.answer(
        "GET " + at_own_zone("/dns"),
        {{"zone", "zone.example"},
         {"domains",
          {{{"domain", "zone.example"},
            {"ready", *fault == 0},
            {"records",
             {record("MX", "mx.node.example", true, mx_status, fault),
              record("TXT", "v=spf1 a:mx.node.example ~all", true, "ok", ""),
              record("TXT", "v=DMARC1; p=none", false, "missing", "dmarc.missing")}}}}}});
  }
  static health worst(const findings& all) {
    health out = health::ok;
    for (const auto& one : all) out = std::max(out, one.level);
    return out;
  }
};

TEST_F(Health, DnsShowTellsEachRecordsState) {
  dns_says("missing", "mx.missing");
  const auto o = ask({"dns", "show", "zone.example"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, HasSubstr("      10 mx.node.example\n      mx.missing: there is none\n"
                               "      publish it\n"));
  EXPECT_THAT(o.out, HasSubstr("v=spf1 a:mx.node.example ~all\n      ok\n"));
  EXPECT_THAT(o.out, HasSubstr("(recommended)"));
  EXPECT_EQ(ask_json({"dns", "show", "zone.example"})[0]["ready"], false);
}

TEST_F(Health, DnsCheckEndsWithOneIfSomethingIsWrong) {
  dns_says("missing", "mx.missing");
  const auto bad = ask({"dns", "check"});
  EXPECT_EQ(bad.status, negative);
  EXPECT_EQ(bad.out, "zone.example  MX zone.example  mx.missing: there is none\n  publish it\n");
  dns_says("ok", "");
  const auto good = ask({"dns", "check", "zone.example"});
  EXPECT_EQ(good.status, done);
  EXPECT_EQ(good.out, "ok: 1 domain\n");
}

TEST_F(Health, DnsCheckDoesNotCallSilenceGood) {
  dns_says("unknown", "mx.unknown");
  EXPECT_EQ(ask({"dns", "check"}).status, negative);
}

TEST_F(Health, DnsExportIsTheServersText) {
  server_.answers["GET " + at_own_zone("/dns/export")] = {
      .status = 200, .body = "zone.example. IN MX 10 mx.node.example.\n"};
  EXPECT_EQ(ask({"dns", "export", "zone.example"}).out,
            "zone.example. IN MX 10 mx.node.example.\n");
}

TEST_F(Health, DoctorEndsWithOneIfSomethingFailed) {
  dns_says("missing", "mx.missing");
  server_.answer("GET /signpost/v1/status",
                 {{"ready", true},
                  {"version", "1.2.3"},
                  {"host_name", "mx.node.example"},
                  {"numbers", {{"config.rules_left_out", 2}, {"config.zones_left_out", 0}}}});
  environment_.emplace_back("SIGNPOST_API_URL", "https://far.example");
  environment_.emplace_back("SIGNPOST_API_TOKEN", "t");
  const auto o = run({"doctor"});
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.out,
              HasSubstr("ok    node            signpost 1.2.3 on mx.node.example is ready\n"));
  EXPECT_THAT(o.out, HasSubstr("warn  rules           0 zones and 2 rules are configured but "));
  EXPECT_THAT(o.out, HasSubstr("fail  DNS             zone.example: mx.missing"));
  EXPECT_THAT(o.out, Not(HasSubstr("data directory"))) << "that is another machine";
  dns_says("ok", "");
  EXPECT_EQ(run({"doctor"}).status, done) << "a warning is no failure";
}

TEST_F(Health, DoctorNamesZonesWithoutProof) {
  const auto page = [](const char* status) {
    return "GET /client/v4/zones?status=" + std::string(status) + "&page=1&per_page=50";
  };
  dns_says("ok", "");
  environment_.emplace_back("SIGNPOST_API_URL", "https://far.example");
  environment_.emplace_back("SIGNPOST_API_TOKEN", "t");
  server_.answer("GET /signpost/v1/status", {{"ready", true}});
  server_.answer(page("pending"), {{{"id", id_of('3')}, {"name", "new.example"}},
                                   {{"id", id_of('4')}, {"name", "other.example"}}});
  server_.answer(page("moved"), json::array({{{"id", id_of('5')}, {"name", "lost.example"}}}));
  const auto o = run({"doctor"});
  EXPECT_EQ(o.status, done) << "they are their owners' concern";
  EXPECT_THAT(o.out, HasSubstr("warn  ownership       pending without proof of ownership, so no "
                               "mail is accepted: new.example, other.example\n"));
  EXPECT_THAT(o.out, HasSubstr("taken away without proof of ownership, so no mail is accepted: "
                               "lost.example\n"));
  EXPECT_THAT(o.out, HasSubstr("`signpost zone check ZONE`"));
  server_.answer(page("pending"), json::array());
  server_.answer(page("moved"), json::array());
  EXPECT_THAT(run({"doctor"}).out, Not(HasSubstr("ownership")));
}

TEST_F(Health, AnActivityLogInTroubleIsAWarning) {
  dns_says("ok", "");
  environment_.emplace_back("SIGNPOST_API_URL", "https://far.example");
  environment_.emplace_back("SIGNPOST_API_TOKEN", "t");
  const auto doctor_with = [&](json log) {
    server_.answer("GET /signpost/v1/status",
                   {{"ready", true}, {"spool", {{"activity_log", std::move(log)}}}});
    const auto o = run({"doctor"});
    EXPECT_EQ(o.status, done);
    return o.out;
  };
  EXPECT_THAT(doctor_with({{"well", true}}), HasSubstr("ok    activity log    it works\n"));
  EXPECT_THAT(doctor_with({{"well", false}, {"trouble", "no disk"}}),
              HasSubstr("warn  activity log    it is not available: no disk"));
  EXPECT_THAT(doctor_with({{"well", true}, {"unreadable", 3}}),
              HasSubstr("0 events were dropped, 3 reads failed"));
}

TEST_F(Health, DoctorLooksAtThisMachine) {
  server_.is_there = false;
  const auto o = ask({"doctor", "--offline", "--json"});
  EXPECT_EQ(o.status, negative);
  const auto rows = json::parse(o.out);
  const auto text_for = [&](const std::string& check) {
    for (const auto& row : rows) {
      if (row["check"] == check && row["level"] == "fail") return row["text"].get<std::string>();
    }
    return std::string();
  };
  EXPECT_THAT(text_for("settings"), HasSubstr("postmaster"));
  EXPECT_THAT(text_for("data directory"), HasSubstr(path("data")));
  EXPECT_THAT(text_for("node"), HasSubstr("no node answers"));
}

TEST_F(Health, AnOpenDataDirectoryIsAFault) {
  daemon_settings s;
  s.data_dir = path("data");
  ::mkdir(s.data_dir.c_str(), 0755);
  ::chmod(s.data_dir.c_str(), 0755);
  EXPECT_EQ(worst(check_data_directory(s)), health::fail);
  ::chmod(s.data_dir.c_str(), 0700);
  s.free_space_min = {1};
  EXPECT_EQ(worst(check_data_directory(s)), health::ok);
  s.free_space_min = {1ULL << 60};
  EXPECT_EQ(worst(check_data_directory(s)), health::fail);
}

TEST_F(Health, TheFirstTokenShouldNotLieAround) {
  daemon_settings s;
  s.data_dir = path("data");
  ::mkdir(s.data_dir.c_str(), 0700);
  EXPECT_TRUE(check_first_token(s).empty()) << "there is none without a store";
  s.api.config_source = "store";
  EXPECT_EQ(worst(check_first_token(s)), health::ok);
  test::write_file(path("data/admin-token"), "secret\n");
  EXPECT_EQ(worst(check_first_token(s)), health::warn);
}

TEST_F(Health, SecretsAreTheNodesAlone) {
  daemon_settings s;
  s.data_dir = path("data");
  ::mkdir(s.data_dir.c_str(), 0700);
  EXPECT_EQ(worst(check_secrets(s)), health::ok) << "there are none yet";
  const auto secrets = path("data/srs_secrets");
  test::write_file(secrets, "a secret of enough octets\n");
  for (const auto mode : {0644, 0604, 0666}) {
    ::chmod(secrets.c_str(), static_cast<mode_t>(mode));
    const auto found = check_secrets(s);
    ASSERT_EQ(worst(found), health::fail) << mode;
    EXPECT_NE(found.front().text.find("chmod 600 " + secrets), std::string::npos)
        << found.front().text;
  }
  ::chmod(secrets.c_str(), 0640);
  EXPECT_EQ(worst(check_secrets(s)), health::ok) << "our own group";
  ::chmod(s.data_dir.c_str(), 0707);
  EXPECT_EQ(worst(check_data_directory(s)), health::fail);
  EXPECT_EQ(worst(check_secrets(s)), health::fail) << "others could replace it";
}

TEST_F(Health, ABadKeyIsToldUnderItsOwnSetting) {
  daemon_settings s;
  s.data_dir = path("data");
  s.mail.smtp.tls_certificate = path("tls.pem");
  s.mail.smtp.tls_key = path("tls.key");
  ASSERT_TRUE(net::make_self_signed("mx.node.example",
                                    {.certificate = path("tls.pem"), .key = path("tls.key")}));
  EXPECT_EQ(worst(check_secrets(s)), health::ok);
  ::chmod(path("tls.key").c_str(), 0644);
  EXPECT_THAT(check_secrets(s).front().text, ::testing::StartsWith("smtp.tls_key: "));
  ::chmod(path("tls.key").c_str(), 0600);
  test::write_file(path("tls.key"), "nothing");
  EXPECT_THAT(check_secrets(s).front().text, ::testing::StartsWith("smtp.tls_key: "));
  ::unlink(path("tls.pem").c_str());
  ASSERT_TRUE(net::make_self_signed("mx.node.example",
                                    {.certificate = path("o.pem"), .key = path("o.key")}));
  s.mail.smtp.tls_key = path("o.key");
  EXPECT_THAT(check_secrets(s).front().text, ::testing::StartsWith("smtp.tls_certificate: "));
}

TEST_F(Health, ACertificateMustLast) {
  daemon_settings s;
  s.data_dir = path("data");
  EXPECT_EQ(worst(check_certificate(s, time_.now())), health::warn)
      << "the node uses a self-signed one";
  s.mail.smtp.tls_certificate = path("tls.pem");
  s.mail.smtp.tls_key = path("tls.key");
  EXPECT_EQ(worst(check_certificate(s, time_.now())), health::fail) << "no file";
  ASSERT_TRUE(net::make_self_signed("mx.node.example",
                                    {.certificate = path("tls.pem"), .key = path("tls.key")}));
  const auto ends = net::certificate_expiry(path("tls.pem"));
  ASSERT_TRUE(ends) << ends.error().context;
  EXPECT_EQ(worst(check_certificate(s, *ends - std::chrono::days(15))), health::ok);
  EXPECT_EQ(worst(check_certificate(s, *ends - std::chrono::days(13))), health::warn);
  EXPECT_EQ(worst(check_certificate(s, *ends)), health::fail);
  test::write_file(path("tls.pem"), "nothing");
  EXPECT_EQ(net::certificate_expiry(path("tls.pem")).error().code, errc::malformed);
}

TEST_F(Health, PortsThatDoNotAnswerAreFaults) {
  daemon_settings s;
  // Nobody may listen there without being root.
  s.mail.smtp.listen = {"127.0.0.1:1"};
  s.monitoring_listen = "";
  EXPECT_EQ(worst(check_ports(s)), health::fail);
}

class OwnNames : public ::testing::Test {
 protected:
  test::table_resolver resolver_{[](const std::function<void()>& later) { later(); }};
};

TEST_F(OwnNames, LeadThereAndBack) {
  resolver_.add_address("mx.node.example", "192.0.2.1");
  EXPECT_EQ(check_own_names(resolver_, "mx.node.example").front().level, health::fail);
  resolver_.add_ptr("192.0.2.1", "other.example");
  EXPECT_THAT(check_own_names(resolver_, "mx.node.example").front().text,
              HasSubstr("other.example"));
  resolver_.add_ptr("192.0.2.1", "mx.node.example");
  EXPECT_EQ(check_own_names(resolver_, "mx.node.example").front().level, health::ok);
}

TEST_F(OwnNames, MustBeThereAtAll) {
  const auto found = check_own_names(resolver_, "mx.node.example");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].level, health::fail);
}

}  // namespace
}  // namespace signpost::cli
