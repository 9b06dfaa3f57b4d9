// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/hello.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "base/text.hpp"
#include "cluster/link/identity.hpp"

namespace signpost::cluster::link {
namespace {

constexpr auto cluster_id = "8b3c1f005a6e4b1c9a520c4d4f1f7a10";

node_facts node(node_number number, std::string name, std::string last) {
  return {.cluster = cluster_id,
          .name = std::move(name),
          .node_id = "1111111111111111111111111111111" + last,
          .disk_id = "2222222222222222222222222222222" + last,
          .boot = "3333333333333333333333333333333" + last,
          .number = number,
          .tenure = 3,
          .roles = role_set::all(),
          .address = "192.0.2.1:2529"};
}

const node_facts us = node(1, "a", "1");
const hello theirs{.node = node(2, "b", "2"),
                   .to = 1,
                   .use = lane::bulk,
                   .requests_max = 1024,
                   .body_window = 5};
const hello_expectation expected{
    .certified = {.cluster = cluster_id, .name = "b", .roles = role_set::all()},
    .number = 2,
    .known_name = "b",
    .known_id = theirs.node.node_id};

TEST(LinkHello, Golden) {
  EXPECT_EQ(
      to_hex(as_bytes(encode(theirs))),
      "1020386233633166303035613665346231633961353230633464346631663761313001622031"
      "3131313131313131313131313131313131313131313131313131313131313220323232323232"
      "3232323232323232323232323232323232323232323232323232203333333333333333333333"
      "33333333333333333333333333333333333333333202031f0e3139322e302e322e313a323532"
      "3901010101800805");
}

TEST(LinkHello, ComesBackAndIsNothingWhenCut) {
  const auto octets = encode(theirs);
  EXPECT_EQ(decode_hello(octets), theirs);
  for (std::size_t n = 0; n < octets.size(); ++n) {
    EXPECT_FALSE(decode_hello(std::string_view(octets).substr(0, n))) << n;
  }
  EXPECT_FALSE(decode_hello(octets + "x"));
  auto newer = octets;
  newer[0] = '\x11';
  EXPECT_EQ(decode_hello(newer + "more"), theirs);
  EXPECT_FALSE(decode_hello(newer + std::string(hello_octets_max, 'x')));
}

TEST(LinkHello, IsAcceptedAsExpected) {
  EXPECT_EQ(judge_hello(theirs, us, expected), 1);
  auto unknown = expected;
  unknown.number = 0;
  unknown.known_id = "";
  EXPECT_EQ(judge_hello(theirs, us, unknown), 1) << "a member that was never met";
}

struct refusal {
  const char* why;
  errc code;
  std::function<void(hello&, hello_expectation&)> change;
};

TEST(LinkHello, IsRefused) {
  const auto other_id = "00000000000000000000000000000000";
  const std::vector<refusal> refusals{
      {"another cluster", errc::denied, [&](auto& h, auto&) { h.node.cluster = other_id; }},
      {"a certificate of another cluster", errc::denied,
       [&](auto&, auto& e) { e.certified.cluster = other_id; }},
      {"another node's name", errc::denied, [](auto& h, auto&) { h.node.name = "c"; }},
      {"a name that the number does not have", errc::denied,
       [](auto&, auto& e) { e.known_name = "c"; }},
      {"not a member", errc::denied, [](auto&, auto& e) { e.known_name = ""; }},
      {"a role that is not in the certificate", errc::denied,
       [](auto&, auto& e) { e.certified.roles = role_set::all().without(role::signing); }},
      {"removed", errc::denied, [](auto&, auto& e) { e.removed = true; }},
      {"no number", errc::conflict, [](auto& h, auto&) { h.node.number = 0; }},
      {"our number", errc::conflict, [](auto& h, auto&) { h.node.number = 1; }},
      {"our node_id", errc::conflict, [](auto& h, auto&) { h.node.node_id = us.node_id; }},
      {"a known number with another node_id", errc::conflict,
       [&](auto& h, auto&) { h.node.node_id = other_id; }},
      {"not who was dialled", errc::denied, [](auto&, auto& e) { e.number = 3; }},
      {"looks for somebody else", errc::denied, [](auto& h, auto&) { h.to = 9; }},
      {"only newer versions", errc::unavailable,
       [](auto& h, auto&) { h.node.version_min = h.node.version_max = 2; }},
      {"only older versions", errc::unavailable,
       [](auto& h, auto&) { h.node.version_min = h.node.version_max = 0; }},
  };
  for (const auto& r : refusals) {
    auto h = theirs;
    auto e = expected;
    r.change(h, e);
    const auto got = judge_hello(h, us, e);
    ASSERT_FALSE(got) << r.why;
    EXPECT_EQ(got.error().code, r.code) << r.why << ": " << got.error().context;
  }
}

TEST(LinkHello, TheNewestVersionInCommonIsSpoken) {
  auto newer_us = us;
  newer_us.version_min = 3;
  newer_us.version_max = 4;
  auto h = theirs;
  h.node.version_min = 2;
  h.node.version_max = 3;
  EXPECT_EQ(judge_hello(h, newer_us, expected), 3);
}

// ---- certificates' names -----------------------------------------------------------------------

TEST(LinkIdentity, ComesBackFromItsUri) {
  const identity who{.cluster = cluster_id,
                     .name = "mx1",
                     .roles = role_set().with(role::ingress).with(role::delivery)};
  const auto uri = identity_uri(who);
  EXPECT_EQ(uri, "signpost://8b3c1f005a6e4b1c9a520c4d4f1f7a10/mx1?roles=ingress,delivery");
  const std::vector<std::string> uris{"https://other.example/", uri};
  EXPECT_EQ(read_identity(uris), who);
}

TEST(LinkIdentity, OtherUrisAreRefused) {
  const std::string start = std::string("signpost://") + cluster_id;
  for (const std::string uri :
       {"", "https://x/", "signpost:", "signpost://", "signpost:///", "signpost://x/a?roles=auth",
        "signpost:///a?roles=auth"}) {
    EXPECT_FALSE(read_identity(std::vector{uri})) << uri;
  }
  for (const std::string rest :
       {"", "/", "/a", "/a?roles=", "/a?roles=unknown", "/?roles=auth", "/A?roles=auth",
        "/a/b?roles=auth", "/-a?roles=auth", "/a-?roles=auth", "/a?role=auth", "?roles=auth/a"}) {
    EXPECT_FALSE(read_identity(std::vector{start + rest})) << rest;
  }
  EXPECT_FALSE(read_identity(std::vector{start + '/' + std::string(64, 'a') + "?roles=auth"}));
  EXPECT_TRUE(read_identity(std::vector{start + '/' + std::string(63, 'a') + "?roles=auth"}));
  const auto two = std::vector{start + "/a?roles=auth", start + "/b?roles=auth"};
  EXPECT_FALSE(read_identity(two)) << "which of them would it be?";
  EXPECT_FALSE(read_identity(std::vector{start + "/a?roles=auth" + std::string(600, ',')}));
}

TEST(LinkIdentity, RolesOfLaterVersionsAreIgnored) {
  const auto uri = std::string("signpost://") + cluster_id + "/a?roles=signing,archive";
  EXPECT_EQ(read_identity(std::vector{uri})->roles, role_set().with(role::signing));
  EXPECT_FALSE(read_roles("signing,archive")) << "a person may have mistyped it";
  EXPECT_EQ(role_set::from_bits(0xFF), role_set::all());
}

}  // namespace
}  // namespace signpost::cluster::link
