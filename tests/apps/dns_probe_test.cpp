// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/dns_probe.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/support/manual_clock.hpp"

namespace signpost {
namespace {

/// Answers when the test says so, and as it says.
class silent_resolver final : public dns::resolver {
 public:
  void resolve(dns::question q, callback done) override {
    names.insert(q.name);
    waiting.push_back(std::move(done));
  }
  void answer_all(dns::status with) {
    for (auto& done : std::exchange(waiting, {})) done({.status = with});
  }
  std::set<std::string> names;
  std::vector<callback> waiting;
};

class DnsProbe : public testing::Test {
 protected:
  void pass(seconds time, std::optional<dns::status> answers) {
    for (; time > seconds(0); time -= seconds(1)) {
      probe.step();
      if (answers) resolver.answer_all(*answers);
      clock.advance(seconds(1));
    }
  }
  test::manual_clock clock;
  seeded_random random{1};
  silent_resolver resolver;
  dns_probe probe{resolver, clock, random, "mx.example.net"};
};

TEST_F(DnsProbe, AnyAnswerWillDo) {
  for (const auto status : {dns::status::nxdomain, dns::status::nodata, dns::status::records}) {
    pass(seconds(100), status);
    EXPECT_EQ(probe.trouble(), "");
  }
  EXPECT_GE(resolver.names.size(), 15U) << "no name is asked for twice";
  for (const auto& name : resolver.names) EXPECT_TRUE(name.ends_with(".mx.example.net")) << name;
}

TEST_F(DnsProbe, ADeadResolverIsToldAndSoIsItsRecovery) {
  for (const auto status : {dns::status::timeout, dns::status::servfail}) {
    pass(seconds(50), status);
    EXPECT_EQ(probe.trouble(), "");
    pass(seconds(20), status);
    EXPECT_EQ(probe.trouble().substr(0, 19), "no DNS answer for 7");
    pass(seconds(20), dns::status::nxdomain);
    EXPECT_EQ(probe.trouble(), "");
    clock.advance(seconds(15));
    pass(seconds(1), dns::status::nxdomain);
  }
}

TEST_F(DnsProbe, AQuestionThatDoesNotEndIsNotAskedAgain) {
  pass(seconds(200), std::nullopt);
  EXPECT_EQ(resolver.waiting.size(), 1U);
  EXPECT_NE(probe.trouble(), "");
}

}  // namespace
}  // namespace signpost
