// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What every implementation of cluster::copies keeps; `implementations` lists them.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "cluster/membership.hpp"
#include "cluster/single_copy.hpp"
#include "storage/spool/write_receipt_maker.hpp"
#include "tests/support/fake_copies.hpp"

namespace signpost::cluster {
namespace {

/// An implementation, and what makes the peers of it confirm everything.
struct implementation {
  std::string name;
  std::function<std::unique_ptr<copies>()> make;
  std::function<void(copies&)> confirm = [](copies&) {};
};

const std::vector<implementation> implementations{
    {.name = "single_copy", .make = [] { return std::make_unique<single_copy>(); }},
    {.name = "fake_copies_at_once", .make = [] { return std::make_unique<test::fake_copies>(); }},
    {.name = "fake_copies_later",
     .make =
         [] {
           auto peers = std::make_unique<test::fake_copies>();
           peers->wait = true;
           return peers;
         },
     .confirm = [](copies& c) { dynamic_cast<test::fake_copies&>(c).confirm_all(); }},
};

class CopiesContract : public testing::TestWithParam<implementation> {
 protected:
  storage::new_message message() {
    storage::new_message m;
    m.message.id = model::queue_id::make(wall_time(seconds(1)), 1, ++sequence_);
    m.body = std::make_shared<const message_body>("x\r\n");
    return m;
  }
  /// Sends, "writes" and confirms; what was answered, at once or later.
  std::optional<copies::outcome> pass(const std::vector<storage::new_message>& messages,
                                      on_failure then) {
    std::vector<const storage::new_message*> pointers;
    std::vector<storage::write_receipt> written;
    for (const auto& m : messages) {
      pointers.push_back(&m);
      written.push_back(storage::write_receipt_maker::make(m.message.id));
    }
    const auto group = copies_->send(pointers, then);
    auto answered = std::make_shared<std::optional<copies::outcome>>();
    auto now = copies_->confirm(group, std::move(written),
                                [answered, this](copies::outcome o) {
                                  ++calls_;
                                  answered->emplace(std::move(o));
                                });
    if (now) return now;
    GetParam().confirm(*copies_);
    return *answered;
  }

  std::unique_ptr<copies> copies_ = GetParam().make();
  std::uint64_t sequence_ = 0;
  int calls_ = 0;
};

TEST_P(CopiesContract, OneReceiptForEachMessageInOrder) {
  for (const auto then : {on_failure::withdraw, on_failure::keep_trying}) {
    const std::vector messages{message(), message(), message()};
    const auto answer = pass(messages, then);
    ASSERT_TRUE(answer && *answer);
    ASSERT_EQ((*answer)->size(), messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
      EXPECT_EQ((**answer)[i].queue_id(), messages[i].message.id.to_string());
    }
  }
}

TEST_P(CopiesContract, WhatHasNoNewMessageIsConfirmedAtOnce) {
  const auto group = copies_->send({}, on_failure::withdraw);
  const auto answer = copies_->confirm(group, {}, [&](const copies::outcome&) { ++calls_; });
  ASSERT_TRUE(answer && *answer);
  EXPECT_TRUE((*answer)->empty());
  GetParam().confirm(*copies_);
  EXPECT_EQ(calls_, 0) << "answered twice";
}

TEST_P(CopiesContract, EachGroupIsAnsweredOnce) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pass({message()}, on_failure::withdraw));
  GetParam().confirm(*copies_);
  EXPECT_LE(calls_, 10);
}

TEST_P(CopiesContract, AGroupWhoseWriteFailedIsNotAnswered) {
  const auto m = message();
  const storage::new_message* one[] = {&m};
  copies_->withdraw(copies_->send(one, on_failure::withdraw));
  GetParam().confirm(*copies_);
  EXPECT_EQ(calls_, 0);
  EXPECT_TRUE(pass({message()}, on_failure::withdraw));
}

INSTANTIATE_TEST_SUITE_P(All, CopiesContract, testing::ValuesIn(implementations),
                         [](const auto& each) { return each.param.name; });

// ---- membership ----

TEST(MembershipContract, OneNodeStaysTheSame) {
  const single_node alone;
  const membership& seam = alone;
  EXPECT_EQ(seam.self().number, 1) << "the number in every queue id that such a node ever gave out";
  EXPECT_EQ(seam.self(), seam.self());
  EXPECT_LT(seam.self().incarnation, 1U << 24);
}

}  // namespace
}  // namespace signpost::cluster
