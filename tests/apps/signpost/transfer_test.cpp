// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// `config import` and `config export` on stores of their own.
#include <set>

#include "storage/control/control_store.hpp"
#include "tests/apps/signpost/cli_fixture.hpp"

namespace signpost::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* zones_yaml = R"(zones:
  - name: zone.example
    rules:
      - address: info
        forward: [ops@dest.example, Ops@DEST.example]
      - address: old
        reject: "Gone"
  - name: bücher.example
    enabled: false
)";

class Transfer : public CliFixture {
 protected:
  Transfer() { test::write_file(path("zones.yaml"), zones_yaml); }

  outcome import(const std::string& file, std::vector<std::string> more = {},
                 const std::string& store = "store") {
    std::vector<std::string> arguments{"config", "import", path(file), "--store", path(store)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(std::move(arguments));
  }
  outcome exported(std::vector<std::string> more = {}, const std::string& store = "store") {
    std::vector<std::string> arguments{"config", "export", "--store", path(store)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(std::move(arguments));
  }
  /// Opened for the test's own questions.
  std::unique_ptr<model::control_store> open(const std::string& store = "store") {
    auto opened = storage::open_control_store({.path = path(store)});
    EXPECT_TRUE(opened) << opened.error().context;
    return opened ? std::move(*opened) : nullptr;
  }
};

TEST_F(Transfer, AZonesFileComesIntoANewStore) {
  const auto o = import("zones.yaml", {"--account", "Example"});
  ASSERT_EQ(o.status, done) << o.err;
  EXPECT_EQ(o.out, "imported: 2 zones, 2 rules, 1 account, 1 destination\n");
  const auto store = open();
  const auto now = store->read();
  const auto zone = now->zone_by_name("zone.example");
  ASSERT_TRUE(zone);
  EXPECT_TRUE(zone->routing_enabled);
  EXPECT_FALSE(now->zone_by_name("xn--bcher-kva.example")->routing_enabled);
  EXPECT_TRUE(*now->is_verified(zone->account, "ops@dest.example"));
  EXPECT_EQ(now->account(zone->account)->name, "Example");
  EXPECT_TRUE(now->catch_all(zone->id));
  const auto log = now->audit_log({});
  ASSERT_EQ(log->entries.size(), 1U);
  EXPECT_EQ(log->entries[0].action, "import");
  EXPECT_EQ(log->entries[0].actor_id, "cli");
}

TEST_F(Transfer, ExportAndImportGiveAnEqualStore) {
  ASSERT_EQ(import("zones.yaml").status, done);
  const auto first = exported();
  ASSERT_EQ(first.status, done) << first.err;
  test::write_file(path("backup.jsonl"), first.out);
  const auto o = import("backup.jsonl", {}, "other");
  ASSERT_EQ(o.status, done) << o.err;
  EXPECT_EQ(exported({}, "other").out, first.out);
  const auto before = open()->read()->totals();
  EXPECT_EQ(*open("other")->read()->totals(), *before);
}

TEST_F(Transfer, ExportAndImportGiveAnEqualZonesFile) {
  ASSERT_EQ(import("zones.yaml").status, done);
  const auto first = exported({"--format", "yaml"});
  ASSERT_EQ(first.status, done) << first.err;
  test::write_file(path("again.yaml"), first.out);
  ASSERT_EQ(import("again.yaml", {}, "other").status, done);
  // In the order of ids, which are drawn.
  auto lines = [](const std::string& text) {
    return std::multiset<char>(text.begin(), text.end());
  };
  EXPECT_EQ(lines(exported({"--format", "yaml"}, "other").out), lines(first.out));
}

TEST_F(Transfer, ADryRunChangesNothing) {
  const auto o = import("zones.yaml", {"--dry-run"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, HasSubstr("would be imported: 2 zones"));
  EXPECT_EQ(open()->read()->totals()->zones, 0U);
}

TEST_F(Transfer, ExistingZonesEndTheImportOrStay) {
  ASSERT_EQ(import("zones.yaml").status, done);
  test::write_file(path("more.yaml"), std::string(zones_yaml) + "  - name: new.example\n");
  const auto o = import("more.yaml");
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr("zone zone.example is already in the store"));
  EXPECT_THAT(o.err, HasSubstr("nothing was imported"));
  EXPECT_EQ(open()->read()->totals()->zones, 2U);
  const auto skipped = import("more.yaml", {"--skip-existing"});
  EXPECT_EQ(skipped.status, done) << skipped.err;
  EXPECT_THAT(skipped.out, HasSubstr("2 zones left unchanged"));
  EXPECT_EQ(open()->read()->totals()->zones, 3U);
}

TEST_F(Transfer, AStoreInUseIsRefused) {
  const auto store = open();
  const auto o = import("zones.yaml");
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr("is in use"));
  EXPECT_THAT(o.err, HasSubstr("stop the node first"));
  EXPECT_EQ(exported().status, negative);
}

TEST_F(Transfer, LinesNameTheirMistakes) {
  test::write_file(path("bad.jsonl"),
                   "{\"zone\":{\"name\":\"a.example\"}}\n\n{\"zone\":{\"nmae\":\"b.example\"}}\n");
  const auto o = import("bad.jsonl");
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr("bad.jsonl:3: 'nmae'"));
  EXPECT_EQ(open()->read()->totals()->zones, 0U);
}

TEST_F(Transfer, WhatTheMailPathCannotUseIsRefused) {
  test::write_file(path("bad.jsonl"),
                   R"({"zone":{"name":"a.example"},"rules":[{"matchers":[{"type":"literal",)"
                   R"("field":"to","value":"x@b.example"}],"actions":[{"type":"drop"}]}]})"
                   "\n");
  const auto o = import("bad.jsonl");
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr("zone a.example: rule "));
}

TEST_F(Transfer, TheSameZoneTwiceIsRefused) {
  test::write_file(path("twice.jsonl"),
                   "{\"zone\":{\"name\":\"a.example\"}}\n{\"zone\":{\"name\":\"A.EXAMPLE\"}}\n");
  const auto o = import("twice.jsonl");
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr("a.example"));
  EXPECT_THAT(o.err, HasSubstr("more than once"));
}

TEST_F(Transfer, DestinationsOfLinesAreTrustedOnlyIfSaid) {
  const std::string line =
      R"({"zone":{"name":"a.example"},"rules":[{"matchers":[{"type":"literal","field":"to",)"
      R"("value":"x@a.example"}],"actions":[{"type":"forward","value":["y@dest.example"]}]}]})"
      "\n";
  test::write_file(path("some.jsonl"), line);
  const auto o = import("some.jsonl");
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.err, HasSubstr("1 destination is not verified"));
  EXPECT_THAT(o.err, HasSubstr("y@dest.example"));
  const auto trusted = import("some.jsonl", {"--trust-destinations"}, "other");
  EXPECT_EQ(trusted.err, "");
  EXPECT_THAT(trusted.out, HasSubstr("1 destination"));
}

TEST_F(Transfer, ExportsThroughTheApiOfANodeThatRuns) {
  server_.answer(
      "GET /client/v4/accounts/" + id_of('a') + "/email/routing/addresses?page=1&per_page=50",
      {{{"id", id_of('5')},
        {"email", "ops@dest.example"},
        {"verified", "2026-11-23T00:00:00.000Z"},
        {"created", "2026-11-23T00:00:00.000Z"}}});
  server_.answer("GET /client/v4/zones?account.id=" + id_of('a') + "&page=1&per_page=50",
                 json::array({zone()}));
  server_.answer("GET " + at_zone("/email/routing"),
                 {{"enabled", true}, {"status", "ready"}, {"subdomains", json::array()}});
  server_.answer("GET " + at_own_zone("/authentication"),
                 {{"dmarc", "report"}, {"quarantine", "mark"}, {"require_pass", true}});
  server_.answer(
      "GET " + at_own_zone("/rules?page=1&per_page=50"),
      {{{"id", id_of('7')},
        {"matchers", {{{"type", "literal"}, {"field", "to"}, {"value", "info@zone.example"}}}},
        {"actions", {{{"type", "forward"}, {"value", {"ops@dest.example"}}}}},
        {"enabled", true},
        {"priority", 0},
        {"source", "api"},
        {"created", "2026-11-23T00:00:00.000Z"},
        {"modified", "2026-11-23T00:00:00.000Z"}}});
  const auto o = ask({"config", "export"});
  ASSERT_EQ(o.status, done) << o.err;
  EXPECT_EQ(o.err, "");
  EXPECT_THAT(o.out, HasSubstr(R"("authentication":{"enforce_dmarc":false})"));
  test::write_file(path("remote.jsonl"), o.out);
  EXPECT_EQ(import("remote.jsonl").out, "imported: 1 zone, 1 rule, 1 account, 1 destination\n");
}

}  // namespace
}  // namespace signpost::cli
