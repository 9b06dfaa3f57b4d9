// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the files of net/ share within one event loop. Not for other folders.
//
// Threads: as in event_loop.hpp; `post` and `stop` have their own lock.
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "net/loop/event_loop.hpp"

namespace signpost::net {

/// One loop reads into one buffer: a connection needs none of its own. It holds more than a TLS
/// record (16 KiB), so that one SSL_read never leaves decrypted bytes behind.
inline constexpr std::size_t read_buffer_octets = 64 * 1024;
inline constexpr std::size_t read_octets_per_turn = 256 * 1024;
inline constexpr std::size_t write_octets_per_turn = 1024 * 1024;
/// How long a closed connection may take to send unsent data.
inline constexpr milliseconds linger_ms_max{10'000};
/// How long it then waits for the peer's end of stream, so that no reset overtakes our last reply.
inline constexpr milliseconds linger_end_ms_max{2'000};
/// Closed connections that one loop waits for; above that, sockets are closed immediately, although
/// a reset may then overtake a last reply: a flood of connections must not take all descriptors.
inline constexpr std::size_t lingering_max = 256;
/// How much is read and discarded from a peer that continues to send after the end.
inline constexpr std::size_t linger_octets_max = 8 * 1024 * 1024;

/// An event that is removed when it goes out of scope.
class scoped_event {
 public:
  using callback = void (*)(int fd, short what, void* self);

  scoped_event() = default;
  ~scoped_event() { remove(); }
  scoped_event(const scoped_event&) = delete;
  scoped_event& operator=(const scoped_event&) = delete;

  void assign(event_base* base, int fd, short what, callback call, void* self);
  void add();
  void add(milliseconds timeout);
  void remove();
  /// Runs the callback in this turn of the loop.
  void activate();
  [[nodiscard]] bool added() const { return added_; }

 private:
  event event_{};
  bool assigned_ = false;
  bool added_ = false;
};

timeval to_timeval(milliseconds ms);

/// A member of an intrusive list; leaves the list when it is destroyed.
struct list_hook {
  list_hook* previous = this;
  list_hook* next = this;

  list_hook() = default;
  ~list_hook() { unlink(); }
  list_hook(const list_hook&) = delete;
  list_hook& operator=(const list_hook&) = delete;
  [[nodiscard]] bool linked() const { return next != this; }
  void unlink();
  void insert_before(list_hook& position);
};

/// Something with bytes to send. Everything written in one turn is sent together at its end.
class flushable : public list_hook {
 public:
  virtual void flush() = 0;

 protected:
  ~flushable() = default;
};

/// Something that only the loop owns: a connect under way, a lingering close.
class resident {
 public:
  virtual ~resident() = default;
};

class loop_core {
 public:
  explicit loop_core(event_loop_options options);
  ~loop_core();
  loop_core(const loop_core&) = delete;
  loop_core& operator=(const loop_core&) = delete;

  void run();
  void stop();
  void post(std::function<void()> task);

  /// `who.flush()` is called soon, never inside this call.
  void want_flush(flushable& who);
  /// Keeps `who` until `retire` is called or the loop is destroyed.
  void adopt(std::unique_ptr<resident> who);
  /// Destroys it when this callback has returned; `who` may be the caller itself.
  void retire(resident* who);

  /// Which object's callback is running, so that it can detect that its owner destroyed it there:
  /// `enter` at the start, `leave` in the destructor. Callbacks of a loop never nest.
  void enter(const void* who) { inside_ = who; }
  void leave(const void* who) {
    if (inside_ == who) inside_ = nullptr;
  }
  [[nodiscard]] bool is_inside(const void* who) const { return inside_ == who; }

  /// How many closed connections this loop waits for (`lingering_max`).
  std::size_t lingering = 0;

  [[nodiscard]] event_base* base() const { return base_.get(); }
  [[nodiscard]] std::span<char> read_buffer() const { return {buffer_.get(), read_buffer_octets}; }
  [[nodiscard]] const event_loop_options& options() const { return options_; }

 private:
  struct base_deleter {
    void operator()(event_base* base) const { event_base_free(base); }
  };

  void wake();
  void run_posted();
  void run_flushes();

  event_loop_options options_;
  std::unique_ptr<event_base, base_deleter> base_;
  std::unique_ptr<char[]> buffer_;
  int wake_fd_ = -1;
  scoped_event wake_event_;
  scoped_event flush_event_;
  scoped_event retire_event_;
  list_hook flush_list_;
  bool flushing_ = false;
  const void* inside_ = nullptr;
  std::unordered_map<resident*, std::unique_ptr<resident>> residents_;
  std::vector<std::unique_ptr<resident>> retired_;

  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // guarded by mutex_
  bool signalled_ = false;                     // guarded by mutex_
  bool stopped_ = false;                       // guarded by mutex_
};

}  // namespace signpost::net
