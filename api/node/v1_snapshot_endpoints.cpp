// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Copies of the node's databases, for `signpost backup create`: made where the node may write, read
// by the command, and removed.
#include <array>

#include "api/frame/change.hpp"
#include "api/frame/v1_support.hpp"
#include "api/node/endpoints.hpp"

namespace signpost::api {
namespace {

/// How long a request waits for a copy: links, and what is in memory written to the disk.
constexpr seconds copy_wait_max{60};

answer<rest_result> make_copy(rest_call& call) {
  SP_CHECK(only_parameters(call, {}));
  SP_TRY(auto* const node, node_of(call));
  const auto made = wait_for<snapshot_report>(
      [&](auto done) { node->make_snapshot(std::move(done)); }, copy_wait_max);
  if (!made) return refuse(unavailable("the copy is taking too long; remove it and try again"));
  SP_TRY(const auto copy, ask(*made, "copy"));
  auto result = json::object({{"path", copy.path},
                              {"messages", copy.messages},
                              {"recipients", copy.recipients}});
  note_done(call, "create", "snapshot", copy.path, result);
  return rest_result{.result = std::move(result)};
}

answer<rest_result> remove_copy(rest_call& call) {
  SP_CHECK(only_parameters(call, {}));
  SP_TRY(auto* const node, node_of(call));
  const auto removed = wait_for<void>([&](auto done) { node->remove_snapshot(std::move(done)); },
                                      copy_wait_max);
  if (!removed) return refuse(unavailable("removing the copy is taking too long"));
  SP_CHECK(ask(*removed, "copy"));
  auto result = json::object({{"removed", true}});
  note_done(call, "delete", "snapshot", "snapshot", result);
  return rest_result{.result = std::move(result)};
}

using enum permission;

constexpr std::array<endpoint, 2> snapshot_rows{{
    at_own_socket({"POST", "/snapshot", administer, make_copy,
                   "Copy the node's databases (control socket only)", "", "Snapshot"}),
    at_own_socket({"DELETE", "/snapshot", administer, remove_copy,
                   "Remove the copy (control socket only)", "", "SnapshotRemoved"}),
}};

}  // namespace

std::span<const endpoint> v1_snapshot_endpoints() {
  return snapshot_rows;
}

}  // namespace signpost::api
