// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "monitoring/families.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "model/authentication/admission.hpp"
#include "model/replies.hpp"
#include "proto/smtp/replies.hpp"
#include "tests/support/exposition_parser.hpp"

namespace signpost::monitoring {
namespace {

using test::exposition_family;
using test::exposition_format;
using test::label_list;

std::vector<exposition_family> read_back(const metrics& m) {
  auto families = test::parse_exposition(exposition(m), exposition_format::prometheus_text);
  EXPECT_TRUE(families) << families.error().context;
  return families.value_or(std::vector<exposition_family>());
}

double sample_value(const metrics& m, const std::string& name, const label_list& labels) {
  for (const auto& family : read_back(m)) {
    for (const auto& sample : family.samples) {
      auto sorted = sample.labels;
      std::ranges::sort(sorted);
      if (sample.name == name && sorted == labels) return sample.value;
    }
  }
  return -1;
}

TEST(Metrics, MakeAPageThatOurOwnParserTakesWithoutObjection) {
  const metrics m({.version = "1.2.3", .compiler = "gcc"});
  m.smtp.accept_seconds.observe(0.02);
  m.delivery.latency_seconds.observe(1e9);
  const auto families = read_back(m);
  EXPECT_GT(families.size(), 20U);
  EXPECT_EQ(test::lint_exposition(families), std::vector<std::string>());
}

TEST(Metrics, CountUnderTheirLabels) {
  const metrics m({.version = "1.2.3"});
  m.dns.questions.add("mx", "nxdomain");
  m.dns.questions.add("mx", "nxdomain", 2);
  m.smtp.rejections.add("unknown_recipient");
  m.queue.recipients.with("deferred").set(7);
  m.smtp.open_sessions.add();
  m.smtp.open_sessions.add();
  m.smtp.open_sessions.subtract();
  EXPECT_EQ(
      sample_value(m, "signpost_dns_questions_total", {{"status", "nxdomain"}, {"type", "mx"}}), 3);
  EXPECT_EQ(sample_value(m, "signpost_smtp_rejections_total", {{"reason", "unknown_recipient"}}),
            1);
  EXPECT_EQ(sample_value(m, "signpost_queue_recipients", {{"state", "deferred"}}), 7);
  EXPECT_EQ(sample_value(m, "signpost_smtp_open_sessions", {}), 1);
  EXPECT_EQ(sample_value(m, "signpost_build_info", {{"compiler", ""}, {"version", "1.2.3"}}), 1);
}

TEST(Metrics, CountUnknownWordsAsOther) {
  const metrics m({});
  m.smtp.rejections.add("a word from a stranger");
  m.smtp.rejections.add("");
  m.delivery.attempts.add("delivered", "something new");
  EXPECT_EQ(m.smtp.rejections.value("other"), 2U);
  EXPECT_EQ(m.delivery.attempts.value("delivered", "other"), 1U);
  EXPECT_EQ(exposition(m).find("stranger"), std::string::npos);
}

void expect_reason(std::string_view reason) {
  const metrics m({});
  m.smtp.rejections.add(reason);
  EXPECT_EQ(m.smtp.rejections.value("other"), 0U) << reason;
}

// Said of destinations, in reports: no client is refused with them.
bool is_of_delivery(model::reply_kind kind) {
  using enum model::reply_kind;
  return (kind >= null_mx && kind <= dns_failed) || kind == expired || kind == unreadable;
}

TEST(Metrics, KnowEveryReasonOfARefusal) {
  for (const auto reason : model::refusal_reasons()) expect_reason(reason);
  for (const auto& row : model::reply_rows()) {
    if (!is_of_delivery(row.kind)) expect_reason(row.reason);
  }
  for (const auto& row : smtp::reply_table()) {
    if (!row.reason.empty()) expect_reason(row.reason);
  }
  // Of actors/ingress and actors/routing alone.
  for (const auto reason : {"overload", "no_space", "storage", "trouble", "way_back_guess"}) {
    expect_reason(reason);
  }
}

TEST(Metrics, ShowOneStateOfTheSpool) {
  const metrics m({});
  m.spool.state.show_state("well");
  m.spool.state.show_state("full");
  EXPECT_EQ(sample_value(m, "signpost_spool_state", {{"state", "well"}}), 0);
  EXPECT_EQ(sample_value(m, "signpost_spool_state", {{"state", "full"}}), 1);
}

TEST(Metrics, AreAllInTheReferencePageAndNothingElseIs) {
  std::ifstream file(SIGNPOST_METRICS_PAGE);
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::size_t listed = 0;
  for (auto at = page.find("\n| `signpost_"); at != std::string::npos;
       at = page.find("\n| `signpost_", at + 1)) {
    ++listed;
  }
  const metrics m({});
  const auto families = read_back(m);
  EXPECT_EQ(listed, families.size());
  for (const auto& family : families) {
    EXPECT_NE(page.find("| `" + family.name + "` |"), std::string::npos) << family.name;
  }
}

}  // namespace
}  // namespace signpost::monitoring
