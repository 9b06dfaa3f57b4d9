// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/dns_checks.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace signpost::api {
namespace {

using namespace std::chrono_literals;

/// Answers when it is told to.
class held_resolver final : public dns::resolver {
 public:
  void resolve(dns::question q, callback done) override {
    const std::lock_guard lock(mutex_);
    asked_.emplace_back(std::move(q), std::move(done));
  }
  [[nodiscard]] std::size_t asked() {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }
  void answer_all() {
    const std::lock_guard lock(mutex_);
    for (auto& [q, done] : asked_) std::exchange(done, [](const dns::answer&) {})({});
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<dns::question, callback>> asked_;
};

std::vector<dns::question> questions(const std::string& name) {
  return {{.name = name, .type = dns::record_type::mx},
          {.name = name, .type = dns::record_type::txt}};
}

TEST(DnsChecks, EqualQuestionsThatAreOpenAreAskedOnce) {
  held_resolver resolver;
  const auto checks = std::make_shared<dns_checks>();
  EXPECT_FALSE(checks->answers(resolver, questions("a.example"), 0ms)[0].has_value());
  std::optional<dns::answer> got;
  std::jthread second(
      [&] { got = checks->answers(resolver, questions("A.Example"), 20s)[0]; });
  while (checks->waiting() < 4) std::this_thread::yield();
  EXPECT_EQ(resolver.asked(), 2U) << "not asked again";
  resolver.answer_all();
  second.join();
  EXPECT_TRUE(got.has_value());
}

TEST(DnsChecks, WhatIsSilentIsWaitedForOnce) {
  held_resolver resolver;
  const auto checks = std::make_shared<dns_checks>();
  const auto first = checks->answers(resolver, questions("dead.example"), 50ms);
  EXPECT_FALSE(first[0].has_value());
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(checks->answers(resolver, questions("dead.example"), 50ms)[1].has_value());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s) << "not 50 ms each";
  EXPECT_EQ(resolver.asked(), 2U);
  resolver.answer_all();
  (void)checks->answers(resolver, questions("dead.example"), 1ms);
  EXPECT_EQ(resolver.asked(), 4U) << "asked again when it has ended";
}

TEST(DnsChecks, OpenQuestionsAreBounded) {
  held_resolver resolver;
  const auto checks = std::make_shared<dns_checks>();
  for (std::size_t i = 0; i < dns_checks::open_max; ++i) {
    (void)checks->answers(resolver, questions("n" + std::to_string(i) + ".example"), 0ms);
  }
  EXPECT_EQ(resolver.asked(), dns_checks::open_max);
  resolver.answer_all();
}

}  // namespace
}  // namespace signpost::api
