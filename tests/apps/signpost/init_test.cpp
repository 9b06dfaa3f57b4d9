// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// `signpost init`: what it creates, keeps and refuses.
#include <sys/stat.h>

#include <filesystem>

#include "tests/apps/signpost/cli_fixture.hpp"

namespace signpost::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Init : public CliFixture {
 protected:
  Init() {
    environment_ = {{"SIGNPOST_CONFIG", settings_}, {"SIGNPOST_NODE_DATA_DIR", path("data")}};
  }

  outcome init(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), "init");
    return run(std::move(arguments));
  }
  outcome init_all() {
    return init({"--host-name", "MX1.example.org", "--postmaster", "you@example.net", "--zone",
                 "example.org", "--forward", "inbox@example.net,other@example.net"});
  }
  nlohmann::json init_json(std::vector<std::string> arguments = {}) {
    arguments.emplace_back("--json");
    return nlohmann::json::parse(init(std::move(arguments)).out, nullptr, false);
  }
  static unsigned mode_of(const std::string& file) {
    struct stat about {};
    return ::stat(file.c_str(), &about) == 0 ? about.st_mode & 0777U : 0;
  }

  std::string settings_ = directory_.path("etc") + "/signpost.yaml";
  std::string zones_ = directory_.path("etc") + "/zones.yaml";
};

TEST_F(Init, CreatesWhatANodeNeedsAndNamesTheRecords) {
  const auto before = ::umask(077);
  const auto o = init_all();
  ::umask(before);
  ASSERT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, StartsWith("created  " + settings_ + "\ncreated  " + zones_ + "\ncreated  "
                                + path("data") + "\ncreated  the key sp202611r._domainkey"));
  EXPECT_EQ(mode_of(settings_), 0644U) << "the node's user reads it, whatever root's umask";
  EXPECT_EQ(mode_of(zones_), 0644U);
  EXPECT_EQ(mode_of(path("data")), 0700U);
  for (const auto* line :
       {"mx1.example.org. IN TXT \"v=spf1 a -all\"\n",
        "sp202611r._domainkey.mx1.example.org. IN TXT ( \"v=DKIM1; k=rsa; p=",
        "example.org. IN TXT \"v=spf1 a:mx1.example.org ~all\"",
        "example.org. IN MX 10 mx1.example.org.\n", "signpostd --config", "doctor\n"}) {
    EXPECT_THAT(o.out, HasSubstr(line));
  }
  EXPECT_LT(o.out.find("IN TXT \"v=spf1 a:"), o.out.find("IN MX")) << "the MX last";
  const auto checked = run({"config", "check"});
  EXPECT_EQ(checked.status, done) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("ok: 1 zone, 0 rules in " + zones_));
  EXPECT_THAT(run({"rules", "test", "any@example.org"}).out,
              HasSubstr("is forwarded to inbox@example.net, other@example.net"));
}

TEST_F(Init, AgainItKeepsEverythingAndPrintsTheSameRecords) {
  ASSERT_EQ(init_all().status, done);
  const auto first = init_json();
  const auto texts = test::read_file(settings_) + test::read_file(zones_);
  for (const auto& again : {init_json(), init_json({"--host-name", "mx1.example.org", "--zone",
                                                    "EXAMPLE.org"})}) {
    EXPECT_THAT(again["created"], IsEmpty());
    EXPECT_EQ(again["kept"].size(), 4U);
    EXPECT_EQ(again["records"], first["records"]);
  }
  EXPECT_EQ(test::read_file(settings_) + test::read_file(zones_), texts);
}

TEST_F(Init, WhatTheFilesSayAlreadyIsNoContradiction) {
  ASSERT_EQ(init_all().status, done);
  const auto o = init_json({"--data-dir", path("data"), "--zone", "example.org", "--forward",
                            "other@example.net,INBOX@example.net"});
  EXPECT_EQ(o["kept"].size(), 4U);
  EXPECT_THAT(o["created"], IsEmpty());
}

TEST_F(Init, MakesOnlyWhatIsMissing) {
  ASSERT_EQ(init_all().status, done);
  std::filesystem::remove_all(path("data"));
  const auto o = init_json();
  EXPECT_EQ(o["kept"], nlohmann::json({settings_, zones_}));
  EXPECT_EQ(o["created"].size(), 2U);
}

TEST_F(Init, RefusesWhatAFileContradictsAndCreatesNothing) {
  ASSERT_EQ(init_all().status, done);
  std::filesystem::remove_all(path("data"));
  const auto texts = test::read_file(settings_) + test::read_file(zones_);
  struct contradiction {
    std::vector<std::string> arguments;
    std::string said;
  };
  for (const auto& [arguments, said] :
       {contradiction{{"--host-name", "mx2.example.org"}, "node.host_name: mx1.example.org"},
        contradiction{{"--postmaster", "him@example.net"}, "node.postmaster: you@example.net"},
        contradiction{{"--store"}, "config.source: file"},
        contradiction{{"--data-dir", path("other")}, "node.data_dir: " + path("data")},
        contradiction{{"--zone", "example.org", "--forward", "new@example.net"},
                      "has another catch-all for example.org"},
        contradiction{{"--zone", "b.example"}, "does not have the zone b.example"}}) {
    const auto o = init(arguments);
    EXPECT_EQ(o.status, negative) << said;
    EXPECT_THAT(o.err, HasSubstr(said));
    EXPECT_THAT(o.err, HasSubstr("nothing was changed"));
    EXPECT_FALSE(std::filesystem::exists(path("data"))) << said;
    EXPECT_FALSE(std::filesystem::exists(path("other"))) << said;
  }
  EXPECT_EQ(test::read_file(settings_) + test::read_file(zones_), texts);
}

TEST_F(Init, SaysWhatItMustBeTold) {
  EXPECT_THAT(init().err, HasSubstr("add --host-name"));
  EXPECT_THAT(init({"--host-name", "mx1.example.org"}).err, HasSubstr("add --postmaster"));
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"--host-name", "mx 1"},
        {"--host-name", "mx1.example.org", "--postmaster", "you"},
        {"--host-name", "a.example", "--postmaster", "you@a.example", "--forward", "b@a.example"},
        {"--host-name", "a.example", "--postmaster", "you@a.example", "--zone", "b", "--store"}}) {
    EXPECT_EQ(init(wrong).status, wrong_usage) << ::testing::PrintToString(wrong);
  }
  EXPECT_FALSE(std::filesystem::exists(path("etc")));
}

TEST_F(Init, AFileWithAMistakeIsNotBuiltUpon) {
  std::filesystem::create_directory(path("etc"));
  test::write_file(settings_, "node: {host_nam: x}\n");
  const auto o = init();
  EXPECT_EQ(o.status, wrong_usage);
  EXPECT_THAT(o.err, HasSubstr("signpost.yaml:1:8"));
  EXPECT_FALSE(std::filesystem::exists(path("data")));
}

TEST_F(Init, WithAStoreThereIsNoZonesFile) {
  const auto o = init({"--host-name", "mx1.example.org", "--postmaster", "you@example.net",
                       "--store"});
  ASSERT_EQ(o.status, done) << o.err;
  EXPECT_FALSE(std::filesystem::exists(zones_));
  EXPECT_THAT(o.out, HasSubstr("zone create"));
  EXPECT_THAT(o.out, Not(HasSubstr("IN MX")));
  EXPECT_THAT(run({"config", "check"}).out, HasSubstr("ok: zones are in the store"));
  const auto late = init({"--zone", "a.example"});
  EXPECT_EQ(late.status, negative);
  EXPECT_THAT(late.err, HasSubstr("signpost zone create a.example"));
}

}  // namespace
}  // namespace signpost::cli
