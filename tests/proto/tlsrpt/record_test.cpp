// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/tlsrpt/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::tlsrpt {
namespace {

using testing::ElementsAre;

TEST(TlsrptRecord, IsKnownByItsVersion) {
  EXPECT_TRUE(is_tlsrpt_record("v=TLSRPTv1;rua=mailto:a@shop.example"));
  EXPECT_TRUE(is_tlsrpt_record("v=TLSRPTv1 \t;"));
  for (const char* text : {"", "v=TLSRPTv1", "v=TLSRPTv11;", "v=tlsrptv1;", "V=TLSRPTv1;",
                           " v=TLSRPTv1;", "v = TLSRPTv1;", "v=TLSRPTv1 rua=mailto:a@x.example",
                           "rua=mailto:a@x.example; v=TLSRPTv1;"}) {
    EXPECT_FALSE(is_tlsrpt_record(text)) << text;
    EXPECT_FALSE(parse_record(text)) << text;
  }
}

TEST(TlsrptRecord, ReadsWhereReportsGo) {
  const auto r = parse_record(
      "v=TLSRPTv1 ; rua=mailto:a@shop.example ,\thttps://r.shop.example/in;x-1=2,3<4; "
      "rua=ftp:old ; ");
  ASSERT_TRUE(r) << r.error().context;
  EXPECT_THAT(r->rua, ElementsAre("mailto:a@shop.example", "https://r.shop.example/in", "ftp:old"));
}

TEST(TlsrptRecord, RefusesWhatTheGrammarDoes) {
  for (const char* text : {
           "v=TLSRPTv1;",
           "v=TLSRPTv1; ext=1",
           "v=TLSRPTv1; rua=",
           "v=TLSRPTv1; rua=,",
           "v=TLSRPTv1; rua=mailto:a@x.example,",
           "v=TLSRPTv1; rua=a@x.example",
           "v=TLSRPTv1; rua=mailto:a@x.example!10m",
           "v=TLSRPTv1; rua=mailto:a@x.example b",
           "v=TLSRPTv1; RUA=mailto:a@x.example",
           "v=TLSRPTv1; rua = mailto:a@x.example",
           "v=TLSRPTv1; rua=mailto:a@x.example; ;",
           "v=TLSRPTv1;; rua=mailto:a@x.example",
           "v=TLSRPTv1; rua=mailto:a@x.example; ext",
           "v=TLSRPTv1; rua=mailto:a@x.example; ext=",
           "v=TLSRPTv1; rua=mailto:a@x.example; ext=a b",
           "v=TLSRPTv1; rua=mailto:a@x.example; ext=a=b",
           "v=TLSRPTv1; rua=mailto:a@x.example; -ext=1",
           "v=TLSRPTv1; rua=mailto:a@x.example; e%t=1",
           "v=TLSRPTv1; rua=mailto:a@x.example; ext=\xc3\xbc",
       }) {
    EXPECT_FALSE(parse_record(text)) << text;
  }
}

TEST(TlsrptRecord, BoundsNamesAndNumbers) {
  const std::string start = "v=TLSRPTv1; rua=mailto:a@x.example";
  EXPECT_TRUE(parse_record(start + "; " + std::string(32, 'e') + "=1"));
  EXPECT_FALSE(parse_record(start + "; " + std::string(33, 'e') + "=1"));
  std::string many = start;
  for (std::size_t i = 1; i < report_uris_max; ++i) many += ",mailto:a@x.example";
  EXPECT_TRUE(parse_record(many));
  EXPECT_EQ(parse_record(many + ",mailto:a@x.example").error().code, errc::limit_exceeded);
  EXPECT_EQ(parse_record(start + std::string(record_octets_max, ' ')).error().code,
            errc::limit_exceeded);
}

dns::answer texts(std::vector<std::string> all) {
  dns::answer out{.status = dns::status::records};
  for (auto& text : all) out.records.push_back({.text = std::move(text)});
  return out;
}

TEST(TlsrptRecord, IsTheOnlyOneOfItsVersion) {
  const std::string one = "v=TLSRPTv1; rua=mailto:a@x.example";
  EXPECT_TRUE(read_record(texts({"v=spf1 -all", one})));
  EXPECT_EQ(read_record(texts({one, one})).error().code, errc::not_found);
  EXPECT_EQ(read_record(texts({one, "v=TLSRPTv1; x"})).error().code, errc::not_found);
  EXPECT_EQ(read_record(texts({"v=spf1 -all"})).error().code, errc::not_found);
  EXPECT_EQ(read_record({.status = dns::status::nxdomain}).error().code, errc::not_found);
  EXPECT_EQ(read_record({.status = dns::status::timeout}).error().code, errc::unavailable);
}

}  // namespace
}  // namespace signpost::tlsrpt
