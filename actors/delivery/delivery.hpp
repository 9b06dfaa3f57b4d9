// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The DELIVERY actor and its pools: one pool for each event loop keeps the sessions that may be
// used again and runs the attempts. A site's slot always goes to the same loop, so that the slot
// finds the session it used last. Copies for webhooks go to the `webhook_poster`.
//
// Threads: the actor on CAF's scheduler; a pool on its executor's thread only.
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/delivery/delivery_attempt.hpp"
#include "actors/delivery/messages.hpp"
#include "actors/delivery/webhook_poster.hpp"
#include "actors/interfaces.hpp"

namespace signpost::actors {

class delivery_pool {
 public:
  delivery_pool(net::executor& network, const delivery_options& options);
  ~delivery_pool();

  using done_callback = std::function<void(deliver_response)>;
  void deliver(deliver_request request, done_callback done);
  /// Breaks off everything. No callback comes after this.
  void abort();
  [[nodiscard]] std::size_t running() const { return attempts_.size(); }

 private:
  struct idle_session {
    std::unique_ptr<delivery_session> session;
    steady_time since;
  };

  void finished(std::uint64_t id, const std::string& key, deliver_response response,
                std::unique_ptr<delivery_session> session, const done_callback& done);
  void retire(std::unique_ptr<delivery_session> session);
  void arm_sweep();
  void sweep();

  net::executor& network_;
  const delivery_options& options_;
  std::unordered_map<std::uint64_t, std::unique_ptr<delivery_attempt>> attempts_;
  std::unordered_map<std::string, idle_session> idle_;
  /// Sessions that are sending QUIT, and objects that must not be destroyed inside their own
  /// callback.
  std::vector<idle_session> leaving_;
  std::uint64_t next_id_ = 0;
  std::unique_ptr<net::timer> timer_;
};

/// A pool and the executor on whose thread it lives.
struct delivery_lane {
  net::executor* network = nullptr;
  delivery_pool* pool = nullptr;
};

struct delivery_dependencies {
  const clock& time;
  std::vector<delivery_lane> lanes;  ///< at least one
  /// nullptr: no plan of this node leads to a webhook.
  webhook_poster* webhooks = nullptr;
};

class delivery_state {
 public:
  static inline const char* name = "delivery";
  using pointer = delivery_actor::stateful_pointer<delivery_state>;

  explicit delivery_state(pointer self) : self_(self) {}
  void start(delivery_dependencies with);
  caf::typed_response_promise<deliver_response> deliver(deliver_request& request);
  void done(delivery_done& message);
  [[nodiscard]] status_report status() const;

 private:
  void post(std::uint64_t id, deliver_request request);

  pointer self_;
  std::optional<delivery_dependencies> with_;
  std::unordered_map<std::uint64_t, caf::typed_response_promise<deliver_response>> promises_;
  std::uint64_t next_id_ = 0;
};

delivery_actor::behavior_type delivery(delivery_state::pointer self, delivery_dependencies with);

}  // namespace signpost::actors
