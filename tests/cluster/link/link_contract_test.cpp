// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What cluster/link/node_link.hpp promises, of the link over sockets and of the one in tests.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/cluster/link/link_world.hpp"

namespace signpost::cluster::link {
namespace {

using make_world = std::unique_ptr<link_world> (*)();

constexpr kind_number echo = 1;       // comes back
constexpr kind_number holds = 2;      // is kept, unanswered
constexpr kind_number fails = 3;      // errc::conflict
constexpr kind_number drops = 4;      // its answer is dropped
constexpr kind_number guarded = 5;    // for delivery nodes
constexpr kind_number big_answer = 6; // as many octets as it asks for
constexpr kind_number takes = 7;      // a body, all of it; answers its size and sum
constexpr kind_number lazy = 8;       // a body, of which nothing is taken
constexpr kind_number said = 9;       // a note
constexpr kind_number unheard_of = 99;
constexpr milliseconds soon{10'000};  // longer than anything takes that works

std::string sum_of(std::string_view octets) {
  std::uint64_t sum = 0;
  for (const char c : octets) sum = sum * 31 + static_cast<unsigned char>(c);
  return std::to_string(octets.size()) + ' ' + std::to_string(sum);
}

class text_body final : public body_source {
 public:
  explicit text_body(std::string text, std::size_t broken_at = SIZE_MAX)
      : text_(std::move(text)), broken_at_(broken_at) {}
  [[nodiscard]] std::uint64_t size() const override { return text_.size(); }
  void read(std::uint64_t offset, std::size_t at_most,
            std::function<void(result<std::string>)> done) override {
    if (offset >= broken_at_) return done(fail(errc::corrupt, "the disk"));
    done(text_.substr(offset, at_most));
  }

 private:
  const std::string text_;
  const std::size_t broken_at_;
};

std::string large_text(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + (i >> 9));
  return text;
}

class LinkContract : public testing::TestWithParam<make_world> {
 protected:
  struct outcome {
    std::optional<result<std::string>> got;
    std::size_t calls = 0;
    steady_time at{};
  };
  struct node {
    std::vector<std::string> notes;
    std::vector<incoming_request> held;
    std::vector<std::string> events;
    std::optional<result<void>> body_end;
    std::size_t body_octets = 0;
  };

  LinkContract() {
    for (node_number n = 1; n <= 3; ++n) set_handlers(n);
    world().introduce();
    EXPECT_TRUE(wait_for([&] { return ups_ == 6; })) << "each has two others";
  }
  ~LinkContract() override {
    const std::lock_guard lock(mutex_);
    for (auto& [n, one] : nodes_) one.held.clear();
  }

  link_world& world() { return *world_; }
  node_link& link(node_number n) { return world().link(n); }

  void set_handlers(node_number n) {
    auto& l = link(n);
    l.on_request(echo, {}, [](incoming_request q) { q.answer(q.octets); });
    l.on_request(fails, {}, [](incoming_request q) { q.answer(fail(errc::conflict, "no")); });
    l.on_request(drops, {}, [](incoming_request) {});
    l.on_request(guarded, {.senders = role_set().with(role::delivery)},
                 [](incoming_request q) { q.answer("yes"); });
    l.on_request(holds, {}, [this, n](incoming_request q) {
      const std::lock_guard lock(mutex_);
      nodes_[n].held.push_back(std::move(q));
    });
    l.on_request(big_answer, {}, [](incoming_request q) {
      q.answer(std::string(std::stoul(q.octets), 'a'));
    });
    l.on_request(takes, {}, [](incoming_request q) { take_all(std::move(q)); });
    l.on_request(lazy, {}, [this, n](incoming_request q) { take_nothing(n, std::move(q)); });
    l.on_note(said, {}, [this, n](node_number, std::string_view octets) {
      const std::lock_guard lock(mutex_);
      nodes_[n].notes.emplace_back(octets.substr(0, 20));
    });
    l.monitor([this, n](const peer_event& e) {
      const std::lock_guard lock(mutex_);
      nodes_[n].events.push_back((e.up ? "up " : "down ") + std::to_string(e.number));
      if (e.up) ++ups_;
    });
  }

  static void take_all(incoming_request q) {
    auto all = std::make_shared<std::string>();
    const auto body = q.body;
    body->read(
        [all, body](std::string part) {
          *all += part;
          body->taken(part.size());
        },
        [all, q](result<void> end) {
          q.answer(end ? result<std::string>(q.octets + ' ' + sum_of(*all))
                       : result<std::string>(tl::unexpected(end.error())));
        });
  }

  void take_nothing(node_number n, incoming_request q) {
    q.body->read(
        [this, n](std::string part) {
          const std::lock_guard lock(mutex_);
          nodes_[n].body_octets += part.size();
        },
        [this, n, q](result<void> end) {
          const std::lock_guard lock(mutex_);
          nodes_[n].body_end = end;
        });
    const std::lock_guard lock(mutex_);
    nodes_[n].held.push_back(std::move(q));
  }

  std::size_t ask(node_number from, node_number to, outgoing_request what) {
    const std::lock_guard lock(mutex_);
    const auto index = outcomes_.size();
    outcomes_.emplace_back();
    link(from).request(to, std::move(what), [this, index](result<std::string> got) {
      const std::lock_guard inside(mutex_);
      outcomes_[index].got = std::move(got);
      outcomes_[index].at = world().now();
      ++outcomes_[index].calls;
    });
    return index;
  }

  template <typename Condition>
  bool wait_for(Condition condition, milliseconds at_most = soon) {
    return world().wait(
        [&] {
          const std::lock_guard lock(mutex_);
          return condition();
        },
        at_most);
  }
  bool answered_to(std::size_t index) {
    return wait_for([&] { return outcomes_[index].got.has_value(); });
  }
  result<std::string> answer_to(std::size_t index) {
    if (!answered_to(index)) return fail(errc::corrupt, "no answer at all");
    const std::lock_guard lock(mutex_);
    return *outcomes_[index].got;
  }
  result<std::string> ask_and_wait(node_number from, node_number to, outgoing_request what) {
    return answer_to(ask(from, to, std::move(what)));
  }
  static std::optional<errc> code_of(const result<std::string>& r) {
    return r ? std::nullopt : std::optional(r.error().code);
  }
  bool sees(node_number n, std::string_view event) {
    return wait_for([&] { return !nodes_[n].events.empty() && nodes_[n].events.back() == event; });
  }
  peer_state state(node_number of, node_number peer) {
    std::optional<std::vector<peer_state>> all;
    link(of).states([&](auto states) {
      const std::lock_guard lock(mutex_);
      all = std::move(states);
    });
    EXPECT_TRUE(wait_for([&] { return all.has_value(); }));
    for (const auto& s : *all) {
      if (s.number == peer) return s;
    }
    return {};
  }

  std::mutex mutex_;
  std::map<node_number, node> nodes_;    // guarded by mutex_
  std::deque<outcome> outcomes_;         // guarded by mutex_
  std::size_t ups_ = 0;                  // guarded by mutex_
  std::unique_ptr<link_world> world_ = GetParam()();
};

TEST_P(LinkContract, RequestsAreAnsweredBothWays) {
  for (const auto& [from, to] : {std::pair{1, 2}, {2, 1}, {1, 3}, {3, 1}, {2, 3}, {3, 2}}) {
    const auto a = static_cast<node_number>(from), b = static_cast<node_number>(to);
    EXPECT_EQ(ask_and_wait(a, b, {.kind = echo, .octets = "hello"}), "hello");
    EXPECT_EQ(ask_and_wait(a, b, {.kind = echo, .octets = "bulk", .bulk = true}), "bulk");
  }
  EXPECT_EQ(ask_and_wait(1, 2, {.kind = echo}), "");
}

TEST_P(LinkContract, AnErrorIsAnAnswer) {
  const auto got = ask_and_wait(1, 2, {.kind = fails});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), (error{errc::conflict, "no"}));
}

TEST_P(LinkContract, UnknownKindsAreAnswered) {
  for (const bool bulk : {false, true}) {
    const auto got = ask_and_wait(1, 2, {.kind = unheard_of, .octets = "?", .bulk = bulk});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error(), (error{errc::not_found, "unknown kind 99"}));
  }
  link(1).send(2, unheard_of, "a note of a later version");
  EXPECT_EQ(ask_and_wait(1, 2, {.kind = echo, .octets = "goes on"}), "goes on");
}

TEST_P(LinkContract, ARoleIsNeeded) {
  EXPECT_EQ(ask_and_wait(1, 2, {.kind = guarded}), "yes");
  EXPECT_EQ(code_of(ask_and_wait(3, 2, {.kind = guarded})), errc::denied);
}

TEST_P(LinkContract, ADroppedAnswerIsOne) {
  EXPECT_EQ(code_of(ask_and_wait(1, 2, {.kind = drops})), errc::unavailable);
}

TEST_P(LinkContract, DeadlinesPassAndLateAnswersAreIgnored) {
  const auto index = ask(1, 2, {.kind = holds, .within = milliseconds(100)});
  EXPECT_EQ(code_of(answer_to(index)), errc::unavailable);
  {
    const std::lock_guard lock(mutex_);
    ASSERT_EQ(nodes_[2].held.size(), 1U);
    EXPECT_EQ(nodes_[2].held[0].within, milliseconds(100)) << "the other side knows";
    nodes_[2].held[0].answer("late");
  }
  EXPECT_EQ(ask_and_wait(1, 2, {.kind = echo, .octets = "x"}), "x");
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(outcomes_[index].calls, 1U);
}

TEST_P(LinkContract, NotesKeepTheirOrder) {
  std::vector<std::string> want;
  for (int i = 0; i < 500; ++i) {
    want.push_back(std::to_string(i));
    link(1).send(2, said, want.back());
  }
  EXPECT_TRUE(wait_for([&] { return nodes_[2].notes.size() == want.size(); }));
  EXPECT_EQ(nodes_[2].notes, want);
}

TEST_P(LinkContract, LargeQuestionsAndAnswers) {
  const auto text = large_text(bulk_octets_max);
  const auto got = ask_and_wait(1, 2, {.kind = echo, .octets = text});
  EXPECT_TRUE(got == text);
  EXPECT_EQ(ask_and_wait(2, 1, {.kind = big_answer, .octets = "200000"})->size(), 200'000U);
  EXPECT_EQ(code_of(ask_and_wait(1, 2, {.kind = big_answer, .octets = "2000000"})),
            errc::limit_exceeded);
  EXPECT_EQ(code_of(ask_and_wait(1, 2, {.kind = echo, .octets = text + "x"})),
            errc::limit_exceeded);
}

TEST_P(LinkContract, NobodyThere) {
  EXPECT_EQ(code_of(ask_and_wait(1, 9, {.kind = echo})), errc::unavailable);
  EXPECT_EQ(code_of(ask_and_wait(1, 1, {.kind = echo})), errc::unavailable);
  link(1).send(9, said, "nobody");
}

TEST_P(LinkContract, RequestsFailWhenThePeerIsKilled) {
  std::vector<std::size_t> asked;
  for (int i = 0; i < 20; ++i) {
    asked.push_back(ask(1, 2, {.kind = holds, .within = seconds(60), .bulk = i % 2 == 1}));
  }
  ASSERT_TRUE(wait_for([&] { return nodes_[2].held.size() == asked.size(); }));
  world().kill(2);
  for (const auto index : asked) EXPECT_EQ(code_of(answer_to(index)), errc::unavailable);
  EXPECT_TRUE(sees(1, "down 2"));
  EXPECT_TRUE(sees(3, "down 2"));
  EXPECT_EQ(code_of(ask_and_wait(1, 2, {.kind = echo})), errc::unavailable);
  EXPECT_EQ(ask_and_wait(1, 3, {.kind = echo, .octets = "x"}), "x");
}

TEST_P(LinkContract, ARestartedPeerComesBack) {
  world().kill(2);
  ASSERT_TRUE(sees(1, "down 2"));
  ASSERT_TRUE(sees(3, "down 2"));
  world().restart(2);
  set_handlers(2);
  world().introduce();
  EXPECT_TRUE(sees(1, "up 2"));
  EXPECT_TRUE(sees(3, "up 2"));
  EXPECT_EQ(ask_and_wait(1, 2, {.kind = echo, .octets = "again"}), "again");
  EXPECT_EQ(ask_and_wait(2, 3, {.kind = echo, .octets = "again", .bulk = true}), "again");
}

TEST_P(LinkContract, AStoppedPeerIsDownAndCostsBoundedMemory) {
  world().stop(2);
  std::vector<std::size_t> asked;
  for (int i = 0; i < 40; ++i) {
    asked.push_back(ask(1, 2, {.kind = echo, .octets = large_text(500'000),
                               .within = seconds(60)}));
    for (int k = 0; k < 3; ++k) link(1).send(2, said, std::string(60'000, 'n'));
  }
  const auto limits = test_limits();
  const auto before = state(1, 2);
  EXPECT_LE(before.queued_octets, limits.bulk_queue_octets + limits.control_queue_octets + 1000);
  EXPECT_GT(before.dropped_notes, 10U);
  for (const auto index : asked) EXPECT_EQ(code_of(answer_to(index)), errc::unavailable);
  EXPECT_TRUE(sees(1, "down 2"));
  EXPECT_EQ(state(1, 2).queued_octets, 0U);
  world().resume(2);
  EXPECT_TRUE(sees(1, "up 2"));
  EXPECT_EQ(ask_and_wait(1, 2, {.kind = echo, .octets = "x"}), "x");
}

TEST_P(LinkContract, AStoppedPeerDelaysNobodyElse) {
  world().stop(2);
  std::vector<std::size_t> stuck;
  for (int i = 0; i < 20; ++i) {
    stuck.push_back(ask(1, 2, {.kind = echo, .octets = large_text(500'000)}));
  }
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ask_and_wait(1, 3, {.kind = echo, .octets = "x"}), "x");
    EXPECT_EQ(ask_and_wait(3, 1, {.kind = echo, .octets = "x", .bulk = true}), "x");
  }
  bool waits = false;
  for (const auto index : stuck) {
    const std::lock_guard lock(mutex_);
    waits |= !outcomes_[index].got;
  }
  EXPECT_TRUE(waits) << "they were answered before the stopped peer was down";
  world().resume(2);
}

TEST_P(LinkContract, WithoutMemoryRequestsAreTurnedAwayAndNothingStops) {
  std::vector<std::size_t> asked;
  for (int i = 0; i < 12; ++i) {
    asked.push_back(ask(1, 2, {.kind = holds, .octets = large_text(1'000'000),
                               .within = seconds(60)}));
    ASSERT_TRUE(wait_for([&] {
      return nodes_[2].held.size() == asked.size() || outcomes_[asked.back()].got;
    }));
  }
  const auto got = answer_to(asked.back());
  EXPECT_EQ(code_of(got), errc::no_space);
  const auto held = [&] {
    const std::lock_guard lock(mutex_);
    return nodes_[2].held.size();
  }();
  EXPECT_GE(held, 2U);
  EXPECT_LE(held, 4U) << "one peer has half of 8 MiB at most";
  link(1).send(2, said, "still heard");
  EXPECT_TRUE(wait_for([&] { return nodes_[2].notes.size() == 1; }));
  EXPECT_TRUE(ask_and_wait(3, 2, {.kind = echo, .octets = large_text(900'000)}))
      << "another peer has its own share";
  EXPECT_GT(state(2, 1).turned_away, 0U);
  {
    const std::lock_guard lock(mutex_);
    for (auto& q : nodes_[2].held) q.answer("");
    nodes_[2].held.clear();
  }
  EXPECT_TRUE(answer_to(asked.front()));
  EXPECT_TRUE(ask_and_wait(1, 2, {.kind = echo, .octets = large_text(1'000'000)}));
}

// If a full node stopped reading, neither would ever read that the other is full.
TEST_P(LinkContract, TwoFullNodesDoNotWaitForEachOther) {
  std::vector<std::size_t> asked;
  for (int i = 0; i < 24; ++i) {
    asked.push_back(ask(1, 2, {.kind = holds, .octets = large_text(900'000),
                               .within = seconds(60)}));
    asked.push_back(ask(2, 1, {.kind = holds, .octets = large_text(900'000),
                               .within = seconds(60)}));
  }
  const auto settled = [&] {
    std::size_t answered_now = nodes_[1].held.size() + nodes_[2].held.size();
    for (const auto index : asked) answered_now += outcomes_[index].got ? 1 : 0;
    return answered_now == asked.size();
  };
  EXPECT_TRUE(wait_for(settled));
  link(1).send(2, said, "ACK");
  link(2).send(1, said, "ACK");
  EXPECT_TRUE(wait_for([&] { return nodes_[1].notes.size() + nodes_[2].notes.size() == 2; }));
}

TEST_P(LinkContract, NoMoreRequestsThanThePeerWorksOn) {
  std::vector<std::size_t> asked;
  for (std::uint32_t i = 0; i < test_limits().requests_max + 1; ++i) {
    asked.push_back(ask(1, 2, {.kind = holds, .within = seconds(60)}));
  }
  EXPECT_EQ(code_of(answer_to(asked.back())), errc::unavailable);
  ASSERT_TRUE(wait_for([&] { return nodes_[2].held.size() == test_limits().requests_max; }));
  {
    const std::lock_guard lock(mutex_);
    nodes_[2].held.clear();
  }
  EXPECT_EQ(code_of(answer_to(asked.front())), errc::unavailable) << "dropped unanswered";
  EXPECT_EQ(ask_and_wait(1, 2, {.kind = echo, .octets = "x"}), "x");
}

TEST_P(LinkContract, BodiesOfAnySize) {
  for (const std::size_t size : {0U, 1U, 65'536U, 3'000'000U}) {
    const auto text = large_text(size);
    const auto want = "head " + sum_of(text);
    const outgoing_request q{.kind = takes, .octets = "head", .within = seconds(60),
                             .body = std::make_shared<text_body>(text)};
    EXPECT_EQ(ask_and_wait(1, 2, q), want);
    EXPECT_EQ(ask_and_wait(2, 1, q), want);
  }
}

TEST_P(LinkContract, ABodyThatNobodyTakesCostsItsWindow) {
  const auto index = ask(1, 2, {.kind = lazy, .within = milliseconds(3'000),
                                .body = std::make_shared<text_body>(large_text(3'000'000))});
  ASSERT_TRUE(wait_for([&] { return nodes_[2].body_octets > 0; }));
  EXPECT_EQ(ask_and_wait(1, 2, {.kind = echo, .octets = "meanwhile"}), "meanwhile");
  EXPECT_EQ(code_of(answer_to(index)), errc::unavailable) << "its deadline";
  EXPECT_LE(nodes_[2].body_octets, test_limits().body_window);
  ASSERT_TRUE(wait_for([&] { return nodes_[2].body_end.has_value(); }));
  EXPECT_FALSE(*nodes_[2].body_end);
}

TEST_P(LinkContract, ABodyThatCannotBeReadEndsItsRequest) {
  const auto got = ask_and_wait(
      1, 2, {.kind = takes, .within = seconds(60),
             .body = std::make_shared<text_body>(large_text(500'000), 200'000)});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), (error{errc::corrupt, "the disk"}));
  EXPECT_EQ(ask_and_wait(1, 2, {.kind = echo, .octets = "x"}), "x");
}

TEST_P(LinkContract, ABodyIsAnsweredEarly) {
  EXPECT_EQ(code_of(ask_and_wait(1, 2, {.kind = fails, .within = seconds(60),
                                        .body = std::make_shared<text_body>(
                                            large_text(2'000'000))})),
            errc::conflict);
  EXPECT_EQ(code_of(ask_and_wait(1, 2, {.kind = unheard_of, .within = seconds(60),
                                        .body = std::make_shared<text_body>(
                                            large_text(2'000'000))})),
            errc::not_found);
}

TEST_P(LinkContract, BodiesHaveALimit) {
  std::vector<std::size_t> asked;
  for (std::uint32_t i = 0; i < test_limits().bodies_max + 1; ++i) {
    asked.push_back(ask(1, 2, {.kind = lazy, .within = seconds(60),
                               .body = std::make_shared<text_body>(large_text(2'000'000))}));
  }
  EXPECT_EQ(code_of(answer_to(asked.back())), errc::unavailable);
  ASSERT_TRUE(wait_for([&] { return nodes_[2].held.size() == test_limits().bodies_max; }));
}

TEST_P(LinkContract, ARemovedNodeIsCutOffAndStaysAway) {
  link(1).set_removed({}, {"node-2"});
  EXPECT_TRUE(sees(1, "down 2"));
  EXPECT_TRUE(sees(2, "down 1"));
  EXPECT_EQ(code_of(ask_and_wait(1, 2, {.kind = echo})), errc::unavailable);
  EXPECT_FALSE(wait_for([&] { return nodes_[1].events.back() == "up 2"; }, milliseconds(1'500)));
  EXPECT_EQ(ask_and_wait(1, 3, {.kind = echo, .octets = "x"}), "x");
  link(1).set_removed({}, {});
  EXPECT_TRUE(sees(1, "up 2"));
}

TEST_P(LinkContract, StatesTellWhatThereIs) {
  EXPECT_TRUE(ask_and_wait(1, 2, {.kind = echo}));
  const auto s = state(2, 1);
  EXPECT_TRUE(s.up);
  EXPECT_EQ(s.name, "node-1");
  EXPECT_EQ(s.version, protocol_version_max);
  EXPECT_GT(s.received_octets, 0U);
}

INSTANTIATE_TEST_SUITE_P(World, LinkContract, testing::Values(&make_link_world));

}  // namespace
}  // namespace signpost::cluster::link
