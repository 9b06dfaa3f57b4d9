// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/api/v1_fixture.hpp"

namespace signpost::test {
namespace {

class V1Authentication : public v1_api {
 protected:
  reply patch(const json& body) { return own("PATCH", path, body); }

  std::string zone_id = zone();
  std::string path = "/zones/" + zone_id + "/authentication";
};

TEST_F(V1Authentication, ANewZoneIsOnTheStrictSide) {
  EXPECT_EQ(own("GET", path).result(),
            (json{{"dmarc", "enforce"},
                  {"quarantine", "mark"},
                  {"require_pass", true},
                  {"own_author", "mark"}}));
}

TEST_F(V1Authentication, OnlyWhatIsNamedChanges) {
  EXPECT_EQ(patch({{"quarantine", "reject"}}).status, 200);
  EXPECT_EQ(patch({{"dmarc", "report"}, {"require_pass", false}}).status, 200);
  EXPECT_EQ(patch({{"own_author", "reject"}}).status, 200);
  const json now{{"dmarc", "report"},
                 {"quarantine", "reject"},
                 {"require_pass", false},
                 {"own_author", "reject"}};
  EXPECT_EQ(own("GET", path).result(), now);
  const auto stored = store->read()->zone(zone_id);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->admission,
            (model::admission_policy{.enforce_dmarc = false,
                                     .quarantine = model::quarantine_action::reject,
                                     .require_authentication = false,
                                     .own_author = model::own_author_action::reject}));
  EXPECT_EQ(last_audit().resource_type, "zone_authentication");
}

TEST_F(V1Authentication, NothingChangedIsNoRevision) {
  const auto before = store->read()->revision();
  EXPECT_EQ(patch(json::object()).status, 200);
  EXPECT_EQ(patch({{"dmarc", "enforce"}}).status, 200);
  EXPECT_EQ(store->read()->revision(), before);
}

TEST_F(V1Authentication, MistakesChangeNothing) {
  for (const auto& wrong :
       {json{{"dmarc", "off"}}, json{{"quarantine", true}}, json{{"require_pass", "yes"}},
        json{{"own_author", "sometimes"}}, json{{"own_author", false}},
        json{{"dmrac", "report"}}, json{{"dmarc", "report"}, {"require_pass", 0}}}) {
    const auto got = patch(wrong);
    EXPECT_EQ(got.status, 422) << wrong << got.raw.body;
    EXPECT_EQ(got.code(), 2007) << wrong;
  }
  EXPECT_EQ(own("GET", path).result()["dmarc"], "enforce");
}

TEST_F(V1Authentication, ReadingIsNotWriting) {
  const auto reader = token_for("Zone Settings Read", zone_id);
  EXPECT_EQ(own("GET", path, nullptr, reader).status, 200);
  EXPECT_EQ(own("PATCH", path, {{"dmarc", "report"}}, reader).status, 403);
}

}  // namespace
}  // namespace signpost::test
