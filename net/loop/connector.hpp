// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Outgoing connections; see `executor::connect` for its behaviour.
#pragma once

#include <functional>
#include <memory>

#include "net/loop/loop_core.hpp"
#include "net/loop/transport.hpp"

namespace signpost::net {

struct connect_request {
  endpoint target;
  ip_address source;
  milliseconds timeout{30'000};
};

using connect_done = std::function<void(result<std::unique_ptr<connection>>)>;

void begin_connect(loop_core& core, const connect_request& request, connect_done done);

}  // namespace signpost::net
