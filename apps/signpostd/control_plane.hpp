// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The control plane of a node whose zones are in the store: the store, the routing source built
// from it, and the client API over both, on TCP and through the control socket.
//
//     SP_TRY(plane, control_plane::open(settings, time, random, metrics));  // before the node
//     const auto& routing = plane->routing();                               // what is in force
//     SP_CHECK(plane->serve(world));                                        // after the node
//     plane->close();
//     … the node ends …
//     plane.reset();
//
// A change is answered when it is in force, or after `in_force_wait`.
//
// Threads: one for open, serve, tick, reload, close and destruction; `handle` from any.
#pragma once

#include <functional>
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
#include "apps/signpostd/zone_watcher.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/control/control_store.hpp"
#include "monitoring/families.hpp"
#include "net/descriptor_budget.hpp"
#include "net/event_loop.hpp"
#include "net/http_server.hpp"
#include "net/tls_context.hpp"
#include "routing/store_routing_source.hpp"

namespace signpost {

/// What the API needs from the running node.
struct control_plane_world {
  /// Everything that does not come from the store or its settings.
  api::rest_world node;
  /// Causes changed DKIM keys to be read again; they are in force when it returns.
  std::function<void()> dkim_changed;
  std::string webhook_key;
};

/// `api.*` for a gateway.
[[nodiscard]] api::rest_limits rest_limits_of(const api_settings& s);

class control_plane {
 public:
  static constexpr std::chrono::seconds in_force_wait{1};
  /// If the disk has not answered a change for this time, further ones are not started (503).
  static constexpr milliseconds silent_max{5000};

  /// Opens the store and reads it. The error says what to change.
  static result<std::unique_ptr<control_plane>> open(const daemon_settings& settings,
                                                     const clock& time, random_source& random,
                                                     monitoring::metrics& metrics);
  /// Problems that can be found without a node: in the existing store, in its certificate. A store
  /// that a running node has open counts as intact.
  static result<void> check(const daemon_settings& settings);
  ~control_plane();
  control_plane(const control_plane&) = delete;
  control_plane& operator=(const control_plane&) = delete;

  [[nodiscard]] const model::routing_source& routing() const { return *routing_; }
  [[nodiscard]] model::control_store& store() const { return *store_; }

  /// Creates the first administrator's token if there is none, and listens on api.listen.
  result<void> serve(control_plane_world world);
  /// A request of the control socket.
  void handle(net::http_request request, const net::http_responder& out);
  /// To be called about twice a second: regular work.
  void tick();
  /// Loads a renewed certificate.
  void refresh_certificate();
  /// SIGHUP: the configuration and the certificate are read again.
  void reload();
  /// Accepts no more requests and ends those in progress. The node must still exist.
  void close();

  [[nodiscard]] const std::vector<endpoint>& endpoints() const { return endpoints_; }
  /// How long the control store's disk has not answered.
  [[nodiscard]] milliseconds waited() const { return store_->waited(); }
  /// Named numbers for the status of the node, and what is configured but has no effect.
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> numbers() const;
  [[nodiscard]] std::vector<std::string> left_out() const;
  /// The store's disk refuses changes, and only reopening may help.
  [[nodiscard]] bool failed() const { return failed_; }
  /// Why the store accepts no changes; empty if it does.
  [[nodiscard]] std::string trouble() const;

 private:
  control_plane(const daemon_settings& settings, const clock& time, random_source& random,
                monitoring::metrics& metrics);
  result<void> open_store();
  result<void> listen();
  void make_gateway();
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
  std::optional<control_plane_world> world_;
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
