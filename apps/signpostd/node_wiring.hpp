// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The only place where concrete classes meet: clocks, disks, sockets and the resolver are made here
// and handed to the node, and taken apart in order.
//
// Threads: one thread calls it (the one that waits for signals).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/delivery/web_poster.hpp"
#include "actors/node.hpp"
#include "actors/routing/recipient_policy.hpp"
#include "actors/routing/srs_keys.hpp"
#include "api/gateway.hpp"
#include "api/monitoring_api.hpp"
#include "api/node/node_view.hpp"
#include "apps/config/file_routing_source.hpp"
#include "apps/signpostd/control_plane.hpp"
#include "apps/signpostd/daemon_settings.hpp"
#include "apps/signpostd/dns_probe.hpp"
#include "apps/signpostd/node_signing.hpp"
#include "apps/signpostd/node_watch.hpp"
#include "apps/signpostd/snapshot_desk.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "cluster/membership.hpp"
#include "cluster/single_copy.hpp"
#include "monitoring/families.hpp"
#include "monitoring/health.hpp"
#include "net/descriptor_budget.hpp"
#include "net/event_loop.hpp"
#include "net/http_server.hpp"
#include "net/listener.hpp"
#include "net/tls_context.hpp"
#include "net/unbound_resolver.hpp"
#include "net/web_client.hpp"
#include "storage/spool/spool.hpp"

namespace signpost {

class node_wiring {
 public:
  /// Starts everything; when it returns the node takes mail. The error says what to change.
  static result<std::unique_ptr<node_wiring>> start(daemon_settings settings);
  ~node_wiring();
  node_wiring(const node_wiring&) = delete;
  node_wiring& operator=(const node_wiring&) = delete;

  /// To be called about twice a second: health, gauges, changed files.
  void tick();
  /// True when the store has failed for storage.failed_exit_after, or a part of the node has hung
  /// for node.hang_exit_after: only a restart can help.
  [[nodiscard]] bool beyond_repair() const;
  /// SIGHUP: zones, certificate, SRS secrets and DKIM keys are read again, the log file is opened
  /// anew.
  void reload();
  /// Waits for at most so long; true if the waiting is to be cut short.
  using patience = std::function<bool(milliseconds)>;
  /// How long running sessions and deliveries may hold up shut_down().
  [[nodiscard]] milliseconds shutdown_limit() const {
    return settings_.drain_time + settings_.shutdown_timeout;
  }
  /// SIGTERM: takes no more mail, lets what runs end, makes all durable.
  void shut_down(const patience& hurried);

 private:
  explicit node_wiring(daemon_settings settings);
  result<void> open_stores();
  result<void> open_config();
  result<void> open_network();
  result<void> make_node();
  result<void> start_control();
  result<void> start_http();
  result<void> start_control_server();
  result<void> start_monitoring_server();
  result<void> start_listeners();
  [[nodiscard]] actors::node_world world();
  [[nodiscard]] api::node_facts facts();
  [[nodiscard]] api::rest_world api_world();
  [[nodiscard]] std::string rewritten_sender(std::string_view sender, std::string_view zone) const;
  [[nodiscard]] const model::routing_source& routing() const;
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> status_numbers() const;
  void handle_control(net::http_request request, const net::http_responder& out);
  result<void> send_mail(const api::own_mail& mail);
  void publish_config();
  void publish_doubt();
  void refresh_zones(bool forced);
  void refresh_certificate();
  void close_listeners();
  result<void> share_descriptors();
  void look_at_health();
  void look_at_disks();
  void tell_of_waits();
  void reopen_log();
  void publish_descriptors() const;

  /// Mail that is refused for a moment only is no reason to send it elsewhere.
  static constexpr milliseconds refusing_ready_ms{10'000};

  daemon_settings settings_;
  system_clock time_;
  system_random random_;
  monitoring::metrics metrics_;
  monitoring::health_state health_;
  node_watch watch_;
  lasting refusing_{refusing_ready_ms};
  struct budgets {
    net::descriptor_budget incoming;
    net::descriptor_budget outgoing;
    net::descriptor_budget control;
    net::descriptor_budget monitoring;
  };
  std::unique_ptr<budgets> descriptors_;
  std::unique_ptr<actors::srs_keys> keys_;
  node_signing signing_{time_};
  std::unique_ptr<config::file_routing_source> zones_file_;  ///< where the set-up comes from…
  std::unique_ptr<control_plane> plane_;                   ///< …or this: one of the two
  std::string webhook_key_;
  cluster::single_node membership_;
  cluster::single_copy copies_;
  std::unique_ptr<storage::spool> spool_;
  std::shared_ptr<net::tls_server_context> certificate_;
  std::unique_ptr<net::unbound_resolver> resolver_;
  std::unique_ptr<dns_probe> dns_probe_;
  std::unique_ptr<net::web_client> web_client_;
  std::unique_ptr<actors::web_poster> webhooks_;
  std::vector<std::unique_ptr<net::event_loop_thread>> loops_;
  std::unique_ptr<net::event_loop_thread> http_loop_;
  std::unique_ptr<net::event_loop_thread> health_loop_;
  std::unique_ptr<actors::node> node_;
  std::unique_ptr<snapshot_desk> snapshots_;
  std::unique_ptr<api::gateway> gateway_;  ///< without a control plane, which has its own
  std::unique_ptr<api::monitoring_api> monitoring_api_;
  std::unique_ptr<net::http_server> control_server_;
  std::unique_ptr<net::http_server> monitoring_server_;
  struct placed_listener {
    std::size_t loop = 0;
    std::unique_ptr<net::listener> listener;
  };
  std::vector<placed_listener> listeners_;
  steady_time next_reload_{};
  std::optional<steady_time> failed_since_;
  bool disk_hangs_ = false;
  bool reopen_log_ = false;
  bool stopped_ = false;
};

}  // namespace signpost
