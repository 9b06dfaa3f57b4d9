// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/totals_counter.hpp"

#include <algorithm>

#include "model/queue/codec.hpp"

namespace signpost::storage {

result<void> totals_counter::count() {
  const std::lock_guard lock(mutex_);
  messages_ = envelopes_ = deferred_ = 0;
  oldest_.reset();
  search_from_.clear();
  std::optional<model::queue_id> last;
  range_scan scan(database_, schema::family::rcpt, {}, end_of_keys());
  for (; scan.valid(); scan.next()) {
    const auto name = schema::parse_rcpt_key(scan.key());
    if (!name) continue;
    if (!last) oldest_ = name->id;
    if (last != name->id) ++messages_;
    last = name->id;
    const auto state = model::peek_state(scan.value());
    if (!state || !model::is_final(*state)) ++envelopes_;
    if (state == model::outcome::deferred) ++deferred_;
  }
  return scan.finish();
}

void totals_counter::apply(const totals_change& change) {
  const std::lock_guard lock(mutex_);
  messages_ += change.messages;
  envelopes_ += change.envelopes;
  deferred_ += change.deferred;
  // The clock may have been set back: a new message can be older than all others.
  if (const auto& added = change.oldest_added) {
    if (oldest_ && *added < *oldest_) oldest_ = added;
    if (!oldest_ && added->octets() < search_from_) search_from_ = added->octets();
  }
  if (oldest_ && std::ranges::binary_search(change.removed, *oldest_)) {
    search_from_ = oldest_->octets();
    oldest_.reset();
  }
}

spool_totals totals_counter::current() const {
  const std::lock_guard lock(mutex_);
  if (!oldest_ && messages_ > 0) find_oldest();
  const auto natural = [](std::int64_t n) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(n, 0));
  };
  spool_totals totals{.messages = natural(messages_),
                      .envelopes = natural(envelopes_),
                      .deferred = natural(deferred_),
                      .oldest = std::nullopt};
  if (oldest_ && messages_ > 0) totals.oldest = oldest_->accepted();
  return totals;
}

void totals_counter::find_oldest() const {
  range_scan scan(database_, schema::family::env, search_from_, end_of_keys());
  if (!scan.valid()) return;
  oldest_ = model::queue_id::from_octets(scan.key());
}

}  // namespace signpost::storage
