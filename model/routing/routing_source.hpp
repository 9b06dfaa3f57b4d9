// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The source of the routing in force: a zones file, or the store of the control plane.
#pragma once

#include <cstdint>
#include <memory>

#include "model/routing/routing_table.hpp"

namespace signpost::model {

/// An immutable table with its revision.
struct routing_snapshot {
  std::uint64_t revision = 0;
  std::shared_ptr<const routing_table> table;
  /// The source differs from what is in force and is implausible (a file that is truncated,
  /// missing, or has lost most of its zones): addresses missing here may well be ours.
  bool doubtful = false;
  /// Parts of the routing in force are known to be lost: an address unknown in its zone may well be
  /// ours, too. Only with `doubtful`.
  bool incomplete = false;
};

/// Threads: any; cheap.
class routing_source {
 public:
  virtual ~routing_source() = default;
  /// What is in force now, with its revision. A holder may keep reading it.
  [[nodiscard]] virtual std::shared_ptr<const routing_snapshot> current() const = 0;
};

}  // namespace signpost::model
