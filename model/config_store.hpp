// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the routing set-up comes from and how its changes arrive. The YAML file is one source; the
// REST API's store will be another behind the same interface.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.hpp"
#include "model/routing_table.hpp"

namespace signpost::model {

/// An immutable set-up with the revision it came from.
struct config_snapshot {
  std::uint64_t revision = 0;
  std::shared_ptr<const routing_table> table;
  /// The source says something else than what is in force, and it cannot be believed (a file that
  /// is cut off, gone, or has lost most of its zones): what is not here may well be ours.
  bool doubtful = false;
  /// Parts of what is in force are known to be lost: an address that its zone does not know may
  /// well be ours, too. Only with `doubtful`.
  bool incomplete = false;
};

/// Threads: `current` from any thread, cheap (one atomic load); the rest from one thread.
class config_store {
 public:
  virtual ~config_store() = default;
  [[nodiscard]] virtual std::shared_ptr<const config_snapshot> current() const = 0;
  /// Looks at the source again. The old snapshot stays in force on an error, which names what is
  /// wrong and where. True if something changed.
  virtual result<bool> refresh() = 0;
};

}  // namespace signpost::model
