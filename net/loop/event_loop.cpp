// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/loop/event_loop.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "net/loop/connector.hpp"
#include "net/loop/loop_core.hpp"

namespace signpost::net {
namespace {

class event_timer final : public timer {
 public:
  event_timer(const event_loop& loop, milliseconds delay, std::function<void()> task)
      : loop_(loop), due_(loop.now() + delay), task_(std::move(task)) {}

  void arm(event_base* base, milliseconds delay) {
    event_.assign(
        base, -1, 0, [](int, short, void* self) { static_cast<event_timer*>(self)->fired(); },
        this);
    event_.add(delay);
  }

 private:
  void fired() {
    // libevent counts from the time it has cached at the start of its turn, so it may call early;
    // an owner that reads the clock must find that its deadline has passed.
    if (const auto left = due_ - loop_.now(); left.count() > 0) {
      event_.add(std::chrono::ceil<milliseconds>(left));
      return;
    }
    // The task may destroy this timer.
    const auto task = std::exchange(task_, nullptr);
    task();
  }

  const event_loop& loop_;
  steady_time due_;
  std::function<void()> task_;
  scoped_event event_;
};

}  // namespace

event_loop::event_loop(event_loop_options options)
    : core_(std::make_unique<loop_core>(std::move(options))) {}

event_loop::~event_loop() = default;

void event_loop::run() {
  core_->run();
}

void event_loop::stop() {
  core_->stop();
}

void event_loop::post(std::function<void()> task) {
  core_->post(std::move(task));
}

std::unique_ptr<timer> event_loop::call_after(milliseconds delay, std::function<void()> task) {
  const auto wait = std::max(delay, milliseconds{0});
  auto made = std::make_unique<event_timer>(*this, wait, std::move(task));
  made->arm(core_->base(), wait);
  return made;
}

steady_time event_loop::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::steady_clock::now());
}

void event_loop::connect(const endpoint& target, const ip_address& source, milliseconds timeout,
                         std::function<void(result<std::unique_ptr<connection>>)> done) {
  begin_connect(*core_, {.target = target, .source = source, .timeout = timeout}, std::move(done));
}

const std::string& event_loop::name() const {
  return core_->options().name;
}

event_loop_thread::event_loop_thread(event_loop_options options) : loop_(std::move(options)) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), loop_.name().substr(0, 15).c_str());
    loop_.run();
  });
}

event_loop_thread::~event_loop_thread() {
  join();
}

void event_loop_thread::join() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace signpost::net
