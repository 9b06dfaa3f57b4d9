// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the API asks the running node to do.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "model/queue/queue_id.hpp"

namespace signpost::api {

/// Retry or removal of a message (`id`) or of all for a next hop; see `actors::node`.
using queue_action =
    std::function<void(const std::optional<model::queue_id>& id, const std::string& next_hop,
                       std::function<void(result<std::size_t>)> done)>;

/// A copy of the node's databases, in a separate folder.
struct snapshot_report {
  std::string path;
  std::uint64_t messages = 0;
  std::uint64_t recipients = 0;
};

}  // namespace signpost::api
