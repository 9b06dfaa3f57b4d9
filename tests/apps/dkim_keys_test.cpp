// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/dkim_keys.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "apps/config/dkim_key_watch.hpp"
#include "apps/config/private_files.hpp"
#include "tests/support/loopback.hpp"

namespace signpost::config {
namespace {

using crypto::key_type;
using texts = std::vector<std::string>;

class DkimKeys : public testing::Test {
 protected:
  std::string made(const new_dkim_key& wanted, std::string_view domain = "example.org") {
    const auto key = keys.generate(domain, wanted, now);
    return key ? key->selector : to_string(key.error().code).data();
  }
  /// `selector=state` of each key of example.org.
  texts states() {
    texts out;
    const auto all = keys.list("example.org").value();
    for (const auto& key : all) {
      out.push_back(key.selector + "=" + std::string(to_string(key.state)));
    }
    return out;
  }
  static new_dkim_key ed(bool active = false, std::string selector = {}) {
    return {.type = key_type::ed25519, .selector = std::move(selector), .active = active};
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return keys.directory() + "/" + name;
  }
  static int mode_of(const std::string& name) {
    struct stat about {};
    return ::stat(name.c_str(), &about) == 0 ? static_cast<int>(about.st_mode & 07777) : -1;
  }

  test::temporary_directory directory;
  dkim_keys keys{directory.path("dkim")};
  wall_time now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
};

TEST_F(DkimKeys, ThereAreNoneAtFirst) {
  EXPECT_EQ(states(), texts{});
  EXPECT_TRUE(keys.domains().value().empty());
}

TEST_F(DkimKeys, SelectorsTellMonthAndTypeAndAreNeverTakenTwice) {
  EXPECT_EQ(made({}), "sp202611r");
  EXPECT_EQ(made(ed()), "sp202611e");
  EXPECT_EQ(made(ed()), "sp202611e2");
  EXPECT_EQ(made(ed(), "other.example"), "sp202611e");
  EXPECT_EQ(keys.domains().value(), (texts{"example.org", "other.example"}));
}

TEST_F(DkimKeys, OnlyTheOwnerMayReadWhatIsWritten) {
  made(ed());
  EXPECT_EQ(mode_of(keys.directory()), 0700);
  EXPECT_EQ(mode_of(path("example.org")), 0700);
  EXPECT_EQ(mode_of(path("example.org/keys.json")), 0600);
  EXPECT_EQ(mode_of(path("example.org/sp202611e.pem")), 0600);
  const auto files = std::filesystem::directory_iterator(path("example.org"));
  EXPECT_EQ(std::distance(begin(files), end(files)), 2) << "no draft is left";
}

TEST_F(DkimKeys, WhatIsReadBackIsTheSameKey) {
  const auto key = keys.generate("example.org", {}, now).value();
  const auto again = keys.list("example.org").value().at(0);
  EXPECT_EQ(again.key->public_half().octets(), key.key->public_half().octets());
  EXPECT_EQ(again.created, now);
  EXPECT_EQ(again.record_name(), "sp202611r._domainkey.example.org");
}

TEST_F(DkimKeys, OneOfATypeSignsAndTheOtherRetires) {
  made(ed(true, "a"));
  made(ed(false, "b"));
  made({.selector = "r", .active = true});
  EXPECT_EQ(states(), (texts{"r=active", "a=active", "b=pending"}));
  ASSERT_TRUE(keys.activate("example.org", "b", now + seconds(5)));
  EXPECT_EQ(states(), (texts{"r=active", "b=active", "a=retired"}));
  EXPECT_EQ(keys.list("example.org").value().back().retired, now + seconds(5));
  EXPECT_EQ(keys.active("example.org").value().size(), 2U);
}

TEST_F(DkimKeys, AKeyThatSignsIsNotRemoved) {
  made(ed(true, "a"));
  EXPECT_EQ(keys.remove("example.org", "a").error().code, errc::conflict);
  ASSERT_TRUE(keys.retire("example.org", "a", now));
  ASSERT_TRUE(keys.remove("example.org", "a"));
  EXPECT_EQ(states(), texts{});
  EXPECT_EQ(mode_of(path("example.org/a.pem")), -1);
}

TEST_F(DkimKeys, DomainsAreKeptInOneForm) {
  made(ed(true, "a"),
       "B\xC3\xBC"
       "cher.Example.");
  EXPECT_EQ(keys.domains().value(), texts{"xn--bcher-kva.example"});
}

TEST_F(DkimKeys, RefusesWhatIsNoNameAndWhatIsThereAlready) {
  made(ed(false, "a"));
  EXPECT_EQ(made(ed(false, "a")), "conflict");
  for (const auto* wrong : {"..", "../a", "a/b", ".", "-a", "a b", "a_b"}) {
    EXPECT_EQ(made(ed(false, wrong)), "malformed") << wrong;
  }
  for (const auto* wrong : {"", "..", "../example.org", "a b", "/tmp"}) {
    EXPECT_EQ(made(ed(false, "x"), wrong), "malformed") << wrong;
  }
  EXPECT_EQ(keys.activate("example.org", "none", now).error().code, errc::not_found);
}

TEST_F(DkimKeys, SoManyAndNoMore) {
  for (std::size_t i = 0; i < keys_per_domain_max; ++i) made(ed(false, "k" + std::to_string(i)));
  EXPECT_EQ(made(ed()), "limit_exceeded");
}

TEST_F(DkimKeys, RefusesWhatOthersCanReadAndNamesTheFix) {
  made(ed(true, "a"));
  for (const auto* name : {"example.org/a.pem", "example.org/keys.json", "example.org", ""}) {
    SCOPED_TRACE(name);
    const auto where = *name == '\0' ? keys.directory() : path(name);
    const auto before = static_cast<mode_t>(mode_of(where));
    ::chmod(where.c_str(), before | 0004);
    const auto read = keys.active("example.org");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::denied);
    EXPECT_NE(read.error().context.find("chmod"), std::string::npos) << read.error().context;
    EXPECT_NE(read.error().context.find(where), std::string::npos) << read.error().context;
    ::chmod(where.c_str(), before);
  }
  EXPECT_TRUE(keys.active("example.org"));
}

// As Kubernetes mounts secrets. What a link leads to is judged.
TEST_F(DkimKeys, FollowsALinkAndJudgesItsTarget) {
  made(ed(true, "a"));
  ASSERT_EQ(::rename(path("example.org/a.pem").c_str(), directory.path("a.pem").c_str()), 0);
  ASSERT_EQ(::symlink(directory.path("a.pem").c_str(), path("example.org/a.pem").c_str()), 0);
  EXPECT_TRUE(keys.active("example.org"));
  ::chmod(directory.path("a.pem").c_str(), 0644);
  const auto refused = keys.active("example.org");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::denied);
  EXPECT_NE(refused.error().context.find("chmod 600 " + directory.path("a.pem")),
            std::string::npos)
      << refused.error().context;
}

TEST_F(DkimKeys, WhatIsBrokenIsNamedAndNoSecretIsTold) {
  made(ed(true, "a"));
  test::write_file(path("example.org/a.pem"), "not a key: hunter2");
  auto read = keys.active("example.org");
  EXPECT_EQ(read.error().code, errc::malformed);
  EXPECT_EQ(read.error().context.find("hunter2"), std::string::npos);
  for (const auto* text :
       {"", "{", "[]", "{\"keys\":1}", "{\"keys\":[{}]}",
        R"({"keys":[{"selector":"../a","type":"rsa","state":"active","created":1}]})",
        R"({"keys":[{"selector":"a","type":"rsa","state":"odd","created":1}]})",
        R"({"keys":[{"selector":"a","type":"rsa","state":"active","created":-1}]})"}) {
    test::write_file(path("example.org/keys.json"), text);
    EXPECT_EQ(keys.active("example.org").error().code, errc::malformed) << text;
  }
}

TEST_F(DkimKeys, AChangeIsSeenOnceAndTrouble) {
  dkim_key_watch watch(keys.directory());
  EXPECT_FALSE(watch.refresh().changed);
  made(ed(true, "a"));
  EXPECT_TRUE(watch.refresh().changed);
  EXPECT_FALSE(watch.refresh().changed);
  ASSERT_EQ(watch.current().size(), 1U);

  // An unusable change is told once, and what was in force stays.
  made(ed(true, "b"));
  ::chmod(path("example.org/b.pem").c_str(), 0644);
  EXPECT_EQ(watch.refresh().faults.size(), 1U);
  EXPECT_TRUE(watch.refresh().faults.empty());
  EXPECT_EQ(watch.current().at(0).selector, "a");
  ::chmod(path("example.org/b.pem").c_str(), 0600);
  EXPECT_TRUE(watch.refresh().changed);
  EXPECT_EQ(watch.current().at(0).selector, "b");
}

TEST_F(DkimKeys, AFolderThatIsSuddenlyEmptyKeepsTheKeysInUse) {
  dkim_key_watch watch(keys.directory());
  made(ed(true, "a"));
  EXPECT_TRUE(watch.refresh().changed);
  std::filesystem::rename(path("example.org"), keys.directory() + ".elsewhere");
  const auto news = watch.refresh();
  EXPECT_EQ(news.faults.size(), 1U);
  EXPECT_FALSE(news.changed);
  EXPECT_TRUE(watch.refresh().faults.empty()) << "told once";
  ASSERT_EQ(watch.current().size(), 1U);
  std::filesystem::rename(keys.directory() + ".elsewhere", path("example.org"));
  EXPECT_TRUE(watch.refresh().faults.empty());
  // With their zone they go.
  ASSERT_TRUE(keys.put_away("example.org", std::string(32, 'a')).has_value());
  EXPECT_TRUE(watch.refresh().changed);
  EXPECT_TRUE(watch.current().empty());
}

TEST_F(DkimKeys, AnAwaitedKeySignsOnceItWasSeen) {
  dkim_key_watch watch(keys.directory());
  made(ed(true, "a"));
  auto wanted = ed(false, "b");
  wanted.when_seen = true;
  ASSERT_EQ(made(wanted), "b");
  ASSERT_EQ(made(ed(false, "c")), "c");
  watch.refresh();
  ASSERT_EQ(watch.current().size(), 1U);
  ASSERT_EQ(watch.awaited().size(), 1U);
  EXPECT_EQ(watch.awaited().at(0).selector, "b");
  const auto of = [&](const char* selector) {
    const auto all = keys.list("example.org").value();
    return std::ranges::find(all, selector, &dkim_key::selector)->key->public_half();
  };
  const auto activate = [&](const char* selector, const char* seen) {
    const auto done = keys.activate_seen("example.org", selector, of(seen), now);
    return done ? errc{} : done.error().code;
  };
  EXPECT_EQ(activate("c", "c"), errc::not_found);
  EXPECT_EQ(activate("b", "c"), errc::not_found) << "another key by now";
  {
    const auto lock = directory_lock::take(keys.directory());
    EXPECT_EQ(activate("b", "b"), errc::unavailable) << "it does not wait";
  }
  EXPECT_EQ(activate("b", "b"), errc{});
  EXPECT_EQ(states(), (texts{"b=active", "c=pending", "a=retired"}));
  EXPECT_EQ(activate("b", "b"), errc::not_found);
  EXPECT_TRUE(watch.refresh().changed);
  EXPECT_EQ(watch.current().at(0).selector, "b");
  EXPECT_TRUE(watch.awaited().empty());
}

// What cannot be read of a key that does not sign yet is told, and hinders no other.
TEST_F(DkimKeys, AnAwaitedKeyThatIsBrokenLeavesTheOthersInUse) {
  made(ed(true, "a"));
  auto wanted = ed(false, "b");
  wanted.when_seen = true;
  made(wanted);
  dkim_key_watch watch(keys.directory());
  const auto good = test::read_file(path("example.org/b.pem"));
  test::write_file(path("example.org/b.pem"), "no key");
  EXPECT_EQ(watch.refresh().faults.size(), 1U);
  EXPECT_TRUE(watch.refresh().faults.empty()) << "told once";
  EXPECT_EQ(watch.current().at(0).selector, "a");
  EXPECT_TRUE(watch.awaited().empty());
  test::write_file(path("example.org/b.pem"), good);
  EXPECT_TRUE(watch.refresh().faults.empty());
  EXPECT_EQ(watch.awaited().size(), 1U) << "it is read again";
}

// What was chosen later stays: one that still waits is not activated behind its back.
TEST_F(DkimKeys, AKeyThatIsActivatedEndsTheWaitOfOthers) {
  auto wanted = ed(false, "old");
  wanted.when_seen = true;
  made(wanted);
  made(ed(true, "new"));
  EXPECT_TRUE(keys.awaited("example.org").value().empty());
  made(ed(false, "third"));
  wanted.selector = "fourth";
  made(wanted);
  ASSERT_TRUE(keys.activate("example.org", "third", now));
  EXPECT_TRUE(keys.awaited("example.org").value().empty());
}

TEST_F(DkimKeys, TheFirstKeyIsMadeOnce) {
  auto wanted = ed(false, "a");
  wanted.first = true;
  EXPECT_EQ(made(wanted), "a");
  wanted.selector = "b";
  EXPECT_EQ(keys.generate("example.org", wanted, now).error().code, errc::conflict);
  EXPECT_EQ(states(), texts{"a=pending"});
}

// Making an RSA key takes a while; who only reads does not wait, and sees whole keys.
TEST_F(DkimKeys, AreListedWhileOthersChangeThem) {
  std::atomic<bool> stop = false;
  std::thread other([&] {
    dkim_keys same(keys.directory());
    while (!stop) {
      const auto key = same.generate("example.org", ed(), now);
      if (key) (void)same.remove("example.org", key->selector);
    }
  });
  for (int i = 0; i < 300; ++i) {
    const auto all = keys.list("example.org");
    EXPECT_TRUE(all) << all.error().context;
  }
  stop = true;
  other.join();
}

TEST_F(DkimKeys, AKeyThatRetiresSignsNoMore) {
  made(ed(true, "a"));
  dkim_key_watch watch(keys.directory());
  EXPECT_TRUE(watch.refresh().changed);
  ASSERT_TRUE(keys.retire("example.org", "a", now));
  EXPECT_TRUE(watch.refresh().changed);
  EXPECT_TRUE(watch.current().empty());
}

TEST_F(DkimKeys, AreTheirOwnersAlone) {
  const std::string first(32, 'a');
  const std::string second(32, 'b');
  ASSERT_EQ(made(ed(true, "one")), "one");
  ASSERT_TRUE(keys.put_away("example.org", first).has_value());
  EXPECT_EQ(states(), texts{});
  EXPECT_EQ(keys.domains().value(), texts{});
  ASSERT_TRUE(keys.bring_back("example.org", second).has_value());
  EXPECT_EQ(states(), texts{}) << "it has none of its own";
  ASSERT_EQ(made(ed(true, "two")), "two");
  ASSERT_TRUE(keys.put_away("example.org", second).has_value());
  ASSERT_TRUE(keys.bring_back("example.org", first).has_value());
  EXPECT_EQ(states(), texts{"one=active"});
  EXPECT_EQ(mode_of(path(".away")), 0700);
  ASSERT_TRUE(keys.discard(second).has_value());
  EXPECT_EQ(mode_of(path(".away/" + second)), -1);
  EXPECT_TRUE(keys.put_away("never.example", first).has_value()) << "there is nothing to be done";
  EXPECT_EQ(keys.discard("../x").error().code, errc::malformed);
}

}  // namespace
}  // namespace signpost::config
