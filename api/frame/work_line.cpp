// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/work_line.hpp"

#include <algorithm>
#include <utility>

namespace signpost::api {

work_line::work_line(const work_line_options& options)
    : options_(options),
      running_each_max_(options.threads < 2
                            ? 1
                            : options.threads - std::max<std::size_t>(options.threads / 4, 1)) {
  for (std::size_t i = 0; i < std::max<std::size_t>(options.threads, 1); ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

work_line::~work_line() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

work_line::outcome work_line::add(const work_owner& owner, std::function<void()> task) {
  const auto name = owner.group + "\n" + owner.name;
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || waiting_ >= options_.waiting_max) return outcome::line_full;
    auto& its = places_[name];
    auto& group = groups_[owner.group];
    its.group = owner.group;
    if (its.waiting.size() >= options_.waiting_each_max
        || group.waiting >= 2 * options_.waiting_each_max) {
      forget_if_idle(name);
      return outcome::share_full;
    }
    if (its.waiting.empty()) turns_.push_back(name);
    its.waiting.push_back(std::move(task));
    ++group.waiting;
    ++waiting_;
  }
  wake_.notify_one();
  return outcome::taken;
}

bool work_line::may_run(const place& of) const {
  return of.running < running_each_max_ && groups_.at(of.group).running < running_each_max_;
}

bool work_line::take(taken& next) {
  const auto turn = std::ranges::find_if(
      turns_, [this](const auto& name) { return may_run(places_.at(name)); });
  if (turn == turns_.end()) return false;
  auto& its = places_.at(*turn);
  next = {.name = *turn, .task = std::move(its.waiting.front())};
  its.waiting.pop_front();
  ++its.running;
  --waiting_;
  auto& group = groups_.at(its.group);
  --group.waiting;
  ++group.running;
  if (its.waiting.empty()) {
    turns_.erase(turn);
  } else {
    turns_.splice(turns_.end(), turns_, turn);
  }
  return true;
}

void work_line::finished(const std::string& name) {
  auto& its = places_.at(name);
  --its.running;
  --groups_.at(its.group).running;
  forget_if_idle(name);
}

void work_line::forget_if_idle(const std::string& name) {
  const auto its = places_.find(name);
  const auto group = groups_.find(its->second.group);
  if (its->second.running == 0 && its->second.waiting.empty()) places_.erase(its);
  if (group->second.running == 0 && group->second.waiting == 0) groups_.erase(group);
}

void work_line::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    taken next;
    wake_.wait(lock, [&] { return ended_ || take(next); });
    if (ended_) return;
    lock.unlock();
    next.task();
    next.task = nullptr;
    lock.lock();
    finished(next.name);
    // This thread continues with one of the waiting calls; a second call may have become ready.
    if (!turns_.empty()) wake_.notify_one();
  }
}

}  // namespace signpost::api
