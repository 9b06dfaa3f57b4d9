// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <filesystem>

#include "apps/signpost/offline/cluster_folder.hpp"
#include "cluster/link/identity.hpp"
#include "net/tls/certificate_authority.hpp"
#include "tests/apps/signpost/cli_fixture.hpp"

namespace signpost::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ClusterCommands : public CliFixture {
 protected:
  [[nodiscard]] std::string folder() const { return path("cluster"); }
  static unsigned mode_of(const std::string& file) {
    struct stat about {};
    return ::stat(file.c_str(), &about) == 0 ? about.st_mode & 0777U : 0;
  }
  outcome issue(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"cluster", "certificate", name, "--dir", folder()};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }
  outcome check(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"cluster", "check", folder() + '/' + name};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }
};

TEST_F(ClusterCommands, InitMakesAnAuthorityOnce) {
  const auto o = run({"cluster", "init", "--dir", folder()});
  ASSERT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, HasSubstr("signpost cluster certificate NAME --dir " + folder()));
  EXPECT_EQ(mode_of(folder()), 0700U);
  EXPECT_EQ(mode_of(folder() + "/ca.key"), 0600U);
  EXPECT_EQ(mode_of(folder() + "/cluster.secret"), 0600U);
  const auto id = cluster_folder::id_of(folder()).value();
  EXPECT_THAT(o.out, HasSubstr(id));
  const auto key = test::read_file(folder() + "/ca.key");
  const auto again = run({"cluster", "init", "--dir", folder()});
  EXPECT_EQ(again.status, negative);
  EXPECT_THAT(again.err, HasSubstr("ca.crt: the file exists"));
  EXPECT_EQ(test::read_file(folder() + "/ca.key"), key);
  EXPECT_EQ(run({"cluster", "init", "--dir", path("no/where")}).status, negative);
}

TEST_F(ClusterCommands, CertificatesAreIssuedAndChecked) {
  ASSERT_EQ(run({"cluster", "init", "--dir", folder()}).status, done);
  const auto o = issue("mx1", {"--roles", "ingress,auth", "--valid-for", "90d"});
  ASSERT_EQ(o.status, done) << o.err;
  const auto files = cluster_folder::files_of(folder() + "/mx1");
  EXPECT_EQ(mode_of(folder() + "/mx1"), 0700U);
  EXPECT_EQ(mode_of(files.key), 0600U);
  EXPECT_EQ(mode_of(folder() + "/mx1/cluster.secret"), 0600U);
  const auto facts =
      net::read_certificate(net::read_pem_file(files.certificate).value()).value();
  const auto who = cluster::link::read_identity(facts.uris).value();
  EXPECT_EQ(who.cluster, cluster_folder::id_of(folder()));
  EXPECT_EQ(who.name, "mx1");
  EXPECT_EQ(cluster::link::to_string(who.roles), "ingress,auth");
  const auto checked = check("mx1", {"--name", "mx1", "--roles", "auth"});
  EXPECT_EQ(checked.status, done) << checked.out << checked.err;
  EXPECT_THAT(checked.out, Not(HasSubstr("fail  ")));
  EXPECT_THAT(checked.out, Not(HasSubstr("warn  ")));
}

TEST_F(ClusterCommands, CheckSaysWhatIsWrong) {
  ASSERT_EQ(run({"cluster", "init", "--dir", folder()}).status, done);
  ASSERT_EQ(issue("mx1", {"--roles", "ingress"}).status, done);
  ASSERT_EQ(issue("mx2", {"--valid-for", "2h"}).status, done);
  const auto refused = [&](const std::vector<std::string>& more, const std::string& why) {
    const auto o = check("mx1", more);
    EXPECT_EQ(o.status, negative) << why;
    EXPECT_THAT(o.out, HasSubstr(why));
  };
  refused({"--name", "mx2"}, "it is for the node 'mx1', not 'mx2'");
  refused({"--roles", "signing"}, "it allows ingress; the node has signing");
  const auto mine = folder() + "/mx1/";
  const auto key = test::read_file(mine + "node.key");
  std::filesystem::copy_file(folder() + "/mx2/node.key", mine + "node.key",
                             std::filesystem::copy_options::overwrite_existing);
  refused({}, "the key does not belong to the certificate");
  test::write_file(mine + "node.key", key);
  ::chmod((mine + "node.key").c_str(), 0644);
  refused({}, "node.key");
  ::chmod((mine + "node.key").c_str(), 0600);
  EXPECT_EQ(check("mx1").status, done);

  ASSERT_EQ(run({"cluster", "init", "--dir", path("other")}).status, done);
  std::filesystem::copy_file(path("other") + "/ca.crt", mine + "ca.crt",
                             std::filesystem::copy_options::overwrite_existing);
  refused({}, "certificate: " + mine + "node.crt");
  std::filesystem::remove(mine + "node.crt");
  refused({}, "node.crt");
}

TEST_F(ClusterCommands, CheckTellsWhenToRenew) {
  ASSERT_EQ(run({"cluster", "init", "--dir", folder()}).status, done);
  ASSERT_EQ(issue("mx1", {"--valid-for", "30d"}).status, done);
  time_.advance(std::chrono::days(21));
  auto o = check("mx1");
  EXPECT_EQ(o.status, done);
  EXPECT_THAT(o.out, HasSubstr("warn  expiry"));
  time_.advance(std::chrono::days(10));
  o = check("mx1");
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.out, HasSubstr("certificate has expired"));
  ASSERT_EQ(issue("mx1", {"--valid-for", "30d"}).status, done);
  EXPECT_THAT(check("mx1").out, Not(HasSubstr("warn  ")));
  time_.advance(std::chrono::days(3560));
  ASSERT_EQ(issue("mx1", {"--valid-for", "3650d"}).status, done);
  EXPECT_THAT(check("mx1").out, HasSubstr("warn  authority"));
}

TEST_F(ClusterCommands, MistakesAreNamed) {
  EXPECT_EQ(issue("mx1").status, negative);
  EXPECT_THAT(issue("mx1").err, HasSubstr("signpost cluster init"));
  ASSERT_EQ(run({"cluster", "init", "--dir", folder()}).status, done);
  for (const auto* name : {"MX1", "a.b", "../x", "-a", ""}) {
    EXPECT_EQ(issue(name).status, wrong_usage) << name;
  }
  EXPECT_EQ(issue("mx1", {"--roles", "ingress,sales"}).status, wrong_usage);
  EXPECT_EQ(issue("mx1", {"--valid-for", "1m"}).status, wrong_usage);
  EXPECT_FALSE(std::filesystem::exists(folder() + "/mx1"));
}

}  // namespace
}  // namespace signpost::cli
