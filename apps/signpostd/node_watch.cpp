// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node_watch.hpp"

#include <chrono>
#include <utility>

#include "base/log.hpp"

namespace signpost {
namespace {

const logger log_("signpostd.watch");

std::string silent_text(milliseconds silent) {
  return "has not turned for " + std::to_string(silent.count() / 1000) + " s";
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
         + " s; what is queued waits for the disk";
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

void node_watch::add(std::string name, net::executor& loop) {
  loops_.push_back({std::move(name), &loop, std::make_shared<sign_of_life>()});
}

void node_watch::beat() {
  beaten_at_ = now_ms();
  if (main_hangs_.exchange(false)) health_.set_ready("main");
  for (auto& one : loops_) {
    judge(one);
    if (one.sign->asked.exchange(true)) continue;
    one.sign->asked_at = now_ms();
    one.loop->post([sign = one.sign] { sign->asked = false; });
  }
}

void node_watch::judge(watched& one) {
  const milliseconds silent{one.sign->asked ? now_ms() - one.sign->asked_at : 0};
  const bool hangs = silent >= unready_after;
  const auto component = "loop " + one.name;
  if (hangs && dead_after_ > milliseconds{0} && silent >= dead_after_ && !dead_.exchange(true)) {
    health_.set_dead(component + ": does not turn; only a restart helps");
    log_.error("loop.dead", {{"loop", one.name}, {"silent_ms", silent.count()}});
  }
  if (hangs) {
    health_.set_unready(component, silent_text(silent));
  }
  if (hangs == std::exchange(one.hangs, hangs)) return;
  if (hangs) {
    log_.error("loop.hangs", {{"loop", one.name}, {"silent_ms", silent.count()}});
  } else {
    health_.set_ready(component);
    log_.info("loop.turns_again", {{"loop", one.name}});
  }
}

void node_watch::look() {
  const auto beaten = beaten_at_.load();
  const milliseconds silent{beaten == 0 ? 0 : now_ms() - beaten};
  if (silent < unready_after) return;
  main_hangs_ = true;
  health_.set_unready("main", silent_text(silent));
}

}  // namespace signpost
