// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dsn/classify.hpp"

#include <gtest/gtest.h>

#include <string>

namespace signpost::dsn {
namespace {

struct bounce_case {
  std::string_view octets;
  bounce_kind want;
};

TEST(ClassifyBounce, JudgesByStructureSenderAndWords) {
  const bounce_case cases[] = {
      {"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
       "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n\r\n"
       "Final-Recipient: rfc822; x@y\r\n--b--\r\n",
       bounce_kind::standard},
      {"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b--\r\n",
       bounce_kind::probable},
      {"From: x@y\r\nContent-Type: multipart/report; report-type=feedback-report; "
       "boundary=b\r\n\r\n"
       "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n--b--\r\n",
       bounce_kind::none},
      {"From: MAILER-DAEMON@example.org\r\nSubject: hm\r\n\r\nhm", bounce_kind::probable},
      {"From: Mail Delivery System <x@example.org>\r\n\r\n", bounce_kind::probable},
      {"From: postmaster@example.org\r\nSubject: New rules for mailboxes\r\n\r\nDear all",
       bounce_kind::none},
      {"From: postmaster@example.org\r\nSubject: Undelivered Mail\r\n\r\n", bounce_kind::probable},
      {"From: Post_Master <p@example.org>\r\n\r\nSorry: no such user here", bounce_kind::probable},
      {"Return-Path: <>\r\nFrom: a@example.org\r\nSubject: Out of office\r\n\r\n",
       bounce_kind::none},
      {"Return-Path: <>\r\nFrom: a@example.org\r\nSubject: Mail failed\r\n\r\n",
       bounce_kind::probable},
      {"From: ann@example.org\r\nSubject: Fwd: Returned mail\r\n\r\nuser unknown",
       bounce_kind::none},
      {"", bounce_kind::none},
      // A report that somebody forwards is not a report to us.
      {"From: ann@example.org\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: "
       "multipart/report;"
       " report-type=delivery-status; boundary=b\r\n\r\n--b--\r\n",
       bounce_kind::none},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(classify_bounce(imf::message_view(c.octets)), c.want) << c.octets;
  }
}

struct notification_case {
  std::string_view octets;
  notification_kind want;
};

TEST(ClassifyNotification, TakesWhatMachinesSayOfMailTheyGot) {
  using enum notification_kind;
  const notification_case cases[] = {
      {"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b--\r\n",
       report},
      {"From: ann@example.org\r\nContent-Type: multipart/report; boundary=b;\r\n "
       "report-type=disposition-notification\r\n\r\n--b--\r\n",
       report},
      {"From: abuse@example.org\r\nContent-Type: multipart/report; boundary=b;\r\n "
       "report-type=feedback-report\r\n\r\n--b--\r\n",
       report},
      {"From: x@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
       "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n--b--\r\n",
       report},
      {"From: MAILER-DAEMON@example.org\r\n\r\n", bounce},
      {"From: x@example.org\r\nX-Failed-Recipients: y@example.net\r\n\r\n", bounce},
      {"From: x@example.org\r\nSubject: Undeliverable: hello\r\n\r\n", bounce},
      {"From: x@example.org\r\nSubject: oops\r\n\r\nHi. This is the qmail-send program at a.\r\n",
       bounce},
      {"From: ann@example.org\r\nAuto-Submitted: auto-replied (vacation)\r\n\r\nI am away",
       automatic},
      {"From: ann@example.org\r\nPrecedence: bulk\r\n\r\nI am away", automatic},
      {"From: ann@example.org\r\nSubject: hello\r\n\r\nbuy this", none},
      {"From: ann@example.org\r\nAuto-Submitted: no\r\n\r\nbuy this", none},
      {"", none},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(classify_notification(imf::message_view(c.octets)), c.want) << c.octets;
  }
}

}  // namespace
}  // namespace signpost::dsn
