// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a control store counts, and what it forgets.
#include "tests/model/control/control_contract.hpp"
#include "tests/storage/temporary_folder.hpp"

namespace signpost::test {
namespace {

using model::control_transaction;
using model::usage_count;
using storage::start;

usage_count usage(const model::control_store& store, std::string_view name) {
  return store.read()->usage(name).value();
}

}  // namespace

TEST_P(ControlStoreContract, UsageIsThereAfterARestart) {
  must([](control_transaction& t) -> result<void> {
    EXPECT_EQ(t.usage("mailbox"), usage_count{});
    SP_CHECK(t.put_usage("mailbox", {.count = 3, .until = start + seconds(10)}));
    EXPECT_EQ(t.usage("mailbox")->count, 3U) << "a change sees what it wrote";
    return {};
  });
  must([](control_transaction& t) {
    return t.put_usage("mailbox", {.count = 4, .until = start + seconds(10)});
  });
  reopen();
  EXPECT_EQ(usage(*store_, "mailbox"), (usage_count{.count = 4, .until = start + seconds(10)}));
  EXPECT_EQ(usage(*store_, "mail"), usage_count{});
  EXPECT_EQ(usage(*store_, "mailbox2"), usage_count{});
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_P(ControlStoreContract, TheLatestSpanOfUsageCounts) {
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put_usage("a", {.count = 9, .until = start}));
    SP_CHECK(t.put_usage("a", {.count = 1, .until = start + seconds(5)}));
    return t.put_usage("b", {.count = 7, .until = start + seconds(2)});
  });
  EXPECT_EQ(usage(*store_, "a").count, 1U);
  EXPECT_EQ(store_->expire_usage(start + seconds(3), 1), 1U) << "so many at once";
  EXPECT_EQ(store_->expire_usage(start + seconds(3), 100), 1U);
  EXPECT_EQ(store_->expire_usage(start + seconds(3), 100), 0U);
  EXPECT_EQ(usage(*store_, "a").count, 1U);
  EXPECT_EQ(usage(*store_, "b"), usage_count{});
}

TEST_P(ControlStoreContract, UsageIsNotKeptOfAChangeThatFails) {
  const auto done = change(*store_, [](control_transaction& t) -> result<void> {
    SP_CHECK(t.put_usage("a", {.count = 1, .until = start}));
    return fail(errc::limit_exceeded, "no");
  });
  EXPECT_FALSE(done.has_value());
  EXPECT_EQ(usage(*store_, "a"), usage_count{});
  EXPECT_EQ(change(*store_, [](control_transaction& t) { return t.put_usage("", {}); })
                .error()
                .code,
            errc::malformed);
}

TEST_P(ControlStoreContract, RefusalsExpireBeforeWhatWasDone) {
  const auto at = [](model::audit_entry e, int second) {
    e.when = start + seconds(second);
    return e;
  };
  for (int i = 0; i < 40; ++i) {
    if (i % 4 == 0) {
      must([&](control_transaction& t) -> result<void> {
        t.audit(at(make_entry(1), i));
        return t.put_setting("x", std::to_string(i));
      });
    }
    store_->record_refusal(at(make_entry(1, "guess"), i));
  }
  const auto with_result = [&](std::string word) {
    model::audit_query query{.max = 1000};
    query.filter.conditions = {{.field = model::audit_field::result, .any_of = {std::move(word)}}};
    return now()->audit_log(query)->entries.size();
  };
  const auto refused = [&] { return with_result("failure"); };
  const auto done = [&] { return with_result("success"); };
  ASSERT_EQ(refused(), 40U);
  const auto kept = done();
  std::size_t removed = 0;
  for (int step = 0; step < 20; ++step) {
    removed += store_->expire_refusals(start + seconds(30), 3).value();
  }
  EXPECT_EQ(removed, 30U);
  EXPECT_EQ(refused(), 10U);
  EXPECT_EQ(done(), kept);
  reopen();
  EXPECT_EQ(store_->expire_refusals(start + seconds(35), 100), 5U);
  EXPECT_EQ(done(), kept);
}

}  // namespace signpost::test
