// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/received.hpp"

#include <gtest/gtest.h>

#include <string>

#include "proto/imf/fields.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/traits.hpp"

namespace signpost::imf {
namespace {

received_info usual() {
  return {.helo = "client.example.net",
          .client_name = "host-7.example.net",
          .client_address = *ip_address::parse("2001:db8::7"),
          .by_host = "mx.example.org",
          .protocol = "ESMTPS",
          .tls_version = "TLSv1.3",
          .tls_cipher = "TLS_AES_256_GCM_SHA384",
          .tls_bits = 256,
          .queue_id = "01JDQ7",
          .for_recipient = "ann@example.org",
          .date = "Mon, 23 Nov 2026 20:46:00 +0000"};
}

TEST(ReceivedField, SaysHowTheMessageCame) {
  EXPECT_EQ(received_field(usual()),
            "Received: from client.example.net (host-7.example.net [IPv6:2001:db8::7])\r\n"
            " (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256 bits))\r\n"
            " by mx.example.org (Signpost) with ESMTPS id 01JDQ7 for <ann@example.org>;\r\n"
            " Mon, 23 Nov 2026 20:46:00 +0000\r\n");
}

TEST(ReceivedField, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(received_field({.client_address = *ip_address::parse("192.0.2.7"),
                            .by_host = "mx.example.org",
                            .protocol = "SMTP",
                            .date = "Mon, 23 Nov 2026 20:46:00 +0000"}),
            "Received: from [192.0.2.7] ([192.0.2.7]) by mx.example.org\r\n"
            " (Signpost) with SMTP; Mon, 23 Nov 2026 20:46:00 +0000\r\n");
}

TEST(ReceivedField, CannotBeForgedByTheClient) {
  auto info = usual();
  info.helo = "x) by evil\r\nEvil: yes; (\xc3\xbc";
  info.client_name = "a]) (b\n";
  info.for_recipient = "a@b>\r\nEvil: 1";
  const auto field = received_field(info);
  const message_view view(field);
  ASSERT_EQ(view.fields().size(), 1U);
  EXPECT_EQ(view.fields()[0].whole, field);
  EXPECT_EQ(field.find("Evil:"), std::string::npos);
  EXPECT_EQ(field.find(" for "), std::string::npos);
  EXPECT_EQ(received_by_host_count(view, "evil"), 0U);
  EXPECT_EQ(received_by_host_count(view, "mx.example.org"), 1U);
  EXPECT_FALSE(has_eight_bit(field));
}

TEST(ReceivedField, KeepsUtf8WithTheUtf8ProtocolsAlone) {
  auto info = usual();
  info.for_recipient = "\xc3\xa4nn@example.org";
  EXPECT_EQ(received_field(info).find(" for"), std::string::npos);
  info.protocol = "UTF8SMTPS";
  EXPECT_NE(received_field(info).find("<\xc3\xa4nn@example.org>"), std::string::npos);
  info.for_recipient = "\xc3@example.org";
  EXPECT_FALSE(has_eight_bit(received_field(info)));
}

TEST(ReceivedField, StaysWithinALineWhateverItIsGiven) {
  auto info = usual();
  info.helo = std::string(5000, 'h');
  info.tls_cipher = std::string(5000, 'c');
  info.queue_id = std::string(5000, 'q');
  info.for_recipient = std::string(5000, 'r') + "@example.org";
  EXPECT_LE(max_line_octets(received_field(info)), line_octets_max);
}

}  // namespace
}  // namespace signpost::imf
