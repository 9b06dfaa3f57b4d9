// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/spool.hpp"
#include "tests/api/v1_fixture.hpp"

namespace signpost::test {
namespace {

class V1Verification : public v1_api {
 protected:
  /// As the queue notes it of the last mail that went out.
  void happens(model::event_kind kind, const std::string& reply) {
    model::activity_event event{.at = time.now(), .kind = kind, .id = last_id(), .reply = reply};
    storage::change_set changes;
    changes.record(std::move(event));
    EXPECT_TRUE(spool->commit(std::move(changes)).has_value());
  }
  // fake_node_operations numbers them.
  [[nodiscard]] model::queue_id last_id() const {
    return model::queue_id::make(wall_time(seconds(1)), 1, mails.size());
  }
  json mail_of(const std::string& id) {
    const auto shown = call("GET", addresses() + "/" + id).result();
    return shown.value("verification_mail", json());
  }
};

TEST_F(V1Verification, AnAddressShowsWhatBecameOfItsMail) {
  const auto id = address("typo@else.example", false);
  EXPECT_EQ(mail_of(id), nullptr) << "nothing is known yet";
  happens(model::event_kind::received, "");
  EXPECT_EQ(mail_of(id)["state"], "queued");
  happens(model::event_kind::deferred, "450 4.2.0 later");
  EXPECT_EQ(mail_of(id)["state"], "deferred");
  time.advance(seconds(5));
  happens(model::event_kind::bounced, "550 5.1.1 no such user");
  const json bounced{{"queue_id", last_id().to_string()},
                     {"state", "bounced"},
                     {"at", to_rfc3339(time.now())},
                     {"reply", "550 5.1.1 no such user"}};
  EXPECT_EQ(mail_of(id), bounced);
  EXPECT_EQ(call("GET", addresses()).result()[0]["verification_mail"], bounced) << "in lists too";
  time.advance(std::chrono::minutes(6));
  EXPECT_EQ(call("POST", addresses() + "/" + id + "/resend").status, 200);
  happens(model::event_kind::received, "");
  EXPECT_EQ(mail_of(id)["state"], "queued") << "that of the last mail";
  EXPECT_EQ(call("PATCH", addresses() + "/" + id, {{"status", "verified"}}).status, 200);
  EXPECT_EQ(mail_of(id), nullptr) << "it does not matter any more";
}

TEST_F(V1Verification, NobodyElsesMailIsShown) {
  const auto first = address("one@else.example", false);
  happens(model::event_kind::bounced, "550 5.1.1 one");
  const auto second = address("two@else.example", false);
  happens(model::event_kind::delivered, "250 2.0.0 two");
  EXPECT_EQ(mail_of(first)["reply"], "550 5.1.1 one");
  EXPECT_EQ(mail_of(second)["reply"], "250 2.0.0 two");
}

TEST_F(V1Verification, MailsAreCountedAcrossDeletions) {
  for (int i = 0; i < 7; ++i) {
    const auto id = address("victim@else.example", false);
    EXPECT_EQ(call("DELETE", addresses() + "/" + id).status, 200);
  }
  EXPECT_EQ(mails.size(), 3U) << "an address made again is still the same reader";
  const auto late = call("POST", addresses(), {{"email", "Victim@else.example"}});
  EXPECT_EQ(late.status, 200) << "it can be made all the same";
  EXPECT_EQ(late.body["messages"][0]["code"], 9429);
  time.advance(std::chrono::hours(24));
  const auto again = "/" + late.result()["id"].get<std::string>() + "/resend";
  EXPECT_EQ(call("POST", addresses() + again).status, 200);
  EXPECT_EQ(mails.size(), 4U);
}

}  // namespace
}  // namespace signpost::test
