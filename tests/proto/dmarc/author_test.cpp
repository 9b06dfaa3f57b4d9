// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dmarc/author.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::dmarc {
namespace {

using testing::ElementsAre;

result<std::vector<std::string>> domains_of(std::span<const std::string_view> values) {
  SP_TRY(auto found, read_authors(values));
  return std::move(found.domains);
}

result<std::vector<std::string>> of(std::string_view value) {
  return domains_of(std::span(&value, 1));
}

struct from_case {
  const char* value;
  const char* domain;
};

TEST(DmarcAuthor, IsTheDomainOfTheMailbox) {
  const from_case cases[] = {
      {" ann@Shop.Example", "shop.example"},
      {" Ann <ann@shop.example>", "shop.example"},
      {" \"x@bad.example, <y@bad.example>\" <ann@shop.example>", "shop.example"},
      {" (z@bad.example (nested)) ann@shop.example (and <more@bad.example>)", "shop.example"},
      {" ann @ shop . example", "shop.example"},
      {"\r\n Ann Lee\r\n <ann@shop.example>", "shop.example"},
      {" \"a@b\"@shop.example", "shop.example"},
      {" <@relay.example,@other.example:ann@shop.example>", "shop.example"},
      {" A Group: ann@shop.example, bob@shop.example;", "shop.example"},
      {" ann@shop.example., ,bob@SHOP.example", "shop.example"},
      {" Sales @ Shop <ann@shop.example>", "shop.example"},
      {" Shop, Inc. <ann@shop.example>", "shop.example"},
      {" Shop, Sons, and (more) Inc. <ann@shop.example>", "shop.example"},
      {" ann@shop.example, Lee, Ann <ann@shop.example>", "shop.example"},
      {" root@[192.0.2.1]", "[192.0.2.1]"},
      {" Cron <root@[IPv6:2001:DB8::1]>", "[ipv6:2001:db8::1]"},
      {" ann@shop.example <bob@shop.example>", "shop.example"},
      {" j@b\xc3\xbc"
       "cher.example",
       "xn--bcher-kva.example"},
  };
  for (const auto& c : cases) {
    const auto got = of(c.value);
    ASSERT_TRUE(got) << c.value << ": " << got.error().context;
    EXPECT_THAT(*got, ElementsAre(c.domain)) << c.value;
  }
}

TEST(DmarcAuthor, AreAllDomainsOfAllFields) {
  const std::string_view values[] = {"a@x.example, b@y.example", "c@x.example, d@z.example"};
  const auto got = domains_of(values);
  ASSERT_TRUE(got);
  EXPECT_THAT(*got, ElementsAre("x.example", "y.example", "z.example"));
}

// What stands beside the brackets without quotes is shown as the author by some.
TEST(DmarcAuthor, AreAlsoThoseThatReadersWithoutBracketsSee) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {" boss@good.example <ann@shop.example>", {"shop.example", "good.example"}},
      {" <ann@shop.example> boss@good.example", {"shop.example", "good.example"}},
      {" the boss boss@good.example of it <ann@shop.example>", {"shop.example", "good.example"}},
      {" boss@good.example, <ann@shop.example>", {"good.example", "shop.example"}},
      {" boss@good.example: ann@shop.example;", {"shop.example", "good.example"}},
      {" boss@good.example:", {"good.example"}},
      {" x@y@good.example <ann@shop.example>", {"shop.example", "good.example"}},
  };
  for (const auto& [value, want] : cases) {
    const auto got = of(value);
    ASSERT_TRUE(got) << value << ": " << got.error().context;
    EXPECT_EQ(*got, want) << value;
  }
}

TEST(DmarcAuthor, IsPlainIfNoReaderCanFindAnother) {
  const std::pair<const char*, bool> cases[] = {
      {" ann@shop.example", true},
      {" Ann <ann@shop.example>", true},
      {" \"boss@good.example\" <ann@shop.example>", true},
      {" =?utf-8?q?boss=40good.example?= <ann@shop.example>", false},
      {" =?utf-8?q?J=C3=BCrgen?= <ann@shop.example>", false},
      {" ann@shop.example (boss@good.example)", true},
      {" ann@shop.example (boss@good.example", false},
      {" \"boss@good.example <ann@shop.example>", false},
      {" Ann <ann@shop.example", false},
      {" Shop, Inc. <ann@shop.example>", false},
      {" <@good.example:ann@shop.example>", false},
      {" \"boss@good.example\"@shop.example", false},
      {" Ann <\"boss@good.example \"@shop.example>", false},
      {" ann@shop.example\"\"", false},
      {" =?utf-8?b?Ym9zc0Bnb29kLmV4YW1wbGU=?=@shop.example", false},
  };
  for (const auto& [value, plain] : cases) {
    const std::string_view text(value);
    const auto got = read_authors(std::span(&text, 1));
    EXPECT_EQ(got.has_value() && got->plain, plain) << value;
  }
  using namespace std::string_view_literals;
  const auto with_nul = " boss\0 <ann@shop.example>"sv;
  EXPECT_FALSE(read_authors(std::span(&with_nul, 1)).value().plain);
}

TEST(DmarcAuthor, IsUnknownWhereReadersWouldGuess) {
  for (const char* value :
       {"Ann", "ann@", "ann@a..example", "<a@x.example> <b@y.example>", "a@x.example b@y.example",
        "a@x.example@y.example", "ann@[192.0.2]", "ann@[x]", "ann@x.example, Bob",
        "<ann@x.example\x01>", "Ann, bob@x.example", "Ann, Inc. <bob>", "Ann, Bob",
        "Ann, Inc. <b@x.example>, Bob", "[ <boss@(x)good.example>] <a@x.example>",
        "[ <boss@ good.example>] <a@x.example>", "ann@[192.0.2.1"}) {
    const auto got = of(value);
    ASSERT_FALSE(got) << value;
    EXPECT_EQ(got.error().code, errc::malformed) << value;
  }
  EXPECT_EQ(of(" undisclosed: ;").error().code, errc::not_found);
  EXPECT_EQ(domains_of({}).error().code, errc::not_found);
}

TEST(DmarcAuthor, IsNotHiddenByBrackets) {
  for (const char* value :
       {"boss@[ ]good.example <a@x.example>", "[boss@ good.example] <a@x.example>",
        "boss@ (x) good.example <a@x.example>", "[boss@] good.example <a@x.example>"}) {
    const std::vector<std::string_view> values{value};
    const auto got = read_authors(values);
    EXPECT_TRUE(!got || !got->plain || got->domains.size() > 1) << value;
  }
  EXPECT_EQ(of("[Support] Ann <ann@x.example>").value(), std::vector<std::string>{"x.example"});
  EXPECT_EQ(of("ann@[192.0.2.1]").value(), std::vector<std::string>{"[192.0.2.1]"});
  EXPECT_EQ(of("Ann <ann@[IPv6:2001:db8::1]>").value(),
            std::vector<std::string>{"[ipv6:2001:db8::1]"});
}

TEST(DmarcAuthor, HasALimit) {
  std::string many;
  for (int i = 0; i < 10000; ++i) many += "a@x" + std::to_string(i) + ".example,";
  EXPECT_EQ(of(many).error().code, errc::limit_exceeded);
  std::string one_domain;
  for (std::size_t i = 0; i < author_mailboxes_max; ++i) one_domain += "a@x.example,";
  EXPECT_EQ(of(one_domain).value().size(), 1U);
  EXPECT_EQ(of(one_domain + "a@x.example").error().context, "author_mailboxes_max");
}

TEST(DmarcAuthor, ReadsDeepNestingInOnePass) {
  EXPECT_TRUE(of(std::string(500'000, '(') + std::string(500'000, ')') + "a@x.example"));
}

}  // namespace
}  // namespace signpost::dmarc
