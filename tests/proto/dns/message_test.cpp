// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dns/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.hpp"
#include "tests/support/fake_dns_server.hpp"

namespace signpost::dns {
namespace {

using namespace std::string_literals;
using test::a_data;
using test::mx_data;
using test::txt_data;
using test::wire_name;

std::string two(unsigned value) {
  return {static_cast<char>(value >> 8U & 0xffU), static_cast<char>(value & 0xffU)};
}

struct raw_record {
  std::string owner;  ///< on the wire
  unsigned type = 0;
  std::string data;
  unsigned ttl = 300;
};

std::string message(std::string_view name, unsigned type, const std::vector<raw_record>& answers,
                    unsigned rcode = 0, const std::vector<raw_record>& authorities = {}) {
  std::string out = two(7) + two(0x8180U | rcode) + two(1)
                    + two(static_cast<unsigned>(answers.size()))
                    + two(static_cast<unsigned>(authorities.size())) + two(0);
  out += wire_name(name) + two(type) + two(1);
  for (const auto* section : {&answers, &authorities}) {
    for (const auto& one : *section) {
      out += one.owner + two(one.type) + two(1) + two(one.ttl >> 16U) + two(one.ttl);
      out += two(static_cast<unsigned>(one.data.size())) + one.data;
    }
  }
  return out;
}

result<answer> parse(std::string_view name, record_type type, const std::string& bytes) {
  return parse_response({std::string(name), type}, as_bytes(bytes));
}

/// A pointer to the question's name, which always stands at octet 12.
const std::string question_pointer = "\xc0\x0c"s;

TEST(DnsMessage, ReadsMxRecordsWithCompressedNames) {
  const auto bytes = message("example.org", 15,
                             {{question_pointer, 15, two(10) + "\x02MX"s + question_pointer},
                              {question_pointer, 15, two(20) + "\0"s, 120}});
  const auto got = parse("EXAMPLE.org.", record_type::mx, bytes);
  ASSERT_TRUE(got) << got.error().context;
  ASSERT_EQ(got->records.size(), 2U);
  EXPECT_EQ(got->status, status::records);
  EXPECT_EQ(got->records[0].name, "mx.example.org");
  EXPECT_EQ(got->records[0].preference, 10);
  EXPECT_EQ(got->records[1].name, "") << "the root, as in a null MX";
  EXPECT_EQ(got->ttl, std::chrono::seconds(120));
}

TEST(DnsMessage, JoinsTheStringsOfATxtRecord) {
  const auto bytes =
      message("example.org", 16, {{question_pointer, 16, txt_data({"v=spf1 ", "", "-all"})}});
  const auto got = parse("example.org", record_type::txt, bytes);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->records[0].text, "v=spf1 -all");
}

TEST(DnsMessage, ReadsAddressesAndRawOctets) {
  const auto v4 = parse("h.example", record_type::a,
                        message("h.example", 1, {{question_pointer, 1, a_data("192.0.2.9")}}));
  EXPECT_EQ(v4->records[0].address.to_string(), "192.0.2.9");
  const auto v6 = parse("h.example", record_type::aaaa,
                        message("h.example", 28, {{question_pointer, 28, a_data("2001:db8::1")}}));
  EXPECT_EQ(v6->records[0].address.to_string(), "2001:db8::1");
  const auto tlsa = parse("h.example", record_type::tlsa,
                          message("h.example", 52, {{question_pointer, 52, "\x03\x01\x01xyz"s}}));
  EXPECT_EQ(tlsa->records[0].rdata, "\x03\x01\x01xyz");
}

TEST(DnsMessage, FollowsAliasesInAnyOrderAndTakesTheSmallestTtl) {
  const auto bytes = message("a.example", 1,
                             {{wire_name("c.example"), 1, a_data("192.0.2.1"), 500},
                              {wire_name("B.example"), 5, wire_name("c.example"), 30},
                              {wire_name("a.example"), 5, wire_name("b.EXAMPLE"), 400}});
  const auto got = parse("a.example", record_type::a, bytes);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->canonical_name, "c.example");
  EXPECT_EQ(got->records.size(), 1U);
  EXPECT_EQ(got->ttl, std::chrono::seconds(30));
}

TEST(DnsMessage, DoesNotFollowWhenAskedForTheAlias) {
  const auto bytes = message("a.example", 5, {{question_pointer, 5, wire_name("b.example")}});
  const auto got = parse("a.example", record_type::cname, bytes);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->canonical_name, "");
  EXPECT_EQ(got->records[0].name, "b.example");
}

TEST(DnsMessage, EndsACircleOfAliases) {
  const auto bytes = message("a.example", 1,
                             {{wire_name("a.example"), 5, wire_name("b.example")},
                              {wire_name("b.example"), 5, wire_name("a.example")}});
  const auto got = parse("a.example", record_type::a, bytes);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::limit_exceeded);
}

TEST(DnsMessage, PassesOverRecordsOfOthers) {
  const auto bytes = message("a.example", 1,
                             {{wire_name("victim.example"), 1, a_data("192.0.2.66")},
                              {question_pointer, 16, txt_data({"x"})}});
  const auto got = parse("a.example", record_type::a, bytes);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, status::nodata);
}

TEST(DnsMessage, TakesTheNegativeTtlFromTheSoa) {
  const std::string soa =
      wire_name("ns.example") + wire_name("h.example") + std::string(16, '\0') + two(0) + two(90);
  const std::vector<raw_record> authority{{wire_name("example"), 6, soa, 3600}};
  const auto missing =
      parse("x.example", record_type::a, message("x.example", 1, {}, 3, authority));
  EXPECT_EQ(missing->status, status::nxdomain);
  EXPECT_EQ(missing->ttl, std::chrono::seconds(90));
  const auto without = parse("x.example", record_type::a, message("x.example", 1, {}, 3));
  EXPECT_EQ(without->ttl, std::chrono::seconds(0));
}

TEST(DnsMessage, AnyOtherResponseCodeIsServfailWithItsName) {
  const auto got = parse("x.example", record_type::a, message("x.example", 1, {}, 5));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, status::servfail);
  EXPECT_THAT(got->reason, testing::HasSubstr("REFUSED"));
}

TEST(DnsMessage, ADotInsideALabelStaysInsideIt) {
  const auto bytes = message("a.example", 12, {{question_pointer, 12, "\x05mx.\\z\x03org\0"s}});
  const auto got = parse("a.example", record_type::ptr, bytes);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->records[0].name, "mx\\046\\092z.org");
}

TEST(DnsMessage, ATtlWithItsHighestBitSetIsZero) {
  const auto bytes =
      message("a.example", 1, {{question_pointer, 1, a_data("192.0.2.1"), 0xffffffffU}});
  EXPECT_EQ(parse("a.example", record_type::a, bytes)->ttl, std::chrono::seconds(0));
}

struct bad_case {
  const char* name;
  record_type type;
  std::string bytes;
};

class BadDnsMessage : public testing::TestWithParam<bad_case> {};

TEST_P(BadDnsMessage, IsMalformed) {
  const auto got = parse("a.example", GetParam().type, GetParam().bytes);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::malformed);
}

std::string query_flags(std::string bytes) {
  bytes[2] = '\x01';
  return bytes;
}

INSTANTIATE_TEST_SUITE_P(
    Messages, BadDnsMessage,
    testing::Values(bad_case{"Empty", record_type::a, ""},
                    bad_case{"HeaderOnlyHalf", record_type::a, "abcdef"},
                    bad_case{"AQuery", record_type::a, query_flags(message("a.example", 1, {}))},
                    bad_case{"ShortAddress", record_type::a,
                             message("a.example", 1, {{question_pointer, 1, "\1\2\3"s}})},
                    bad_case{
                        "LongAddress", record_type::aaaa,
                        message("a.example", 28, {{question_pointer, 28, std::string(17, 'x')}})},
                    bad_case{"MxWithoutName", record_type::mx,
                             message("a.example", 15, {{question_pointer, 15, two(10)}})},
                    bad_case{"MxWithMoreBehind", record_type::mx,
                             message("a.example", 15, {{question_pointer, 15, two(10) + "\0x"s}})},
                    bad_case{"TxtLongerThanItsData", record_type::txt,
                             message("a.example", 16,
                                     {{question_pointer, 16,
                                       "\x09"
                                       "short"s}})},
                    bad_case{"PointerToItself", record_type::ptr,
                             message("a.example", 12, {{question_pointer, 12, "\xc0\x27"s}})},
                    bad_case{"PointerForwards", record_type::ptr,
                             message("a.example", 12, {{question_pointer, 12, "\xc0\xff"s}})},
                    bad_case{"ReservedLabelType", record_type::ptr,
                             message("a.example", 12, {{question_pointer, 12, "\x40x\0"s}})},
                    bad_case{"NameTooLong", record_type::ptr,
                             message("a.example", 12,
                                     {{question_pointer, 12,
                                       [] {
                                         std::string name;
                                         for (int i = 0; i < 130; ++i) name += "\1a";
                                         return name + '\0';
                                       }()}})}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(DnsMessage, IsNeverReadBeyondItsEnd) {
  const auto whole = message("a.example", 15,
                             {{wire_name("a.example"), 5, wire_name("b.example")},
                              {wire_name("b.example"), 15, mx_data(10, "mx.example")}},
                             0, {{wire_name("example"), 2, wire_name("ns.example")}});
  ASSERT_TRUE(parse("a.example", record_type::mx, whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of exactly this size, so that a sanitizer sees a step too far.
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(parse_response({"a.example", record_type::mx}, std::as_bytes(std::span(cut))));
  }
}

}  // namespace
}  // namespace signpost::dns
