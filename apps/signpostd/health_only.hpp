// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The remainder of a node that cannot work for a reason that a restart does not fix (too few file
// descriptors, no room on the disk): it accepts no mail, and answers /livez and /readyz with the
// reason, so that the operator learns what to change.
//
// Threads: one thread calls it.
#pragma once

#include <memory>
#include <string>

#include "api/monitoring_api.hpp"
#include "apps/signpostd/daemon_settings.hpp"
#include "monitoring/families.hpp"
#include "monitoring/health.hpp"
#include "net/http/http_server.hpp"
#include "net/loop/event_loop.hpp"

namespace signpost {

class health_only {
 public:
  /// Serves /livez, /readyz and /metrics on monitoring.listen, if possible.
  health_only(const daemon_settings& settings, std::string component, const std::string& reason);
  ~health_only();
  health_only(const health_only&) = delete;
  health_only& operator=(const health_only&) = delete;

  /// Whether anybody can reach it.
  [[nodiscard]] bool serves() const { return server_ != nullptr; }
  void tell(const std::string& reason) { health_.set_unready(component_, reason); }
  [[nodiscard]] monitoring::metrics& metrics() { return metrics_; }

 private:
  void listen(const std::string& where);

  const std::string component_;
  monitoring::metrics metrics_;
  monitoring::health_state health_;
  api::monitoring_api pages_;
  net::event_loop_thread loop_;
  std::unique_ptr<net::http_server> server_;
};

}  // namespace signpost
