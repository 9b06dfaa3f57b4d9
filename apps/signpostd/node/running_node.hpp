// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A node that runs: its parts (node_parts.hpp) and what is made over them, put together and taken
// apart in order. The only place where concrete classes meet.
//
//     SP_TRY(auto node, start_node(settings));     // takes mail
//     node->tick();                                // about twice a second
//     node->shut_down(patience);
//
// Threads: one thread calls it (the one that waits for signals).
#pragma once

#include <functional>
#include <memory>

#include "actors/node.hpp"
#include "actors/routing/recipient_policy.hpp"
#include "apps/signpostd/node/node_doors.hpp"
#include "apps/signpostd/node/node_files.hpp"
#include "apps/signpostd/node/node_health.hpp"
#include "apps/signpostd/node/node_parts.hpp"
#include "apps/signpostd/node/node_watch.hpp"
#include "apps/signpostd/node/own_operations.hpp"
#include "apps/signpostd/node/snapshot_desk.hpp"
#include "base/clock.hpp"
#include "cluster/roles.hpp"

namespace signpost {

class running_node {
 public:
  ~running_node();
  running_node(const running_node&) = delete;
  running_node& operator=(const running_node&) = delete;

  /// To be called about twice a second: health, gauges, changed files.
  void tick();
  /// True when the store has failed for storage.failed_exit_after, or a part of the node has hung
  /// for node.hang_exit_after: only a restart can help.
  [[nodiscard]] bool beyond_repair() const;
  /// SIGHUP: zones, certificate, SRS secrets and DKIM keys are read again, and the log file is
  /// reopened.
  void reload() { files_.reload(); }
  /// Waits for at most this long; true if the wait is to be cut short.
  using patience = std::function<bool(milliseconds)>;
  /// How long running sessions and deliveries may hold up shut_down().
  [[nodiscard]] milliseconds shutdown_limit() const {
    return parts_.settings->drain_time + parts_.settings->shutdown_timeout;
  }
  /// SIGTERM: accepts no more mail, lets running work end, makes everything durable.
  void shut_down(const patience& hurried);

 private:
  friend result<std::unique_ptr<running_node>> build_node(node_parts parts,
                                                          const cluster::role_set& roles);

  explicit running_node(node_parts parts);
  result<void> make_actors();
  result<void> serve();
  result<void> open_doors(const cluster::role_set& roles);
  [[nodiscard]] actors::node_world outside();
  [[nodiscard]] own_node own_parts();
  [[nodiscard]] api::rest_world api_world();
  [[nodiscard]] api::monitoring_dependencies monitoring_pages();
  void take_no_more_mail(const patience& hurried);
  void stop_answering();

  node_parts parts_;
  node_watch watch_;
  node_files files_;
  std::unique_ptr<actors::node> node_;
  std::unique_ptr<node_health> health_;
  std::unique_ptr<snapshot_desk> snapshots_;
  std::unique_ptr<own_operations> operations_;
  /// Answers those who ask what would happen; counts nothing.
  std::unique_ptr<actors::recipient_policy> for_people_;
  std::unique_ptr<node_doors> doors_;
  steady_time next_look_{};
  bool stopped_ = false;
};

/// Makes a node of `parts`, all of which are there, and starts it; when it returns the node takes
/// mail. It has these `roles`: for each that is missing, other than `ingress`, `parts` must have a
/// stand-in, else errc::unavailable names the role. The error says what to change.
result<std::unique_ptr<running_node>> build_node(node_parts parts, const cluster::role_set& roles);

/// The node of these settings, with all roles. errc::no_space: there is no room to open a store.
result<std::unique_ptr<running_node>> start_node(daemon_settings settings);

}  // namespace signpost
