// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages, keys and a DNS for the tests of authentication. The keys stand in the DNS for
// example.org, list.example and other.example under the selector `ed`.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "model/authentication/authentication.hpp"
#include "proto/arc/sealer.hpp"
#include "tests/proto/dkim/support.hpp"
#include "tests/support/table_resolver.hpp"

namespace signpost::model {

class AuthenticationTest : public testing::Test {
 protected:
  AuthenticationTest() {
    for (const auto* domain : {"example.org", "list.example", "other.example"}) {
      dns.add_txt("ed._domainkey." + std::string(domain),
                  dkim::key_record_text(dkim::ed25519_key()->public_half()));
    }
    dns.add_txt("_dmarc.example.org", "v=DMARC1; p=reject")
        .add_txt("example.org", "v=spf1 ip4:192.0.2.1 -all")
        .add_txt("mx.example.org", "v=spf1 ip4:192.0.2.1 -all");
    options.authserv_id = "mx.node.example";
  }

  authentication_results check(const std::string& message,
                               const std::string& sender = "ada@example.org",
                               const std::string& client = "192.0.2.1") {
    authentication a({.client = *ip_address::parse(client),
                      .helo = "mx.example.org",
                      .sender = sender,
                      .octets = message,
                      .now = dkim::test_time},
                     options);
    asked.clear();
    for (auto questions = a.next_questions(); !questions.empty(); questions = a.next_questions()) {
      ++rounds;
      for (const auto& q : questions) {
        asked.push_back(q.name);
        dns.resolve(q, [&](const dns::answer& answer) { a.answer(q, answer); });
      }
    }
    EXPECT_TRUE(a.finished());
    return a.results();
  }
  [[nodiscard]] std::ptrdiff_t times_asked(std::string_view name) const {
    return std::ranges::count(asked, name);
  }

  static dkim::signer_options signer(const std::string& domain) {
    return {.domain = domain, .selector = "ed", .key = dkim::ed25519_key()};
  }
  static std::string signed_by(const std::string& domain,
                               const std::string& message = dkim::test_message()) {
    return dkim::signed_message(message, signer(domain));
  }

  /// One more ARC set. `results` is what follows the authserv-id; `names` are the fields that are
  /// signed, else the usual ones.
  static std::string sealed_by(const std::string& domain, const std::string& results,
                               const std::string& message,
                               arc::chain_status status = arc::chain_status::pass,
                               const std::optional<std::vector<std::string>>& names = {}) {
    const imf::message_view view(message);
    dkim::message_hasher hasher(view);
    if (!arc::read_chain(hasher).exists()) status = arc::chain_status::none;
    arc::sealer_options sealer{.domain = domain, .selector = "ed", .key = dkim::ed25519_key()};
    if (names) sealer.fields = {.names = *names, .oversigned = {}};
    return arc::seal_message(hasher, status, domain + "; " + results, sealer, dkim::test_time)
               .value()
               .text()
           + message;
  }

  /// By list.example, whose signature covers `names` alone.
  static std::string sealed_over(const std::vector<std::string>& names,
                                 const std::string& message) {
    return sealed_by("list.example", "dmarc=pass header.from=example.org", message,
                     arc::chain_status::none, names);
  }

  test::table_resolver dns{[](const std::function<void()>& task) { task(); }};
  authentication_options options;
  std::vector<std::string> asked;
  int rounds = 0;
};

inline constexpr const char* elsewhere = "203.0.113.9";
inline constexpr const char* said_pass = "dmarc=pass header.from=example.org";

}  // namespace signpost::model
