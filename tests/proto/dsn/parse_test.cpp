// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dsn/parse.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/random.hpp"
#include "base/text.hpp"
#include "proto/dsn/classify.hpp"

namespace signpost::dsn {
namespace {

std::string report_with(std::string_view status, std::string_view encoding = "7bit") {
  return "From: x@example.org\r\n"
         "Content-Type: multipart/report; boundary=b\r\n\r\n"
         "--b\r\n\r\nSorry.\r\n"
         "--b\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: "
         + std::string(encoding) + "\r\n\r\n" + std::string(status)
         + "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
           "Message-ID: <1@example.org>\r\nSubject: x\r\n\r\nbody\r\n--b--\r\n";
}

constexpr std::string_view two_recipients =
    "Reporting-MTA: dns; mx.example.org\r\n"
    "Arrival-Date: Mon, 23 Nov 2026 20:46:00 +0000\r\n"
    "Original-Envelope-Id: QQ1\r\n"
    "\r\n"
    "Original-Recipient: rfc822;info@example.org\r\n"
    "FINAL-RECIPIENT: RFC822; <ann@example.net>\r\n"
    "Action: Failed (permanently)\r\n"
    "Status: 5.1.1 (no such user)\r\n"
    "Remote-MTA: dns; mx.example.net\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1\r\n  no such; user\r\n"
    "Last-Attempt-Date: today\r\n"
    "\r\n"
    "Final-Recipient: utf-8; b\\x{FC}@example.net\r\n"
    "Action: delayed\r\n"
    "Status: 4.4.1\r\n"
    "Will-Retry-Until: tomorrow\r\n";

void expect_two_recipients(const std::string& octets) {
  const auto report = parse_report(imf::message_view(octets));
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->reporting_mta.type, "dns");
  EXPECT_EQ(report->reporting_mta.text, "mx.example.org");
  EXPECT_EQ(report->original_envelope_id, "QQ1");
  EXPECT_EQ(report->original_message_id, "<1@example.org>");
  ASSERT_EQ(report->recipients.size(), 2U);
  const auto& one = report->recipients[0];
  EXPECT_EQ(one.original_recipient.text, "info@example.org");
  EXPECT_EQ(one.final_recipient.type, "rfc822");
  EXPECT_EQ(one.final_recipient.text, "ann@example.net");
  EXPECT_EQ(one.action, report_action::failed);
  EXPECT_EQ(one.status, "5.1.1");
  EXPECT_EQ(one.remote_mta.text, "mx.example.net");
  EXPECT_EQ(one.diagnostic_code.text, "550 5.1.1  no such; user");
  EXPECT_EQ(one.last_attempt_date, "today");
  const auto& two = report->recipients[1];
  EXPECT_EQ(two.final_recipient.text, "b\xc3\xbc@example.net");
  EXPECT_EQ(two.action, report_action::delayed);
  EXPECT_EQ(two.will_retry_until, "tomorrow");
}

std::string with_ends(std::string_view octets, std::string_view end) {
  std::string out;
  for (const char c : octets) {
    if (c == '\n')
      out += end;
    else if (c != '\r')
      out += c;
  }
  return out;
}

TEST(ParseReport, ReadsEveryGroupWithAnyLineEnds) {
  const auto octets = report_with(two_recipients);
  expect_two_recipients(octets);
  expect_two_recipients(with_ends(octets, "\n"));
  expect_two_recipients(with_ends(octets, "\r"));
}

TEST(ParseReport, ReadsEncodedStatusParts) {
  expect_two_recipients(report_with(to_base64(as_bytes(two_recipients)), "base64"));
  auto quoted = std::string(two_recipients);
  quoted.replace(quoted.find("Reporting"), 9, "R=65port=\r\ning");
  expect_two_recipients(report_with(quoted, "quoted-printable"));
}

TEST(ParseReport, ReadsThroughDirt) {
  auto dirty = "\r\n\r\n" + std::string(two_recipients);
  dirty.replace(dirty.find("Action: Failed"), 0, "this is no field\r\n");
  dirty.replace(dirty.find("Final-Recipient: utf"), 0, "\r\n\r\n");
  expect_two_recipients(report_with(dirty));
}

TEST(ParseReport, ReadsASingleGroupWithEverything) {
  const auto octets =
      report_with("Reporting-MTA: dns; a\r\nFinal-Recipient: x@y\r\nStatus: five\r\n");
  const auto report = parse_report(imf::message_view(octets));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->reporting_mta.text, "a");
  ASSERT_EQ(report->recipients.size(), 1U);
  EXPECT_EQ(report->recipients[0].final_recipient.type, "");
  EXPECT_EQ(report->recipients[0].final_recipient.text, "x@y");
  EXPECT_EQ(report->recipients[0].status, "");
  EXPECT_EQ(report->recipients[0].action, std::nullopt);
}

TEST(ParseReport, SaysWhyThereIsNone) {
  EXPECT_EQ(parse_report(imf::message_view("Subject: x\r\n\r\nbody")).error().code,
            errc::not_found);
  const auto empty = report_with("no field\r\n");
  EXPECT_EQ(parse_report(imf::message_view(empty)).error().code, errc::malformed);
}

TEST(ParseReport, TakesAReportThatNamesNobody) {
  const auto octets = report_with("Reporting-MTA: dns; a\r\n");
  const auto report = parse_report(imf::message_view(octets));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->reporting_mta.text, "a");
  EXPECT_TRUE(report->recipients.empty());
}

TEST(ParseReport, PartsRecipientsWithoutABlankLineBetweenThem) {
  const auto octets = report_with(
      "Reporting-MTA: dns; a\r\nFinal-Recipient: x@y\r\nStatus: 5.1.1\r\n"
      "Final-Recipient: z@y\r\nStatus: 5.2.2\r\n");
  const auto report = parse_report(imf::message_view(octets));
  ASSERT_TRUE(report);
  ASSERT_EQ(report->recipients.size(), 2U);
  EXPECT_EQ(report->recipients[0].status, "5.1.1");
  EXPECT_EQ(report->recipients[1].final_recipient.text, "z@y");
  EXPECT_EQ(report->recipients[1].status, "5.2.2");
}

TEST(ParseReport, LooksNotIntoTheReturnedMessage) {
  const auto inner = report_with(two_recipients);
  const auto octets = "Content-Type: message/rfc822\r\n\r\n" + inner;
  EXPECT_EQ(parse_report(imf::message_view(octets)).error().code, errc::not_found);
}

TEST(ParseReport, BoundsTheRecipients) {
  std::string status;
  for (std::size_t i = 0; i < report_recipients_max + 10; ++i)
    status += "Final-Recipient: a\r\n\r\n";
  const auto octets = report_with(status);
  EXPECT_EQ(parse_report(imf::message_view(octets))->recipients.size(), report_recipients_max);
}

TEST(ParseReport, SurvivesEveryPrefixAndEveryChangedOctet) {
  const auto octets = report_with(two_recipients);
  seeded_random random(11);
  for (std::size_t n = 0; n <= octets.size(); ++n) {
    auto changed = octets;
    if (n < octets.size()) changed[n] = static_cast<char>(random.below(256));
    static_cast<void>(parse_report(imf::message_view(octets.substr(0, n))));
    static_cast<void>(parse_report(imf::message_view(changed)));
    static_cast<void>(classify_bounce(imf::message_view(changed)));
  }
}

TEST(ParseReport, IsQuickWithWhatAStrangerCanWrite) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::string_view piece :
       {"\r\n ", "x\r\n", "A: b\r", "\n", "\r", "A: b\n\n", "(", "A:(\r\n"}) {
    std::string status;
    while (status.size() < 1 << 20) status += piece;
    const auto octets = report_with(status);
    static_cast<void>(parse_report(imf::message_view(octets)));
    static_cast<void>(parse_report(imf::message_view(with_ends(octets, "\r"))));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
}

}  // namespace
}  // namespace signpost::dsn
