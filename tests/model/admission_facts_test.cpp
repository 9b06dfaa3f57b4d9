// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/admission_facts.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "model/authentication/alignment_guard.hpp"

namespace signpost::model {
namespace {

smtp::reverse_path sender(std::string_view text) {
  return smtp::reverse_path::parse(text).value();
}

authentication_results by(std::string_view author) {
  authentication_results found{.checked = true, .spf = verdict::pass};
  found.author = {.known = true,
                  .domains = {{.name = std::string(author),
                               .organization = widest_organization(author, {}, false)}}};
  return found;
}

admission_facts facts(const authentication_results& found, const smtp::reverse_path& from,
                      std::vector<std::string_view> zones) {
  const auto is_ours = [](std::string_view name) { return is_at_or_below(name, "zone.example"); };
  return admission_facts_of(found, {.sender = from,
                                    .host_name = "mx.node.example",
                                    .zones = std::move(zones),
                                    .is_ours = is_ours});
}

TEST(AdmissionFacts, TellAnAuthorOfOurs) {
  const auto from = sender("<x@attacker.example>");
  EXPECT_TRUE(facts(by("zone.example"), from, {"other.example"}).author_is_ours);
  EXPECT_TRUE(facts(by("below.zone.example"), from, {"other.example"}).author_is_ours);
  EXPECT_FALSE(facts(by("sender.example"), from, {"other.example"}).author_is_ours);
  auto proven = by("zone.example");
  proven.author.proven = true;
  EXPECT_FALSE(facts(proven, from, {"other.example"}).author_is_ours) << "nothing is in doubt";
  const auto found = by("zone.example");
  EXPECT_FALSE(admission_facts_of(found, {.sender = from, .host_name = "mx.node.example"})
                   .author_is_ours)
      << "nobody says what is ours";
}

TEST(AdmissionFacts, TellWhetherANameIsLeftForEveryCopy) {
  const auto from = sender("<x@node.example>");  // not kept: the author's own domain
  const auto found = by("node.example");
  EXPECT_TRUE(facts(found, from, {"zone.example"}).can_be_sent);
  EXPECT_FALSE(facts(found, from, {""}).can_be_sent) << "in the node's name alone";
  EXPECT_FALSE(facts(found, from, {"zone.example", "a.node.example"}).can_be_sent);
  EXPECT_TRUE(facts(found, from, {}).can_be_sent) << "nothing is sent";
}

TEST(AdmissionFacts, KnowASenderThatMayStay) {
  const auto found = by("node.example");
  EXPECT_TRUE(facts(found, sender("<x@attacker.example>"), {""}).can_be_sent);
  auto failed = found;
  failed.spf = verdict::softfail;
  EXPECT_FALSE(facts(failed, sender("<x@attacker.example>"), {""}).can_be_sent);
  failed.dkim_domains = {"attacker.example"};
  EXPECT_TRUE(facts(failed, sender("<x@attacker.example>"), {""}).can_be_sent);
  EXPECT_FALSE(facts(found, sender("<x@[192.0.2.1]>"), {""}).can_be_sent);
  EXPECT_FALSE(facts(found, sender("<>"), {"zone.example"}).can_be_sent) << "EHLO has our name";
}

TEST(AdmissionFacts, CopiesAreOfTheZoneWhoseRuleNamesTheirDestination) {
  route_decision d{.kind = route_kind::forward, .zone = "a.example", .rule = "1"};
  std::vector<std::string_view> zones;
  add_zones_of(d, zones);
  EXPECT_EQ(zones, std::vector<std::string_view>{"a.example"}) << "they are not known yet";
  d.destinations = {{.mailbox = address::mailbox::parse("x@dest.example").value()},
                    {.webhook = "https://dest.example/", .zone = "b.example", .rule = "2"}};
  zones.clear();
  add_zones_of(d, zones);
  EXPECT_EQ(zones, (std::vector<std::string_view>{"a.example", "b.example"}));
  d.kind = route_kind::drop;
  zones.clear();
  add_zones_of(d, zones);
  EXPECT_TRUE(zones.empty());
}

}  // namespace
}  // namespace signpost::model
