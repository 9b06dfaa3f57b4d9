// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a node's zones and rules come from, and the API over them: a file (file_set_up.hpp), or the
// control store (apps/signpostd/control_plane.hpp).
//
//     const auto& routing = config->routing();   // before the node: what is in force
//     SP_CHECK(config->serve(world));            // after the node: the API answers
//     config->close();
//     … the node ends …
//     config.reset();
//
// Threads: one for serve, tick, look_for_changes, reload, close and destruction; `handle` and the
// questions from any.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "api/frame/rest_call.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/control/control_store.hpp"
#include "model/routing/routing_source.hpp"
#include "net/http/http_server.hpp"

namespace signpost {

class set_up {
 public:
  /// A change that the disk of the store has not answered for so long: further ones are not begun.
  static constexpr milliseconds silent_max{5000};

  virtual ~set_up() = default;

  [[nodiscard]] virtual const model::routing_source& routing() const = 0;
  /// Null: there are no accounts and no tokens.
  [[nodiscard]] virtual model::control_store* store() const { return nullptr; }

  /// Begins to answer requests. `world`: what does not come from the setup or its settings, with
  /// the node's operations. The error says what to change.
  virtual result<void> serve(api::rest_world world) = 0;
  /// A request of the control socket.
  virtual void handle(net::http_request request, const net::http_responder& out) = 0;

  /// To be called about twice a second.
  virtual void tick() {}
  /// To be called every `node.reload_interval`: takes over what has changed on the disk.
  virtual void look_for_changes() = 0;
  /// SIGHUP: everything is read again.
  virtual void reload() = 0;
  /// Takes no more requests and ends those that run. The node must still be there.
  virtual void close() = 0;

  // How the store is; of none, well.
  /// For how long its disk has not answered.
  [[nodiscard]] virtual milliseconds waited() const { return milliseconds{0}; }
  /// Why it takes no change; empty if it does.
  [[nodiscard]] virtual std::string trouble() const { return {}; }
  /// Its disk refuses changes, and only opening it anew may help.
  [[nodiscard]] virtual bool failed() const { return false; }

  /// Named numbers for the status of the node, and what is set up but does nothing.
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::int64_t>> numbers() const {
    return {};
  }
  [[nodiscard]] virtual std::vector<std::string> left_out() const { return {}; }
};

}  // namespace signpost
