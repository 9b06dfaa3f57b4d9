// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/loop/loop_core.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <utility>

#include "base/assert.hpp"

namespace signpost::net {

timeval to_timeval(milliseconds ms) {
  const auto count = ms.count() < 0 ? 0 : ms.count();
  return {.tv_sec = count / 1000, .tv_usec = (count % 1000) * 1000};
}

void scoped_event::assign(event_base* base, int fd, short what, callback call, void* self) {
  remove();
  SP_ASSERT(event_assign(&event_, base, fd, what, call, self) == 0);
  assigned_ = true;
}

void scoped_event::add() {
  SP_ASSERT(assigned_ && event_add(&event_, nullptr) == 0);
  added_ = true;
}

void scoped_event::add(milliseconds timeout) {
  const timeval tv = to_timeval(timeout);
  SP_ASSERT(assigned_ && event_add(&event_, &tv) == 0);
  added_ = true;
}

void scoped_event::remove() {
  if (assigned_) event_del(&event_);
  added_ = false;
}

void scoped_event::activate() {
  SP_ASSERT(assigned_);
  event_active(&event_, EV_TIMEOUT, 1);
}

void list_hook::unlink() {
  previous->next = next;
  next->previous = previous;
  previous = next = this;
}

void list_hook::insert_before(list_hook& position) {
  previous = position.previous;
  next = &position;
  previous->next = this;
  position.previous = this;
}

loop_core::loop_core(event_loop_options options)
    : options_(std::move(options)), buffer_(std::make_unique<char[]>(read_buffer_octets)) {
  // Sockets are written with calls that raise SIGPIPE when the peer has closed; we check for EPIPE.
  std::signal(SIGPIPE, SIG_IGN);
  event_config* config = event_config_new();
  SP_ASSERT(config != nullptr);
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  base_.reset(event_base_new_with_config(config));
  event_config_free(config);
  SP_ASSERT(base_ != nullptr);

  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  SP_ASSERT(wake_fd_ >= 0);
  wake_event_.assign(
      base(), wake_fd_, EV_READ | EV_PERSIST,
      [](int, short, void* self) { static_cast<loop_core*>(self)->run_posted(); }, this);
  wake_event_.add();
  flush_event_.assign(
      base(), -1, 0, [](int, short, void* self) { static_cast<loop_core*>(self)->run_flushes(); },
      this);
  retire_event_.assign(
      base(), -1, 0,
      [](int, short, void* self) { static_cast<loop_core*>(self)->retired_.clear(); }, this);
}

loop_core::~loop_core() {
  stop();
  posted_.clear();
  residents_.clear();
  retired_.clear();
  wake_event_.remove();
  flush_event_.remove();
  retire_event_.remove();
  ::close(wake_fd_);
}

void loop_core::run() {
  event_base_loop(base(), EVLOOP_NO_EXIT_ON_EMPTY);
}

void loop_core::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (!std::exchange(signalled_, true)) wake();
}

void loop_core::post(std::function<void()> task) {
  // A dropped task is destroyed by the caller's frame, after the lock: its captures may post too.
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  posted_.push_back(std::move(task));
  if (!std::exchange(signalled_, true)) wake();
}

void loop_core::wake() {
  const std::uint64_t one = 1;
  // The counter cannot overflow: one write per read.
  SP_ASSERT(::write(wake_fd_, &one, sizeof one) == sizeof one);
}

void loop_core::run_posted() {
  std::uint64_t count = 0;
  if (::read(wake_fd_, &count, sizeof count) < 0) return;
  std::vector<std::function<void()>> tasks;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
    signalled_ = false;
    stopping = stopped_;
  }
  for (auto& task : tasks) std::exchange(task, nullptr)();
  if (stopping) event_base_loopbreak(base());
}

void loop_core::want_flush(flushable& who) {
  if (who.linked()) return;
  if (!flush_list_.linked()) {
    // Within a flush the next one waits for the next turn: a writer that writes again and again
    // from on_drained must not keep the loop from its other sockets.
    if (flushing_) {
      flush_event_.add(milliseconds{0});
    } else {
      flush_event_.activate();
    }
  }
  who.insert_before(flush_list_);
}

void loop_core::run_flushes() {
  list_hook batch;
  if (flush_list_.linked()) {
    batch.insert_before(flush_list_);
    flush_list_.unlink();
  }
  flushing_ = true;
  while (batch.linked()) {
    auto& who = static_cast<flushable&>(*batch.next);
    who.unlink();
    who.flush();
  }
  flushing_ = false;
}

void loop_core::adopt(std::unique_ptr<resident> who) {
  resident* key = who.get();
  residents_.emplace(key, std::move(who));
}

void loop_core::retire(resident* who) {
  const auto found = residents_.find(who);
  SP_ASSERT(found != residents_.end());
  retired_.push_back(std::move(found->second));
  residents_.erase(found);
  retire_event_.activate();
}

}  // namespace signpost::net
