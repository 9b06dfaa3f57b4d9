// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The way in to the API (`/client/v4`, `/signpost/v1`): finds the endpoint, checks the token, what
// it may do and how often, looks up what the path names, calls the endpoint, wraps its answer, and
// writes refused attempts to the audit log.
//
// Who comes over the node's Unix socket needs no token: those who may open it are the operator, who
// may do everything and is `cli` in the audit log. A token that is sent there is checked as
// everywhere.
//
// The store is optional: a node whose zones come from a file has its queue, its state and its rules
// to show, to those who may open its socket; there are no tokens, and what is kept in a store is
// refused with the name of the setting that creates one (9503).
//
//     gateway g(world, threads);
//     http_server::start(loop, options, [&](auto request, auto out) { g.handle(request, out); });
//
// Who waits for a thread: every token has its own place in the line, and those of one account, and
// all clients without a known token, never hold all threads (work_line.hpp). Requests that wait for
// the DNS have threads of their own. Clients that show no good token are counted before they cost
// a thread (base/client_rates.hpp); a valid token is accepted from everywhere.
//
// Threads: `handle` from any; endpoints run on the gateway's own threads, since they wait for the
// disk. Limits: rest_limits, `waiting_max` requests in line (beyond: 503).
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "api/frame/rest_call.hpp"
#include "net/http_server.hpp"

namespace signpost::api {

class gateway {
 public:
  static constexpr std::size_t waiting_max = 1000;

  /// `threads`: at least 1.
  gateway(rest_world world, std::size_t threads);
  /// Finishes what runs; what waits is answered 503.
  ~gateway();

  void handle(net::http_request request, net::http_responder out);
  /// The same with any place for the answer. `respond` is called on one of the gateway's threads,
  /// which waits for it, or here if the request is turned away; never if the gateway ends before.
  using respond_function = std::function<void(net::http_response)>;
  void handle(net::http_request request, respond_function respond);
  /// What a request gets that is not worth a thread: one without a token, or of a client that asked
  /// too often. Counts it. `handle` asks this itself; for what is answered elsewhere.
  [[nodiscard]] std::optional<net::http_response> turned_away(const net::http_request& request);
  /// One request from beginning to end on this thread; never fails but with an answer.
  [[nodiscard]] net::http_response call(const net::http_request& request);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Creates the first account, and the administrator's token, if the store has none. The token's
/// text is returned once and kept nowhere; nothing if there was one already.
result<std::optional<std::string>> prepare_store(model::control_store& store, const clock& time,
                                                 random_source& random);

}  // namespace signpost::api
