// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The gateway of a node whose zones come from a file, as its operator meets it at its own socket.
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>
#include <set>

#include "api/endpoints.hpp"
#include "api/gateway.hpp"
#include "api/node/queue_view.hpp"
#include "base/text.hpp"
#include "tests/api/control_node.hpp"
#include "tests/api/documented.hpp"
#include "tests/storage/support.hpp"

namespace signpost::api {
namespace {

using test::control_node;

class FileNode : public ::testing::Test {
 protected:
  net::http_response ask(std::string_view method, const std::string& target,
                         const std::string& body = {}) {
    net::http_request request{.method = std::string(method), .body = body, .peer = "unix"};
    const auto mark = std::min(target.find('?'), target.size());
    request.path = "/signpost/v1" + target.substr(0, mark);
    request.query = mark < target.size() ? target.substr(mark + 1) : "";
    auto response = gate_.call(request);
    EXPECT_TRUE(test::is_documented(request, response));
    return response;
  }
  json ask_json(std::string_view method, const std::string& target, const std::string& body = {}) {
    const auto response = ask(method, target, body);
    EXPECT_EQ(response.content_type, "application/json");
    return json::parse(response.body);
  }
  json result_of(const std::string& target) {
    auto envelope = ask_json("GET", target);
    EXPECT_TRUE(envelope["success"].get<bool>()) << envelope.dump();
    return envelope["result"];
  }

  control_node node_;
  gateway gate_{node_.world(), 1};
};

struct refused_case {
  const char* name;
  const char* method;
  const char* target;
  const char* body;
  int status;
  int code;
};

class FileNodeRefuses : public FileNode, public ::testing::WithParamInterface<refused_case> {};

TEST_P(FileNodeRefuses, WithStatusAndCode) {
  const auto& c = GetParam();
  const auto response = ask(c.method, c.target, c.body);
  EXPECT_EQ(response.status, c.status) << response.body;
  const auto envelope = json::parse(response.body);
  EXPECT_FALSE(envelope["success"].get<bool>());
  EXPECT_TRUE(envelope["result"].is_null());
  ASSERT_EQ(envelope["errors"].size(), 1U);
  EXPECT_EQ(envelope["errors"][0]["code"], c.code);
  EXPECT_FALSE(envelope["errors"][0]["message"].get<std::string>().empty());
  EXPECT_TRUE(node_.node.orders.empty()) << "a refused request must change nothing";
}

constexpr const char* some_id = "/queue/00000000000000000000000000";

INSTANTIATE_TEST_SUITE_P(
    Table, FileNodeRefuses,
    ::testing::Values(
        refused_case{"UnknownResource", "GET", "/nothing", "", 404, 7000},
        refused_case{"PathThatIsTooDeep", "GET", "/queue/a/content/b", "", 404, 7000},
        refused_case{"BrokenPercentCode", "GET", "/queue/%zz", "", 404, 7000},
        refused_case{"EmptyId", "GET", "/queue//content", "", 404, 7000},
        refused_case{"RemoveAnEmptyId", "DELETE", "/queue/", "", 422, 2007},
        refused_case{"WrongMethod", "PUT", "/queue", "", 405, 9405},
        refused_case{"ShortId", "GET", "/queue/abc", "", 422, 2007},
        refused_case{"IdWithOtherLetters", "DELETE", "/queue/0000000000000000000000000%2F", "", 422,
                     2007},
        refused_case{"UnknownId", "GET", some_id, "", 404, 9404},
        refused_case{"ContentOfUnknownId", "GET", "/queue/00000000000000000000000000/content", "",
                     404, 9404},
        refused_case{"MisspeltFilter", "GET", "/queue?nexthop=a.example", "", 422, 2007},
        refused_case{"RepeatedFilter", "GET", "/queue?state=queued&state=deferred", "", 422, 2007},
        refused_case{"BrokenFilter", "GET", "/queue?sender=%4", "", 422, 2007},
        refused_case{"UnknownState", "GET", "/queue?state=lost", "", 422, 2007},
        refused_case{"NextHopThatIsNone", "GET", "/queue?next_hop=a..b", "", 422, 2007},
        refused_case{"PageOfNothing", "GET", "/queue?per_page=0", "", 422, 2007},
        refused_case{"PageTooLarge", "GET", "/queue?per_page=1001", "", 422, 2007},
        refused_case{"CursorThatIsNoHex", "GET", "/queue?cursor=xyzw", "", 422, 2007},
        refused_case{"CursorOfOddLength", "GET", "/queue?cursor=abc", "", 422, 2007},
        refused_case{"RemoveEverything", "DELETE", "/queue", "", 422, 2007},
        refused_case{"RemoveEmptyNextHop", "DELETE", "/queue?next_hop=", "", 422, 2007},
        refused_case{"RetryEverything", "POST", "/queue/retry", "", 422, 2007},
        refused_case{"RetryWithMisspeltFilter", "POST", "/queue/retry?next_hops=a.example", "", 422,
                     2007},
        refused_case{"TooManyEvents", "GET", "/events?max=1001", "", 422, 2007},
        refused_case{"EventsOfNoZone", "GET", "/events?zone=other.example", "", 404, 9404},
        refused_case{"ExplainNothing", "POST", "/rules/explain", "", 422, 2007},
        refused_case{"ExplainNoObject", "POST", "/rules/explain", "[1]", 400, 9400},
        refused_case{"ExplainNoText", "POST", "/rules/explain", R"({"recipient": 5})", 422, 2007},
        refused_case{"ExplainNoAddress", "POST", "/rules/explain", R"({"recipient": "a b@c"})", 422,
                     2007}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(FileNode, AnswersOutsideItsPrefixWith404) {
  EXPECT_EQ(gate_.call({.method = "GET", .path = "/metrics", .peer = "unix"}).status, 404);
}

TEST_F(FileNode, RefusesABodyThatIsTooLarge) {
  const auto response =
      ask("POST", "/rules/explain", std::string(rest_limits{}.body_octets_max + 1, ' '));
  EXPECT_EQ(response.status, 413);
}

TEST_F(FileNode, SurvivesABodyThatIsNestedDeeply) {
  EXPECT_EQ(ask("POST", "/rules/explain", std::string(16 * 1024, '[')).status, 400);
}

TEST_F(FileNode, NamesTheMethodsThatAResourceKnows) {
  EXPECT_EQ(ask("PUT", "/queue").header("Allow"), "GET, HEAD, DELETE");
  EXPECT_EQ(ask("HEAD", "/queue").status, 200);
}

TEST_F(FileNode, ListsRecipientsWithTheirMessage) {
  const auto m = storage::accept(*node_.spool, {.recipients = 2});
  const auto envelope = ask_json("GET", "/queue");
  EXPECT_TRUE(envelope["errors"].empty());
  ASSERT_EQ(envelope["result"].size(), 2U);
  const auto& row = envelope["result"][0];
  EXPECT_EQ(row["queue_id"], m.message.id.to_string());
  EXPECT_EQ(row["sender"], "alice@sender.example");
  EXPECT_EQ(row["original"], "user0@zone.example");
  EXPECT_EQ(row["destination"], "user0@dest.example");
  EXPECT_EQ(row["next_hop"], "dest.example");
  EXPECT_EQ(row["state"], "queued");
  EXPECT_EQ(row["attempts"], 0);
  EXPECT_EQ(row["size"], m.message.size);
  EXPECT_EQ(row["accepted"], to_rfc3339(storage::start));
  EXPECT_EQ(row["next_attempt"], to_rfc3339(storage::start + std::chrono::minutes(3)))
      << "it is due, and now is never in the past";
  EXPECT_EQ(row["expires"], to_rfc3339(storage::start + std::chrono::hours(120)));
  EXPECT_EQ(envelope["result_info"]["count"], 2);
  EXPECT_EQ(envelope["result_info"]["cursor"], "");
}

TEST_F(FileNode, PagesVisitEveryRecipientOnce) {
  storage::accept(*node_.spool, {.recipients = 3});
  storage::accept(*node_.spool, {.recipients = 4});
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = ask_json("GET", "/queue?per_page=2&cursor=" + cursor);
    ASSERT_TRUE(page["success"].get<bool>()) << page.dump();
    for (const auto& row : page["result"]) {
      EXPECT_TRUE(seen.insert(row["queue_id"].get<std::string>() + row["index"].dump()).second);
    }
    cursor = page["result_info"]["cursor"];
    ASSERT_LT(++pages, 10);
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 7U);
}

TEST_F(FileNode, ACursorBehindTheEndIsAnEmptyPage) {
  storage::accept(*node_.spool);
  EXPECT_TRUE(result_of("/queue?cursor=" + std::string(40, 'f')).empty());
}

TEST_F(FileNode, FiltersTheQueue) {
  const auto m = storage::accept(*node_.spool, {.next_hop = "a.example"});
  storage::accept(*node_.spool, {.next_hop = "b.example", .sender = ""});
  ASSERT_TRUE(storage::commit(*node_.spool, storage::deferred(m.envelopes[0], storage::start)));
  struct filter_case {
    const char* query;
    std::size_t want;
  };
  for (const auto& [query, want] : {filter_case{"next_hop=A.example.", 1},
                                    {"state=deferred", 1},
                                    {"state=delivered", 0},
                                    {"sender=alice%40sender.example", 1},
                                    {"recipient=user0@b.example", 1},
                                    {"recipient=user0@zone.example", 2},
                                    {"next_hop=b.example&state=deferred", 0}}) {
    EXPECT_EQ(result_of(std::string("/queue?") + query).size(), want) << query;
  }
}

TEST_F(FileNode, ShowsAMessageWithRecipientsAndEvents) {
  const auto m = storage::accept(*node_.spool, {.recipients = 2});
  const auto shown = result_of("/queue/" + m.message.id.to_string());
  EXPECT_TRUE(shown["queued"].get<bool>());
  EXPECT_EQ(shown["message"]["client_address"], "192.0.2.1");
  EXPECT_EQ(shown["message"]["recipients"], 2);
  EXPECT_EQ(shown["envelopes"].size(), 2U);
  ASSERT_EQ(shown["events"].size(), 1U);
  EXPECT_EQ(shown["events"][0]["event"], "received");
}

TEST_F(FileNode, ShowsWhatIsLeftOfAMessageThatIsGone) {
  const auto m = storage::accept(*node_.spool);
  ASSERT_TRUE(
      storage::commit(*node_.spool, storage::settled(m.envelopes[0], model::outcome::delivered)));
  const auto shown = result_of("/queue/" + m.message.id.to_string());
  EXPECT_FALSE(shown["queued"].get<bool>());
  EXPECT_TRUE(shown["message"].is_null());
  EXPECT_TRUE(shown["envelopes"].empty());
  EXPECT_EQ(shown["events"].size(), 2U);
}

TEST_F(FileNode, ShowsHeadersOrTheWholeContent) {
  const auto m = storage::accept(*node_.spool);
  const auto path = "/queue/" + m.message.id.to_string() + "/content";
  const auto headers = ask("GET", path + "?headers=true");
  EXPECT_EQ(headers.content_type, "text/rfc822-headers");
  EXPECT_EQ(headers.body, "Subject: " + m.message.id.to_string() + "\r\n");
  const auto whole = ask("GET", path);
  EXPECT_EQ(whole.content_type, "message/rfc822");
  EXPECT_EQ(whole.body, m.body->octets());
}

TEST_F(FileNode, ReadsNoContentBeyondItsBudget) {
  const auto m = storage::accept(*node_.spool, {.octets = content_budget_octets + 1});
  const auto path = "/queue/" + m.message.id.to_string() + "/content";
  EXPECT_EQ(ask("GET", path + "?headers=true").status, 503);
}

TEST_F(FileNode, RepliesThatAreNotUtf8StayJson) {
  auto m = storage::accept(*node_.spool);
  auto update = storage::deferred(m.envelopes[0], storage::start);
  update.after.last_reply = "451 \xFF\xFE\x01 later";
  ASSERT_TRUE(storage::commit(*node_.spool, update));
  EXPECT_EQ(result_of("/queue")[0]["last_reply"], "451 \xEF\xBF\xBD\xEF\xBF\xBD\x01 later");
}

struct command_case {
  const char* method;
  std::string target;
  test::fake_node_operations::order want;
};

TEST_F(FileNode, HandsCommandsToTheNode) {
  const std::string id = model::queue_id::make(storage::start, 1, 1).to_string();
  for (const auto& [method, target, want] : std::vector<command_case>{
           {"POST", "/queue/" + id + "/retry", {"retry", id, ""}},
           {"DELETE", "/queue/" + id, {"remove", id, ""}},
           {"POST",
            "/queue/retry?next_hop=B%C3%BCcher.example",
            {"retry", "", "xn--bcher-kva.example"}},
           {"DELETE", "/queue?next_hop=%5B192.0.2.1%5D", {"remove", "", "[192.0.2.1]"}}}) {
    node_.node.orders.clear();
    const auto answer = ask_json(method, target);
    EXPECT_EQ(answer["result"]["recipients"], 2) << answer.dump();
    ASSERT_EQ(node_.node.orders.size(), 1U) << target;
    EXPECT_EQ(node_.node.orders[0], want) << target;
  }
}

TEST_F(FileNode, TellsWhyACommandFailed) {
  const auto target = "/queue/" + model::queue_id::make(storage::start, 1, 1).to_string();
  struct failure_case {
    errc code;
    int status;
    const char* text;
  };
  for (const auto& [code, status, text] :
       {failure_case{errc::not_found, 404, "Not found: message in the queue"},
        {errc::conflict, 409, "because"},
        {errc::unavailable, 503, "because"},
        {errc::no_space, 503, "no space"}}) {
    node_.node.outcome = fail(code, "because");
    const auto response = ask("DELETE", target);
    EXPECT_EQ(response.status, status);
    EXPECT_NE(response.body.find(text), std::string::npos) << response.body;
  }
}

TEST_F(FileNode, NamesTheNextHopForWhichNothingWaits) {
  node_.node.outcome = fail(errc::not_found, "");
  const auto response = ask("DELETE", "/queue?next_hop=a.example");
  EXPECT_EQ(response.status, 404);
  EXPECT_NE(response.body.find("mail waiting for a.example"), std::string::npos);
}

TEST_F(FileNode, SaysOfWhatIsInAStoreWhichSettingMakesOne) {
  int in_store = 0;
  for (const auto& e : all_endpoints()) {
    auto path = std::string(e.prefix) + std::string(e.path);
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{')) {
      path.replace(at, path.find('}') - at + 1, "00000000000000000000000000");
    }
    const net::http_request request{
        .method = std::string(e.method), .path = path, .peer = "unix"};
    const auto response = gate_.call(request);
    EXPECT_TRUE(test::is_documented(request, response));
    const bool refused = response.body.find("config.source") != std::string::npos;
    EXPECT_EQ(refused, e.needs_store) << e.method << " " << path << " " << response.body;
    EXPECT_TRUE(!refused || response.status == 503) << path;
    in_store += e.needs_store ? 1 : 0;
  }
  EXPECT_GT(in_store, 50);
  EXPECT_LE(node_.node.orders.size(), 2U) << "only what names a message is carried out";
}

TEST_F(FileNode, HasNoTokensAndHearsNobodyElse) {
  net::http_request request{.method = "GET", .path = "/signpost/v1/queue", .peer = "192.0.2.9"};
  EXPECT_EQ(gate_.call(request).status, 401);
  request.headers = {{"Authorization", "Bearer " + std::string(48, 'x')}};
  EXPECT_EQ(gate_.call(request).status, 401);
  request.peer = "unix";
  EXPECT_EQ(gate_.call(request).status, 401) << "who sends a token wants no more than it allows";
  request.headers.clear();
  EXPECT_EQ(gate_.call(request).status, 200);
}

TEST_F(FileNode, MakesCopiesForWhoeverIsAtItsSocket) {
  net::http_request request{.method = "POST", .path = "/signpost/v1/snapshot", .peer = "unix"};
  const auto made = gate_.call(request);
  EXPECT_TRUE(test::is_documented(request, made));
  EXPECT_EQ(json::parse(made.body)["result"],
            json({{"path", "/data/backup.tmp"}, {"messages", 1}, {"recipients", 2}}));
  request.method = "DELETE";
  EXPECT_EQ(gate_.call(request).status, 200);
  EXPECT_FALSE(node_.node.has_snapshot);
  node_.node.no_snapshot = error{errc::unavailable, "the disk is sick"};
  EXPECT_EQ(gate_.call(request).status, 503);
  request.method = "POST";
  EXPECT_EQ(gate_.call(request).status, 503);
  request.peer = "192.0.2.9";
  EXPECT_EQ(gate_.call(request).status, 401);
}

// The thread that hands a request over is a loop, which other requests wait for.
TEST_F(FileNode, KeepsNobodyWaitingWhoHandsARequestOver) {
  node_.node.hold();
  std::promise<int> answered;
  gate_.handle({.method = "GET", .path = "/signpost/v1/status", .peer = "unix"},
               [&](const net::http_response& r) { answered.set_value(r.status); });
  auto waiting = answered.get_future();
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  // Perhaps it had not been asked by then, and is answered at once.
  node_.node.release();
  EXPECT_EQ(waiting.get(), 200);
}

TEST_F(FileNode, WithoutANodeSaysSo) {
  auto w = node_.world();
  w.node = nullptr;
  gateway alone(std::move(w), 1);
  for (const auto& [method, target] : std::vector<std::pair<const char*, const char*>>{
           {"GET", "/status"}, {"POST", "/snapshot"}, {"DELETE", "/snapshot"},
           {"DELETE", "/queue?next_hop=a.example"}}) {
    const std::string_view text(target);
    const auto mark = std::min(text.find('?'), text.size());
    net::http_request request{.method = method, .peer = "unix"};
    request.path = "/signpost/v1" + std::string(text.substr(0, mark));
    if (mark < text.size()) request.query = text.substr(mark + 1);
    EXPECT_EQ(alone.call(request).status, 503) << target;
  }
}

TEST_F(FileNode, ShowsTheStateOfTheNode) {
  node_.node.state.ready = false;
  node_.node.state.reasons = {"spool: the disk is full"};
  const auto status = result_of("/status");
  EXPECT_EQ(status["host_name"], "mx.test.example");
  EXPECT_EQ(status["version"], "1.2.3");
  EXPECT_EQ(status["uptime_s"], 180);
  EXPECT_TRUE(status["live"].get<bool>());
  EXPECT_FALSE(status["ready"].get<bool>());
  EXPECT_EQ(status["reasons"][0], "spool: the disk is full");
  EXPECT_EQ(status["spool"]["health"], "well");
  EXPECT_EQ(status["spool"]["messages"], 1);
  EXPECT_EQ(status["spool"]["recipients"], 2);
  EXPECT_EQ(status["spool"]["activity_log"]["well"], true);
  EXPECT_EQ(status["spool"]["activity_log"]["events_lost"], 0);
  EXPECT_EQ(status["config"]["revision"], 7);
  EXPECT_EQ(status["config"]["rules"], 2);
  EXPECT_EQ(status["numbers"]["scheduler.active"], 5);
}

struct explain_case {
  const char* recipient;
  const char* decision;
  bool accepted;
};

TEST_F(FileNode, ExplainsWhereMailWouldGo) {
  for (const auto& [recipient, decision, accepted] :
       {explain_case{"info@zone.example", "forward", true},
        {"<INFO@zone.example>", "forward", true},
        {"old@zone.example", "reject", false},
        {"nobody@zone.example", "unknown", false},
        {"info@other.example", "not_ours", false},
        {"postmaster", "postmaster", true}}) {
    const auto answer =
        ask_json("POST", "/rules/explain", json::object({{"recipient", recipient}}).dump());
    const auto& result = answer["result"];
    EXPECT_EQ(result["decision"], decision) << recipient;
    EXPECT_EQ(result["accepted"], accepted) << recipient;
    EXPECT_EQ(result["reply"].is_null(), accepted) << recipient;
    EXPECT_EQ(result["revision"], 7);
    EXPECT_FALSE(result["steps"].empty()) << recipient;
  }
}

TEST_F(FileNode, ExplainsNothingWithoutZones) {
  node_.config.forget();
  node_.node.state.routing.reset();
  EXPECT_EQ(ask("POST", "/rules/explain", R"({"recipient": "a@b.example"})").status, 503);
  EXPECT_TRUE(result_of("/status")["config"].is_null());
}

TEST_F(FileNode, ListsTheNewestEventsOfAZone) {
  storage::accept(*node_.spool);
  storage::accept(*node_.spool);
  EXPECT_EQ(result_of("/events").size(), 2U);
  EXPECT_EQ(result_of("/events?max=1").size(), 1U);
  EXPECT_EQ(result_of("/events?zone=zone.example").size(), 2U);
}

}  // namespace
}  // namespace signpost::api
