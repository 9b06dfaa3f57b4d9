// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_change_feed.hpp"

#include <utility>

#include "storage/control/control_queries.hpp"

namespace signpost::storage {

// Most questions are whether there is anything new, and there is not.
result<model::change_news> control_change_feed::after(const model::feed_position& from,
                                                      std::size_t max) const {
  {
    const std::lock_guard lock(mutex_);
    if (from == last_) return model::change_news{};
  }
  return control_queries(control_view::snapshot(database_)).changes_after(from, max);
}

std::uint64_t control_change_feed::last_known() const {
  const std::lock_guard lock(mutex_);
  return last_.revision;
}

model::change_feed::subscription control_change_feed::subscribe(listener look) {
  auto kept = std::make_shared<const listener>(std::move(look));
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [](const auto& one) { return one.expired(); });
  listeners_.push_back(kept);
  return kept;
}

void control_change_feed::begin(model::feed_position last) {
  const std::lock_guard lock(mutex_);
  last_ = std::move(last);
}

void control_change_feed::committed(const model::feed_position& last) {
  std::vector<std::shared_ptr<const listener>> listeners;
  {
    const std::lock_guard lock(mutex_);
    last_ = last;
    for (const auto& one : listeners_) {
      if (auto kept = one.lock()) listeners.push_back(std::move(kept));
    }
  }
  for (const auto& look : listeners) (*look)();
}

}  // namespace signpost::storage
