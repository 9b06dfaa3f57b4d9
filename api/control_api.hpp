// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The HTTP resources behind a node's control socket, for its own operator: what waits in the queue,
// what happened to a message, retry and removal, the node's state, and why an address is routed as
// it is. docs/operating/cli.md lists them.
//
//     control_api control({.spool = spool, …});
//     http_server::start(loop, {.unix_socket = data_dir + "/control.sock"},
//                        [&](auto request, auto out) { control.handle(std::move(request), out); });
//
// There is no authentication here: whoever may open the socket may do everything. It must never
// listen on TCP.
//
// Threads: `handle` from any, one call at a time per object is not needed. It reads the spool and
// waits for `status`, so it wants a loop of its own. Answers to retry and remove come on the thread
// that calls `done`.
// Limits: `body_octets_max`, `list_page_max`, `events_max`, `content_budget_octets`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/body.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/config_store.hpp"
#include "model/queue_id.hpp"
#include "monitoring/health.hpp"
#include "net/http_server.hpp"
#include "storage/spool.hpp"

namespace signpost::api {

/// Octets of a request body; the largest that is needed holds one mail address.
inline constexpr std::size_t body_octets_max = 16 * 1024;
/// Recipients on one page of the queue; without `per_page`: `list_page_default`.
inline constexpr std::size_t list_page_max = 1000;
inline constexpr std::size_t list_page_default = 100;
/// Events of one answer; without `max`: `events_default`.
inline constexpr std::size_t events_max = 1000;
inline constexpr std::size_t events_default = 100;
/// Octets of message content that may be read at once: apart from the budget for mail, so that
/// looking at mail never keeps mail from being taken.
inline constexpr std::size_t content_budget_octets = 64 * 1024 * 1024;

/// Retry or removal of a message (`id`) or of all for a next hop; as `actors::node` has it.
using queue_action =
    std::function<void(const std::optional<model::queue_id>& id, const std::string& next_hop,
                       std::function<void(result<std::size_t>)> done)>;

/// A copy of the node's databases, in a folder of its own.
struct snapshot_report {
  std::string path;
  std::uint64_t messages = 0;
  std::uint64_t recipients = 0;
};

/// What the resources look at. All references and functions must outlive the api object, and
/// `retry`, `remove` and `status` may be called on any thread.
struct control_dependencies {
  storage::spool& spool;
  const model::config_store& config;
  const monitoring::health_state& health;
  const clock& time;
  queue_action retry;
  queue_action remove;
  /// Named numbers of the running node.
  std::function<std::vector<std::pair<std::string, std::int64_t>>()> status;
  std::string host_name;
  std::string version;
  wall_time started;
  /// What is set up but does nothing, one reason each; nothing if nobody can tell.
  std::function<std::vector<std::string>()> left_out = {};
  /// Makes that copy, and removes it; nothing: this node makes none.
  std::function<void(std::function<void(result<snapshot_report>)> done)> make_snapshot = {};
  std::function<result<void>()> remove_snapshot = {};
};

class control_api {
 public:
  using respond_function = std::function<void(net::http_response)>;

  explicit control_api(control_dependencies world);

  /// True if there is a resource of that path, whatever the method.
  [[nodiscard]] static bool knows(const net::http_request& request);

  /// The handler of an http_server.
  void handle(const net::http_request& request, const net::http_responder& out);
  /// The same with any place for the answer. `respond` is called once: before `call` returns, or
  /// later from another thread for retry, remove and copies. Every failure is an answer:
  /// `problem.hpp`.
  void call(const net::http_request& request, const respond_function& respond);

 private:
  control_dependencies world_;
  memory_budget content_budget_{content_budget_octets};
};

}  // namespace signpost::api
