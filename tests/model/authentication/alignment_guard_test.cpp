// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/authentication/alignment_guard.hpp"

#include <gtest/gtest.h>

#include "model/authentication/author_reader.hpp"

namespace signpost::model {
namespace {

author_facts unproven(std::initializer_list<author_domain> domains) {
  return {.known = true, .domains = domains};
}

struct organization_case {
  const char* domain;
  const char* walked;
  bool below_suffix;
  const char* widest;
};

TEST(WidestOrganization, IsWhatAnyReceiverMayTake) {
  const organization_case cases[] = {
      {"zone.example", "", false, "zone.example"},
      {"a.b.zone.example", "", false, "zone.example"},
      {"a.b.zone.example", "a.b.zone.example", false, "zone.example"},
      {"a.b.zone.example", "b.zone.example", true, "b.zone.example"},
      {"a.b.zone.example", "", true, "zone.example"},
      {"a.zone.example", "example", false, "example"},
      {"shop.co.uk", "", false, "shop.co.uk"},
      {"mail.shop.co.uk", "", false, "shop.co.uk"},
      {"mail.shop.co.uk", "co.uk", false, "co.uk"},
      {"co.uk", "", false, "co.uk"},
      {"a.co.example", "", false, "co.example"},
      {"localhost", "", false, "localhost"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(widest_organization(c.domain, c.walked, c.below_suffix), c.widest) << c.domain;
  }
}

TEST(AlignmentGuard, LendsNothingThatMayBeAligned) {
  const auto author = unproven({{"boss.zone.example", "zone.example"}});
  const alignment_guard guard(author);
  for (const auto* name : {"zone.example", "boss.zone.example", "mail.zone.example",
                           "a.boss.zone.example", "ZONE.Example", "example"}) {
    EXPECT_FALSE(guard.may_use(name)) << name;
  }
  for (const auto* name : {"other.example", "notzone.example", "zone.example.net", "ne.example"}) {
    EXPECT_TRUE(guard.may_use(name)) << name;
  }
}

TEST(AlignmentGuard, LendsEverythingToWhoeverIsProvenAndNothingToWhoeverIsUnknown) {
  auto author = unproven({{"zone.example", "zone.example"}});
  author.proven = true;
  EXPECT_TRUE(alignment_guard(author).may_use("zone.example"));
  const author_facts nobody_looked;
  EXPECT_FALSE(alignment_guard(nobody_looked).may_use("zone.example"));
  const author_facts anybody{.known = true, .anybody = true};
  EXPECT_FALSE(alignment_guard(anybody).may_use("zone.example"));
  const author_facts nobody{.known = true};
  EXPECT_TRUE(alignment_guard(nobody).may_use("zone.example"));
}

TEST(AlignmentGuard, ChoosesTheFirstSafeNameForTheSender) {
  const auto zones = unproven({{"zone.example", "zone.example"}});
  EXPECT_EQ(alignment_guard(zones).sender_domain("zone.example", "mx.node.example"),
            "mx.node.example");
  EXPECT_EQ(alignment_guard(zones).sender_domain("tenant.example", "mx.node.example"),
            "tenant.example");
  EXPECT_EQ(alignment_guard(zones).sender_domain("zone.example", "mx.zone.example"), std::nullopt);
  EXPECT_EQ(alignment_guard(zones).sender_domain("", "mx.node.example"), "mx.node.example");
  EXPECT_EQ(alignment_guard(zones).sender_domain("", "mx.zone.example"), std::nullopt);
}

TEST(AlignmentGuard, SaysWhatCanBeSent) {
  const auto author = unproven({{"node.example", "node.example"}});
  const auto sendable = [&](bool null_sender, std::vector<std::string_view> zones) {
    return can_be_sent(author, {.null_sender = null_sender,
                                .host_name = "mx.node.example",
                                .zones = std::move(zones)});
  };
  EXPECT_TRUE(sendable(false, {"tenant.example"}));
  EXPECT_FALSE(sendable(false, {"tenant.example", "node.example"}));
  EXPECT_FALSE(sendable(false, {""}));
  // Then our name in EHLO stands for the sender.
  EXPECT_FALSE(sendable(true, {"tenant.example"}));
}

// A list of another organization that broke its member's signature, where zone and node are of the
// member's own.
TEST(AlignmentGuard, KeepsASenderThatLendsNothingWhereNoNameIsLeft) {
  const auto author = unproven({{"node.example", "node.example"}});
  const auto sendable = [&](std::string_view sender_domain, bool proven) {
    return can_be_sent(author, {.sender_domain = sender_domain,
                                .sender_proven = proven,
                                .host_name = "mx.node.example",
                                .zones = {"node.example"}});
  };
  EXPECT_TRUE(sendable("lists.example.org", true));
  EXPECT_FALSE(sendable("lists.example.org", false));
  EXPECT_FALSE(sendable("node.example", true));
  EXPECT_FALSE(sendable("other.node.example", true));
  EXPECT_FALSE(sendable("", true));
}

}  // namespace
}  // namespace signpost::model
