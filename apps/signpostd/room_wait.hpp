// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The node while its disk has no room to open the stores: it takes no mail (its SMTP port is
// closed, so clients come back later), tells why to whoever asks for its health, and looks again.
//
// Threads: one.
#pragma once

#include <memory>
#include <string>

#include "api/monitoring_api.hpp"
#include "apps/signpostd/daemon_settings.hpp"
#include "monitoring/families.hpp"
#include "monitoring/health.hpp"
#include "net/event_loop.hpp"
#include "net/http_server.hpp"

namespace signpost {

/// Why the stores cannot be opened now; empty: they can. The reserve is given up before it says so.
std::string why_no_room(const daemon_settings& s);

class room_wait {
 public:
  /// Serves /livez, /readyz and /metrics, if their address can be had.
  room_wait(const daemon_settings& s, const std::string& why);
  ~room_wait();
  room_wait(const room_wait&) = delete;
  room_wait& operator=(const room_wait&) = delete;

  void tell(const std::string& why) { health_.set_unready("spool", why); }

 private:
  monitoring::metrics metrics_;
  monitoring::health_state health_;
  api::monitoring_api pages_;
  net::event_loop_thread loop_;
  std::unique_ptr<net::http_server> server_;
};

}  // namespace signpost
