// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "base/text.hpp"
#include "proto/dsn/classify.hpp"
#include "proto/dsn/parse.hpp"
#include "proto/dsn/report.hpp"
#include "proto/imf/mime_walk.hpp"
#include "proto/imf/traits.hpp"

namespace signpost::dsn {
namespace {

constexpr std::string_view original =
    "From: bob@example.net\r\nMessage-ID: <m1@example.net>\r\nSubject: hello\r\n\r\nDear Ann\r\n";

report usual() {
  report r{.reporting_mta = "mx.example.org",
           .from_domain = "example.org",
           .to = "bob@example.net",
           .message_id = "r1@mx.example.org",
           .queue_id = "01JDQ7",
           .date = wall_time{seconds{1'790'000'000}},
           .arrival_date = wall_time{seconds{1'789'990'000}},
           .original = original,
           .boundary_seed = "seed"};
  r.recipients.push_back({.original = "info@example.org",
                          .status = "5.1.1",
                          .remote_host = "mx.example.com",
                          .remote_address = "192.0.2.9",
                          .diagnostic = "550-5.1.1 no such\r\n550 5.1.1 user",
                          .last_attempt = wall_time{seconds{1'789'999'000}}});
  return r;
}

struct part_seen {
  std::string type;
  std::string encoding;
  std::string body;
};

std::vector<part_seen> parts_of(const std::string& octets) {
  std::vector<part_seen> out;
  static_cast<void>(imf::walk_parts(imf::message_view(octets), [&](const imf::mime_part& p) {
    if (p.depth == 1) {
      out.push_back({p.type.type + "/" + p.type.subtype, p.view.text("Content-Transfer-Encoding"),
                     std::string(p.view.body())});
    }
    return p.depth == 0 ? imf::walk_step::into : imf::walk_step::over;
  }));
  return out;
}

// What must hold for every report, whatever went in.
void expect_sound(const composed_report& mail) {
  EXPECT_FALSE(imf::has_bare_line_ends(mail.octets));
  EXPECT_LE(imf::max_line_octets(mail.octets), 998U);
  EXPECT_EQ(mail.eight_bit, imf::has_eight_bit(mail.octets));
  const imf::message_view view(mail.octets);
  EXPECT_TRUE(view.has_separator());
  EXPECT_TRUE(imf::is_auto_submitted(view));
  EXPECT_EQ(classify_bounce(view), bounce_kind::standard);
  const auto parts = parts_of(mail.octets);
  ASSERT_EQ(parts.size(), 3U);
  for (const auto& part : parts) {
    EXPECT_EQ(part.encoding == "8bit", imf::has_eight_bit(part.body)) << part.type;
  }
}

TEST(Compose, TellsTheSenderAndTheirMachine) {
  const auto mail = compose(usual());
  ASSERT_TRUE(mail);
  expect_sound(*mail);
  EXPECT_FALSE(mail->eight_bit);
  EXPECT_FALSE(mail->smtputf8);
  const imf::message_view view(mail->octets);
  EXPECT_EQ(view.text("From"), "Mail Delivery System <mailer-daemon@example.org>");
  EXPECT_EQ(view.text("To"), "<bob@example.net>");
  EXPECT_EQ(view.text("Message-ID"), "<r1@mx.example.org>");
  EXPECT_EQ(view.text("In-Reply-To"), "<m1@example.net>");
  EXPECT_EQ(view.text("Auto-Submitted"), "auto-replied");
  const auto parts = parts_of(mail->octets);
  EXPECT_EQ(parts[0].type, "text/plain");
  EXPECT_NE(parts[0].body.find("<info@example.org>\r\n    The address does not exist."),
            std::string::npos);
  EXPECT_NE(parts[0].body.find("The server mx.example.com [192.0.2.9] said:\r\n"
                               "        550-5.1.1 no such 550 5.1.1 user\r\n"),
            std::string::npos);
  EXPECT_EQ(parts[1].type, "message/delivery-status");
  EXPECT_EQ(parts[2].type, "message/rfc822");
  EXPECT_EQ(parts[2].body, original);
}

TEST(Compose, IsReadBackByOurParser) {
  auto r = usual();
  r.envelope_id = "E1";
  r.recipients[0].final_recipient = "ann@example.com";
  r.recipients.push_back({.original = "b\xc3\xbc@example.org", .reason = "nobody answered"});
  const auto mail = compose(r);
  ASSERT_TRUE(mail);
  expect_sound(*mail);
  const auto read = parse_report(imf::message_view(mail->octets));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->reporting_mta.text, "mx.example.org");
  EXPECT_EQ(read->original_envelope_id, "E1");
  EXPECT_EQ(read->original_message_id, "<m1@example.net>");
  EXPECT_EQ(read->arrival_date, to_rfc5322_date(*r.arrival_date));
  ASSERT_EQ(read->recipients.size(), 2U);
  EXPECT_EQ(read->recipients[0].original_recipient.text, "info@example.org");
  EXPECT_EQ(read->recipients[0].final_recipient.text, "ann@example.com");
  EXPECT_EQ(read->recipients[0].action, report_action::failed);
  EXPECT_EQ(read->recipients[0].status, "5.1.1");
  EXPECT_EQ(read->recipients[0].remote_mta.text, "mx.example.com");
  EXPECT_EQ(read->recipients[0].diagnostic_code.type, "smtp");
  EXPECT_EQ(read->recipients[0].diagnostic_code.text, "550-5.1.1 no such 550 5.1.1 user");
  EXPECT_EQ(read->recipients[1].final_recipient.type, "utf-8");
  EXPECT_EQ(read->recipients[1].final_recipient.text, "b\xc3\xbc@example.org");
  EXPECT_EQ(read->recipients[1].status, "5.0.0");
  EXPECT_EQ(read->recipients[1].diagnostic_code.type, "x-signpost");
  EXPECT_FALSE(mail->eight_bit);
}

TEST(Compose, WritesDelayNotices) {
  auto r = usual();
  r.kind = report_kind::delayed;
  r.recipients[0].status = "4.4.1";
  r.recipients[0].will_retry_until = wall_time{seconds{1'790'400'000}};
  const auto mail = compose(r);
  ASSERT_TRUE(mail);
  expect_sound(*mail);
  const auto read = parse_report(imf::message_view(mail->octets));
  EXPECT_EQ(read->recipients[0].action, report_action::delayed);
  EXPECT_EQ(read->recipients[0].will_retry_until,
            to_rfc5322_date(*r.recipients[0].will_retry_until));
  EXPECT_NE(mail->octets.find("only a warning"), std::string::npos);
}

TEST(Compose, WritesInternationalReportsForThoseWhoCanReadThem) {
  auto r = usual();
  const std::string message = "From: b\xc3\xbc@example.net\r\n\r\nhi\r\n";
  r.original = message;
  r.to = "b\xc3\xbc@example.net";
  r.recipients[0].original = "\xc3\xa4nn@example.org";
  const auto mail = compose(r);
  ASSERT_TRUE(mail);
  expect_sound(*mail);
  EXPECT_TRUE(mail->eight_bit);
  EXPECT_TRUE(mail->smtputf8);
  const auto parts = parts_of(mail->octets);
  EXPECT_EQ(parts[1].type, "message/global-delivery-status");
  EXPECT_NE(parts[1].body.find("Final-Recipient: utf-8; \xc3\xa4nn@example.org\r\n"),
            std::string::npos);
  EXPECT_EQ(parts[2].type, "message/global");
  r.headers_only = true;
  EXPECT_EQ(parts_of(compose(r)->octets)[2].type, "message/global-headers");
}

TEST(Compose, StaysAsciiForThoseWhoCannot) {
  auto r = usual();
  const std::string message = "From: b\xc3\xbc@example.net\r\n\r\nhi\r\n";
  r.original = message;
  r.recipients[0].original = "\xc3\xa4nn@example.org";
  r.recipients[0].diagnostic = "550 \xc3\xa4nn?";
  const auto mail = compose(r);
  ASSERT_TRUE(mail);
  expect_sound(*mail);
  EXPECT_FALSE(mail->eight_bit);
  EXPECT_FALSE(mail->smtputf8);
  const auto parts = parts_of(mail->octets);
  EXPECT_EQ(parts[1].type, "message/delivery-status");
  EXPECT_NE(parts[1].body.find("utf-8; \\x{E4}nn@example.org\r\n"), std::string::npos);
  EXPECT_EQ(parts[2].type, "text/rfc822-headers");
  EXPECT_EQ(parts[2].encoding, "quoted-printable");
}

TEST(Compose, NeedsSmtputf8OnlyWhereSomethingIsNotAscii) {
  auto r = usual();
  r.smtputf8 = true;
  const auto mail = compose(r);
  ASSERT_TRUE(mail);
  EXPECT_FALSE(mail->eight_bit);
  EXPECT_FALSE(mail->smtputf8);
}

struct returned_case {
  std::string name;
  std::string message;
  std::string type;
  std::string encoding;
};

TEST(Compose, ReturnsOfTheOriginalWhatCanTravel) {
  const std::string header = "Subject: x\r\n\r\n";
  const returned_case cases[] = {
      {"eight-bit body", header + "\xff\r\n", "message/rfc822", "8bit"},
      {"no line end at the end", header + "x", "message/rfc822", "7bit"},
      {"too large", header + std::string(60, 'x') + "\r\n" + std::string(60 * 1024, '\n'),
       "text/rfc822-headers", "7bit"},
      {"long line", header + std::string(2000, 'x') + "\r\n", "text/rfc822-headers", "7bit"},
      {"bare LF", header + "a\nb\r\n", "text/rfc822-headers", "7bit"},
      {"NUL", header + std::string(1, '\0') + "\r\n", "text/rfc822-headers", "7bit"},
      {"long header line", "Subject: " + std::string(2000, 'x') + "\r\n\r\nx\r\n",
       "text/rfc822-headers", "quoted-printable"},
      {"eight-bit header", "Subject: \xfc\r\n\r\nx\r\n", "text/rfc822-headers", "quoted-printable"},
      {"bare CR in the header", "Subject: a\rb\r\n\r\nx\r\n", "text/rfc822-headers",
       "quoted-printable"},
      {"nothing", "", "message/rfc822", "7bit"},
      {"no header", "words\r\n", "message/rfc822", "7bit"}};
  for (const auto& c : cases) {
    auto r = usual();
    r.original = c.message;
    const auto mail = compose(r);
    ASSERT_TRUE(mail) << c.name;
    expect_sound(*mail);
    EXPECT_EQ(parts_of(mail->octets)[2].type, c.type) << c.name;
    EXPECT_EQ(parts_of(mail->octets)[2].encoding, c.encoding) << c.name;
  }
}

TEST(Compose, KeepsToSevenBitsIfItMust) {
  auto r = usual();
  const std::string message = "Subject: x\r\n\r\n\xff\r\n";
  r.original = message;
  r.smtputf8 = true;
  r.allow_eight_bit = false;
  EXPECT_FALSE(compose(r)->eight_bit);
}

TEST(Compose, BoundsTheReturnedHeader) {
  auto r = usual();
  std::string message;
  while (message.size() < 300 * 1024) message += "X-Long: " + std::string(500, 'x') + "\r\n";
  r.original = message += "\r\nbody\r\n";
  const auto mail = compose(r);
  ASSERT_TRUE(mail);
  expect_sound(*mail);
  EXPECT_LT(mail->octets.size(), returned_header_octets_max + 10'000);
}

TEST(Compose, CannotBeForgedByWhatAServerSaid) {
  auto r = usual();
  r.recipients[0].diagnostic =
      "550 no\r\n\r\nFinal-Recipient: rfc822; eve@example.com\r\n--=_sp_seed--\r\n";
  r.recipients[0].diagnostic += std::string(5000, 'x') + "\x00\x01\xff";
  const auto mail = compose(r);
  ASSERT_TRUE(mail);
  expect_sound(*mail);
  const auto read = parse_report(imf::message_view(mail->octets));
  ASSERT_EQ(read->recipients.size(), 1U);
  EXPECT_EQ(read->recipients[0].final_recipient.text, "info@example.org");
}

TEST(Compose, FindsABoundaryThatStandsNowhere) {
  auto r = usual();
  const std::string message =
      "Subject: x\r\n\r\n--=_sp_seed\r\n--=_sp_seed_0--\r\n--=_sp_seed_1--\r\n";
  r.original = message;
  const auto mail = compose(r);
  ASSERT_TRUE(mail);
  expect_sound(*mail);
  EXPECT_EQ(parts_of(mail->octets)[2].body, message);
}

TEST(Compose, RefusesWhatCannotBeWritten) {
  const auto code = [](auto change) {
    auto r = usual();
    change(r);
    const auto mail = compose(r);
    return mail ? std::string("none") : std::string(to_string(mail.error().code));
  };
  EXPECT_EQ(code([](report&) {}), "none");
  EXPECT_EQ(code([](report& r) { r.to = ""; }), "denied");
  EXPECT_EQ(code([](report& r) { r.recipients.clear(); }), "malformed");
  EXPECT_EQ(code([](report& r) { r.to = "a@b\r\nBcc: c@d"; }), "malformed");
  EXPECT_EQ(code([](report& r) { r.to = "\xff@b"; }), "malformed");
  EXPECT_EQ(code([](report& r) { r.from_domain = "a b"; }), "malformed");
  EXPECT_EQ(code([](report& r) { r.message_id = "a\n"; }), "malformed");
  EXPECT_EQ(code([](report& r) { r.recipients[0].original = ""; }), "malformed");
  EXPECT_EQ(code([](report& r) { r.recipients[0].original = std::string(600, 'a'); }), "malformed");
  EXPECT_EQ(code([](report& r) { r.recipients[0].remote_host = "a\r\n"; }), "malformed");
}

TEST(Compose, RepeatsNoMessageIdThatIsNone) {
  for (const auto* id : {"<a b@c>", "no", "<a>\r\n <b>", "<\xc3\xbc@a>", "<>"}) {
    auto r = usual();
    const auto message = "Message-ID: " + std::string(id) + "\r\n\r\nx\r\n";
    r.original = message;
    const auto mail = compose(r);
    ASSERT_TRUE(mail);
    EXPECT_EQ(imf::message_view(mail->octets).find("In-Reply-To"), nullptr) << id;
  }
}

}  // namespace
}  // namespace signpost::dsn
