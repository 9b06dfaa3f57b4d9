// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Which server is asked, and as whom.
#include <sys/stat.h>

#include "tests/apps/signpost/cli_fixture.hpp"

namespace signpost::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class Profiles : public CliFixture {
 protected:
  Profiles() {
    ::mkdir(path("home").c_str(), 0700);
    server_.answer("GET /client/v4/accounts?page=1&per_page=50", json::array());
    server_.answer("GET /signpost/v1/status", {{"ready", true}});
  }
  outcome add(const std::string& name, const std::string& url) {
    input_ = "token-of-" + name + "\n";
    return run({"profile", "add", name, "--url", url, "--token-file", "-"});
  }
  std::string file() { return path("home/.config/signpost/profiles.yaml"); }
};

TEST_F(Profiles, AreKeptWhereOnlyTheirOwnerReads) {
  const auto o = add("work", "https://mail.example/");
  ASSERT_EQ(o.status, done) << o.err;
  struct stat about {};
  ASSERT_EQ(::stat(file().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_THAT(o.out + o.err, Not(HasSubstr("token-of-work")));
  EXPECT_THAT(run({"profile", "list"}).out, HasSubstr("work     https://mail.example  yes"));
  EXPECT_THAT(run({"profile", "list"}).out, Not(HasSubstr("token-of-work")));
}

TEST_F(Profiles, OthersMustNotReadTheirFile) {
  add("work", "https://mail.example");
  ::chmod(file().c_str(), 0644);
  const auto o = run({"status", "--profile", "work"});
  EXPECT_EQ(o.status, wrong_usage);
  EXPECT_THAT(o.err, HasSubstr("chmod"));
}

TEST_F(Profiles, AreTriedOutBeforeTheyAreKept) {
  server_.refuse("GET /client/v4/accounts?page=1&per_page=50", 401, 1000, "Invalid API Token");
  EXPECT_EQ(add("work", "https://mail.example").status, negative);
  EXPECT_THAT(run({"profile", "list"}).out, HasSubstr("there are no profiles"));
  server_.is_there = false;
  EXPECT_THAT(add("work", "https://mail.example").err, HasSubstr("--unchecked"));
}

TEST_F(Profiles, AskForTheTokenAtATerminal) {
  EXPECT_EQ(run({"profile", "add", "work", "--url", "https://m.example"}).status, wrong_usage);
  typed_ = "typed";
  EXPECT_EQ(run({"profile", "add", "work", "--url", "https://m.example"}).status, done);
  EXPECT_EQ(server_.connected.back().token, "typed");
}

TEST_F(Profiles, TheNamedOneIsAsked) {
  add("work", "https://work.example");
  add("home", "https://home.example");
  EXPECT_EQ(run({"status", "--profile", "home"}).status, done);
  EXPECT_EQ(server_.connected.back().url, "https://home.example");
  EXPECT_EQ(server_.connected.back().token, "token-of-home");
  environment_.emplace_back("SIGNPOST_PROFILE", "home");
  run({"status"});
  EXPECT_EQ(server_.connected.back().url, "https://home.example");
  EXPECT_EQ(run({"status", "--profile", "other"}).status, wrong_usage);
}

TEST_F(Profiles, TheDefaultOneIsAskedOnlyWhereNoNodeIs) {
  add("work", "https://work.example");
  run({"status"});
  EXPECT_EQ(server_.connected.back().url, "https://work.example");
  run({"status", "--socket", "/run/fake.sock"});
  EXPECT_TRUE(server_.connected.back().is_local());
  EXPECT_EQ(run({"profile", "remove", "work"}).status, done);
  run({"status"});
  EXPECT_TRUE(server_.connected.back().is_local()) << "the node of the settings";
}

TEST_F(Profiles, UseChoosesTheDefault) {
  add("work", "https://work.example");
  add("home", "https://home.example");
  EXPECT_EQ(run({"profile", "use", "home"}).status, done);
  run({"status"});
  EXPECT_EQ(server_.connected.back().url, "https://home.example");
  EXPECT_EQ(run({"profile", "use", "none"}).status, negative);
}

TEST_F(Profiles, TheEnvironmentNamesAServerAndItsToken) {
  environment_.emplace_back("SIGNPOST_API_URL", "https://env.example");
  const auto bare = run({"status"});
  EXPECT_EQ(bare.status, wrong_usage);
  EXPECT_THAT(bare.err, HasSubstr("SIGNPOST_API_TOKEN"));
  environment_.emplace_back("SIGNPOST_API_TOKEN", "secret");
  EXPECT_EQ(run({"status"}).status, done);
  EXPECT_EQ(server_.connected.back().url, "https://env.example");
  EXPECT_EQ(server_.connected.back().token, "secret");
  EXPECT_EQ(run({"status", "--url", "http://127.0.0.1:9980"}).status, done);
  EXPECT_EQ(server_.connected.back().url, "http://127.0.0.1:9980");
}

TEST_F(Profiles, ABrokenFileIsTold) {
  add("work", "https://work.example");
  test::write_file(file(), "profiles: {work: {ulr: x}}\n");
  ::chmod(file().c_str(), 0600);
  const auto o = run({"profile", "list"});
  EXPECT_EQ(o.status, wrong_usage);
  EXPECT_THAT(o.err, HasSubstr("profiles.yaml:1:"));
}

TEST_F(Profiles, KeysOfANodeElsewhereGoThroughItsApi) {
  environment_.emplace_back("SIGNPOST_API_URL", "https://env.example");
  environment_.emplace_back("SIGNPOST_API_TOKEN", "secret");
  server_.answer("GET " + at_own_zone("/dkim"), {{{"domain", "zone.example"},
                                                  {"selector", "s1"},
                                                  {"type", "ed25519"},
                                                  {"state", "active"},
                                                  {"created", "2026-11-23T00:00:00.000Z"},
                                                  {"retired", nullptr},
                                                  {"record",
                                                   {{"type", "TXT"},
                                                    {"name", "s1._domainkey.zone.example"},
                                                    {"content", "v=DKIM1; k=ed25519; p=AAAA"}}}}});
  const auto o = run({"dkim", "show", "zone.example"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, HasSubstr("s1._domainkey.zone.example. IN TXT ( \"v=DKIM1; k=ed25519; "
                               "p=AAAA\" )"));
  server_.answer("POST " + at_own_zone("/dkim"),
                 {{"domain", "zone.example"}, {"state", "pending"}});
  EXPECT_EQ(run({"dkim", "rotate", "zone.example"}).status, done);
  EXPECT_EQ(server_.bodies.back(), json({{"type", "ed25519"}, {"active", false}}));
}

TEST(OpenConnection, RefusesWhatIsNoUrlOfOurs) {
  for (const auto* const url : {"mail.example", "ftp://mail.example", "http://mail.example", ""}) {
    const auto opened = open_connection({.url = url});
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().code, errc::malformed);
  }
  EXPECT_TRUE(open_connection({.url = "http://127.0.0.1:9980/base"}));
  EXPECT_TRUE(open_connection({.url = "https://mail.example"}));
}

}  // namespace
}  // namespace signpost::cli
