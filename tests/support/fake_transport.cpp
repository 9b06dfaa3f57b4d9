// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_transport.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "net/tls/mutual_tls.hpp"

namespace signpost::test {

class fake_timer final : public net::timer {
 public:
  fake_timer(fake_executor& network, fake_executor::timer_key key)
      : network_(network), key_(std::move(key)) {}
  ~fake_timer() override { network_.timers_.erase(key_); }

 private:
  fake_executor& network_;
  fake_executor::timer_key key_;
};

/// The end of the code under test.
class fake_connection final : public net::connection {
 public:
  fake_connection(std::shared_ptr<fake_peer> other, const endpoint& peer, const endpoint& local)
      : other_(std::move(other)), peer_(peer), local_(local) {
    ++other_->network_.open_connections_;
  }
  ~fake_connection() override {
    other_->owner_left(false);
    --other_->network_.open_connections_;
  }

  void set_handler(net::connection_handler* handler) override {
    other_->handler_ = handler;
    other_->later(&fake_peer::deliver);
  }
  void write(std::string_view bytes) override {
    if (other_->gone_ || other_->ended_ || bytes.empty()) return;
    other_->unsent_.append(bytes);
    other_->later(&fake_peer::drain);
  }
  [[nodiscard]] std::size_t unsent() const override { return other_->unsent_.size(); }
  void set_reading(bool on) override {
    other_->reading_ = on;
    if (on) other_->later(&fake_peer::deliver);
  }
  void start_tls_server() override { other_->start_tls(); }
  void start_tls_client(std::string_view server_name) override {
    other_->server_name_ = server_name;
    other_->start_tls();
  }
  void start_tls_mutual(net::mutual_handshake) override { other_->start_tls(); }
  void close() override { other_->owner_left(true); }
  [[nodiscard]] const endpoint& peer() const override { return peer_; }
  [[nodiscard]] const endpoint& local() const override { return local_; }

 private:
  std::shared_ptr<fake_peer> other_;
  endpoint peer_;
  endpoint local_;
};

// --- fake_peer ---

void fake_peer::later(void (fake_peer::*what)()) {
  network_.post([self = shared_from_this(), what] { ((*self).*what)(); });
}

void fake_peer::send(std::string_view bytes) {
  if (gone_ || ending_) return;
  inbound_.append(bytes);
  later(&fake_peer::deliver);
}

void fake_peer::close(std::string_view reason) {
  if (gone_ || ending_) return;
  ending_ = true;
  end_reason_ = reason;
  later(&fake_peer::deliver);
}

void fake_peer::deliver() {
  const bool in_handshake = tls_started_ && !tls_active_;
  if (handler_ == nullptr || gone_ || ended_) return;
  if (!inbound_.empty() && reading_ && !in_handshake) {
    const std::string bytes = std::exchange(inbound_, {});
    handler_->on_data(bytes);
  }
  // As with a socket: the end of the stream is seen by those who read only, after the last byte.
  if (!ending_ || ended_ || gone_ || !reading_ || !inbound_.empty()) return;
  ended_ = true;
  if (handler_ != nullptr) handler_->on_closed(end_reason_);
}

void fake_peer::hold_output(bool hold) {
  held_ = hold;
  if (!hold) later(&fake_peer::drain);
}

void fake_peer::drain() {
  if (held_ || unsent_.empty()) return;
  const std::string bytes = std::exchange(unsent_, {});
  written_ += bytes;
  untaken_ += bytes;
  if (on_output) on_output(bytes);
  if (!gone_ && !ended_ && unsent_.empty() && handler_ != nullptr) handler_->on_drained();
}

void fake_peer::start_tls() {
  if (gone_ || ended_ || tls_started_) return;
  tls_started_ = true;
  inbound_.clear();
  if (tls == fake_tls::succeeds) finish_tls();
  if (tls == fake_tls::fails) fail_tls();
}

void fake_peer::finish_tls() {
  network_.post([self = shared_from_this()] {
    if (self->gone_ || self->ended_ || self->tls_active_) return;
    self->tls_active_ = true;
    if (self->handler_ != nullptr) self->handler_->on_tls(self->tls_state);
    self->deliver();
  });
}

void fake_peer::fail_tls(std::string_view reason) {
  network_.post([self = shared_from_this(), reason = std::string(reason)] {
    if (self->gone_ || self->ended_) return;
    self->ended_ = self->ending_ = true;
    if (self->handler_ != nullptr) self->handler_->on_closed(reason);
  });
}

void fake_peer::owner_left(bool properly) {
  handler_ = nullptr;
  if (std::exchange(gone_, true)) return;
  closed_ = properly;
  if (properly) later(&fake_peer::drain);
  network_.post([self = shared_from_this()] {
    if (self->on_gone) self->on_gone();
  });
}

// --- fake_executor ---

fake_executor::~fake_executor() {
  std::deque<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    tasks.swap(tasks_);
  }
  tasks.clear();
  destinations_.clear();
}

void fake_executor::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (!stopped_) tasks_.push_back(std::move(task));
}

std::unique_ptr<net::timer> fake_executor::call_after(milliseconds delay,
                                                      std::function<void()> task) {
  const timer_key key{now_ + std::max(delay, milliseconds{0}), ++timer_count_};
  timers_.emplace(key, std::move(task));
  return std::make_unique<fake_timer>(*this, key);
}

void fake_executor::connect(const endpoint& target, const ip_address& source, milliseconds timeout,
                            std::function<void(result<std::unique_ptr<net::connection>>)> done) {
  connects_.push_back({target, source, timeout});
  const auto found = destinations_.find(target);
  const auto script = found == destinations_.end()
                          ? fake_destination{.outcome = fake_destination::outcome::refuse}
                          : found->second;
  switch (script.outcome) {
    case fake_destination::outcome::refuse:
      return post([target, done = std::move(done)] {
        done(fail(errc::unavailable, target.to_string() + ": connection refused"));
      });
    case fake_destination::outcome::time_out:
      connect_timers_.push_back(call_after(timeout, [target, done = std::move(done)] {
        done(fail(errc::unavailable, target.to_string() + ": connection timed out"));
      }));
      return;
    case fake_destination::outcome::accept:
      break;
  }
  post([this, script, target, source, done = std::move(done)] {
    auto [mine, theirs] = incoming(target, {source, 40'000});
    theirs->tls = script.tls;
    if (script.accepted) script.accepted(theirs);
    done(std::move(mine));
  });
}

void fake_executor::on_connect(const endpoint& where, fake_destination script) {
  destinations_[where] = std::move(script);
}

std::pair<std::unique_ptr<net::connection>, std::shared_ptr<fake_peer>> fake_executor::incoming(
    const endpoint& peer, const endpoint& local) {
  const std::shared_ptr<fake_peer> theirs(new fake_peer(*this));
  return {std::make_unique<fake_connection>(theirs, peer, local), theirs};
}

bool fake_executor::run_one() {
  std::function<void()> task;
  {
    const std::lock_guard lock(mutex_);
    if (!tasks_.empty()) {
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
  }
  if (!task && !timers_.empty() && timers_.begin()->first.first <= now_) {
    task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
  }
  if (!task) return false;
  task();
  return true;
}

bool fake_executor::run_until_idle(std::size_t steps_max) {
  for (std::size_t step = 0; step < steps_max; ++step) {
    if (!run_one()) return true;
  }
  return false;
}

bool fake_executor::advance(milliseconds by) {
  const steady_time target = now_ + by;
  if (!run_until_idle()) return false;
  while (!timers_.empty() && timers_.begin()->first.first <= target) {
    now_ = timers_.begin()->first.first;
    if (!run_until_idle()) return false;
  }
  now_ = target;
  return run_until_idle();
}

}  // namespace signpost::test
