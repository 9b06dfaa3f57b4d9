// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The setup of a node whose zones come from a file: the file, the table made from it, and the part
// of the API that needs no accounts, behind the control socket.
//
//     SP_TRY(auto config, file_set_up::open(settings, metrics, health));
//
// Threads: as set_up.hpp says.
#pragma once

#include <memory>

#include "api/gateway.hpp"
#include "apps/config/file_routing_source.hpp"
#include "apps/signpostd/daemon_settings.hpp"
#include "apps/signpostd/node/set_up.hpp"
#include "monitoring/families.hpp"
#include "monitoring/health.hpp"

namespace signpost {

class file_set_up final : public set_up {
 public:
  /// Reads the file. All must outlive it. The error says what to change.
  static result<std::unique_ptr<file_set_up>> open(const daemon_settings& settings,
                                                   monitoring::metrics& metrics,
                                                   monitoring::health_state& health);

  [[nodiscard]] const model::routing_source& routing() const override { return *zones_; }
  result<void> serve(api::rest_world world) override;
  void handle(net::http_request request, const net::http_responder& out) override;
  void look_for_changes() override { refresh(false); }
  void reload() override { refresh(true); }
  void close() override { gateway_.reset(); }

 private:
  file_set_up(const daemon_settings& settings, monitoring::metrics& metrics,
              monitoring::health_state& health)
      : settings_(settings), metrics_(metrics), health_(health) {}
  void refresh(bool forced);
  void publish();
  void publish_doubt();

  const daemon_settings& settings_;
  monitoring::metrics& metrics_;
  monitoring::health_state& health_;
  std::unique_ptr<config::file_routing_source> zones_;
  std::unique_ptr<api::gateway> gateway_;
};

}  // namespace signpost
