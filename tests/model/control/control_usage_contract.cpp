// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"
#include "tests/support/control_samples.hpp"

namespace signpost::storage {
namespace {

using model::control_transaction;
using model::usage_count;

class ControlUsage : public testing::Test {
 protected:
  ControlUsage() {
    configure_logging({.level = log_level::off});
    reopen();
  }
  void reopen() {
    store_.reset();
    store_ = must_open_control({.path = folder_.path() + "/config", .memory_octets = 1U << 20});
  }
  void must(const std::function<result<void>(control_transaction&)>& work) {
    const auto done = change(*store_, work);
    ASSERT_TRUE(done.has_value()) << to_string(done.error());
  }
  usage_count usage(std::string_view name) { return store_->read()->usage(name).value(); }

  temporary_folder folder_;
  std::unique_ptr<model::control_store> store_;
};

TEST_F(ControlUsage, IsThereAfterARestart) {
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
  EXPECT_EQ(usage("mailbox"), (usage_count{.count = 4, .until = start + seconds(10)}));
  EXPECT_EQ(usage("mail"), usage_count{});
  EXPECT_EQ(usage("mailbox2"), usage_count{});
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_F(ControlUsage, TheLatestSpanCounts) {
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put_usage("a", {.count = 9, .until = start}));
    SP_CHECK(t.put_usage("a", {.count = 1, .until = start + seconds(5)}));
    return t.put_usage("b", {.count = 7, .until = start + seconds(2)});
  });
  EXPECT_EQ(usage("a").count, 1U);
  EXPECT_EQ(store_->expire_usage(start + seconds(3), 1), 1U) << "so many at once";
  EXPECT_EQ(store_->expire_usage(start + seconds(3), 100), 1U);
  EXPECT_EQ(store_->expire_usage(start + seconds(3), 100), 0U);
  EXPECT_EQ(usage("a").count, 1U);
  EXPECT_EQ(usage("b"), usage_count{});
}

TEST_F(ControlUsage, IsNotKeptOfAChangeThatFails) {
  const auto done = change(*store_, [](control_transaction& t) -> result<void> {
    SP_CHECK(t.put_usage("a", {.count = 1, .until = start}));
    return fail(errc::limit_exceeded, "no");
  });
  EXPECT_FALSE(done.has_value());
  EXPECT_EQ(usage("a"), usage_count{});
  EXPECT_EQ(change(*store_, [](control_transaction& t) { return t.put_usage("", {}); })
                .error()
                .code,
            errc::malformed);
}

TEST_F(ControlUsage, RefusalsExpireBeforeWhatWasDone) {
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
  const auto refused = [&] {
    return store_->read()
        ->audit_log({.filter = [](const auto& e) { return !e.succeeded; }, .max = 1000})
        ->entries.size();
  };
  const auto done = [&] {
    return store_->read()
        ->audit_log({.filter = [](const auto& e) { return e.succeeded; }, .max = 1000})
        ->entries.size();
  };
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

}  // namespace
}  // namespace signpost::storage
