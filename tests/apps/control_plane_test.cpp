// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the control plane of signpostd is made of: its settings, its secrets, CORS, DKIM keys.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "api/frame/access.hpp"
#include "apps/signpostd/api_settings.hpp"
#include "apps/signpostd/control_secrets.hpp"
#include "apps/signpostd/cors.hpp"
#include "apps/signpostd/dkim_key_service.hpp"
#include "tests/storage/control_support.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost {
namespace {

struct settings_case {
  const char* name;
  void (*change)(api_settings&);
  const char* fault;  ///< a word of it; empty = there is none
};

class ApiSettings : public testing::TestWithParam<settings_case> {};

TEST_P(ApiSettings, AreChecked) {
  api_settings s;
  GetParam().change(s);
  std::vector<std::string> faults;
  check(s, faults);
  const std::string want = GetParam().fault;
  ASSERT_EQ(faults.size(), want.empty() ? 0U : 1U) << (faults.empty() ? "" : faults.front());
  if (!want.empty()) {
    EXPECT_NE(faults.front().find(want), std::string::npos) << faults.front();
  }
}

INSTANTIATE_TEST_SUITE_P(
    ControlPlane, ApiSettings,
    testing::Values(
        settings_case{"Defaults", [](api_settings&) {}, ""},
        settings_case{"Nowhere", [](api_settings& s) { s.listen.clear(); }, ""},
        settings_case{"Ipv6Loopback", [](api_settings& s) { s.listen = {"[::1]:80"}; }, ""},
        settings_case{"PlainOutside", [](api_settings& s) { s.listen = {"0.0.0.0:80"}; },
                      "can be reached from outside"},
        settings_case{"PlainOutsideAllowed",
                      [](api_settings& s) {
                        s.listen = {"0.0.0.0:80"};
                        s.allow_plaintext = true;
                      },
                      ""},
        settings_case{"TlsOutside",
                      [](api_settings& s) {
                        s.listen = {"192.0.2.1:443"};
                        s.tls_certificate = "a";
                        s.tls_key = "b";
                      },
                      ""},
        settings_case{"NoKey", [](api_settings& s) { s.tls_certificate = "a"; }, "both"},
        settings_case{"NoPort", [](api_settings& s) { s.listen = {"127.0.0.1"}; }, "ADDRESS:PORT"},
        settings_case{"Source", [](api_settings& s) { s.config_source = "stone"; },
                      "config.source"},
        settings_case{"SlashAtTheEnd", [](api_settings& s) { s.public_url = "https://a.example/"; },
                      "without a slash"},
        settings_case{"UrlWithPath", [](api_settings& s) { s.public_url = "https://a.example/x"; },
                      ""},
        settings_case{"OriginWithPath",
                      [](api_settings& s) { s.cors_origins = {"https://a.example/x"}; },
                      "cors_origins"},
        settings_case{"Proxies",
                      [](api_settings& s) { s.trusted_proxies = {"10.0.0.0/8", "::1"}; }, ""},
        settings_case{"AProxyByName",
                      [](api_settings& s) { s.trusted_proxies = {"proxy.example"}; },
                      "trusted_proxies"},
        settings_case{"AnyOrigin", [](api_settings& s) { s.cors_origins = {"*"}; }, "cors_origins"},
        settings_case{"TwoMechanisms", [](api_settings& s) { s.spf_mechanism = "mx a"; },
                      "spf_mechanism"}),
    [](const auto& one) { return std::string(one.param.name); });

net::http_request options_from(const std::string& origin) {
  net::http_request r{.method = "OPTIONS", .path = "/client/v4/zones"};
  if (!origin.empty()) r.headers.push_back({"Origin", origin});
  return r;
}

bool says_anything(const net::http_response& r) {
  for (const auto& field : r.headers) {
    if (field.name.starts_with("Access-Control")) return true;
  }
  return false;
}

TEST(Cors, IsClosedUnlessOriginsAreNamed) {
  const cors_policy closed({});
  const auto refused = closed.preflight(options_from("https://a.example"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_FALSE(says_anything(refused));
  EXPECT_EQ(closed.preflight(options_from("")).status, 405);
  net::http_response answer;
  closed.allow(options_from("https://a.example"), answer);
  EXPECT_TRUE(answer.headers.empty());
}

TEST(Cors, AnswersOnlyTheOriginsThatAreNamed) {
  const cors_policy open({"https://a.example", "http://b.example:3000"});
  const auto answer = open.preflight(options_from("http://b.example:3000"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "http://b.example:3000");
  EXPECT_EQ(answer.header("Vary"), "Origin");
  for (const auto* other :
       {"https://a.example.evil", "http://a.example", "null", "https://A.EXAMPLE"}) {
    EXPECT_EQ(open.preflight(options_from(other)).status, 403) << other;
    net::http_response response;
    open.allow(options_from(other), response);
    EXPECT_FALSE(says_anything(response)) << other;
  }
}

class ControlSecrets : public testing::Test {
 protected:
  ControlSecrets() {
    options_.path = folder_.path() + "/config";
    options_.free_octets_min = 0;
    store_ = storage::must_open_control(options_);
  }
  static std::string content(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static unsigned mode(const std::string& path) {
    struct stat about {};
    EXPECT_EQ(::stat(path.c_str(), &about), 0);
    return about.st_mode & 07777U;
  }

  storage::temporary_folder folder_;
  storage::control_store_options options_;
  test::manual_clock time_;
  system_random random_;
  std::unique_ptr<model::control_store> store_;
  std::string path_ = folder_.path() + "/admin-token";
};

TEST_F(ControlSecrets, TheFirstTokenIsWrittenOnce) {
  EXPECT_EQ(prepare_administrator(*store_, path_, time_, random_), true);
  EXPECT_EQ(mode(path_), 0600U);
  auto text = content(path_);
  ASSERT_TRUE(text.ends_with('\n'));
  text.pop_back();
  EXPECT_TRUE(store_->read()->token_by_hash(api::token_hash(text)).has_value());
  EXPECT_EQ(prepare_administrator(*store_, path_, time_, random_), false);
  EXPECT_EQ(content(path_), text + "\n");
}

TEST_F(ControlSecrets, AFileThatIsThereIsNotOverwritten) {
  std::ofstream(path_) << "mine\n";
  const auto refused = prepare_administrator(*store_, path_, time_, random_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, errc::conflict);
  EXPECT_EQ(content(path_), "mine\n");
  EXPECT_EQ(store_->read()->totals().value().accounts, 0U);
}

TEST_F(ControlSecrets, KeysStayTheSame) {
  const auto link = prepare_link_key(*store_, time_, random_);
  ASSERT_TRUE(link.has_value()) << to_string(link.error());
  EXPECT_EQ(link->size(), 32U);
  EXPECT_EQ(prepare_link_key(*store_, time_, random_), *link);
  const auto path = folder_.path() + "/webhook-secret";
  const auto webhook = prepare_webhook_key(path, random_);
  ASSERT_TRUE(webhook.has_value()) << to_string(webhook.error());
  EXPECT_EQ(webhook->size(), 64U);
  EXPECT_EQ(mode(path), 0600U);
  EXPECT_EQ(prepare_webhook_key(path, random_), *webhook);
  std::ofstream(path) << "short\n";
  EXPECT_FALSE(prepare_webhook_key(path, random_).has_value());
}

TEST_F(ControlSecrets, DkimKeysThatAreToBePublished) {
  int changes = 0;
  dkim_key_service service(folder_.path() + "/dkim", time_, [&] { ++changes; });
  EXPECT_TRUE(service.records("zone.example").empty());
  const auto first = service.generate("zone.example", {.type = "ed25519", .selector = "one"});
  ASSERT_TRUE(first.has_value()) << to_string(first.error());
  EXPECT_EQ(first->state, "pending");
  EXPECT_FALSE(first->waits_for_record);
  // The first of its type has to be published before it can sign.
  ASSERT_EQ(service.records("zone.example").size(), 1U);
  EXPECT_EQ(service.records("zone.example").front().name, "one._domainkey.zone.example");
  ASSERT_TRUE(service.activate("zone.example", "one").has_value());
  ASSERT_TRUE(service.generate("zone.example", {.type = "ed25519", .selector = "two"}).has_value());
  ASSERT_EQ(service.records("zone.example").size(), 1U);
  EXPECT_EQ(service.records("zone.example").front().name, "one._domainkey.zone.example");
  const auto second = service.activate("zone.example", "two");
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->state, "active");
  EXPECT_EQ(service.records("zone.example").front().name, "two._domainkey.zone.example");
  EXPECT_EQ(changes, 4);
  const auto third =
      service.generate("zone.example", {.type = "ed25519", .selector = "three", .active = true});
  ASSERT_TRUE(third.has_value());
  EXPECT_EQ(third->state, "pending");
  EXPECT_TRUE(third->waits_for_record);
  EXPECT_EQ(service.records("zone.example").size(), 2U) << "somebody has to publish it";
  EXPECT_EQ(changes, 5);
  EXPECT_EQ(service.activate("zone.example", "none").error().code, errc::not_found);
  EXPECT_EQ(service.generate("zone.example", {.type = "dsa"}).error().code, errc::malformed);
  EXPECT_EQ(changes, 5);
}

}  // namespace
}  // namespace signpost
