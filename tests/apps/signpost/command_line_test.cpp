// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The whole program in our own process: arguments in, text and exit status out.
#include "apps/signpost/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>

#include "api/gateway.hpp"
#include "tests/api/control_node.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view good_settings = R"(node:
  host_name: mx.test.example
  data_dir: DIR/data
  zones_file: DIR/zones.yaml
  postmaster: [ops@dest.example]
)";

constexpr std::string_view good_zones = R"(zones:
  - name: zone.example
    rules:
      - address: info
        forward: alice@dest.example
      - address: old
        reject: This address is closed
      - address: noise
        drop: true
)";

struct outcome {
  int status = -1;
  std::string out;
  std::string err;
};

class CommandLine : public ::testing::Test {
 protected:
  CommandLine() {
    write("signpost.yaml", good_settings);
    write("zones.yaml", good_zones);
  }

  // `DIR` in the text becomes the directory of the test.
  void write(const std::string& name, std::string_view text) {
    std::string whole(text);
    for (auto at = whole.find("DIR/"); at != std::string::npos; at = whole.find("DIR/")) {
      whole.replace(at, 4, path(""));
    }
    test::write_file(path(name), whole);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_.path(name); }

  outcome run(std::vector<std::string> arguments) {
    outcome o;
    const console to{.out = [&](std::string_view t) { o.out += t; },
                     .err = [&](std::string_view t) { o.err += t; },
                     .confirm =
                         [&](std::string_view question) {
                           o.err += question;
                           return confirmed_;
                         },
                     .time = time_};
    o.status = cli::run(arguments, environment_, to);
    return o;
  }
  /// With the settings file of the test.
  outcome run_here(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--config", path("signpost.yaml")});
    return run(std::move(arguments));
  }

  test::temporary_directory directory_;
  config::environment environment_;
  test::manual_clock time_{storage::start + std::chrono::minutes(3)};
  bool confirmed_ = false;
};

TEST_F(CommandLine, HelpIsAnAnswer) {
  const auto o = run({"--help"});
  EXPECT_EQ(o.status, 0);
  EXPECT_THAT(o.out, HasSubstr("Exit status:"));
  EXPECT_THAT(run({"queue", "list", "--help"}).out, HasSubstr("--next-hop"));
}

TEST_F(CommandLine, TellsItsVersion) {
  EXPECT_THAT(run({"version"}).out, StartsWith("signpost "));
  EXPECT_EQ(run({"--version"}).out, run({"version"}).out);
}

TEST_F(CommandLine, WrongUsageEndsWithTwo) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{},
        {"queue"},
        {"quue", "list"},
        {"queue", "show"},
        {"queue", "retry"},
        {"queue", "remove", "ID", "--next-hop", "a.example"},
        {"queue", "list", "--limit", "many"},
        {"events", "--limit", "5000"},
        {"rules", "test"}}) {
    const auto o = run(arguments);
    EXPECT_EQ(o.status, wrong_usage) << ::testing::PrintToString(arguments);
    EXPECT_FALSE(o.err.empty());
    EXPECT_TRUE(o.out.empty()) << o.out;
  }
}

TEST_F(CommandLine, ConfigCheckCountsWhatIsGood) {
  const auto o = run_here({"config", "check"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_EQ(o.out, "ok: 4 settings in " + path("signpost.yaml") + "\nok: 1 zone, 3 rules in "
                       + path("zones.yaml") + "\n");
}

struct mistake_case {
  const char* name;
  const char* settings;
  const char* zones;
  const char* want;
};

class ConfigCheck : public CommandLine, public ::testing::WithParamInterface<mistake_case> {};

TEST_P(ConfigCheck, NamesTheMistake) {
  const auto& c = GetParam();
  write("signpost.yaml", std::string(good_settings) + c.settings);
  write("zones.yaml", std::string(good_zones) + c.zones);
  const auto o = run_here({"config", "check"});
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr(c.want));
  EXPECT_THAT(o.err, HasSubstr("mistake"));
  EXPECT_EQ(o.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    Table, ConfigCheck,
    ::testing::Values(
        mistake_case{"MisspeltSetting", "log: {levle: info}\n", "", "log.level"},
        mistake_case{"PlaceOfASetting", "log: {levle: info}\n", "", "signpost.yaml:6:7"},
        mistake_case{"WrongValue", "queue: {active_max: many}\n", "", "queue.active_max"},
        mistake_case{"ValueOutOfBounds", "delivery: {port: 70000}\n", "", "65535"},
        mistake_case{"AddressThatIsNone", "smtp: {listen: [nowhere]}\n", "", "smtp.listen"},
        mistake_case{"CertificateWithoutKey", "smtp: {tls_certificate: /x.pem}\n", "",
                     "smtp.tls_key"},
        mistake_case{"CertificateThatIsNotThere",
                     "smtp: {tls_certificate: /nowhere/x.pem, tls_key: /nowhere/x.key}\n", "",
                     "/nowhere/x."},
        mistake_case{"MisspeltZoneKey", "", "    catchall: {drop: true}\n", "catch_all"},
        mistake_case{"PlaceInZones", "", "    catchall: {drop: true}\n", "zones.yaml:10:5"},
        mistake_case{"ZoneTwice", "", "  - name: zone.example\n", "zone.example"}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(CommandLine, ConfigCheckTellsMistakesOfBothFiles) {
  write("signpost.yaml", std::string(good_settings) + "log: {levle: info, format: 5}\nx: 1\n");
  write("zones.yaml", "zones: [\n");
  const auto o = run_here({"config", "check"});
  EXPECT_THAT(o.err, HasSubstr("log.level"));
  EXPECT_THAT(o.err, HasSubstr("zones.yaml:"));
  EXPECT_THAT(o.err, HasSubstr("signpost.yaml:7:1: unknown setting 'x'"));
  EXPECT_THAT(o.err, HasSubstr("3 mistakes"));
}

TEST_F(CommandLine, ConfigCheckNamesAFileThatIsNotThere) {
  const auto o = run({"--config", path("other.yaml"), "config", "check"});
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr("other.yaml"));
  EXPECT_THAT(o.err, HasSubstr("1 mistake\n")) << "the default zones file would be a false lead";
}

TEST_F(CommandLine, ConfigCheckWantsNoZonesFileWhereZonesAreInTheStore) {
  write("signpost.yaml", std::string(good_settings) + "config: {source: store}\n");
  std::filesystem::remove(path("zones.yaml"));
  const auto o = run_here({"config", "check"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_EQ(o.out,
            "ok: 5 settings in " + path("signpost.yaml") + "\nok: zones are in the store\n");
}

TEST_F(CommandLine, RulesTestSaysWhenTheZonesFileIsNotInForce) {
  write("signpost.yaml", std::string(good_settings) + "config: {source: store}\n");
  const auto o = run_here({"rules", "test", "info@zone.example"});
  EXPECT_EQ(o.status, wrong_usage);
  EXPECT_EQ(o.out, "");
  EXPECT_THAT(o.err, HasSubstr("not in force"));
  EXPECT_THAT(o.err, HasSubstr("signpost explain"));
  const auto named =
      run_here({"rules", "test", "info@zone.example", "--zones", path("zones.yaml")});
  EXPECT_EQ(named.status, done) << named.err;
}

TEST_F(CommandLine, ConfigCheckLooksAtTheEnvironment) {
  environment_ = {{"SIGNPOST_CONFIG", path("signpost.yaml")},
                  {"SIGNPOST_QUEUE_ACTIVE_MAX", "many"}};
  const auto o = run({"config", "check"});
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr("SIGNPOST_QUEUE_ACTIVE_MAX"));
}

TEST_F(CommandLine, ConfigCheckAnswersInJson) {
  const auto o = run_here({"config", "check", "--json"});
  const auto report = json::parse(o.out);
  EXPECT_EQ(report["ok"], true);
  EXPECT_EQ(report["settings_file"], path("signpost.yaml"));
  EXPECT_EQ(report["rules"], 3);
  EXPECT_TRUE(report["mistakes"].empty());
}

// The node would not read it, and the directory may be anybody's.
TEST_F(CommandLine, TheWorkingDirectoryIsNotLookedAtForSettings) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(path(""));
  const auto o = run({"config", "check", "--json"});
  std::filesystem::current_path(before);
  EXPECT_THAT(json::parse(o.out)["settings_file"].get<std::string>(), Not(HasSubstr(path(""))));
  EXPECT_NE(json::parse(o.out)["settings_file"], "./signpost.yaml");
}

TEST_F(CommandLine, ConfigShowTellsWhereSettingsComeFrom) {
  environment_ = {{"SIGNPOST_NODE_POSTMASTER", "ops@dest.example"},
                  {"SIGNPOST_LOG_LEVEL", "info"},
                  {"SIGNPOST_SERVICE_HOST", "10.0.0.1"}};
  const auto o = run_here({"--data-dir", "/elsewhere", "config", "show", "--json"});
  ASSERT_EQ(o.status, done) << o.err;
  const auto rows = json::parse(o.out);
  const auto source_of = [&](const std::string& name) {
    for (const auto& row : rows) {
      if (row["name"] == name) return row["source"].get<std::string>();
    }
    return std::string("no such setting");
  };
  EXPECT_EQ(source_of("node.host_name"), path("signpost.yaml"));
  EXPECT_EQ(source_of("node.postmaster"), "environment");
  EXPECT_EQ(source_of("log.level"), "environment") << "though it says the same as the default";
  EXPECT_EQ(source_of("node.data_dir"), "command line");
  EXPECT_EQ(source_of("queue.active_max"), "default");
}

TEST_F(CommandLine, ConfigReferenceShowsDefaultsOnly) {
  const auto o = run_here({"config", "reference"});
  EXPECT_EQ(o.status, done);
  EXPECT_THAT(o.out, HasSubstr("| `smtp.listen` |"));
  EXPECT_THAT(o.out, Not(HasSubstr("mx.test.example")));
}

struct rules_case {
  const char* address;
  int status;
  const char* want;
};

TEST_F(CommandLine, RulesTestSaysWhereMailGoes) {
  for (const auto& [address, status, want] :
       {rules_case{"info@zone.example", done, "is forwarded to alice@dest.example"},
        {"<Info@ZONE.example>", done, "is forwarded to alice@dest.example"},
        {"noise@zone.example", done, "is accepted and dropped"},
        {"postmaster@zone.example", done, "goes to the postmaster: ops@dest.example"},
        {"old@zone.example", negative, "This address is closed"},
        {"nobody@zone.example", negative, "550 5.1.1"},
        {"a@elsewhere.example", negative, "550 5.7.1"}}) {
    const auto o = run_here({"rules", "test", address});
    EXPECT_EQ(o.status, status) << address;
    EXPECT_THAT(o.out, HasSubstr(want));
    EXPECT_THAT(o.out, HasSubstr("\n  - ")) << "the steps";
  }
}

TEST_F(CommandLine, RulesTestNeedsNoSettingsForAZonesFile) {
  const auto o =
      run({"rules", "test", "info@zone.example", "--zones", path("zones.yaml"), "--json"});
  EXPECT_EQ(o.status, done) << o.err;
  const auto decision = json::parse(o.out);
  EXPECT_EQ(decision["decision"], "forward");
  EXPECT_EQ(decision["destinations"], json({"alice@dest.example"}));
}

TEST_F(CommandLine, RulesTestRefusesWhatIsNoAddress) {
  const auto o = run_here({"rules", "test", "no address"});
  EXPECT_EQ(o.status, wrong_usage);
  EXPECT_THAT(o.err, HasSubstr("not an e-mail address"));
}

TEST_F(CommandLine, SaysThatNoNodeRuns) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"queue", "list"},
                                                    {"status"},
                                                    {"events"},
                                                    {"queue", "show", "X"}}) {
    const auto o = run_here(arguments);
    EXPECT_EQ(o.status, no_node);
    EXPECT_THAT(o.err, HasSubstr("no node answers on " + path("data/control.sock")));
    EXPECT_THAT(o.err, HasSubstr("signpostd --config " + path("signpost.yaml")));
  }
}

TEST_F(CommandLine, MistakesInSettingsEndQuestionsToTheNode) {
  write("signpost.yaml", "nod: {data_dir: /x}\n");
  EXPECT_EQ(run_here({"status"}).status, wrong_usage);
  EXPECT_EQ(run_here({"status", "--socket", path("x.sock")}).status, no_node);
}

/// With a node whose zones come from a file, on a Unix socket.
class WithNode : public CommandLine {
 protected:
  WithNode() {
    test::run_on(loop_.loop(), [&] {
      auto started = net::http_server::start(
          loop_.loop(), {.unix_socket = path("control.sock")},
          [this](const auto& request, const auto& out) { gate_.handle(request, out); });
      ASSERT_TRUE(started) << started.error().context;
      server_ = std::move(*started);
    });
  }
  ~WithNode() override {
    test::run_on(loop_.loop(), [&] { server_.reset(); });
  }
  outcome ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--socket", path("control.sock")});
    return run(std::move(arguments));
  }

  test::control_node node_;
  api::gateway gate_{node_.world(), 2};
  net::event_loop_thread loop_;
  std::unique_ptr<net::http_server> server_;
};

TEST_F(WithNode, ListsTheQueue) {
  EXPECT_THAT(ask({"queue", "list"}).out, HasSubstr("no waiting mail"));
  const auto m = storage::accept(*node_.spool, {.recipients = 2});
  const auto o = ask({"queue", "list"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, StartsWith("QUEUE ID"));
  EXPECT_THAT(o.out, HasSubstr("\n" + m.message.id.to_string() + "  queued"));
  EXPECT_THAT(o.out, HasSubstr("3m ago"));
  EXPECT_THAT(o.out, HasSubstr("user1@zone.example"));
}

TEST_F(WithNode, ListsAsManyAsAreWanted) {
  for (int i = 0; i < 3; ++i) storage::accept(*node_.spool, {.recipients = 500, .octets = 100});
  const auto rows_in = [](const outcome& o) { return json::parse(o.out).size(); };
  EXPECT_EQ(rows_in(ask({"queue", "list", "--json"})), 100U);
  EXPECT_THAT(ask({"queue", "list"}).err, HasSubstr("--limit 0"));
  EXPECT_EQ(rows_in(ask({"queue", "list", "--json", "--limit", "1001"})), 1001U);
  const auto all = ask({"queue", "list", "--json", "--limit", "0"});
  EXPECT_EQ(rows_in(all), 1500U);
  EXPECT_EQ(all.err, "");
}

TEST_F(WithNode, HandsOnFilters) {
  storage::accept(*node_.spool, {.next_hop = "a.example"});
  storage::accept(*node_.spool, {.next_hop = "b.example"});
  const auto o = ask({"queue", "list", "--json", "--next-hop", "b.example", "--state", "queued",
                      "--sender", "alice@sender.example", "--recipient", "user0@b.example"});
  EXPECT_EQ(json::parse(o.out).size(), 1U);
  EXPECT_EQ(ask({"queue", "list", "--state", "lost"}).status, negative);
}

TEST_F(WithNode, ShowsAMessage) {
  const auto m = storage::accept(*node_.spool);
  const auto id = m.message.id.to_string();
  const auto o = ask({"queue", "show", id, "--headers"});
  EXPECT_EQ(o.status, done) << o.err;
  for (const auto& want :
       {"message " + id, std::string("alice@sender.example"),
        std::string("mx.sender.example [192.0.2.1]"), std::string("user0@dest.example"),
        std::string("received"), "\nheaders\nSubject: " + id + "\n"}) {
    EXPECT_THAT(o.out, HasSubstr(want));
  }
  EXPECT_THAT(ask({"queue", "show", id}).out, Not(HasSubstr("Subject")));
  EXPECT_EQ(json::parse(ask({"queue", "show", id, "--json"}).out)["queue_id"], id);
}

TEST_F(WithNode, ShowsAMessageThatIsGone) {
  const auto m = storage::accept(*node_.spool);
  ASSERT_TRUE(
      storage::commit(*node_.spool, storage::settled(m.envelopes[0], model::outcome::delivered)));
  const auto o = ask({"queue", "show", m.message.id.to_string(), "--headers"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, HasSubstr("is no longer queued"));
  EXPECT_THAT(o.out, HasSubstr("delivered"));
}

TEST_F(WithNode, AnUnknownOrBadIdIsAnError) {
  for (const auto* id : {"nosuchid", "../status", "00000000000000000000000000"}) {
    const auto o = ask({"queue", "show", id});
    EXPECT_EQ(o.status, negative) << id;
    EXPECT_FALSE(o.err.empty());
  }
}

TEST_F(WithNode, RetriesAndRemoves) {
  const auto id = model::queue_id::make(storage::start, 1, 1).to_string();
  EXPECT_EQ(ask({"queue", "retry", id}).out, "2 recipients will be retried now\n");
  EXPECT_EQ(ask({"queue", "remove", id}).out, "2 recipients removed\n");
  ask({"queue", "retry", "--next-hop", "a.example"});
  const std::vector<test::fake_node_operations::order> want{
      {"retry", id, ""}, {"remove", id, ""}, {"retry", "", "a.example"}};
  EXPECT_EQ(node_.node.orders, want);
}

TEST_F(WithNode, RemovesMailOfADestinationOnlyAfterAYes) {
  const auto unsure = ask({"queue", "remove", "--next-hop", "a.example"});
  EXPECT_EQ(unsure.status, wrong_usage);
  EXPECT_THAT(unsure.err, HasSubstr("Remove all mail for a.example?"));
  EXPECT_TRUE(node_.node.orders.empty());
  EXPECT_EQ(ask({"queue", "remove", "--next-hop", "a.example", "--yes"}).status, done);
  confirmed_ = true;
  EXPECT_EQ(ask({"queue", "remove", "--next-hop", "b.example"}).status, done);
  EXPECT_EQ(node_.node.orders.size(), 2U);
}

TEST_F(WithNode, TellsWhyTheNodeRefused) {
  node_.node.outcome = fail(errc::conflict, "delivery runs");
  const auto o = ask({"queue", "remove", "00000000000000000000000000"});
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr("delivery runs"));
}

TEST_F(WithNode, StatusEndsWithOneWhenTheNodeIsNotReady) {
  const auto good = ask({"status"});
  EXPECT_EQ(good.status, done) << good.err;
  EXPECT_THAT(good.out, HasSubstr("signpost 1.2.3 on mx.test.example, up 3m"));
  EXPECT_THAT(good.out, HasSubstr("scheduler.active"));
  node_.node.state.ready = false;
  node_.node.state.reasons = {"spool: the disk is full"};
  const auto bad = ask({"status"});
  EXPECT_EQ(bad.status, negative);
  EXPECT_THAT(bad.out, HasSubstr("the disk is full"));
}

TEST_F(WithNode, ShowsEvents) {
  storage::accept(*node_.spool);
  EXPECT_THAT(ask({"events"}).out, HasSubstr("received"));
  const auto unknown = ask({"events", "--zone", "other.example"});
  EXPECT_EQ(unknown.status, negative);
  EXPECT_THAT(unknown.err, HasSubstr("Not found: zone other.example"));
  EXPECT_EQ(json::parse(ask({"events", "--json", "--limit", "1"}).out).size(), 1U);
}

}  // namespace
}  // namespace signpost::cli
