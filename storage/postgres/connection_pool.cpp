// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/connection_pool.hpp"

#include <utility>

#include "base/log.hpp"

namespace signpost::storage::postgres {
namespace {

const logger log_("storage.postgres");

steady_time now() {
  return std::chrono::time_point_cast<steady_time::duration>(std::chrono::steady_clock::now());
}

}  // namespace

// A failover may have left its server behind although it still answers.
bool connection_pool::is_left_behind(const connection& c) const {
  return c.timeline() != 0 && c.timeline() < timeline_;
}

std::unique_ptr<connection> connection_pool::take_idle() {
  while (!idle_.empty()) {
    auto one = std::move(idle_.back());
    idle_.pop_back();
    if (!is_left_behind(*one) && one->alive()) return one;
    --open_;
  }
  return nullptr;
}

result<connection_pool::lease> connection_pool::take() {
  std::unique_lock lock(mutex_);
  const auto free = [&] { return !idle_.empty() || open_ < open_max; };
  if (!changed_.wait_for(lock, wait_max, free)) {
    return fail(errc::unavailable, "too many connections to the control database are in use");
  }
  if (auto one = take_idle()) return lease(*this, std::move(one), false);
  if (fault_ && now() < retry_at_) return tl::unexpected(*fault_);
  ++open_;
  lock.unlock();
  auto made = connect();
  lock.lock();
  if (made && (*made)->timeline() != 0) {
    if (is_left_behind(**made)) {
      made = fail(errc::unavailable, "the control database is on an older timeline than before: a "
                                     "failover has left this server behind");
    } else {
      timeline_ = (*made)->timeline();
    }
  }
  if (made) {
    if (fault_) log_.info("postgres.connected", {});
    fault_.reset();
    told_.clear();
    return lease(*this, std::move(*made), true);
  }
  --open_;
  changed_.notify_one();
  retry_at_ = now() + retry_after;
  // The words of the library name the server, which is nothing for clients of the API.
  if (const auto why = to_string(made.error()); why != std::exchange(told_, why)) {
    log_.error("postgres.away", {{"error", why}});
  }
  fault_ = error{errc::unavailable, "the control database cannot be reached"};
  return tl::unexpected(*fault_);
}

result<std::unique_ptr<connection>> connection_pool::connect() {
  return connection::open(options_);
}

// A transaction that is still open was abandoned: ending the connection ends it.
void connection_pool::give_back(std::unique_ptr<connection> c) {
  const bool keep = c->usable() && !c->in_transaction();
  c->wait_as_usual();
  const std::lock_guard lock(mutex_);
  if (keep && !is_left_behind(*c) && idle_.size() < idle_max) {
    idle_.push_back(std::move(c));
  } else {
    --open_;
  }
  changed_.notify_one();
}

}  // namespace signpost::storage::postgres
