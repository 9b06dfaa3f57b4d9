// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may connect to a node, and what those cost who may not.
#include "cluster/sockets/socket_link.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <time.h>

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <vector>

#include "net/socket/socket_address.hpp"
#include "tests/cluster/link/link_world.hpp"
#include "tests/cluster/sockets/test_certificates.hpp"

namespace signpost::cluster {
namespace {

const endpoint anywhere{*ip_address::parse("127.0.0.1"), 0};

class SocketLink : public testing::Test {
 protected:
  using context = std::shared_ptr<net::mutual_tls_context>;

  std::unique_ptr<socket_link> open(link::node_number n, const context& tls,
                                    const std::function<void(socket_link_options&)>& change = {}) {
    socket_link_options options{.listen = anywhere,
                                .us = {.cluster = test_cluster_id,
                                       .name = n == 1 ? "one" : "two",
                                       .node_id = std::string(31, '0') + std::to_string(n),
                                       .boot = std::string(31, 'b') + std::to_string(n),
                                       .number = n,
                                       .roles = role_set::all()},
                                .limits = link::test_limits(),
                                .tls = tls};
    if (change) change(options);
    auto opened = socket_link::open(options, random, time).value();
    if (n == 2) opened->link().set_members({{.number = 1, .name = "one"}});
    return opened;
  }
  static bool wait(const std::function<bool()>& done, milliseconds at_most = milliseconds(10'000)) {
    static std::mutex mutex;
    static std::condition_variable never;
    const auto end = std::chrono::steady_clock::now() + at_most;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::unique_lock lock(mutex);
      never.wait_for(lock, milliseconds(5));
    }
    return true;
  }
  static link::peer_state state(socket_link& of, link::node_number peer) {
    std::promise<link::peer_state> found;
    of.link().states([&](const auto& all) {
      link::peer_state s;
      for (const auto& one : all) {
        if (one.number == peer) s = one;
      }
      found.set_value(s);
    });
    return found.get_future().get();
  }
  // Node 1, which opens the connection, with `theirs`; to node 2. Why it is not connected, or "".
  std::string connect(const context& theirs, socket_link& two, const std::string& name = "two") {
    const auto one = open(1, theirs);
    one->link().set_members({{.number = 2, .name = name, .address = two.bound().to_string()}});
    const auto decided = [&] {
      const auto s = state(*one, 2);
      return s.up || !s.last_reason.empty();
    };
    if (!wait(decided)) return "undecided";
    const auto s = state(*one, 2);
    return s.up ? "" : s.last_reason;
  }
  context mine(const std::string& name, const net::certificate_facts& facts) {
    return certificates.context(certificates.write(name, facts, certificates.authority));
  }

  test_certificates certificates;
  system_random random;
  system_clock time;
  const context good_one = certificates.of_node("one", role_set::all());
  const context good_two = certificates.of_node("two", role_set::all());
};

TEST_F(SocketLink, NodesOfAClusterConnect) {
  const auto two = open(2, good_two);
  EXPECT_EQ(connect(good_one, *two), "");
  EXPECT_EQ(two->counts().authenticated, 1U);
  EXPECT_EQ(two->counts().refused, 0U);
}

TEST_F(SocketLink, CertificatesAreRefusedInTheHandshake) {
  const auto two = open(2, good_two);
  auto files = certificates.write("rogue", certificates.facts("one", role_set::all()),
                                  certificates.other_authority);
  std::vector<std::pair<std::string, context>> refused{
      {"of another authority", certificates.context(files)}};

  auto facts = certificates.facts("one", role_set::all());
  facts.until = certificates.now - std::chrono::minutes(1);
  refused.emplace_back("expired", mine("expired", facts));
  facts = certificates.facts("one", role_set::all());
  facts.from = certificates.now + std::chrono::minutes(10);
  refused.emplace_back("not yet valid", mine("early", facts));
  facts = certificates.facts("one", role_set::all());
  facts.uris = {"https://one.example/"};
  refused.emplace_back("without a node's name", mine("nameless", facts));
  facts.uris = {"signpost://000000005a6e4b1c9a520c4d4f1f7a10/one?roles=auth"};
  refused.emplace_back("of another cluster", mine("elsewhere", facts));
  facts.uris = {std::string("signpost://") + test_cluster_id + "/one?roles="};
  refused.emplace_back("without roles", mine("idle", facts));
  refused.emplace_back("of the node itself", certificates.of_node("two", role_set::all()));

  for (const auto& [why, tls] : refused) {
    const auto before = two->counts();
    EXPECT_NE(connect(tls, *two), "") << why;
    EXPECT_TRUE(wait([&] { return two->counts().refused > before.refused; })) << why;
    EXPECT_EQ(two->counts().authenticated, before.authenticated) << why;
  }
  EXPECT_EQ(state(*two, 1).downs, 0U);
}

TEST_F(SocketLink, TheOneThatConnectsChecksToo) {
  const auto rogue = open(2, certificates.context(certificates.write(
                                 "rogue", certificates.facts("two", role_set::all()),
                                 certificates.other_authority)));
  EXPECT_NE(connect(good_one, *rogue), "");
  const auto two = open(2, good_two);
  EXPECT_EQ(connect(good_one, *two, "three"), "the certificate is that of 'two'");
}

TEST_F(SocketLink, ARoleThatTheCertificateHasNotIsRefused) {
  const auto two = open(2, good_two);
  const auto reason =
      connect(certificates.of_node("one", role_set().with(role::ingress)), *two);
  EXPECT_NE(reason.find("claims the roles"), std::string::npos) << reason;
}

TEST_F(SocketLink, ARemovedNodeIsRefusedInTheHandshake) {
  const auto two = open(2, good_two);
  two->link().set_removed({}, {"one"});
  EXPECT_NE(connect(good_one, *two), "");
  EXPECT_TRUE(wait([&] { return two->counts().refused > 0; }));
  EXPECT_EQ(two->counts().authenticated, 0U);
}

TEST_F(SocketLink, AConnectionEndsWithItsCertificate) {
  auto facts = certificates.facts("one", role_set::all());
  facts.until = time.now() + milliseconds(2'500);
  const auto two = open(2, good_two);
  const auto one = open(1, mine("short", facts));
  one->link().set_members({{.number = 2, .name = "two", .address = two->bound().to_string()}});
  ASSERT_TRUE(wait([&] { return state(*two, 1).up; }));
  EXPECT_TRUE(wait([&] { return !state(*two, 1).up; }));
  EXPECT_EQ(state(*two, 1).last_reason, "its certificate has expired");
}

TEST_F(SocketLink, RenewedCertificatesAreUsedWithoutARestart) {
  auto facts = certificates.facts("one", role_set::all());
  facts.until = certificates.now - std::chrono::minutes(1);
  const auto files = certificates.write("renewed", facts, certificates.authority);
  const auto two = open(2, good_two);
  const auto one = open(1, certificates.context(files),
                        [](auto& o) { o.reload_every = milliseconds(100); });
  one->link().set_members({{.number = 2, .name = "two", .address = two->bound().to_string()}});
  ASSERT_TRUE(wait([&] { return two->counts().refused > 0; }));
  EXPECT_FALSE(state(*one, 2).up);
  facts.until = certificates.now + std::chrono::hours(1);
  certificates.write("renewed", facts, certificates.authority);
  EXPECT_TRUE(wait([&] { return state(*one, 2).up; }));
}

// ---- strangers ---------------------------------------------------------------------------------

net::unique_fd tcp_to(const endpoint& where) {
  auto fd = net::make_tcp_socket(where.address).value();
  const net::socket_address address(where);
  ::connect(fd.get(), address.get(), address.size);
  return fd;
}

TEST_F(SocketLink, SilentConnectionsAreClosed) {
  const auto two = open(2, good_two, [](auto& o) {
    o.authenticate_within = milliseconds(300);
    o.failure_costs = milliseconds(200);
  });
  std::vector<net::unique_fd> silent;
  for (int i = 0; i < 10; ++i) silent.push_back(tcp_to(two->bound()));
  EXPECT_TRUE(wait([&] { return two->counts().late == silent.size(); }));
  EXPECT_EQ(two->counts().waiting, 0U);
  EXPECT_TRUE(wait([&] { return connect(good_one, *two).empty(); })) << "places are free again";
}

TEST_F(SocketLink, OneClientHasFewPlaces) {
  const auto two = open(2, good_two, [](auto& o) { o.waiting_per_client = 4; });
  std::vector<net::unique_fd> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(tcp_to(two->bound()));
  EXPECT_TRUE(wait([&] { return two->counts().turned_away == 16; }));
  EXPECT_EQ(two->counts().waiting, 4U);
}

TEST_F(SocketLink, AFloodDoesNotKeepOthersOut) {
  const auto two = open(2, good_two, [](auto& o) {
    o.waiting_max = 8;
    o.waiting_per_client = 1'000;
  });
  std::vector<net::unique_fd> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(tcp_to(two->bound()));
  ASSERT_TRUE(wait([&] { return two->counts().accepted == silent.size(); }));
  EXPECT_EQ(two->counts().waiting, 8U);
  EXPECT_EQ(connect(good_one, *two), "");
}

TEST_F(SocketLink, StrangersAreGivenUpBeforeMembers) {
  const auto two = open(2, good_two, [](auto& o) {
    o.waiting_max = 4;
    o.waiting_per_client = 1'000;
    o.failure_costs = milliseconds(60'000);
  });
  two->link().set_members({{.number = 1, .name = "one", .address = "127.0.0.2:1"}});
  const auto from = [&](const char* address) {
    auto fd = net::make_tcp_socket(*ip_address::parse(address)).value();
    const net::socket_address own({*ip_address::parse(address), 0}), to(two->bound());
    EXPECT_EQ(::bind(fd.get(), own.get(), own.size), 0);
    ::connect(fd.get(), to.get(), to.size);
    return fd;
  };
  // It is known where members are once a second.
  wait([] { return false; }, milliseconds(1'200));
  std::vector<net::unique_fd> all;
  all.push_back(from("127.0.0.2"));
  ASSERT_TRUE(wait([&] { return two->counts().waiting == 1; }));
  for (int i = 0; i < 20; ++i) all.push_back(from("127.0.0.3"));
  ASSERT_TRUE(wait([&] { return two->counts().evicted == 17; }));
  char octet = 0;
  EXPECT_EQ(::recv(all.front().get(), &octet, 1, MSG_DONTWAIT), -1) << "the first is still there";
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(two->counts().waiting, 4U);
  EXPECT_EQ(two->counts().refused, 0U);
}

milliseconds cpu_of(socket_link& of) {
  std::promise<milliseconds> used;
  of.posts()([&] {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    used.set_value(milliseconds(t.tv_sec * 1000 + t.tv_nsec / 1'000'000));
  });
  return used.get_future().get();
}

std::size_t resident_octets() {
  const auto text = test::read_file("/proc/self/statm");
  return std::stoul(text.substr(text.find(' '))) * 4096;
}

// A caf::openssl node took 96 % of a processor for one silent connection.
TEST_F(SocketLink, StrangersCostNothing) {
  const auto two = open(2, good_two, [](auto& o) { o.limits = link::link_limits{}; });
  const auto before = resident_octets();
  const auto begun = cpu_of(*two);
  constexpr milliseconds span{3'000};
  std::vector<net::unique_fd> silent, hostile(20);
  for (int i = 0; i < 20; ++i) silent.push_back(tcp_to(two->bound()));
  const std::vector<std::string> greetings{
      "GET / HTTP/1.1\r\n\r\n", std::string("\x16\x03\x01\xff\xff\x01\x00\xff\xff", 9),
      std::string(5'000, '\xFF'), std::string("\x16\x03\x03\x00\x04\x0e\x00\x00\x00", 9)};
  std::size_t round = 0;
  wait([&] {
    // Each comes again, without end.
    auto& fd = hostile[round++ % hostile.size()];
    fd = tcp_to(two->bound());
    const auto& says = greetings[round % greetings.size()];
    (void)!::send(fd.get(), says.data(), says.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return false;
  }, span);
  EXPECT_LT((cpu_of(*two) - begun).count() * 100 / span.count(), 2) << "percent of a processor";
  EXPECT_LT(resident_octets(), before + (4U << 20));
  EXPECT_EQ(two->counts().authenticated, 0U);
}

}  // namespace
}  // namespace signpost::cluster
