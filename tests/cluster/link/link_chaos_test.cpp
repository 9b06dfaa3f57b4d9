// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Nodes that ask each other while others stop, die, come back and lose sight of each other, by
// chance. Whatever happens, each request ends exactly once, and in the end all is as it was.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "tests/cluster/link/link_world.hpp"
#include "tests/support/fake_link_network.hpp"

namespace signpost::cluster::link {
namespace {

constexpr node_number nodes = 4;
constexpr kind_number echo = 1;
constexpr kind_number held = 2;
constexpr kind_number body_taker = 3;

class octets_of_one final : public body_source {
 public:
  explicit octets_of_one(std::uint64_t size) : size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::size_t at_most,
            std::function<void(result<std::string>)> done) override {
    done(std::string(std::min<std::uint64_t>(at_most, size_ - offset), '1'));
  }

 private:
  const std::uint64_t size_;
};

class chaos {
 public:
  explicit chaos(std::uint64_t seed) : random_(seed), network_(test_limits(), seed) {
    for (node_number n = 1; n <= nodes; ++n) {
      network_.add({.number = n});
      begin(n);
    }
    network_.introduce();
    network_.advance(milliseconds(200));
  }

  void step() {
    for (auto asked = below(6); asked > 0; --asked) ask();
    disturb();
    network_.advance(milliseconds(1 + below(300)));
    if (below(3) == 0) held_.clear();
  }

  void heal() {
    for (node_number n = 1; n <= nodes; ++n) {
      if (dead_[n]) restart(n);
      network_.resume(n);
      for (node_number m = 1; m < n; ++m) network_.heal(n, m);
    }
    network_.introduce();
    held_.clear();
    network_.advance(milliseconds(8'000));
    held_.clear();
    network_.advance(milliseconds(500));
  }

  /// How many in a hundred requests were answered.
  [[nodiscard]] std::size_t answered() const { return answered_ * 100 / ended_.size(); }

  void judge() {
    for (std::size_t i = 0; i < ended_.size(); ++i) EXPECT_EQ(*ended_[i], 1) << "request " << i;
    for (node_number n = 1; n <= nodes; ++n) {
      EXPECT_EQ(network_.engine(n).incoming_octets(), 0U) << "node " << n;
      for (const auto& s : network_.engine(n).states()) {
        EXPECT_TRUE(s.up) << n << " and " << s.number << ": " << s.last_reason;
        EXPECT_EQ(s.unanswered, 0U);
        EXPECT_EQ(s.queued_octets, 0U);
      }
    }
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_.below(n); }
  node_number any() { return static_cast<node_number>(1 + below(nodes)); }

  void begin(node_number n) {
    auto& e = network_.engine(n);
    e.on_request(echo, {}, [](incoming_request q) { q.answer(q.octets); });
    e.on_request(held, {}, [this](incoming_request q) { held_.push_back(std::move(q)); });
    e.on_request(body_taker, {}, [](incoming_request q) {
      const auto body = q.body;
      if (!body) return;
      const auto got = std::make_shared<std::size_t>(0);
      body->read(
          [body, got](const std::string& part) {
            *got += part.size();
            body->taken(part.size());
          },
          [q, got, body](const result<void>& end) {
            EXPECT_TRUE(!end || *got == body->size());
            q.answer(std::to_string(*got));
          });
    });
  }

  void ask() {
    const auto from = any();
    if (dead_[from]) return;
    outgoing_request q{.kind = static_cast<kind_number>(1 + below(4)),
                       .octets = std::string(below(2) == 0 ? below(100) : below(700'000), 'q'),
                       .within = milliseconds(100 + below(4'000)),
                       .bulk = below(2) == 0};
    if (q.kind == body_taker) q.body = std::make_shared<octets_of_one>(below(2'000'000));
    const auto ends = std::make_shared<int>(0);
    // A request of a process that dies has nobody whom to tell.
    asked_by_[from].push_back(ends);
    ended_.push_back(ends);
    network_.link(from).request(any(), std::move(q), [this, ends](const result<std::string>& got) {
      ++*ends;
      if (got) ++answered_;
    });
  }

  void disturb() {
    const auto n = any();
    const auto chance = below(30);
    if (chance == 0) return network_.stop(n);
    if (chance == 1) return network_.cut(n, any());
    if (chance == 2 && !dead_[n]) return kill(n);
    if (chance < 6 && dead_[n]) return restart(n);
    if (chance < 12) return network_.resume(n);
    if (chance < 20) return network_.heal(n, any());
  }

  void kill(node_number n) {
    held_.clear();
    network_.kill(n);
    dead_[n] = true;
    for (const auto& ends : std::exchange(asked_by_[n], {})) {
      if (*ends == 0) *ends = 1;
    }
  }

  void restart(node_number n) {
    network_.restart(n);
    dead_[n] = false;
    begin(n);
    network_.introduce();
  }

  seeded_random random_;
  std::vector<std::shared_ptr<int>> ended_;
  std::map<node_number, std::vector<std::shared_ptr<int>>> asked_by_;
  std::map<node_number, bool> dead_;
  std::size_t answered_ = 0;
  std::vector<incoming_request> held_;
  test::fake_link_network network_;
};

TEST(LinkChaos, EachRequestEndsOnceAndAllComesBack) {
  for (std::uint64_t seed = 1; seed <= 30 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    chaos c(seed);
    for (int i = 0; i < 60; ++i) c.step();
    c.heal();
    c.judge();
    EXPECT_GT(c.answered(), 10U) << "hardly anything worked";
  }
}

}  // namespace
}  // namespace signpost::cluster::link
