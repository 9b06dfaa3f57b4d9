// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/control/control_contract.hpp"

#include "base/assert.hpp"
#include "base/log.hpp"

namespace signpost::test {

control_contract::control_contract() {
  configure_logging({.level = log_level::off});
  reopen();
}

void control_contract::reopen(const control_place_options& options) {
  close();
  store_ = place_->open(options);
  SP_ASSERT(store_ != nullptr);
}

void control_contract::close() {
  other_.reset();
  store_.reset();
}

model::control_store& control_contract::other() {
  if (!other_) other_ = place_->open_beside();
  return other_ ? *other_ : *store_;
}

void control_contract::must(const work& what) {
  const auto done = change(*store_, what);
  ASSERT_TRUE(done.has_value()) << to_string(done.error());
}

errc control_contract::refused(const work& what) {
  const auto before = *now()->revision();
  const auto done = change(*store_, what);
  EXPECT_FALSE(done.has_value());
  EXPECT_EQ(now()->revision(), before);
  return done ? errc{} : done.error().code;
}

void control_contract::fill() {
  must([](model::control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_account(1)));
    SP_CHECK(t.put(make_zone(1)));
    for (const std::uint64_t n : {3U, 1U, 2U}) SP_CHECK(t.put(make_rule(1, n)));
    return t.put(make_catch_all(1));
  });
}

}  // namespace signpost::test
