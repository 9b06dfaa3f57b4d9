// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dsn/explain.hpp"

#include <gtest/gtest.h>

#include "proto/dsn/delivery_status.hpp"

namespace signpost::dsn {
namespace {

TEST(Explain, TakesTheMostSpecificRow) {
  EXPECT_EQ(explain("5.1.1").happened, "The address does not exist.");
  EXPECT_EQ(explain("4.2.2").happened, "The mailbox of the recipient is full.");
  EXPECT_EQ(explain("5.1.10").happened, "The recipient's domain does not accept mail.");
  EXPECT_EQ(explain("5.1.99").happened, "The address was refused.");
  EXPECT_EQ(explain("5.7.2").happened,
            "The recipient's mail system refused the message by its rules.");
  EXPECT_EQ(explain("5.0.0").happened, "The message could not be delivered.");
  EXPECT_EQ(explain("").happened, "The message could not be delivered.");
}

TEST(FittingStatus, IsAlwaysAnEnhancedCodeOfTheKind) {
  struct status_case {
    std::string_view given;
    report_kind kind;
    std::string_view want;
  };
  const status_case cases[] = {
      {"5.1.1", report_kind::failed, "5.1.1"},      {"4.4.7", report_kind::failed, "4.4.7"},
      {"2.0.0", report_kind::failed, "5.0.0"},      {"5.1.1", report_kind::delayed, "4.0.0"},
      {"4.4.1", report_kind::delayed, "4.4.1"},     {"", report_kind::failed, "5.0.0"},
      {"5.1", report_kind::failed, "5.0.0"},        {"5.1234.1", report_kind::failed, "5.0.0"},
      {"5.1.1\r\nX", report_kind::failed, "5.0.0"}, {"55.1.1", report_kind::failed, "5.0.0"}};
  for (const auto& c : cases) EXPECT_EQ(fitting_status(c.given, c.kind), c.want) << c.given;
}

TEST(SafeDiagnostic, HidesTheAddressThatTheSenderMustNotLearn) {
  recipient_status one{.original = "info@example.org", .hidden = "ann@private.example"};
  one.diagnostic = "550-5.1.1 <Ann@Private.example>: no\r\n550 5.1.1 ann@private.example unknown";
  EXPECT_EQ(safe_diagnostic(one, false),
            "550-5.1.1 <info@example.org>: no 550 5.1.1 info@example.org unknown");
}

TEST(SafeDiagnostic, IsCutWithoutBreakingACharacter) {
  recipient_status one{.original = "a@b"};
  one.diagnostic = "x";
  while (one.diagnostic.size() < 3 * diagnostic_octets_max) one.diagnostic += "\xc3\xbc";
  const auto text = safe_diagnostic(one, true);
  EXPECT_EQ(text.size(), diagnostic_octets_max - 1);
  EXPECT_EQ(text.back(), '\xbc');
}

}  // namespace
}  // namespace signpost::dsn
