// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_codec.hpp"

#include <functional>
#include <limits>

#include "base/random.hpp"
#include "storage/control/control_schema.hpp"
#include "tests/storage/control_support.hpp"

namespace signpost::storage {
namespace {

model::rule_object full_rule() {
  auto rule = make_rule(1, 2);
  rule.priority = -0.1;
  rule.owner_worker_tag = "tag";
  rule.matchers.push_back({.type = "glob", .value = "*@x"});
  rule.actions.push_back({.type = "drop"});
  rule.actions.push_back({.type = "worker", .value = std::vector<std::string>{}});
  return rule;
}

struct codec_case {
  std::string name;
  std::string bytes;
  /// Decodes, and encodes again if that worked.
  std::function<result<std::string>(std::string_view)> again;
};

template <typename T, typename Decode>
codec_case make_case(std::string name, const T& value, Decode decode) {
  return {std::move(name), encode(value),
          [value, decode](std::string_view b) -> result<std::string> {
            SP_TRY(const auto decoded, decode(b));
            if (encode(value) == b) {
              EXPECT_EQ(decoded, value);
            }
            return encode(decoded);
          }};
}

std::vector<codec_case> cases() {
  const auto zone = make_zone(1);
  const auto rule = full_rule();
  const auto address = make_address(1, 2);
  auto token = make_token(1);
  token.policies.push_back({.id = "x", .allow = false});
  const auto entry = make_entry();
  const model::change_record change{
      .position = {.revision = 7, .mark = "0123456789abcdef"},
      .when = start, .zones = {id_of('z', 1), id_of('z', 2)}};
  return {
      make_case("account", make_account(1),
                [](auto b) { return decode_account(id_of('a', 1), b); }),
      make_case("zone", zone, [](auto b) { return decode_zone(id_of('z', 1), b); }),
      make_case("rule", rule, [](auto b) { return decode_rule(id_of('z', 1), id_of('r', 2), b); }),
      make_case("address", address,
                [](auto b) { return decode_address(id_of('a', 1), id_of('d', 2), b); }),
      make_case("token", token, [](auto b) { return decode_token(id_of('t', 1), b); }),
      make_case("entry", entry, [](auto b) { return decode_audit_entry(b); }),
      make_case("change", change, [](auto b) { return decode_change(7, b); }),
  };
}

TEST(ControlCodec, GivesBackWhatWasEncoded) {
  for (const auto& c : cases()) EXPECT_EQ(c.again(c.bytes), c.bytes) << c.name;
}

TEST(ControlCodec, RefusesEveryTruncationAndWhatStandsBehindTheEnd) {
  for (const auto& c : cases()) {
    for (std::size_t size = 0; size < c.bytes.size(); ++size) {
      const auto cut = c.again(std::string_view(c.bytes).substr(0, size));
      ASSERT_FALSE(cut.has_value()) << c.name << " " << size;
      EXPECT_EQ(cut.error().code, errc::corrupt);
    }
    EXPECT_FALSE(c.again(c.bytes + "x").has_value()) << c.name;
  }
}

TEST(ControlCodec, SurvivesChangedOctets) {
  seeded_random random(7);
  for (const auto& c : cases()) {
    for (int i = 0; i < 3000; ++i) {
      auto bytes = c.bytes;
      for (int n = 0; n < 3; ++n) {
        bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
      }
      if (const auto read = c.again(bytes); !read) {
        EXPECT_EQ(read.error().code, errc::corrupt);
      }
    }
  }
}

TEST(ControlCodec, ANewerMinorVersionMayAddFields) {
  for (const auto& c : cases()) {
    auto bytes = c.bytes + "more";
    bytes[0] = static_cast<char>(bytes[0] + 1);
    EXPECT_EQ(c.again(bytes), c.bytes) << c.name;
    bytes[0] = '\x20';
    EXPECT_FALSE(c.again(bytes).has_value()) << c.name;
  }
}

TEST(ControlSchema, IdsAreThirtyTwoLowerCaseDigits) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(control_schema::unpack_id(control_schema::pack_id(id).value()), id);
  for (const auto* wrong :
       {"", "0123456789abcdef0123456789abcde", "0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdeg0123456789abcdef", "0123456789abcdef0123456789abcdef0"}) {
    EXPECT_FALSE(control_schema::pack_id(wrong).has_value()) << wrong;
  }
}

TEST(ControlSchema, PlacesAreOrderedAsPriorities) {
  std::string last;
  auto rule = make_rule(1, 1);
  constexpr double huge = std::numeric_limits<double>::max();
  for (const double priority : {-huge, -2.0, -0.5, 0.0, 0.5, 1.0, 2.0, 1e10, huge}) {
    rule.priority = priority;
    const auto place = control_schema::place_of(rule);
    EXPECT_EQ(place.size(), 17U);
    EXPECT_LT(last, place) << priority;
    last = place;
  }
  rule.catch_all = true;
  rule.priority = -huge;
  EXPECT_LT(last, control_schema::place_of(rule));
  rule.catch_all = false;
  rule.priority = -0.0;
  const auto minus = control_schema::place_of(rule);
  rule.priority = 0.0;
  EXPECT_EQ(minus, control_schema::place_of(rule));
}

}  // namespace
}  // namespace signpost::storage
