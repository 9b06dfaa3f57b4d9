// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The control plane of a node whose zones are in the store: the store, the routing source built
// from it, and the client API over both, on TCP and through the control socket.
//
//     SP_TRY(auto plane, control_plane::open(settings, time, random, metrics));
//
// A change is answered when it is in force, or after `in_force_wait`.
//
// Threads: as set_up.hpp says.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/frame/rest_call.hpp"
#include "api/gateway.hpp"
#include "apps/signpostd/cors.hpp"
#include "apps/signpostd/daemon_settings.hpp"
#include "apps/signpostd/dkim_key_service.hpp"
#include "apps/signpostd/node/set_up.hpp"
#include "apps/signpostd/zone_watcher.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/control/control_store.hpp"
#include "monitoring/families.hpp"
#include "net/http/http_server.hpp"
#include "net/loop/event_loop.hpp"
#include "net/socket/descriptor_budget.hpp"
#include "net/tls/tls_context.hpp"
#include "routing/store_routing_source.hpp"

namespace signpost {

/// `api.*` for a gateway.
[[nodiscard]] api::rest_limits rest_limits_of(const api_settings& s);

class control_plane final : public set_up {
 public:
  static constexpr std::chrono::seconds in_force_wait{1};

  /// Opens the store and reads it. The error says what to change.
  static result<std::unique_ptr<control_plane>> open(const daemon_settings& settings,
                                                     const clock& time, random_source& random,
                                                     monitoring::metrics& metrics);
  /// Problems that can be found without a node: in the existing store, in its certificate. A store
  /// that a running node has open counts as intact.
  static result<void> check(const daemon_settings& settings);
  ~control_plane() override;
  control_plane(const control_plane&) = delete;
  control_plane& operator=(const control_plane&) = delete;

  [[nodiscard]] const model::routing_source& routing() const override { return *routing_; }
  [[nodiscard]] model::control_store* store() const override { return store_.get(); }

  /// Creates the first administrator's token if there is none, and listens on api.listen.
  result<void> serve(api::rest_world world) override;
  void handle(net::http_request request, const net::http_responder& out) override;
  void tick() override;
  /// Loads a renewed certificate.
  void look_for_changes() override { refresh_certificate(); }
  void reload() override;
  void close() override;

  [[nodiscard]] milliseconds waited() const override { return store_->waited(); }
  [[nodiscard]] std::string trouble() const override;
  [[nodiscard]] bool failed() const override { return failed_; }
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> numbers() const override;
  [[nodiscard]] std::vector<std::string> left_out() const override;

 private:
  control_plane(const daemon_settings& settings, const clock& time, random_source& random,
                monitoring::metrics& metrics);
  result<void> open_store();
  result<void> listen();
  void make_gateway();
  void refresh_certificate();
  void use_changed_keys();
  [[nodiscard]] std::string public_url() const;
  [[nodiscard]] api::rest_world rest_world() const;
  [[nodiscard]] net::http_response complete(const net::http_request& request,
                                            net::http_response response) const;
  /// Adds the header that keeps browsers on TLS.
  [[nodiscard]] net::http_response secured(const net::http_request& request,
                                           net::http_response response) const;
  void expire();
  /// For a request over TCP: the client that it is charged to.
  void name_peer(net::http_request& request);

  const daemon_settings& settings_;
  const clock& time_;
  random_source& random_;
  monitoring::metrics& metrics_;
  cors_policy cors_;
  const std::vector<ip_network> proxies_;
  bool told_of_proxy_ = false;  ///< on the loop's thread
  std::unique_ptr<model::control_store> store_;
  std::unique_ptr<routing::store_routing_source> routing_;
  std::optional<api::rest_world> world_;
  std::unique_ptr<dkim_key_service> dkim_;
  std::string link_key_;
  std::shared_ptr<net::tls_server_context> certificate_;  ///< nothing: plain HTTP
  std::unique_ptr<net::descriptor_budget> descriptors_;
  std::unique_ptr<net::event_loop_thread> loop_;
  std::unique_ptr<api::gateway> gateway_;
  std::unique_ptr<net::http_server> server_;
  std::unique_ptr<zone_watcher> watcher_;
  std::vector<endpoint> endpoints_;
  steady_time next_expiry_{};
  steady_time next_look_{};
  bool failed_ = false;
};

}  // namespace signpost
