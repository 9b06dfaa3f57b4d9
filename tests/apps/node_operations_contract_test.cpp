// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What every implementation of api::node_operations keeps; `implementations` lists them.
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "apps/signpostd/node/own_operations.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/fake_node_operations.hpp"
#include "tests/support/one_thread_node.hpp"

namespace signpost {
namespace {

using api::node_operations;

/// An implementation, and the node behind it.
class subject {
 public:
  virtual ~subject() = default;
  virtual node_operations& operations() = 0;
  /// Mail that waits for `next_hop`.
  virtual model::queue_id put(const std::string& next_hop, std::size_t recipients) = 0;
  /// Lets the node get on with what it was asked.
  virtual void run() {}
  /// From here on nothing is answered by itself, if that can be had.
  virtual void hold() {}
  virtual void end() = 0;
};

class fake_subject final : public subject {
 public:
  fake_subject() {
    fake_.state.host_name = "node.example";
    fake_.state.version = "1.2.3";
    fake_.state.routing.emplace();
  }
  node_operations& operations() override { return fake_; }
  model::queue_id put(const std::string& next_hop, std::size_t recipients) override {
    const auto id = model::queue_id::make(wall_time(seconds(1)), 2, ++sequence_);
    fake_.queue[id] = {.next_hop = next_hop, .recipients = recipients};
    fake_.state.totals.messages = fake_.queue.size();
    return id;
  }
  void hold() override { fake_.hold(); }
  void end() override { fake_.end(); }

 private:
  test::fake_node_operations fake_;
  std::uint64_t sequence_ = 0;
};

/// Zones that stay as they are, and no API over them.
class fixed_set_up final : public set_up {
 public:
  [[nodiscard]] const model::routing_source& routing() const override { return routing_; }
  result<void> serve(api::rest_world) override { return {}; }
  void handle(net::http_request, const net::http_responder&) override {}
  void look_for_changes() override {}
  void reload() override {}
  void close() override {}

 private:
  test::fixed_routing routing_;
};

/// The one node of this process, on the thread of the test.
class own_subject final : public subject {
 public:
  own_subject() {
    // Nothing is delivered meanwhile.
    for (const auto* name : {"far.example", "near.example", "dest.example"}) {
      world_.dns.set_status(name, dns::status::servfail);
    }
    signing_.name({.domain = "node.example", .host = "node.example"});
    auto made = actors::node::make(
        test::one_thread_world(world_, config_.routing(), keys_, signing_.signer()),
        test::one_thread_settings());
    EXPECT_TRUE(made.has_value());
    node_ = std::move(*made);
    snapshots_ = std::make_unique<snapshot_desk>(world_.spool, nullptr, folder_.path());
    operations_ = std::make_unique<own_operations>(own_node{.node = *node_,
                                                            .snapshots = *snapshots_,
                                                            .signing = signing_,
                                                            .keys = keys_,
                                                            .spool = world_.spool,
                                                            .config = config_,
                                                            .health = health_,
                                                            .time = world_.time,
                                                            .host_name = "node.example",
                                                            .version = "1.2.3",
                                                            .started = world_.time.now(),
                                                            .webhook_key = std::string(64, 'a')});
    world_.settle();
  }
  ~own_subject() override {
    end();
    snapshots_.reset();
    node_.reset();
    world_.settle();
  }
  node_operations& operations() override { return *operations_; }
  model::queue_id put(const std::string& next_hop, std::size_t recipients) override {
    model::envelope e;
    e.original = "u@zone.example";
    e.destination = "u@" + next_hop;
    e.next_hop = model::next_hop(next_hop);
    e.next_attempt = world_.time.now() + std::chrono::hours(1);
    e.expires = world_.time.now() + std::chrono::hours(100);
    return world_.spool.put(std::vector(recipients, e));
  }
  void run() override { world_.settle(); }
  void end() override {
    node_->stop();
    world_.settle();
  }

 private:
  storage::temporary_folder folder_;
  test::actor_fixture world_;
  fixed_set_up config_;
  actors::srs_keys keys_{{.secrets = {"a secret of enough octets"}}};
  node_signing signing_{world_.time};
  monitoring::health_state health_{{}};
  std::unique_ptr<actors::node> node_;
  std::unique_ptr<snapshot_desk> snapshots_;
  std::unique_ptr<own_operations> operations_;
};

struct implementation {
  std::string name;
  std::function<std::unique_ptr<subject>()> make;
};

const std::vector<implementation> implementations{
    {.name = "own_operations", .make = [] { return std::make_unique<own_subject>(); }},
    {.name = "fake_node_operations", .make = [] { return std::make_unique<fake_subject>(); }},
};

/// An answer that is awaited, and how often it came.
template <typename T>
class awaited {
 public:
  [[nodiscard]] node_operations::answer_to<T> callback() const {
    return [box = box_](result<T> how) {
      const std::lock_guard lock(box->mutex);
      ++box->times;
      box->how = std::move(how);
      box->came.notify_all();
    };
  }
  /// False if it does not come in time.
  [[nodiscard]] bool comes_within(milliseconds max) const {
    std::unique_lock lock(box_->mutex);
    return box_->came.wait_for(lock, max, [this] { return box_->times > 0; });
  }
  [[nodiscard]] int times() const {
    const std::lock_guard lock(box_->mutex);
    return box_->times;
  }
  [[nodiscard]] result<T> value() const {
    const std::lock_guard lock(box_->mutex);
    return box_->how;
  }

 private:
  struct box {
    std::mutex mutex;
    std::condition_variable came;
    int times = 0;
    result<T> how = fail(errc::limit_exceeded, "there was no answer");
  };
  std::shared_ptr<box> box_ = std::make_shared<box>();
};

class NodeOperationsContract : public testing::TestWithParam<implementation> {
 protected:
  node_operations& node() { return subject_->operations(); }

  template <typename T>
  result<T> answer_of(const std::function<void(node_operations::answer_to<T>)>& ask) {
    const awaited<T> wait;
    ask(wait.callback());
    subject_->run();
    // Copies are made on a thread of their own.
    EXPECT_TRUE(wait.comes_within(seconds(20)));
    subject_->run();
    EXPECT_EQ(wait.times(), 1);
    return wait.value();
  }
  result<std::size_t> retry(const api::queue_target& what) {
    return answer_of<std::size_t>([&](auto done) { node().retry(what, std::move(done)); });
  }
  result<std::size_t> remove(const api::queue_target& what) {
    return answer_of<std::size_t>([&](auto done) { node().remove(what, std::move(done)); });
  }
  result<model::queue_id> send(const std::string& to, const std::string& text = "Hello\n") {
    return answer_of<model::queue_id>([&](auto done) {
      node().send_mail({.to = to, .subject = "Confirm", .text = text}, std::move(done));
    });
  }
  std::string sender(const std::string& of, const std::string& zone) {
    return answer_of<std::string>(
               [&](auto done) { node().rewritten_sender(of, zone, std::move(done)); })
        .value_or("failed");
  }
  std::string secret(const std::string& zone, const std::string& rule) {
    return answer_of<std::string>(
               [&](auto done) { node().webhook_secret(zone, rule, std::move(done)); })
        .value_or("failed");
  }

  std::unique_ptr<subject> subject_ = GetParam().make();
};

TEST_P(NodeOperationsContract, AnOrderIsForAMessageOrForAllOfANextHop) {
  const auto one = subject_->put("far.example", 2);
  subject_->put("far.example", 3);
  subject_->put("near.example", 1);
  EXPECT_EQ(retry(one).value_or(0), 2U);
  EXPECT_EQ(retry(model::next_hop("near.example")).value_or(0), 1U);
  EXPECT_EQ(remove(one).value_or(0), 2U);
  EXPECT_EQ(remove(model::next_hop("far.example")).value_or(0), 3U);
}

TEST_P(NodeOperationsContract, WhatIsRemovedIsGone) {
  const auto id = subject_->put("far.example", 1);
  EXPECT_TRUE(remove(id).has_value());
  for (const api::queue_target& gone :
       {api::queue_target(id), api::queue_target(model::next_hop("far.example"))}) {
    const auto again = remove(gone);
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().code, errc::not_found);
    const auto tried = retry(gone);
    ASSERT_FALSE(tried.has_value());
    EXPECT_EQ(tried.error().code, errc::not_found);
  }
}

TEST_P(NodeOperationsContract, AnOrderForWhatIsNotThereIsNotFound) {
  subject_->put("far.example", 1);
  const auto unknown = model::queue_id::make(wall_time(seconds(9)), 7, 1);
  EXPECT_EQ(retry(unknown).error().code, errc::not_found);
  EXPECT_EQ(remove(model::next_hop("near.example")).error().code, errc::not_found);
}

TEST_P(NodeOperationsContract, MailOfItsOwnHasAnId) {
  const auto first = send("user@dest.example");
  const auto second = send("user@dest.example");
  ASSERT_TRUE(first && second) << to_string(first.error());
  EXPECT_NE(*first, *second);
}

TEST_P(NodeOperationsContract, MailOfItsOwnThatCannotBeIsRefused) {
  const auto no_address = send("nobody");
  ASSERT_FALSE(no_address.has_value());
  EXPECT_EQ(no_address.error().code, errc::malformed);
  const auto no_text = send("user@dest.example", "\xff\n");
  ASSERT_FALSE(no_text.has_value());
  EXPECT_EQ(no_text.error().code, errc::malformed);
}

TEST_P(NodeOperationsContract, SendersAreRewrittenByZone) {
  EXPECT_EQ(sender("", "zone.example"), "") << "the null reverse-path stays";
  const auto first = sender("alice@sender.example", "zone.example");
  EXPECT_NE(first.find("zone.example"), std::string::npos) << first;
  EXPECT_EQ(sender("alice@sender.example", "zone.example"), first);
  EXPECT_NE(sender("alice@sender.example", "other.example"), first);
  EXPECT_NE(sender("alice@sender.example", ""), "");
}

TEST_P(NodeOperationsContract, EachRuleHasItsSecret) {
  const auto one = secret("zone.example", "rule");
  EXPECT_FALSE(one.empty());
  EXPECT_EQ(secret("zone.example", "rule"), one);
  EXPECT_NE(secret("zone.example", "other"), one);
  EXPECT_NE(secret("other.example", "rule"), one);
}

TEST_P(NodeOperationsContract, ChangedKeysAreAnswered) {
  EXPECT_TRUE(
      answer_of<void>([&](auto done) { node().dkim_changed(std::move(done)); }).has_value());
}

TEST_P(NodeOperationsContract, TellsHowItIs) {
  subject_->put("far.example", 2);
  const auto state =
      answer_of<api::node_state>([&](auto done) { node().status(std::move(done)); });
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->host_name, "node.example");
  EXPECT_EQ(state->version, "1.2.3");
  EXPECT_TRUE(state->live);
  EXPECT_EQ(state->totals.messages, 1U);
  EXPECT_TRUE(state->routing.has_value());
}

TEST_P(NodeOperationsContract, ACopyIsMadeReplacedAndRemoved) {
  for (int i = 0; i < 2; ++i) {
    const auto made = answer_of<api::snapshot_report>(
        [&](auto done) { node().make_snapshot(std::move(done)); });
    ASSERT_TRUE(made.has_value()) << to_string(made.error());
    EXPECT_FALSE(made->path.empty());
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(
        answer_of<void>([&](auto done) { node().remove_snapshot(std::move(done)); }).has_value())
        << "that there is none is no failure";
  }
}

TEST_P(NodeOperationsContract, WhatIsUnderWayWhenTheNodeEndsIsAnswered) {
  const auto id = subject_->put("far.example", 1);
  subject_->hold();
  const awaited<std::size_t> retried, removed;
  const awaited<model::queue_id> sent;
  const awaited<api::node_state> told;
  node().retry(id, retried.callback());
  node().remove(model::next_hop("far.example"), removed.callback());
  node().send_mail({.to = "user@dest.example", .subject = "x", .text = "x\n"}, sent.callback());
  node().status(told.callback());
  subject_->end();
  EXPECT_EQ(retried.times(), 1);
  EXPECT_EQ(removed.times(), 1);
  EXPECT_EQ(sent.times(), 1);
  EXPECT_EQ(told.times(), 1);
  EXPECT_EQ(retried.value().error().code, errc::unavailable);
  EXPECT_EQ(removed.value().error().code, errc::unavailable);
}

INSTANTIATE_TEST_SUITE_P(All, NodeOperationsContract, testing::ValuesIn(implementations),
                         [](const auto& each) { return each.param.name; });

// ---- of the node in this process alone ----

TEST(OwnOperations, CountTheNumbersOfTheActors) {
  own_subject here;
  const awaited<api::node_state> told;
  here.operations().status(told.callback());
  here.run();
  ASSERT_EQ(told.times(), 1);
  const auto numbers = told.value()->numbers;
  for (const auto* name : {"scheduler.active", "smtp.sessions", "descriptors.limit"}) {
    EXPECT_TRUE(std::ranges::any_of(numbers, [&](const auto& n) { return n.first == name; }))
        << name;
  }
}

}  // namespace
}  // namespace signpost
