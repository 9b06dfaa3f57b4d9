// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/table_resolver.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace signpost::dns {
namespace {

class TableResolver : public testing::Test {
 protected:
  answer resolve(std::string name, record_type type) {
    answer got;
    int calls = 0;
    table.resolve({std::move(name), type}, [&](const answer& a) {
      got = a;
      ++calls;
    });
    EXPECT_EQ(calls, 0) << "called inside resolve";
    for (auto& task : std::exchange(tasks, {})) task();
    EXPECT_EQ(calls, 1);
    return got;
  }

  std::vector<std::function<void()>> tasks;
  test::table_resolver table{
      [this](std::function<void()> task) { tasks.push_back(std::move(task)); }};
};

TEST_F(TableResolver, AnswersFromItsTable) {
  table.add_mx("Example.ORG", 10, "MX.example.org.").add_txt("example.org", "hello");
  const answer got = resolve("example.org.", record_type::mx);
  ASSERT_EQ(got.status, status::records);
  EXPECT_EQ(got.records[0].name, "mx.example.org");
  EXPECT_EQ(resolve("example.org", record_type::txt).records[0].text, "hello");
}

TEST_F(TableResolver, TellsNxdomainFromNodata) {
  table.add_address("h.example", "192.0.2.1");
  EXPECT_EQ(resolve("h.example", record_type::aaaa).status, status::nodata);
  EXPECT_EQ(resolve("x.example", record_type::a).status, status::nxdomain);
}

TEST_F(TableResolver, FollowsAliasesAlsoToNothing) {
  table.add_cname("a.example", "b.example").add_address("b.example", "2001:db8::1");
  const answer got = resolve("a.example", record_type::aaaa);
  EXPECT_EQ(got.canonical_name, "b.example");
  EXPECT_EQ(got.records.size(), 1U);
  table.add_cname("dangling.example", "nowhere.example");
  EXPECT_EQ(resolve("dangling.example", record_type::a).status, status::nxdomain);
}

TEST_F(TableResolver, EndsACircleOfAliases) {
  table.add_cname("a.example", "b.example").add_cname("b.example", "a.example");
  EXPECT_EQ(resolve("a.example", record_type::a).status, status::servfail);
}

TEST_F(TableResolver, GivesTheStatusItWasTold) {
  table.add_address("h.example", "192.0.2.1")
      .set_status("h.example", record_type::mx, status::timeout);
  EXPECT_EQ(resolve("h.example", record_type::mx).status, status::timeout);
  EXPECT_EQ(resolve("h.example", record_type::a).status, status::records);
  table.set_status("h.example", status::servfail);
  EXPECT_EQ(resolve("h.example", record_type::a).status, status::servfail);
  EXPECT_TRUE(resolve("h.example", record_type::a).records.empty());
}

TEST_F(TableResolver, FindsReverseNames) {
  table.add_ptr("192.0.2.1", "mx.example.org")
      .set_security("1.2.0.192.in-addr.arpa", security::secure);
  const answer got = resolve("1.2.0.192.in-addr.arpa", record_type::ptr);
  ASSERT_EQ(got.status, status::records);
  EXPECT_EQ(got.records[0].name, "mx.example.org");
  EXPECT_EQ(got.security, security::secure);
}

TEST_F(TableResolver, RemembersWhatWasAsked) {
  resolve("a.example", record_type::mx);
  table.add_address("a.example", "192.0.2.1").remove("a.example");
  EXPECT_EQ(resolve("a.example", record_type::a).status, status::nxdomain);
  ASSERT_EQ(table.asked().size(), 2U);
  EXPECT_EQ(table.asked()[0], (question{"a.example", record_type::mx}));
}

TEST(DnsNames, EveryStatusAndTypeHasItsOwn) {
  EXPECT_EQ(to_string(status::nxdomain), "nxdomain");
  EXPECT_EQ(to_string(status::timeout), "timeout");
  EXPECT_EQ(to_string(record_type::tlsa), "TLSA");
}

}  // namespace
}  // namespace signpost::dns
