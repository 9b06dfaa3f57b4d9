// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where others come in: SMTP listeners, the control socket, the monitoring listener. Each is made
// and destroyed on the loop that it belongs to.
//
// Threads: one; the loops must run. What is still open is closed by the destructor.
#pragma once

#include <memory>
#include <vector>

#include "actors/node.hpp"
#include "api/monitoring_api.hpp"
#include "apps/signpostd/node/node_parts.hpp"
#include "net/http/http_server.hpp"
#include "net/loop/listener.hpp"

namespace signpost {

class node_doors {
 public:
  /// `parts` must outlive it.
  explicit node_doors(const node_parts& parts) : parts_(parts) {}
  ~node_doors();
  node_doors(const node_doors&) = delete;
  node_doors& operator=(const node_doors&) = delete;

  // The error names the setting.
  result<void> open_control();
  result<void> open_monitoring(api::monitoring_dependencies pages);
  /// smtp.listen, on every loop.
  result<void> open_smtp(actors::node& node);

  void close_smtp();
  /// The control socket and the monitoring listener, with their loops.
  void close_http();

 private:
  struct placed_listener {
    net::event_loop* loop = nullptr;
    std::unique_ptr<net::listener> listener;
  };
  /// Where the listener on the first loop is: with port 0 the kernel chose one.
  result<endpoint> listen(actors::node& node, endpoint where);

  const node_parts& parts_;
  std::unique_ptr<api::monitoring_api> pages_;
  std::unique_ptr<net::http_server> control_;
  std::unique_ptr<net::http_server> monitoring_;
  std::vector<placed_listener> listeners_;
};

}  // namespace signpost
