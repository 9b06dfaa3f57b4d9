// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/routing/rule_desk.hpp"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "model/replies.hpp"

namespace signpost::actors {
namespace {

/// Event loops take precedence over the desk when there is not enough time for both.
constexpr int niceness = 5;

// The processor time of this thread, in nanoseconds.
std::uint64_t used_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000U
         + static_cast<std::uint64_t>(used.tv_nsec);
}

}  // namespace

rule_desk::rule_desk(const rule_desk_options& options, const clock& time,
                     monitoring::metrics& metrics)
    : options_(options),
      time_(time),
      metrics_(metrics),
      line_(options.waiting_per_zone_max, options.waiting_max) {
  for (std::size_t i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

rule_desk::~rule_desk() {
  end();
}

void rule_desk::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  std::vector<desk_question> dropped;  // freed after the lock is released
  const std::lock_guard lock(mutex_);
  while (auto left = line_.take()) {
    dropped.push_back(std::move(left->task.question));
    line_.done(left->owner, 0);
  }
}

void rule_desk::ask(desk_question question) {
  waiting one{.question = std::move(question), .since = time_.steady_now()};
  if (options_.threads == 0) return serve(one);
  const fair_line<waiting>::owner_id owner{.group = one.question.account,
                                           .name = one.question.zone};
  bool taken = false;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    taken = line_.add(owner, one);
  }
  if (taken) {
    wake_.notify_one();
  } else {
    answer_for_nobody(one.question, "full");
  }
}

std::size_t rule_desk::pattern_octets() const {
  const std::lock_guard lock(mutex_);
  return kept_octets_;
}

void rule_desk::answer_for_nobody(desk_question& question, std::string_view why) {
  metrics_.routing.decisions.add(why);
  model::route_decision d;
  d.kind = model::route_kind::costly;
  d.zone = question.zone;
  d.reply = model::make_reply(model::reply_kind::rules_costly);
  question.answer(std::move(d));
}

void rule_desk::run() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);  // of this thread
  std::unique_lock lock(mutex_);
  for (;;) {
    std::optional<fair_line<waiting>::taken> next;
    wake_.wait(lock, [this, &next] { return ended_ || (next = line_.take()); });
    if (ended_) return;
    lock.unlock();
    const auto before = used_time();
    serve(next->task);
    const auto cost = used_time() - before;
    lock.lock();
    line_.done(next->owner, std::max<std::uint64_t>(cost, 1));
  }
}

void rule_desk::serve(waiting& one) {
  if (time_.steady_now() - one.since > options_.patience) {
    answer_for_nobody(one.question, "late");
    return;
  }
  const model::route_options limits;
  model::pattern_supply supply(model::compiling::keep, model::step_budget(limits.steps_max));
  auto decision = one.question.decide(supply);
  remember(supply);
  const bool costly = decision.kind == model::route_kind::costly;
  metrics_.routing.decisions.add(costly ? "costly" : "decided");
  metrics_.routing.steps.observe(static_cast<double>(supply.budget().spent()));
  one.question.answer(std::move(decision));
}

// The oldest go first; a zone that is asked for again has its patterns compiled again. Those of
// deleted zones are removed with them.
void rule_desk::remember(model::pattern_supply& supply) {
  std::vector<zone_ptr> emptied;  // a zone may end with its last pointer: not under the lock
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [zone, compiled] : supply.compiled()) {
      if (compiled->octets() == 0) continue;
      kept_.push_back({.zone = zone, .octets = compiled->octets()});
      kept_octets_ += compiled->octets();
    }
    if (supply.compiled().empty()) return;
    std::erase_if(kept_, [this](const kept_patterns& one) {
      if (!one.zone.expired()) return false;
      kept_octets_ -= one.octets;
      return true;
    });
    while (kept_octets_ > options_.pattern_octets_max && !kept_.empty()) {
      if (auto zone = kept_.front().zone.lock()) emptied.push_back(std::move(zone));
      kept_octets_ -= kept_.front().octets;
      kept_.pop_front();
    }
    metrics_.routing.pattern_octets.set(static_cast<double>(kept_octets_));
  }
  for (const auto& zone : emptied) zone->keep(nullptr);
}

}  // namespace signpost::actors
