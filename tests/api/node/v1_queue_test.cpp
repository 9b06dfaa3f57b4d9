// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The queue of the node and what a zone sees of it.
#include "tests/api/v1_fixture.hpp"
#include "tests/storage/support.hpp"

namespace signpost::test {
namespace {

class V1Queue : public v1_api {
 protected:
  /// A message with one recipient for each zone.
  std::string put(const std::vector<std::string>& zones, const std::string& next_hop) {
    auto m = storage::make_message(*spool, {.recipients = zones.size(), .next_hop = next_hop});
    for (std::size_t i = 0; i < zones.size(); ++i) m.envelopes[i].zone = zones[i];
    for (auto& event : m.events) event.zone = zones.front();
    auto id = m.message.id.to_string();
    storage::change_set changes;
    changes.accept(std::move(m));
    EXPECT_TRUE(spool->commit(std::move(changes)).has_value());
    return id;
  }
  std::size_t count(const std::string& path, const std::string& token = {}) {
    const auto got = own("GET", path, nullptr, token);
    EXPECT_EQ(got.status, 200) << got.raw.body;
    return got.result().size();
  }

  std::string zone_id = zone();
  std::string reader = token_for("Signpost Queue Read", zone_id);
  std::string writer = token_for("Signpost Queue Write", zone_id);
  std::string ours = put({"example.org"}, "dest.example");
  std::string mixed = put({"example.org", "else.example"}, "dest.example");
  std::string foreign = put({"else.example"}, "far.example");
};

TEST_F(V1Queue, ListsWhatTheFilterNames) {
  EXPECT_EQ(count("/queue"), 4U);
  EXPECT_EQ(count("/queue?next_hop=far.example"), 1U);
  EXPECT_EQ(count("/queue?zone=example.org"), 2U);
  EXPECT_EQ(count("/queue?next_hop=https://H.example:443/x"), 0U) << "that of a webhook";
  EXPECT_EQ(count("/queue?state=deferred"), 0U);
  EXPECT_EQ(own("GET", "/queue?nexthop=far.example").code(), 2007) << "a misspelt filter";
  EXPECT_EQ(own("GET", "/queue?state=lost").code(), 2007);
  EXPECT_EQ(own("GET", "/queue?cursor=zz").code(), 2007);
  EXPECT_EQ(own("GET", "/queue?per_page=0").code(), 2007);
}

TEST_F(V1Queue, GoesOnFromACursor) {
  std::size_t seen = 0;
  std::string cursor;
  do {
    const auto page = own("GET", "/queue?per_page=1&cursor=" + cursor);
    ASSERT_EQ(page.status, 200) << page.raw.body;
    seen += page.result().size();
    cursor = page.body["result_info"]["cursor"].get<std::string>();
  } while (!cursor.empty() && seen < 10);
  EXPECT_EQ(seen, 4U);
}

TEST_F(V1Queue, OfAZoneHidesTheOthers) {
  const auto path = "/zones/" + zone_id;
  EXPECT_EQ(count(path + "/queue", reader), 2U);
  EXPECT_EQ(own("GET", "/queue", nullptr, reader).status, 403);
  const auto message = own("GET", path + "/messages/" + mixed, nullptr, reader);
  ASSERT_EQ(message.status, 200) << message.raw.body;
  EXPECT_EQ(message.result()["envelopes"].size(), 1U);
  EXPECT_EQ(message.result()["message"]["recipients"], 1);
  EXPECT_EQ(message.raw.body.find("else.example"), std::string::npos);
  EXPECT_EQ(own("GET", path + "/messages/" + foreign, nullptr, reader).status, 404);
  EXPECT_EQ(own("GET", path + "/messages/nonsense", nullptr, reader).code(), 2007);
}

TEST_F(V1Queue, ShowsContentToTheAdministratorAlone) {
  const auto whole = own("GET", "/queue/" + ours + "/content");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.raw.content_type, "message/rfc822");
  EXPECT_EQ(whole.raw.body.size(), 3000U);
  EXPECT_EQ(last_audit().action, "read") << "who reads the mail of others leaves a trace";
  EXPECT_EQ(own("GET", "/queue/" + ours + "/content", nullptr, reader).status, 403);
  EXPECT_EQ(own("GET", "/queue/" + std::string(26, '0') + "/content").status, 404);
}

TEST_F(V1Queue, PassesOrdersOnAndNotesThem) {
  const auto done = own("POST", "/queue/" + ours + "/retry");
  EXPECT_EQ(done.status, 200) << done.raw.body;
  EXPECT_EQ(done.result()["recipients"], 2);
  EXPECT_EQ(last_audit().action, "retry");
  EXPECT_EQ(last_audit().resource_id, ours);
  EXPECT_EQ(own("DELETE", "/queue/" + ours).status, 200);
  EXPECT_EQ(own("POST", "/queue/retry?next_hop=far.example").status, 200);
  EXPECT_EQ(own("DELETE", "/queue?next_hop=far.example").status, 200);
  EXPECT_EQ(last_audit().action, "remove");
  EXPECT_EQ(last_audit().resource_id, "far.example");
  EXPECT_EQ(node.orders, (std::vector<fake_node_operations::order>{{"retry", ours, ""},
                                            {"remove", ours, ""},
                                            {"retry", "", "far.example"},
                                            {"remove", "", "far.example"}}));
}

TEST_F(V1Queue, RefusesToRemoveEverything) {
  EXPECT_EQ(own("DELETE", "/queue").code(), 2007);
  EXPECT_EQ(own("DELETE", "/queue?next_hop=").code(), 2007);
  EXPECT_EQ(own("POST", "/queue/retry").code(), 2007);
  EXPECT_TRUE(node.orders.empty());
}

TEST_F(V1Queue, TellsWhyAnOrderFailed) {
  node.outcome = fail(errc::conflict, "busy");
  EXPECT_EQ(own("DELETE", "/queue/" + ours).code(), 9423);
  node.outcome = fail(errc::not_found, "gone");
  EXPECT_EQ(own("DELETE", "/queue/" + ours).status, 404);
}

TEST_F(V1Queue, OfAZoneTakesOrdersForItsOwnMessagesOnly) {
  const auto path = "/zones/" + zone_id + "/messages/";
  EXPECT_EQ(own("POST", path + ours + "/remove", nullptr, reader).status, 403);
  EXPECT_EQ(own("POST", path + foreign + "/remove", nullptr, writer).status, 404);
  EXPECT_EQ(own("POST", path + mixed + "/remove", nullptr, writer).code(), 9424);
  EXPECT_TRUE(node.orders.empty());
  EXPECT_EQ(own("POST", path + ours + "/remove", nullptr, writer).status, 200);
  EXPECT_EQ(last_audit().zone, zone_id);
  EXPECT_EQ(own("POST", path + ours + "/retry", nullptr, writer).status, 200);
  EXPECT_EQ(node.orders.size(), 2U);
}

TEST_F(V1Queue, ShowsEventsOfTheNodeAndOfAZone) {
  EXPECT_EQ(count("/events"), 3U);
  EXPECT_EQ(count("/events?zone=else.example"), 1U);
  EXPECT_EQ(count("/events?max=1"), 1U);
  EXPECT_EQ(count("/zones/" + zone_id + "/events", reader), 2U);
  EXPECT_EQ(own("GET", "/zones/" + zone_id + "/events?zone=else.example", nullptr, reader).code(),
            2007);
}

TEST_F(V1Queue, OfANodeWithoutSpoolIsNotThere) {
  auto w = own_world();
  w.spool = nullptr;
  w.node = nullptr;
  open_gate(std::move(w));
  EXPECT_EQ(own("GET", "/queue").status, 503);
  EXPECT_EQ(own("POST", "/queue/" + ours + "/retry").status, 503);
  EXPECT_EQ(own("GET", "/status").status, 503);
}

}  // namespace
}  // namespace signpost::test
