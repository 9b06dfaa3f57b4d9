// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/visibility.hpp"

#include <gtest/gtest.h>

#include <string>

namespace signpost::model {
namespace {

const object_id a = "a";
const object_id b = "b";

TEST(Visibility, IsWhatAGrantAllowsAndDoesNotDeny) {
  struct visibility_case {
    std::string name;
    visibility seen;
    std::string got;  ///< of a/1, a/2, b/3 and a alone: what is seen
  };
  const visibility_case cases[] = {
      {"nothing", {}, ""},
      {"all", {{{.allowed = {.all = true}}}}, "a1 a2 b3 a"},
      {"an account", {{{.allowed = {.accounts = {a}}}}}, "a1 a2 a"},
      {"a zone", {{{.allowed = {.zones = {"3"}}}}}, "b3"},
      {"all but a zone", {{{.allowed = {.all = true}, .denied = {.zones = {"1"}}}}}, "a2 b3 a"},
      {"all but an account", {{{.allowed = {.all = true}, .denied = {.accounts = {a}}}}}, "b3"},
      {"all of one's own", {{{.within = b, .allowed = {.all = true}}}}, "b3"},
      {"one's own is not that zone", {{{.within = b, .allowed = {.zones = {"1"}}}}}, ""},
      {"what one grant denies another one allows",
       {{{.allowed = {.accounts = {a}}, .denied = {.all = true}}, {.allowed = {.zones = {"2"}}}}},
       "a2"},
      {"an empty id is none", {{{.allowed = {.accounts = {""}, .zones = {""}}}}}, ""},
  };
  for (const auto& c : cases) {
    std::string got;
    const auto look = [&](const object_id& account, const std::string& zone) {
      if (c.seen.has(account, zone)) got += (got.empty() ? "" : " ") + account + zone;
    };
    look(a, "1");
    look(a, "2");
    look(b, "3");
    look(a, "");
    EXPECT_EQ(got, c.got) << c.name;
  }
}

TEST(Visibility, KnowsWhenNothingOfAListIsHidden) {
  const visibility all{{{.allowed = {.all = true}}}};
  EXPECT_TRUE(all.has_all_of(a));
  EXPECT_TRUE(all.has_all_of(""));
  const visibility one{{{.allowed = {.accounts = {a}}}}};
  EXPECT_TRUE(one.has_all_of(a));
  EXPECT_FALSE(one.has_all_of(b));
  EXPECT_FALSE(one.has_all_of(""));
  const visibility own{{{.within = a, .allowed = {.all = true}}}};
  EXPECT_TRUE(own.has_all_of(a));
  EXPECT_FALSE(own.has_all_of(b));
  EXPECT_FALSE(own.has_all_of(""));
  const visibility some{{{.allowed = {.all = true}, .denied = {.zones = {"1"}}}}};
  EXPECT_FALSE(some.has_all_of(a));
  EXPECT_FALSE(visibility{}.has_all_of(""));
}

TEST(Visibility, NamesTheZonesIfItIsOfSingleOnes) {
  const visibility some{{{.allowed = {.zones = {"2", "1"}}, .denied = {.zones = {"1"}}},
                         {.allowed = {.zones = {"2", "3"}}}}};
  EXPECT_EQ(some.zones_alone(), (std::vector<object_id>{"1", "2", "3"}));
  EXPECT_EQ(visibility{}.zones_alone(), std::vector<object_id>());
  auto more = some;
  more.grants.push_back({.allowed = {.accounts = {a}}});
  EXPECT_EQ(more.zones_alone(), std::nullopt);
  more.grants.back() = {.allowed = {.all = true}};
  EXPECT_EQ(more.zones_alone(), std::nullopt);
}

}  // namespace
}  // namespace signpost::model
