// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/node_watch.hpp"

#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "storage/spool/spool.hpp"

namespace signpost {
namespace {

const logger log_("signpostd.watch");

std::string silent_text(milliseconds silent) {
  return "has made no progress for " + std::to_string(silent.count() / 1000) + " s";
}

}  // namespace

std::string why_unready(const storage::spool& spool) {
  using enum storage::spool_health;
  const auto health = spool.health();
  if (health != well && health != slow) return spool.trouble();
  const auto waits = spool.waits();
  if (waits.write >= disk_silent_max) return spool.trouble();
  if (waits.read < disk_silent_max) return {};
  return "a read has not returned for " + std::to_string(waits.read.count() / 1000)
         + " s; queued mail waits for the disk";
}

bool lasting::is(bool now_so, steady_time now) {
  if (!now_so) {
    since_.reset();
    return false;
  }
  if (!since_) since_ = now;
  return now - *since_ >= enough_;
}

node_watch::node_watch(const clock& time, monitoring::health_state& health,
                       milliseconds dead_after)
    : time_(time), health_(health), dead_after_(dead_after) {}

std::int64_t node_watch::now_ms() const {
  return std::chrono::duration_cast<milliseconds>(time_.steady_now().time_since_epoch()).count();
}

void node_watch::add(std::string name, question ask) {
  watched_.push_back({std::move(name), std::move(ask), std::make_shared<sign_of_life>()});
}

void node_watch::add(const std::string& name, net::executor& loop) {
  add("loop " + name, [&loop](std::function<void()> turned) { loop.post(std::move(turned)); });
}

void node_watch::beat() {
  beaten_at_ = now_ms();
  if (main_hangs_.exchange(false)) health_.set_ready("main");
  for (auto& one : watched_) {
    judge(one);
    if (one.sign->asked.exchange(true)) continue;
    one.sign->asked_at = now_ms();
    one.ask([sign = one.sign] { sign->asked = false; });
  }
}

bool node_watch::is_deadly(milliseconds silent) const {
  return dead_after_ > milliseconds{0} && silent >= dead_after_;
}

void node_watch::tell_dead(const std::string& name, milliseconds silent) {
  if (dead_.exchange(true)) return;
  health_.set_dead(name + ": makes no progress; only a restart helps");
  log_.error("node.dead", {{"what", name}, {"silent_ms", silent.count()}});
}

void node_watch::judge(watched& one) {
  const milliseconds silent{one.sign->asked ? now_ms() - one.sign->asked_at : 0};
  if (is_deadly(silent)) tell_dead(one.name, silent);
  const bool hangs = silent >= unready_after || is_deadly(silent);
  if (hangs) health_.set_unready(one.name, silent_text(silent));
  if (hangs == std::exchange(one.hangs, hangs)) return;
  if (hangs) {
    log_.error("node.hangs", {{"what", one.name}, {"silent_ms", silent.count()}});
  } else {
    health_.set_ready(one.name);
    log_.info("node.turns_again", {{"what", one.name}});
  }
}

// The main thread cannot end the program then; whoever asks can.
void node_watch::look() {
  const auto beaten = beaten_at_.load();
  const milliseconds silent{beaten == 0 ? 0 : now_ms() - beaten};
  if (is_deadly(silent)) tell_dead("main", silent);
  if (silent < unready_after && !is_deadly(silent)) return;
  main_hangs_ = true;
  health_.set_unready("main", silent_text(silent));
}

}  // namespace signpost
