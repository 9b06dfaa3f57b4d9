// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/postgres_feed.hpp"

#include <algorithm>
#include <utility>

#include "storage/control/control_codec.hpp"
#include "storage/postgres/postgres_queries.hpp"

namespace signpost::storage::postgres {

// The row of the head, or one for each change with the head beside it: from the reader's position
// itself on, whose mark is compared.
result<rows> postgres_feed::ask(const model::feed_position& from, std::size_t max) const {
  statement s("SELECT h.revision, h.mark, c.revision, c.mark, c.value FROM head h LEFT JOIN "
              "LATERAL (SELECT * FROM change_log WHERE revision >= ");
  s.bind(count_of(from.revision)).add(" ORDER BY revision LIMIT ");
  s.bind(count_of(std::uint64_t{max} + (from.revision > 0 ? 1 : 0)));
  s.add(") c ON true ORDER BY c.revision");
  for (;;) {
    SP_TRY(auto lease, pool_.take());
    auto found = lease->run(s);
    // The server may have been restarted while the connection was idle.
    if (found || lease->usable() || lease.fresh()) return found;
  }
}

result<model::change_news> postgres_feed::after(const model::feed_position& from,
                                                std::size_t max) const {
  using enum model::reload_reason;
  const auto reload = [](model::reload_reason why) {
    return model::change_news{.changes = {}, .reload = why};
  };
  std::uint64_t commits = 0;
  {
    const std::lock_guard lock(mutex_);
    commits = commits_;
  }
  SP_TRY(const auto found, ask(from, max));
  if (found.count() == 0) return fail(errc::corrupt, "the control database has lost its head");
  const auto newest = found.number(0, 0);
  {
    const std::lock_guard lock(mutex_);
    // What was committed here meanwhile may be newer than the answer.
    last_known_ = commits == commits_ ? newest : std::max(last_known_, newest);
  }
  if (from.revision > newest) return reload(other_history);
  std::size_t next = 0;
  if (from.revision > 0) {
    if (found.is_null(0, 2) || found.number(0, 2) != from.revision) return reload(too_far_behind);
    if (found.octets(0, 3) != from.mark) return reload(other_history);
    next = 1;
  }
  model::change_news news;
  auto expected = from.revision + 1;
  for (; next < found.count() && !found.is_null(next, 2); ++next, ++expected) {
    if (found.number(next, 2) != expected) return reload(too_far_behind);
    SP_TRY(auto change, decode_change(expected, found.octets(next, 4)));
    if (change.position.mark != found.octets(next, 3)) {
      return fail(errc::corrupt, "change " + std::to_string(expected));
    }
    news.changes.push_back(std::move(change));
  }
  if (news.changes.empty() && max > 0 && from.revision < newest) return reload(too_far_behind);
  return news;
}

std::uint64_t postgres_feed::last_known() const {
  const std::lock_guard lock(mutex_);
  return last_known_;
}

model::change_feed::subscription postgres_feed::subscribe(listener look) {
  auto kept = std::make_shared<const listener>(std::move(look));
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [](const auto& one) { return one.expired(); });
  listeners_.push_back(kept);
  return kept;
}

void postgres_feed::begin(std::uint64_t revision) {
  const std::lock_guard lock(mutex_);
  last_known_ = revision;
}

void postgres_feed::committed(std::uint64_t revision) {
  std::vector<std::shared_ptr<const listener>> listeners;
  {
    const std::lock_guard lock(mutex_);
    last_known_ = std::max(last_known_, revision);
    ++commits_;
    for (const auto& one : listeners_) {
      if (auto kept = one.lock()) listeners.push_back(std::move(kept));
    }
  }
  for (const auto& look : listeners) (*look)();
}

}  // namespace signpost::storage::postgres
