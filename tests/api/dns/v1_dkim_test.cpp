// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/api/v1_fixture.hpp"

namespace signpost::test {
namespace {

class V1Dkim : public v1_api {
 protected:
  std::string path = "/zones/" + zone() + "/dkim";
};

TEST_F(V1Dkim, GoesFromPendingToRemoved) {
  const auto made = own("POST", path, {{"type", "ed25519"}, {"selector", "e1"}});
  ASSERT_EQ(made.status, 200) << made.raw.body;
  EXPECT_EQ(made.result()["state"], "pending");
  EXPECT_EQ(made.result()["record"]["name"], "e1._domainkey.example.org");
  EXPECT_EQ(made.raw.body.find("PRIVATE"), std::string::npos);
  EXPECT_EQ(own("POST", path + "/e1/activate").result()["state"], "active");
  EXPECT_EQ(last_audit().action, "activate");
  EXPECT_EQ(last_audit().resource_type, "dkim_key");
  const auto signs = own("DELETE", path + "/e1");
  EXPECT_EQ(signs.status, 409);
  EXPECT_EQ(own("POST", path + "/e1/retire").result()["state"], "retired");
  EXPECT_EQ(own("GET", path).result().size(), 1U);
  EXPECT_EQ(own("DELETE", path + "/e1").result()["selector"], "e1");
  EXPECT_EQ(last_audit().action, "delete");
  EXPECT_EQ(own("GET", path).result().size(), 0U);
}

TEST_F(V1Dkim, RefusesWhatIsNoKey) {
  EXPECT_EQ(own("POST", path, {{"type", "dsa"}}).code(), 2007);
  EXPECT_EQ(own("POST", path, {{"active", 1}}).code(), 2007);
  EXPECT_EQ(own("POST", path + "/none/activate").status, 404);
  EXPECT_EQ(own("POST", path).status, 200);
  EXPECT_EQ(own("POST", path).status, 409);
}

TEST_F(V1Dkim, OfTheServiceIsTheAdministrators) {
  EXPECT_EQ(own("POST", "/dkim").result()["domain"], "signpost.example");
  EXPECT_EQ(own("GET", "/dkim").result().size(), 1U);
  EXPECT_EQ(own("GET", path).result().size(), 0U);
  EXPECT_EQ(own("GET", "/dkim", nullptr, other).status, 403);
  EXPECT_EQ(own("GET", path, nullptr, other).status, 404);
}

TEST_F(V1Dkim, OfANodeWithoutKeysIsNotThere) {
  auto w = own_world();
  w.dkim = nullptr;
  open_gate(std::move(w));
  EXPECT_EQ(own("GET", path).status, 503);
}

}  // namespace
}  // namespace signpost::test
