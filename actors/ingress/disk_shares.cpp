// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/ingress/disk_shares.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.disk_shares");

constexpr std::size_t page_rows = 500;
/// The wait before the next reading, as a multiple of how long the last one took.
constexpr int pauses = 4;

/// Adds up the messages of a queue that is read in order of acceptance.
class share_counter {
 public:
  share_counter(storage::spool& spool, const disk_shares_options& options)
      : spool_(spool), options_(options) {}

  result<void> add(const model::envelope& e) {
    if (e.id != id_) {
      id_ = e.id;
      seen_.clear();
      octets_ = 0;
      const auto record = spool_.message(e.id);
      // Delivered meanwhile, or damaged: neither can be determined here.
      if (record) octets_ = record->size;
      const bool later = !record && record.error().code == errc::unavailable;
      if (later) return tl::unexpected(record.error());
    }
    auto tenant = tenant_of(e.zone);
    if (!tenant.empty() && seen_.insert(tenant).second) held[tenant] += octets_;
    return {};
  }

  std::map<std::string, std::uint64_t> held;

 private:
  const std::string& tenant_of(const std::string& zone) {
    const auto at = tenants_.find(zone);
    if (at != tenants_.end()) return at->second;
    return tenants_[zone] = zone.empty() ? std::string() : options_.tenant_of(zone);
  }

  storage::spool& spool_;
  const disk_shares_options& options_;
  std::map<std::string, std::string> tenants_;
  model::queue_id id_;
  std::set<std::string> seen_;
  std::uint64_t octets_ = 0;
};

}  // namespace

disk_shares::~disk_shares() {
  end();
}

void disk_shares::begin() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "disk-shares");
    run();
  });
}

void disk_shares::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool disk_shares::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void disk_shares::run() {
  auto pause = options_.every;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, pause, [this] { return ended_; })) return;
    }
    const auto begun = std::chrono::steady_clock::now();
    look();
    const auto took = std::chrono::steady_clock::now() - begun;
    pause = std::max(options_.every, std::chrono::ceil<milliseconds>(pauses * took));
  }
}

bool disk_shares::is_over(std::string_view zone) const {
  const auto over = over_.load(std::memory_order_acquire);
  return over && over->contains(options_.tenant_of(zone));
}

void disk_shares::look() {
  const auto room = options_.room();
  if (!room) return;
  if (room->free_octets >= low_factor * room->kept_octets) {
    over_.store(nullptr);
    return;
  }
  const auto held = count();
  // What was known stays valid.
  if (!held) return;
  const auto left = room->free_octets - std::min(room->free_octets, room->kept_octets);
  auto over = std::make_shared<names>();
  for (const auto& [tenant, octets] : *held) {
    if (octets > left) over->insert(tenant);
  }
  tell(*over, *held, *room);
  over_.store(over->empty() ? nullptr : std::move(over));
}

result<disk_shares::octets_by_tenant> disk_shares::count() const {
  share_counter all(options_.spool, options_);
  std::string from;
  do {
    if (ended()) return fail(errc::unavailable, "the node is stopping");
    SP_TRY(const auto page, options_.spool.list({}, from, page_rows));
    for (const auto& e : page.envelopes) SP_CHECK(all.add(e));
    from = page.next;
  } while (!from.empty());
  return std::move(all.held);
}

void disk_shares::tell(const names& over, const octets_by_tenant& held,
                       const disk_room& room) const {
  const auto before = over_.load();
  for (const auto& tenant : over) {
    if (before && before->contains(tenant)) continue;
    log_.warning(
        "queue.share_used_up",
        {{"tenant", tenant},
         {"octets", held.at(tenant)},
         {"free_octets", room.free_octets},
         {"free_octets_min", room.kept_octets},
         {"hint",
          "senders keep its mail for now; find out why its mail is not leaving the queue"}});
  }
  if (!before) return;
  for (const auto& tenant : *before) {
    if (!over.contains(tenant)) log_.info("queue.share_free", {{"tenant", tenant}});
  }
}

}  // namespace signpost::actors
