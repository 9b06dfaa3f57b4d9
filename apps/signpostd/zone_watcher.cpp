// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/zone_watcher.hpp"

#include <utility>

#include "api/zones/zone_watch.hpp"

namespace signpost {

zone_watcher::zone_watcher(std::shared_ptr<const api::rest_world> world,
                           monitoring::metrics& metrics)
    : world_(std::move(world)), metrics_(metrics), thread_([this] { run(); }) {}

zone_watcher::~zone_watcher() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void zone_watcher::run() {
  auto& to = metrics_.zones;
  api::zone_watch watch(
      *world_, {.zones =
                    [&to](auto pending, auto active, auto moved, auto missing) {
                      to.count.with("pending").set(static_cast<double>(pending));
                      to.count.with("active").set(static_cast<double>(active));
                      to.count.with("moved").set(static_cast<double>(moved));
                      to.proof_missing.set(static_cast<double>(missing));
                    },
                .looked = [&to](std::string_view how) { to.checks.add(how); },
                .changed = [&to](std::string_view what) { to.changes.add(what); }});
  std::unique_lock lock(mutex_);
  while (!ending_) {
    lock.unlock();
    const auto wait = watch.step();
    lock.lock();
    ended_.wait_for(lock, wait, [&] { return ending_; });
  }
}

}  // namespace signpost
