// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Which node this is, among any number of nodes.
//
//     const single_node alone;
//     alone.self().number;   // 1
//
// Threads: any.
#pragma once

#include <cstdint>

namespace signpost::cluster {

/// What makes the queue ids of one node different from those of every other one, and of itself on
/// another disk. No two disks may ever have had the same pair.
struct node_identity {
  std::uint16_t number = 1;
  /// Raised when the node begins on a new disk, or on a copy of an old one. 24 bits.
  std::uint32_t incarnation = 0;
  friend bool operator==(const node_identity&, const node_identity&) = default;
};

class membership {
 public:
  virtual ~membership() = default;
  /// Stays the same for as long as the process runs.
  [[nodiscard]] virtual node_identity self() const = 0;
};

/// A single node.
class single_node final : public membership {
 public:
  [[nodiscard]] node_identity self() const override { return {}; }
};

}  // namespace signpost::cluster
