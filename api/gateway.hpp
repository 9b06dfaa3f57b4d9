// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The way in to the API (`/client/v4`, `/signpost/v1`): finds the endpoint, checks the token, what
// it may do and how often, looks up what the path names, calls the endpoint, wraps its answer, and
// writes refused attempts to the audit log.
//
// Callers on the node's Unix socket need no token: anyone who may open it is the operator, who may
// do everything and is `cli` in the audit log. A token that is sent there is checked as everywhere.
//
// The store is optional: a node whose zones come from a file shows its queue, state and rules to
// those who may open its socket; there are no tokens, and requests for objects of a store are
// refused with the name of the setting that creates one (9503).
//
//     gateway g(world, threads);
//     http_server::start(loop, options, [&](auto request, auto out) { g.handle(request, out); });
//
// The line for threads: every token has its own place, and neither the tokens of one account nor
// the clients without a known token ever hold all threads (work_line.hpp). Requests that wait for
// the DNS have separate threads. Clients without a valid token are counted before they cost a
// thread (base/client_rates.hpp); a valid token is accepted from everywhere.
//
// Threads: `handle` from any; endpoints run on the gateway's own threads, since they wait for the
// disk. Limits: rest_limits, `waiting_max` requests in line (beyond: 503).
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "api/frame/rest_call.hpp"
#include "net/http/http_server.hpp"

namespace signpost::api {

class gateway {
 public:
  static constexpr std::size_t waiting_max = 1000;

  /// `threads`: at least 1.
  gateway(rest_world world, std::size_t threads);
  /// Finishes running requests; waiting ones are answered with 503.
  ~gateway();

  void handle(net::http_request request, net::http_responder out);
  /// The same with any receiver of the answer. `respond` is called on one of the gateway's threads,
  /// which waits for it, or here if the request is turned away; never if the gateway ends first.
  using respond_function = std::function<void(net::http_response)>;
  void handle(net::http_request request, respond_function respond);
  /// The answer to a request that does not get a thread: one without a token, or from a client that
  /// asked too often. Counts it. `handle` calls this itself; it is for requests that are answered
  /// elsewhere.
  [[nodiscard]] std::optional<net::http_response> turned_away(const net::http_request& request);
  /// One request from beginning to end on this thread; failures are answers, too.
  [[nodiscard]] net::http_response call(const net::http_request& request);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Creates the first account, and the administrator's token, if the store has none. The token's
/// text is returned once and stored nowhere; nothing if there already was one.
result<std::optional<std::string>> prepare_store(model::control_store& store, const clock& time,
                                                 random_source& random);

}  // namespace signpost::api
