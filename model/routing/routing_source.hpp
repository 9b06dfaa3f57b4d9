// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the routing in force comes from: a zones file, or the store of the control plane.
#pragma once

#include <cstdint>
#include <memory>

#include "model/routing/routing_table.hpp"

namespace signpost::model {

/// An immutable table with the revision it came from.
struct routing_snapshot {
  std::uint64_t revision = 0;
  std::shared_ptr<const routing_table> table;
  /// The source says something else than what is in force, and it cannot be believed (a file that
  /// is cut off, gone, or has lost most of its zones): what is not here may well be ours.
  bool doubtful = false;
  /// Parts of the routing in force are known to be lost: an address that its zone does not know may
  /// well be ours, too. Only with `doubtful`.
  bool incomplete = false;
};

/// Threads: any; cheap.
class routing_source {
 public:
  virtual ~routing_source() = default;
  /// What is in force now, with its revision. Its holder may continue to read it.
  [[nodiscard]] virtual std::shared_ptr<const routing_snapshot> current() const = 0;
};

}  // namespace signpost::model
