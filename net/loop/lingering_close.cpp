// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/loop/lingering_close.hpp"

#include <utility>

namespace signpost::net {
namespace {

class lingering_close final : public resident {
 public:
  lingering_close(loop_core& core, socket_stream stream) : core_(core), stream_(std::move(stream)) {
    deadline_.assign(
        core_.base(), -1, 0, [](int, short, void* self) { as_self(self)->finish(); }, this);
    deadline_.add(linger_ms_max);
    ++core_.lingering;
  }
  ~lingering_close() override { --core_.lingering; }
  lingering_close(const lingering_close&) = delete;
  lingering_close& operator=(const lingering_close&) = delete;

  /// Continues as far as the socket allows. May retire this object.
  void proceed() {
    if (sending_) send();
    if (!sending_ && !finished_) read_away();
    if (core_.lingering > lingering_max || (!sending_ && stream_.is_scarce())) finish();
  }

 private:
  static lingering_close* as_self(void* self) { return static_cast<lingering_close*>(self); }

  void send() {
    const io outcome = stream_.send(write_octets_per_turn);
    if (outcome == io::failed || outcome == io::ended) return finish();
    if (stream_.unsent() > 0) return wait(outcome == io::wants_read ? EV_READ : EV_WRITE);
    sending_ = false;
    stream_.end_sending();
    deadline_.add(linger_end_ms_max);
  }

  void read_away() {
    for (std::size_t taken = 0; taken < read_octets_per_turn;) {
      const auto got = stream_.receive(core_.read_buffer());
      if (got.outcome == io::wants_read) return wait(EV_READ);
      if (got.outcome != io::done) return finish();
      taken += got.octets;
      read_ += got.octets;
      if (read_ > linger_octets_max) return finish();
    }
    wait(EV_READ);
  }

  void wait(short what) {
    if (waiting_for_ == what) return;
    waiting_for_ = what;
    event_.assign(
        core_.base(), stream_.fd(), static_cast<short>(what | EV_PERSIST),
        [](int, short, void* self) { as_self(self)->proceed(); }, this);
    event_.add();
  }

  void finish() {
    if (std::exchange(finished_, true)) return;
    sending_ = false;
    event_.remove();
    deadline_.remove();
    stream_.close();
    core_.retire(this);
  }

  loop_core& core_;
  socket_stream stream_;
  scoped_event event_;
  scoped_event deadline_;
  std::size_t read_ = 0;
  short waiting_for_ = 0;
  bool sending_ = true;
  bool finished_ = false;
};

}  // namespace

void linger(loop_core& core, socket_stream stream) {
  auto made = std::make_unique<lingering_close>(core, std::move(stream));
  lingering_close& self = *made;
  core.adopt(std::move(made));
  self.proceed();
}

}  // namespace signpost::net
